// What nobody may do alone: it waits until another person agrees.
#include "admin/admin_api.h"
#include "admin/approval_json.h"
#include "admin/body.h"
#include "tollgate/base/assert.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t approval_id_characters = 12;
constexpr std::size_t officers_for_two = 2;

// Who ever had a token: revoking those of the others does not make anyone the only one.
std::size_t officers_with_tokens(const AdminState& state) {
  return static_cast<std::size_t>(std::count_if(state.users.begin(), state.users.end(), [](const AdminUser& user) {
    return user.disabled_us == 0 && user.role == AdminRole::security_officer && !user.tokens.empty();
  }));
}

}  // namespace

bool AdminApi::needs_approval(const Call& call) const { return options_.approvals && call.approval.empty(); }

// Whether one officer alone could be two people by a user of this role: who asks, and who approves. Until there are two officers with tokens nobody
// could agree: the first set-up is one person's. Money in doubt takes two people also where approvals are off, and so does making those who resolve it;
// there the bootstrap token is the way back in, for whoever holds the machine.
bool AdminApi::needs_second_officer(const Call& call, AdminRole role) const {
  if (!call.approval.empty()) return false;
  const bool resolves = permits(role, Permission::operate);
  const bool counts = options_.approvals ? resolves || permits(role, Permission::approve) : resolves && !call.who.bootstrap;
  return counts && officers_with_tokens(*ports_.directory.admins()) >= officers_for_two;
}

void AdminApi::request_approval(const HttpRequest& request, std::string_view why, Call call) {
  if (request.body.size() > approval_body_bytes_max)
    return call.respond(failure(413, "too_large", fmt::format("What waits for approval has a body of at most {} bytes.", approval_body_bytes_max)));
  const int64_t now_us = ports_.clock.now_us();
  Approval approval{.id = thread_random().base62(approval_id_characters),
                    .user = call.who.user,
                    .path = std::string(request.path.substr(admin_prefix.size())),
                    .body = std::string(request.body),
                    .why = std::string(why),
                    .requested_us = now_us,
                    .expires_us = now_us + options_.approval_valid_s * us_per_second};
  Json shown = to_json(approval);
  ports_.commands.submit(envelope(OnAdmin{RequestApproval{std::move(approval)}}, call.operation, call.who.actor()), call.sink,
                         [respond = std::move(call.respond), shown = std::move(shown)](CommandResult result) mutable {
                           if (result.kind == CommandResult::Kind::refused) return respond(failure(result.admin_refusal));
                           if (result.kind != CommandResult::Kind::done) return respond(busy());
                           respond(reply({{"approval", std::move(shown)}, {"message", "Nothing is done yet: another person must approve it."}}, 202));
                         });
}

HttpResponse AdminApi::list_approvals(const Principal& who) const {
  Json data = Json::array();
  const auto state = ports_.directory.admins();
  const int64_t now_us = ports_.clock.now_us();
  for (const Approval& approval : state->approvals) {
    if (approval.expires_us <= now_us) continue;
    Json shown = to_json(approval);
    shown.update(what_it_changes(approval, ports_.directory, now_us));
    shown.update(what_may_be_done(approval, who));
    data.push_back(std::move(shown));
  }
  return reply({{"data", std::move(data)}, {"approvals", options_.approvals ? "on" : "off"}});
}

void AdminApi::decide_approval(std::string_view id, bool approved, const HttpRequest& request, Call call) {
  Body body(request.body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  const auto state = ports_.directory.admins();
  const Approval* found = state->find_approval(id);
  if (found == nullptr || found->expires_us <= ports_.clock.now_us()) return call.respond(failure(AdminRefusal::approval_missing));
  const Approval approval = *found;
  std::string_view subject;
  const std::string path = std::string(admin_prefix) + approval.path;
  const Route* route = find_route(Method::post, path, subject);
  if (route == nullptr) return call.respond(failure(404, "not_found", "This node no longer has what was asked for."));
  const Permission needed = permission_for(*route, subject, approval.user);
  if (!permits(call.who.role, needed)) return refuse(std::move(call), approved ? "approval.approve" : "approval.reject", needed);
  if (approved && call.who.bootstrap)
    return call.respond(failure(403, "bootstrap_approves_nothing", "The bootstrap token is nobody's own: approve as an admin user of your own."));
  Principal asker{.user = approval.user, .role = AdminRole::security_officer, .token_id = {}, .bootstrap = approval.user == bootstrap_user};
  if (!asker.bootstrap) {
    const AdminUser* user = state->find(approval.user);
    asker.role = user == nullptr || user->disabled_us != 0 ? AdminRole::none : user->role;
  }
  if (approved && !permits(asker.role, needed))
    return call.respond(failure(409, "asker_not_permitted", fmt::format("{} may no longer ask for this: reject it.", approval.user)));

  const std::string by = call.who.user, from = std::string(request.peer);
  ResultSink& sink = call.sink;
  ports_.commands.submit(
      envelope(OnAdmin{DecideApproval{approval.id, by, approved}}, call.operation, call.who.actor()), sink,
      [this, approval, asker, approved, by, from, &sink, respond = std::move(call.respond)](CommandResult result) mutable {
        if (result.kind == CommandResult::Kind::refused) return respond(failure(result.admin_refusal));
        if (result.kind != CommandResult::Kind::done) return respond(busy());
        if (!approved) return respond(reply({{"id", approval.id}, {"rejected_by", by}}));
        run_approved(approval, asker, by, from, sink, std::move(respond));
      });
}

// The request as it was made, by the one who made it. Its answer goes to the one who approved.
void AdminApi::run_approved(const Approval& approval, const Principal& asker, const std::string& by, const std::string& from, ResultSink& sink,
                            Respond respond) {
  const std::string path = std::string(admin_prefix) + approval.path;
  HttpRequest request;
  request.method = Method::post;
  request.path = path;
  request.body = approval.body;
  request.peer = from;
  std::string_view subject;
  const Route* route = find_route(Method::post, path, subject);
  TOLLGATE_ASSERT(route != nullptr);
  AdminActed acted{.user = asker.user,
                   .role = asker.role,
                   .token_id = {},
                   .action = std::string(route->action),
                   .subject = std::string(clean_subject(subject)),
                   .from = from,
                   .result = {},
                   .approval = approval.id,
                   .approved_by = by};
  Call call{sink, noted(std::move(acted), false, sink, std::move(respond)), fmt::format("POST {}", path), asker, from, approval.id, by};
  route_post(parts_of(approval.path), request, std::move(call));
}

}  // namespace tollgate::admin

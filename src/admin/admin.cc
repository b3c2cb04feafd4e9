#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/pages.h"
#include "admin/partner_json.h"

namespace tollgate::admin {
namespace {

HttpResponse no_such_path() {
  return failure(404, "not_found", "There is nothing at this path: see `tollgate partner --help` for what there is.");
}

std::string_view advice_for(const std::optional<std::string_view>& unknown_because) {
  if (unknown_because == "expired_token") return "The admin token has expired: make a new one with `tollgate admin token create`.";
  if (unknown_because == "wrong_certificate") return "This admin token is bound to a client certificate: connect with that one.";
  return "This needs the admin token: send it as `Authorization: Bearer <token>`.";
}

HttpResponse alive() {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  return response;
}

}  // namespace

// What is no id is not repeated: it may be anything, also a card number that was pasted into the wrong place.
HttpResponse no_such_partner(const std::optional<PartnerId>& id) {
  return failure(404, "partner_not_found", id ? fmt::format("There is no partner {}.", id->text()) : "This is no partner's id: they begin with acct_.");
}

Random& thread_random() {
  thread_local SystemRandom random;
  return random;
}

AdminApi::AdminApi(AdminOptions options, AdminPorts ports)
    : options_(std::move(options)), ports_(std::move(ports)), token_digest_(sha256(options_.token.reveal())),
      metrics_token_digest_(sha256(options_.metrics_token.reveal())) {}

// Every token is compared with all that are valid, whatever it is: the time of an answer says nothing of how it was wrong. Digests, so that
// not even a length shows.
std::optional<std::string_view> AdminApi::unknown_because(const HttpRequest& request, Principal& who) {
  constexpr std::string_view scheme = "Bearer ";
  const bool given = request.authorization.starts_with(scheme);
  const std::string_view token = given ? request.authorization.substr(scheme.size()) : std::string_view();
  const Digest digest = sha256(token);
  const bool bootstrap = equal_in_constant_time(view(digest), view(token_digest_)) && !options_.token.empty();
  const bool metrics = equal_in_constant_time(view(digest), view(metrics_token_digest_)) && !options_.metrics_token.empty();
  AuthenticatedAdmin admin;
  AuthFailure why = AuthFailure::unknown;
  const int64_t now_us = ports_.clock.now_us();
  const bool known = ports_.directory.authenticate_admin(token, now_us, admin, why);
  const bool with_certificate = admin.client_certificate.empty() || equal_in_constant_time(admin.client_certificate, request.client_certificate);
  if (bootstrap) {
    who = {.user = std::string(bootstrap_user), .role = AdminRole::security_officer, .token_id = {}, .bootstrap = true};
    return std::nullopt;
  }
  if (metrics) {
    who = {.user = {}, .role = AdminRole::viewer, .token_id = {}, .metrics_only = true};
    return std::nullopt;
  }
  who = {.user = std::move(admin.user), .role = admin.role, .token_id = admin.token_id, .client_certificate = std::move(admin.client_certificate)};
  if (known && !with_certificate) return "wrong_certificate";
  if (known) {
    const std::scoped_lock lock(trail_mutex_);
    last_used_us_[who.token_id] = now_us;
    return std::nullopt;
  }
  if (why == AuthFailure::expired) return "expired_token";
  if (why == AuthFailure::revoked) return "revoked_token";
  return given ? "unknown_token" : "no_token";
}

// Of who has no token the body is not waited for: handle() refuses, and notes it in the trail.
std::optional<HttpResponse> AdminApi::admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) {
  Principal who;
  admission = std::make_unique<Admission>();
  admission->wants_body = !unknown_because(head, who);
  return std::nullopt;
}

void AdminApi::handle(const HttpRequest& request, ResultSink& sink, Respond respond) {
  if (request.path == "/livez") return respond(alive());
  if (request.path == "/readyz") return respond(readiness());
  if (auto shown = page(request, dashboard_files())) return respond(*std::move(shown));
  Principal who;
  std::string_view subject;
  const auto unknown = unknown_because(request, who);
  const Route* route = find_route(request.method, request.path, subject);
  if (unknown || (who.metrics_only && (route == nullptr || route->path != "/metrics"))) {
    HttpResponse response = failure(401, "unauthorized", advice_for(unknown));
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return note_refused(who, route != nullptr ? route->action : "unknown_path", unknown ? *unknown : "metrics_token_only", request.peer, sink,
                        [respond = std::move(respond), response = std::move(response)]() mutable { respond(std::move(response)); });
  }
  catch_up(sink);
  if (auto wrong = wrong_path(request)) return respond(*std::move(wrong));
  Call call{sink, std::move(respond), fmt::format("{} {}", request.method == Method::get ? "GET" : "POST", request.path), std::move(who),
            std::string(request.peer)};
  if (route == nullptr) return call.respond(no_such_path());
  if (!permits(call.who.role, route->permission)) return refuse(std::move(call), route->action, route->permission);
  dispatch(*route, subject, request, std::move(call));
}

// Of the methods there are two, of the log's files one.
std::optional<HttpResponse> AdminApi::wrong_path(const HttpRequest& request) const {
  if (is_log_path(request.path) && request.method != Method::get) return log_file(request);
  if (!request.path.starts_with(admin_prefix) || request.method == Method::get || request.method == Method::post) return std::nullopt;
  HttpResponse response = failure(405, "method_not_allowed", "Only GET and POST are used here.");
  response.headers.emplace_back("Allow", "GET, POST");
  return response;
}

// Somebody who is known and may not do this.
void AdminApi::refuse(Call call, std::string_view action, Permission permission) {
  HttpResponse response = failure(403, "not_permitted",
                                  fmt::format("{} is {} {}, and this needs the permission {}: ask a security officer.", call.who.user,
                                              call.who.role == AdminRole::node_operator || call.who.role == AdminRole::auditor ? "an" : "a",
                                              tollgate::text_of(call.who.role), admin::text_of(permission)));
  note_refused(call.who, action, "not_permitted", call.from, call.sink,
               [respond = std::move(call.respond), response = std::move(response)]() mutable { respond(std::move(response)); });
}

void AdminApi::dispatch(const Route& route, std::string_view subject, const HttpRequest& request, Call call) {
  AdminActed acted{.user = call.who.user,
                   .role = call.who.role,
                   .token_id = call.who.token_id,
                   .action = std::string(route.action),
                   .subject = std::string(clean_subject(subject)),
                   .from = call.from,
                   .result = {},
                   .approval = {},
                   .approved_by = {}};
  if (route.method == Method::post || route.read_is_noted) {
    if (!may_act()) return call.respond(cannot_record());
    call.respond = noted(acted, route.method == Method::get, call.sink, std::move(call.respond));
  }
  if (is_log_path(request.path)) return call.respond(log_file(request));
  if (request.path == "/metrics") return call.respond(metrics());
  if (!request.path.starts_with(admin_prefix)) return call.respond(no_such_path());
  if (!route.danger.empty() && needs_approval(call)) return request_approval(request, route.danger, std::move(call));
  if (route.noted_first) return run_when_noted(std::move(acted), request, std::move(call));
  const auto path = parts_of(request.path.substr(admin_prefix.size()));
  request.method == Method::get ? route_get(path, request, std::move(call)) : route_post(path, request, std::move(call));
}

void AdminApi::route_get(std::span<const std::string_view> path, const HttpRequest& request, Call call) {
  const auto is = [&](std::size_t parts, std::string_view name) { return path.size() == parts && path[0] == name; };
  if (is(1, "partners")) return call.respond(list_partners(request));
  if (is(1, "status")) return call.respond(status());
  if (is(1, "backups")) return call.respond(backups());
  if (is(1, "vault")) return call.respond(vault());
  if (is(1, "payments")) return call.respond(list_payments(request));
  if (path[0] == "payments" && (path.size() == 2 || (path.size() == 3 && path[2] == "receipt")))
    return show_payment(path.subspan(1), request, std::move(call));
  if (is(1, "in_doubt")) return call.respond(in_doubt(request));
  if (is(2, "in_doubt") || is(3, "in_doubt")) return show_doubt(path.subspan(1), request, std::move(call));
  if (path[0] == "reports") return call.respond(reports(path.subspan(1), request));
  if (is(1, "me")) return call.respond(me(call.who));
  if (is(1, "users")) return call.respond(list_users());
  if (is(1, "approvals")) return call.respond(list_approvals(call.who));
  if (is(1, "audit")) return call.respond(trail(request));
  if (auto observed = observe_get(path, call.who)) return call.respond(*std::move(observed));
  if (is(2, "partners")) {
    const auto id = PartnerId::parse(path[1]);
    const auto partner = id ? ports_.directory.find(*id) : nullptr;
    if (partner == nullptr)
      return call.respond(no_such_partner(id));
    return call.respond(show_partner_with_use(*partner));
  }
  if (path.size() == 2 && path[0] == "sandbox" && path[1] == "totals") return call.respond(sandbox_totals(request));
  if (path.size() >= 2 && path[0] == "sandbox" && path[1] == "entries") {
    if (path.size() == 2) return call.respond(sandbox_entries(request));
    // A reference has slashes of its own.
    const auto at = static_cast<std::size_t>(path[2].data() - request.path.data());
    return call.respond(sandbox_entry(request.path.substr(at)));
  }
  call.respond(no_such_path());
}

void AdminApi::route_post(std::span<const std::string_view> path, const HttpRequest& request, Call call) {
  if (path.size() == 1 && path[0] == "partners") return create_partner(request, std::move(call));
  if (path.size() >= 2 && path[0] == "partners") return route_partner_post(path.subspan(1), request, std::move(call));
  if (path.size() == 1 && path[0] == "backups") return call.respond(begin_backup(request));
  if (path.size() == 1 && path[0] == "logging") return call.respond(change_logging(request));
  if (path.size() == 2 && path[0] == "vault" && path[1] == "rotate") return call.respond(begin_vault_job(ports_.vault_rotate, request));
  if (path.size() == 2 && path[0] == "vault" && path[1] == "rewrap") return call.respond(begin_vault_job(ports_.vault_rewrap, request));
  if (path.size() == 2 && path[0] == "reports" && path[1] == "rebuild") return call.respond(rebuild_reports(request));
  if (path.size() == 2 && path[0] == "clock" && path[1] == "advance") return call.respond(advance_clock(request));
  if (path.size() == 4 && path[0] == "in_doubt") return act_on_doubt(path.subspan(1), request, std::move(call));
  if (path.size() == 1 && path[0] == "users") return create_user(request, std::move(call));
  if (path.size() == 3 && path[0] == "users" && path[2] == "disable") return disable_user(path[1], request, std::move(call));
  if (path.size() == 3 && path[0] == "users" && path[2] == "tokens") return create_token(path[1], request, std::move(call));
  if (path.size() == 3 && path[0] == "tokens" && path[2] == "revoke") return revoke_token(path[1], request, std::move(call));
  if (path.size() == 3 && path[0] == "approvals" && path[2] == "approve") return decide_approval(path[1], true, request, std::move(call));
  if (path.size() == 3 && path[0] == "approvals" && path[2] == "reject") return decide_approval(path[1], false, request, std::move(call));
  call.respond(no_such_path());
}

void AdminApi::route_partner_post(std::span<const std::string_view> path, const HttpRequest& request, Call call) {
  const auto id = PartnerId::parse(path[0]);
  const auto partner = id ? ports_.directory.find(*id) : nullptr;
  if (partner == nullptr)
    return call.respond(no_such_partner(id));
  if (path.size() == 1) return update_partner(*partner, request, std::move(call));
  if (path.size() == 2 && path[1] == "suspend")
    return change_status(*partner, PartnerStatus::suspended, request, std::move(call));
  if (path.size() == 2 && path[1] == "resume")
    return change_status(*partner, PartnerStatus::active, request, std::move(call));
  if (path.size() == 2 && path[1] == "close")
    return change_status(*partner, PartnerStatus::closed, request, std::move(call));
  if (path.size() == 2 && path[1] == "keys") return create_key(*partner, request, std::move(call));
  if (path.size() == 4 && path[1] == "keys" && path[3] == "roll")
    return roll_key(*partner, path[2], request, std::move(call));
  if (path.size() == 4 && path[1] == "keys" && path[3] == "revoke")
    return revoke_key(*partner, path[2], request, std::move(call));
  call.respond(no_such_path());
}

Command AdminApi::envelope(decltype(Command::target) target, std::string operation, std::string actor) const {
  Command command;
  command.mode = Mode::none;
  command.partition = 0;  // the directory's own
  command.cause.request = RequestId{IdCore::make(ports_.clock.now_us(), 0, thread_random().next_u32())};
  command.cause.operation = std::move(operation);
  command.cause.actor = std::move(actor);
  command.target = std::move(target);
  return command;
}

void AdminApi::submit(PartnerId partner, PartnerCommand command, Call call, Show show) {
  Command whole = envelope(OnPartner{std::move(command)}, call.operation, call.who.actor());
  whole.partner = partner;
  ports_.commands.submit(std::move(whole), call.sink,
                         [respond = std::move(call.respond), show = std::move(show)](CommandResult result) mutable {
                           if (result.kind == CommandResult::Kind::refused) return respond(failure(result.refusal));
                           if (result.kind != CommandResult::Kind::done || result.partner == nullptr) return respond(busy());
                           respond(reply(show(*result.partner)));
                         });
}

AdminApi::Show AdminApi::show_partner() const {
  return [&clock = ports_.clock](const Partner& partner) { return to_json(partner, clock.now_us()); };
}

}  // namespace tollgate::admin

namespace tollgate {

std::unique_ptr<HttpHandler> make_admin_api(AdminOptions options, AdminPorts ports) {
  return std::make_unique<admin::AdminApi>(std::move(options), std::move(ports));
}

}  // namespace tollgate

// Admin users and their tokens.
#include "admin/admin_api.h"
#include "admin/body.h"
#include "tollgate/partner/client_certificate.h"

namespace tollgate::admin {
namespace {

constexpr int64_t seconds_per_day = 86'400;
constexpr int64_t token_valid_default_s = 90 * seconds_per_day, token_valid_max_s = 366 * seconds_per_day;

Json seconds_or_null(int64_t time_us) { return time_us == 0 ? Json(nullptr) : Json(time_us / us_per_second); }

// That a new token is bound to.
std::string read_certificate(Body& body) {
  std::string text;
  if (!body.text("client_certificate", text)) return {};
  const auto pin = parse_certificate_pin(text);
  if (!pin) body.wrong("client_certificate", "must be the SHA-256 of the certificate's public key: 64 hexadecimal digits");
  return pin.value_or(std::string());
}

// What makes a user of the role one of two people.
std::string_view weight_of(AdminRole role) { return permits(role, Permission::approve) ? "approve" : "resolve money in doubt"; }

}  // namespace

Json AdminApi::token_json(const AdminToken& token, int64_t now_us) const {
  int64_t last_used_us = token.last_used_us;
  {
    const std::scoped_lock lock(trail_mutex_);
    if (const auto found = last_used_us_.find(token.id); found != last_used_us_.end()) last_used_us = std::max(last_used_us, found->second);
  }
  return {{"id", token.id},
          {"status", token.revoked_us != 0 ? "revoked" : token.expires_us <= now_us ? "expired" : "active"},
          {"created", token.created_us / us_per_second},
          {"expires", token.expires_us / us_per_second},
          {"last_used", seconds_or_null(last_used_us)},
          {"client_certificate", token.client_certificate.empty() ? Json(nullptr) : Json(token.client_certificate)}};
}

Json AdminApi::user_json(const AdminUser& user, int64_t now_us) const {
  Json tokens = Json::array();
  for (const AdminToken& token : user.tokens) tokens.push_back(token_json(token, now_us));
  return {{"name", user.name},
          {"role", tollgate::text_of(user.role)},
          {"status", user.disabled_us != 0 ? "disabled" : "active"},
          {"created", user.created_us / us_per_second},
          {"tokens", std::move(tokens)}};
}

HttpResponse AdminApi::list_users() const {
  Json data = Json::array();
  const auto state = ports_.directory.admins();
  for (const AdminUser& user : state->users) data.push_back(user_json(user, ports_.clock.now_us()));
  return reply({{"data", std::move(data)}, {"bootstrap_token", options_.token.empty() ? "off" : "on"}, {"approvals", options_.approvals ? "on" : "off"}});
}

void AdminApi::create_user(const HttpRequest& request, Call call) {
  Body body(request.body);
  CreateAdminUser command;
  std::string role;
  if (!body.text("name", command.user)) body.wrong("name", "is required: how the user is called in the trail");
  if (!body.text("role", role)) body.wrong("role", "is required");
  const auto known = parse_admin_role(role);
  if (!known) body.wrong("role", "must be viewer, operator, partner_manager, auditor or security_officer");
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  command.role = *known;
  if (needs_second_officer(call, command.role))
    return request_approval(request, fmt::format("a further user who may {}", weight_of(command.role)), std::move(call));
  const std::string name = command.user;
  submit_admin(std::move(command), std::move(call), [this, name](const AdminState& state) { return user_json(*state.find(name), ports_.clock.now_us()); });
}

void AdminApi::disable_user(std::string_view name, const HttpRequest& request, Call call) {
  Body body(request.body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  const auto state = ports_.directory.admins();
  const AdminUser* user = state->find(name);
  // Who could be alone by it would need nobody's approval any more.
  if (user != nullptr && user->role == AdminRole::security_officer && name != call.who.user && needs_second_officer(call, user->role))
    return request_approval(request, "the end of another security officer", std::move(call));
  submit_admin(DisableAdminUser{std::string(name)}, std::move(call),
               [this, name = std::string(name)](const AdminState& after) { return user_json(*after.find(name), ports_.clock.now_us()); });
}

void AdminApi::create_token(std::string_view name, const HttpRequest& request, Call call) {
  if (name != call.who.user && !permits(call.who.role, Permission::manage_users)) return refuse(std::move(call), "token.create", Permission::manage_users);
  Body body(request.body);
  int64_t valid_s = token_valid_default_s;
  body.integer("expires_in_s", 1, token_valid_max_s, valid_s);
  std::string certificate = read_certificate(body);
  if (!certificate.empty() && !options_.own_certificates)
    body.wrong("client_certificate", "would make a token that opens nothing: this node's admin.client_certificates is off");
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  // Who needs a certificate does not make a way around it.
  if (certificate.empty() && name == call.who.user) certificate = call.who.client_certificate;
  const auto state = ports_.directory.admins();
  const AdminUser* user = state->find(name);
  if (user != nullptr && name != call.who.user && needs_second_officer(call, user->role))
    return request_approval(request, fmt::format("a token of another user who may {}", weight_of(user->role)), std::move(call));
  const int64_t now_us = ports_.clock.now_us();
  NewAdminToken made = ports_.directory.new_admin_token(now_us, now_us + valid_s * us_per_second, thread_random());
  made.token.client_certificate = certificate;
  const AdminToken token = made.token;
  submit_admin(CreateAdminToken{std::string(name), made.token}, std::move(call),
               [this, token, text = std::move(made.text), name = std::string(name)](const AdminState&) {
                 Json shown = token_json(token, token.created_us);
                 shown["user"] = name;
                 shown["token"] = text;
                 return shown;
               });
}

void AdminApi::revoke_token(std::string_view id, const HttpRequest& request, Call call) {
  Body body(request.body);
  if (const auto wrong = body.finish()) return call.respond(failure(*wrong));
  const auto state = ports_.directory.admins();
  const AdminUser* owner = state->find_owner(id);
  const bool own = owner != nullptr && owner->name == call.who.user;
  if (!own && !permits(call.who.role, Permission::manage_users)) return refuse(std::move(call), "token.revoke", Permission::manage_users);
  submit_admin(RevokeAdminToken{std::string(id)}, std::move(call), [this, id = std::string(id)](const AdminState& after) {
    const AdminUser* user = after.find_owner(id);
    return user == nullptr ? Json::object() : user_json(*user, ports_.clock.now_us());
  });
}

void AdminApi::submit_admin(AdminCommand command, Call call, ShowAdmins show) {
  ports_.commands.submit(envelope(OnAdmin{std::move(command)}, call.operation, call.who.actor()), call.sink,
                         [respond = std::move(call.respond), show = std::move(show)](CommandResult result) mutable {
                           if (result.kind == CommandResult::Kind::refused) return respond(failure(result.admin_refusal));
                           if (result.kind != CommandResult::Kind::done || result.admins == nullptr) return respond(busy());
                           respond(reply(show(*result.admins)));
                         });
}

}  // namespace tollgate::admin

#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/partner_json.h"

namespace tollgate::admin {
namespace {

constexpr std::string_view prefix = "/admin/v1/";
constexpr std::size_t path_parts_max = 8;

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (parts.size() < path_parts_max) {
    const std::size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

HttpResponse no_such_path() {
  return failure(404, "not_found", "There is nothing at this path: see `tollgate partner --help` for what there is.");
}

// What is no id is not repeated: it may be anything, also a card number that was pasted into the wrong place.
HttpResponse no_such_partner(const std::optional<PartnerId>& id) {
  return failure(404, "partner_not_found", id ? fmt::format("There is no partner {}.", id->text()) : "This is no partner's id: they begin with acct_.");
}

HttpResponse alive() {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = "ok\n";
  return response;
}

}  // namespace

Random& thread_random() {
  thread_local SystemRandom random;
  return random;
}

AdminApi::AdminApi(AdminOptions options, AdminPorts ports)
    : options_(std::move(options)), ports_(std::move(ports)), token_digest_(sha256(options_.token.reveal())),
      metrics_token_digest_(sha256(options_.metrics_token.reveal())) {}

bool AdminApi::is_authorized(std::string_view authorization, const Digest& token) const {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme)) return false;
  // Digests, so that not even the token's length shows in the time.
  return equal_in_constant_time(view(sha256(authorization.substr(scheme.size()))), view(token));
}

void AdminApi::handle(const HttpRequest& request, ResultSink& sink, Respond respond) {
  if (request.path == "/livez") return respond(alive());
  if (request.path == "/readyz") return respond(readiness());
  const bool reads_metrics = request.path == "/metrics" && !options_.metrics_token.empty() &&
                             is_authorized(request.authorization, metrics_token_digest_);
  if (!reads_metrics && (options_.token.empty() || !is_authorized(request.authorization, token_digest_))) {
    HttpResponse response =
        failure(401, "unauthorized", "This needs the admin token: send it as `Authorization: Bearer <token>`.");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return respond(std::move(response));
  }
  if (is_log_path(request.path)) return respond(log_file(request));
  if (request.path == "/metrics" && request.method == Method::get) return respond(metrics());
  if (!request.path.starts_with(prefix)) return respond(no_such_path());
  const bool get = request.method == Method::get;
  if (!get && request.method != Method::post) {
    HttpResponse response = failure(405, "method_not_allowed", "Only GET and POST are used here.");
    response.headers.emplace_back("Allow", "GET, POST");
    return respond(std::move(response));
  }
  const auto path = parts_of(request.path.substr(prefix.size()));
  Call call{sink, std::move(respond), fmt::format("{} {}", get ? "GET" : "POST", request.path)};
  get ? route_get(path, request, std::move(call)) : route_post(path, request, std::move(call));
}

void AdminApi::route_get(std::span<const std::string_view> path, const HttpRequest& request, Call call) {
  const auto is = [&](std::size_t parts, std::string_view name) { return path.size() == parts && path[0] == name; };
  if (is(1, "partners")) return call.respond(list_partners(request));
  if (is(1, "status")) return call.respond(status());
  if (is(1, "backups")) return call.respond(backups());
  if (is(1, "vault")) return call.respond(vault());
  if (is(1, "in_doubt")) return call.respond(in_doubt(request));
  if (auto observed = observe_get(path)) return call.respond(*std::move(observed));
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
  if (path.size() == 2 && path[0] == "clock" && path[1] == "advance") return call.respond(advance_clock(request));
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

void AdminApi::submit(PartnerId partner, PartnerCommand command, Call call, Show show) {
  const int64_t now_us = ports_.clock.now_us();
  Command envelope;
  envelope.partner = partner;
  envelope.mode = Mode::none;
  envelope.partition = 0;  // the directory's own
  envelope.cause.request = RequestId{IdCore::make(now_us, 0, thread_random().next_u32())};
  envelope.cause.operation = call.operation;
  envelope.cause.actor = "admin";
  envelope.target = OnPartner{std::move(command)};
  ports_.commands.submit(std::move(envelope), call.sink,
                         [respond = std::move(call.respond), show = std::move(show)](CommandResult result) mutable {
                           if (result.kind == CommandResult::Kind::refused) return respond(failure(result.refusal));
                           if (result.kind != CommandResult::Kind::done || result.partner == nullptr)
                             return respond(failure(503, "overloaded",
                                                    "The node is busy or stopping; nothing was changed. Try again."));
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

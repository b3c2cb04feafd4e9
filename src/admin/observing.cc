// What the node shows of itself: probes, metrics, the overview and its stream, alerts, and how much it logs.
#include <algorithm>

#include "admin/admin_api.h"
#include "admin/body.h"
#include "tollgate/api/http_stream.h"
#include "tollgate/observe/log.h"
#include "tollgate/observe/monitor.h"

namespace tollgate::admin {
namespace {

constexpr int64_t requests_logged_one_in_max = 1'000'000;

HttpResponse not_measured() {
  return failure(404, "not_measured", "This node measures nothing: set observe.metrics to \"on\" in its configuration.");
}

HttpResponse json(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  response.body.push_back('\n');
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

// Without a token: it says whether, and why not, but nothing of the inside.
HttpResponse AdminApi::readiness() const {
  std::vector<std::string> because;
  if (ports_.not_ready_because) because = ports_.not_ready_because();
  const bool ready = because.empty() && ports_.ready();
  if (!ready && because.empty()) because.emplace_back("starting or stopping");
  Json body = {{"ready", ready}, {"because", because}};
  if (ports_.warnings)
    if (const auto warnings = ports_.warnings(); !warnings.empty()) body["warnings"] = warnings;
  return reply(body, ready ? 200 : 503);
}

HttpResponse AdminApi::metrics() const {
  if (ports_.monitor == nullptr) return not_measured();
  HttpResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = ports_.monitor->prometheus();
  return response;
}

std::optional<HttpResponse> AdminApi::observe_get(std::span<const std::string_view> path, const Principal& who) const {
  const bool overview = path[0] == "overview";
  if (path.size() == 1 && path[0] == "logging") return logging();
  if (!overview && path[0] != "alerts") return std::nullopt;
  if (ports_.monitor == nullptr) return not_measured();
  if (path.size() == 1) return json(overview ? ports_.monitor->overview() : ports_.monitor->alerts());
  if (overview && path.size() == 2 && path[1] == "stream") return overview_stream(who);
  if (overview && path.size() == 2 && path[1] == "history") return json(ports_.monitor->history());
  return std::nullopt;
}

// Whether a token that was taken once would be now. The bootstrap token's setting is that of the node's whole run.
bool AdminApi::still_opens(const Principal& who) const {
  if (who.bootstrap) return true;
  const auto state = ports_.directory.admins();
  const AdminUser* owner = state->find_owner(who.token_id);
  return owner != nullptr && owner->disabled_us == 0 && std::any_of(owner->tokens.begin(), owner->tokens.end(), [&](const AdminToken& token) {
           return token.id == who.token_id && token.is_valid(ports_.clock.now_us());
         });
}

HttpResponse AdminApi::overview_stream(const Principal& who) const {
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");
  // What is known now, so that a page need not wait for the next second. Reconnect after 2 s.
  response.body = "retry: 2000\n\nevent: overview\ndata: " + ports_.monitor->overview() + "\n\n";
  response.stream = std::make_shared<HttpStream>();
  const auto watcher = [this, who, stream = response.stream](const std::string& event) {
    if (still_opens(who)) return stream->write(event);
    stream->end();
    return false;
  };
  if (!ports_.monitor->watch(watcher))
    return failure(503, "too_many_watchers", "As many watch this node as may: close another dashboard, or ask for /admin/v1/overview.");
  return response;
}

HttpResponse AdminApi::logging() const {
  if (ports_.node_log == nullptr) return failure(404, "not_found", "The log of this node cannot be changed.");
  const observe::LogStats stats = ports_.node_log->stats();
  return reply({{"level", ports_.node_log->level()},
                {"requests_logged_one_in", ports_.node_log->requests_logged_one_in()},
                {"lines", stats.lines},
                {"lines_dropped", stats.dropped},
                {"card_numbers_masked", stats.masked}});
}

HttpResponse AdminApi::change_logging(const HttpRequest& request) const {
  if (ports_.node_log == nullptr) return failure(404, "not_found", "The log of this node cannot be changed.");
  Body body(request.body);
  std::string level(ports_.node_log->level());
  uint32_t one_in = ports_.node_log->requests_logged_one_in();
  body.text("level", level);
  body.integer("requests_logged_one_in", 0, requests_logged_one_in_max, one_in);
  if (level != "debug" && level != "info" && level != "warn" && level != "error") body.wrong("level", "must be debug, info, warn or error");
  if (const auto wrong = body.finish()) return failure(*wrong);
  if (const Status set = ports_.node_log->set_level(level); !set.ok()) return failure(set);
  ports_.node_log->set_requests_logged_one_in(one_in);
  return logging();
}

}  // namespace tollgate::admin

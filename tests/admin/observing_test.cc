#include "admin/fixture.h"
#include "tollgate/api/http_stream.h"
#include "tollgate/observe/log.h"
#include "tollgate/observe/monitor.h"

namespace tollgate {
namespace {

// The fixture's API with something to watch behind it.
class Observed : public AdminFixture {
 public:
  Observed() {
    monitor = observe::Monitor::open({.version = "0.1.0", .partners_shown_max = 5, .watchers_max = 1, .limits = {}}, metrics, clock,
                                     [] { return observe::NodeFacts{}; });
    monitor->tick(clock.now_us());
    log_out = observe::Log::open({});
    AdminOptions options;
    options.token = Secret("admin-token");
    options.metrics_token = Secret("metrics-token");
    AdminPorts ports{.log = log,
                     .directory = *directory,
                     .commands = *port,
                     .clock = clock,
                     .engine_stats = [] { return EngineStats{}; },
                     .acquirer_summary = [] { return InDoubtSummary{}; },
                     .ready = [this] { return ready; },
                     .not_ready_because = [this] { return because; },
                     .warnings = [this] { return warnings; },
                     .monitor = monitor.get(),
                     .node_log = log_out.get()};
    api = make_admin_api(std::move(options), std::move(ports));
  }
  observe::Metrics metrics;
  std::unique_ptr<observe::Monitor> monitor;
  std::unique_ptr<observe::Log> log_out;
  std::vector<std::string> because, warnings;
};

}  // namespace

TEST_CASE_METHOD(Observed, "The metrics token reads the metrics and nothing else") {
  CHECK(call(Method::get, "/metrics", "", "Bearer metrics-token").status == 200);
  CHECK(call(Method::get, "/metrics").text.find("tollgate_build_info{version=\"0.1.0\"} 1") != std::string::npos);
  CHECK(call(Method::get, "/metrics", "", "").status == 401);
  CHECK(call(Method::get, "/metrics", "", "Bearer metrics-toke").status == 401);
  for (const char* path : {"/admin/v1/overview", "/admin/v1/status", "/admin/v1/partners", "/metrics/x"})
    CHECK(call(Method::get, path, "", "Bearer metrics-token").status == 401);
  CHECK(call(Method::post, "/admin/v1/partners", R"({"name":"X"})", "Bearer metrics-token").status == 401);
}

TEST_CASE_METHOD(AdminFixture, "Without a metrics token only the admin token reads the metrics, and an empty token is none") {
  CHECK(call(Method::get, "/metrics", "", "Bearer ").status == 401);
  CHECK(call(Method::get, "/metrics", "", "Bearer").status == 401);
  CHECK(get("/metrics").status == 404);  // nothing is measured here
}

TEST_CASE_METHOD(Observed, "Readiness says why not") {
  because = {"draining: it is about to stop", "something else"};
  const auto answer = get("/readyz");
  CHECK(answer.status == 503);
  CHECK(answer.body["ready"] == false);
  CHECK(answer.body["because"].size() == 2);
  because.clear();
  CHECK(get("/readyz").body == Json({{"ready", true}, {"because", Json::array()}}));
}

TEST_CASE_METHOD(Observed, "A warning does not make a node unready") {
  warnings = {"the vault's key provider does not answer"};
  const auto answer = get("/readyz");
  CHECK(answer.status == 200);
  CHECK(answer.body == Json({{"ready", true}, {"because", Json::array()}, {"warnings", warnings}}));
}

TEST_CASE_METHOD(Observed, "The overview and the alerts are JSON") {
  CHECK(get("/admin/v1/overview").body.contains("requests_per_s"));
  CHECK(get("/admin/v1/alerts").body["data"].is_array());
  CHECK(get("/admin/v1/overview/else").status == 404);
  CHECK(get("/admin/v1/overview/history/else").status == 404);
  monitor->tick(clock.now_us() + us_per_second);
  CHECK(get("/admin/v1/overview/history").body["series"][1]["points"].size() == 1);
}

TEST_CASE_METHOD(Observed, "The stream begins with what is known and goes on each second; too many watchers are told so") {
  HttpRequest request;
  request.method = Method::get;
  request.path = "/admin/v1/overview/stream";
  request.authorization = "Bearer admin-token";
  HttpResponse first, second;
  api->handle(request, sink, [&](HttpResponse response) { first = std::move(response); });
  REQUIRE(first.stream != nullptr);
  CHECK(first.content_type == "text/event-stream");
  CHECK(first.body.find("event: overview\ndata: {") != std::string::npos);
  monitor->tick(clock.now_us() + us_per_second);
  std::string text;
  CHECK(first.stream->take(text) == HttpStream::State::open);
  CHECK(text.starts_with("event: overview\ndata: {"));
  api->handle(request, sink, [&](HttpResponse response) { second = std::move(response); });
  CHECK(second.status == 503);
  CHECK(second.stream == nullptr);
  first.stream->end();
  monitor->tick(clock.now_us() + 2 * us_per_second);
  api->handle(request, sink, [&](HttpResponse response) { second = std::move(response); });
  CHECK(second.status == 200);
}

TEST_CASE_METHOD(Observed, "A stream ends with the next look after its token was revoked or has expired, or its user was disabled") {
  const auto made = [&](const std::string& name, const Json& body = Json::object()) {
    static_cast<void>(post("/admin/v1/users", {{"name", name}, {"role", "viewer"}}));
    const Answer token = post("/admin/v1/users/" + name + "/tokens", body);
    REQUIRE(token.status == 200);
    return token.body;
  };
  // What is read of it before and after something happened, each after one look.
  const auto watched = [&](const std::string& token, const std::function<void()>& happens) {
    HttpRequest request;
    request.method = Method::get;
    request.path = "/admin/v1/overview/stream";
    const std::string authorization = "Bearer " + token;
    request.authorization = authorization;
    HttpResponse answer;
    api->handle(request, sink, [&](HttpResponse response) { answer = std::move(response); });
    REQUIRE(answer.stream != nullptr);
    std::string text;
    monitor->tick(clock.now_us());
    CHECK(answer.stream->take(text) == HttpStream::State::open);
    CHECK(text.starts_with("event: overview"));
    happens();
    monitor->tick(clock.now_us());
    const HttpStream::State state = answer.stream->take(text);
    CHECK(text.empty() == (state == HttpStream::State::ended));
    answer.stream->end();
    monitor->tick(clock.now_us());
    return state;
  };
  const Json vera = made("vera"), other = made("vera");
  const auto revoke = [&](const Json& token) { CHECK(post("/admin/v1/tokens/" + token["id"].get<std::string>() + "/revoke").status == 200); };
  CHECK(watched(vera["token"], [] {}) == HttpStream::State::open);
  CHECK(watched(other["token"], [&] { revoke(vera); }) == HttpStream::State::open);
  CHECK(watched(other["token"], [&] { revoke(other); }) == HttpStream::State::ended);
  const Json soon = made("vera", {{"expires_in_s", 60}});
  CHECK(watched(soon["token"], [&] { clock.advance(59 * us_per_second); }) == HttpStream::State::open);
  CHECK(watched(soon["token"], [&] { clock.advance(us_per_second); }) == HttpStream::State::ended);
  const Json last = made("vera");
  CHECK(watched(last["token"], [&] { CHECK(post("/admin/v1/users/vera/disable").status == 200); }) == HttpStream::State::ended);
  CHECK(watched("admin-token", [] {}) == HttpStream::State::open);
}

TEST_CASE_METHOD(Observed, "The log's level and sampling are read and changed, and wrong values change nothing") {
  CHECK(get("/admin/v1/logging").body["level"] == "info");
  CHECK(post("/admin/v1/logging", {{"level", "error"}, {"requests_logged_one_in", 100}}).status == 200);
  CHECK(log_out->level() == "error");
  CHECK(log_out->requests_logged_one_in() == 100);
  for (const Json& body : {Json{{"level", "loud"}}, Json{{"level", 5}}, Json{{"requests_logged_one_in", -1}}, Json{{"other", 1}},
                           Json{{"level", "info"}, {"requests_logged_one_in", "all"}}})
    CHECK(post("/admin/v1/logging", body).status == 400);
  CHECK(log_out->level() == "error");
  CHECK(log_out->requests_logged_one_in() == 100);
}

}  // namespace tollgate

#include "tollgate/http/client.h"

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

std::string address_of(const HttpServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

}  // namespace

TEST_CASE("the client sends a request and reads the reply, over one connection", "[http][client]") {
  Handler handler;
  const auto server = serve(handler);
  auto client = HttpClient::open(address_of(*server));
  REQUIRE(client.ok());
  for (int i = 0; i < 3; ++i) {
    const auto reply =
        client->send("POST", "/x?y", {{"Authorization", "Bearer t"}, {"Content-Type", "application/json"}}, "{}");
    REQUIRE(reply.ok());
    CHECK(reply->status == 200);
    CHECK(reply->content_type == "application/json");
    CHECK(reply->body.starts_with("post|path=/x|query=y|body={}|authorization=Bearer t|type=application/json|"));
  }
  const auto get = client->send("GET", "/z");
  REQUIRE(get.ok());
  CHECK(get->body.starts_with("get|path=/z|query=|body=|"));
  const auto head = client->send("HEAD", "/z");
  REQUIRE(head.ok());
  CHECK(head->body.empty());
  const auto removed = client->send("DELETE", "/z");
  REQUIRE(removed.ok());
  CHECK(removed->body.starts_with("del|path=/z|"));
  CHECK(server->stats().connections_accepted == 1);
}

TEST_CASE("the client connects again when the server has closed the idle connection", "[http][client]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.status = 404;
    response.close = true;
    respond(std::move(response));
  });
  HttpServerOptions options;
  options.idle_timeout_ms = 50;
  const auto server = serve(handler, options);
  auto client = HttpClient::open(address_of(*server));
  REQUIRE(client.ok());
  for (int i = 0; i < 2; ++i) {
    const auto reply = client->send("GET", "/");
    REQUIRE(reply.ok());
    CHECK(reply->status == 404);
  }
  Handler keeping;
  const auto idle_closer = serve(keeping, options);
  auto kept = HttpClient::open(address_of(*idle_closer));
  REQUIRE(kept->send("GET", "/").ok());
  REQUIRE(eventually([&] { return idle_closer->stats().connections_open == 0; }));
  CHECK(kept->send("GET", "/").ok());
}

TEST_CASE("no server, a silent one and too large a reply are errors", "[http][client]") {
  uint16_t free_port;
  {
    Handler handler;
    free_port = serve(handler)->port();
  }
  auto nobody = HttpClient::open("127.0.0.1:" + std::to_string(free_port));
  REQUIRE(nobody.ok());
  CHECK(nobody->send("GET", "/").status().code() == absl::StatusCode::kUnavailable);

  std::vector<Respond> kept;
  Handler silent([&](const HttpRequest&, ResultSink&, Respond respond) { kept.push_back(std::move(respond)); });
  auto server = serve(silent);
  HttpClientOptions options;
  options.request_timeout_ms = 50;
  auto impatient = HttpClient::open(address_of(*server), options);
  CHECK(impatient->send("GET", "/").status().code() == absl::StatusCode::kDeadlineExceeded);
  server->stop(0);
  kept.clear();

  Handler large([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.body.assign(2'000, 'x');
    respond(std::move(response));
  });
  const auto large_server = serve(large);
  HttpClientOptions small;
  small.body_bytes_max = 1'000;
  CHECK(HttpClient::open(address_of(*large_server), small)->send("GET", "/").status().code() ==
        absl::StatusCode::kUnavailable);
}

TEST_CASE("only an address is an address", "[http][client]") {
  for (const char* wrong : {"", "http://", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "https://127.0.0.1:1",
                            "a@b:1", "127.0.0.1:80/x"}) {
    INFO(wrong);
    CHECK_FALSE(HttpClient::open(wrong).ok());
  }
  CHECK(HttpClient::open("http://[::1]:8081/").ok());
  CHECK(HttpClient::open("localhost").ok());
}

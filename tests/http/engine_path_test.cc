// Answers that come later, through the thread's ResultSink, and the end of the server with requests in work.
#include <map>
#include <thread>

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

// Stands for the engine: keeps what is submitted until it is told to answer, from a thread of its own, in batches.
class SlowEngine {
 public:
  struct Waiting {
    ResultSink* sink;
    ResultHandler handler;
  };
  Handler handler{[this](const HttpRequest& request, ResultSink& sink, Respond respond) {
    auto answer = [respond = std::move(respond), path = std::string(request.path),
                   io = std::this_thread::get_id()](CommandResult) mutable {
      HttpResponse response;
      response.body = path;
      response.status = std::this_thread::get_id() == io ? 200 : 500;
      respond(std::move(response));
    };
    const std::lock_guard lock(mutex_);
    waiting_.push_back({&sink, std::move(answer)});
  }};

  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void answer_all() {
    std::vector<Waiting> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
    }
    std::thread([&] {
      std::map<ResultSink*, std::vector<ResultSink::Item>> batches;
      for (Waiting& one : all) batches[one.sink].push_back({std::move(one.handler), CommandResult{}});
      for (auto& [sink, items] : batches) sink->deliver(std::move(items));
    }).join();
  }

 private:
  std::mutex mutex_;
  std::vector<Waiting> waiting_;
};

constexpr std::string_view request = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("answers delivered by another thread leave from the io thread that took the request", "[http][sink]") {
  SlowEngine engine;
  HttpServerOptions options;
  options.io_threads = 2;
  const auto server = serve(engine.handler, options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(server->port());
  for (int round = 0; round < 5; ++round) {
    for (RawClient& client : clients) client.send(request);
    REQUIRE(eventually([&] { return engine.waiting() == clients.size(); }));
    engine.answer_all();
    for (RawClient& client : clients) {
      const Reply reply = client.receive();
      CHECK(reply.status == 200);
      CHECK(reply.body == "/later");
    }
  }
}

TEST_CASE("a pipelined request waits for the answer before it", "[http][sink]") {
  SlowEngine engine;
  const auto server = serve(engine.handler);
  RawClient client(server->port());
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return engine.waiting() == 1; }));
  RawClient other(server->port());
  other.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return engine.waiting() == 2; }));  // that thread has looked again, and /2 was not among it
  engine.answer_all();
  CHECK(client.receive().body == "/1");
  CHECK(other.receive().body == "/3");
  REQUIRE(eventually([&] { return engine.waiting() == 1; }));
  engine.answer_all();
  CHECK(client.receive().body == "/2");
}

TEST_CASE("an answer for a client that has left is dropped", "[http][sink]") {
  SlowEngine engine;
  const auto server = serve(engine.handler);
  {
    RawClient client(server->port());
    client.send(request);
    REQUIRE(eventually([&] { return engine.waiting() == 1; }));
  }
  engine.answer_all();
  CHECK(eventually([&] { return server->stats().connections_open == 0; }));
  RawClient client(server->port());
  client.send(request);
  REQUIRE(eventually([&] { return engine.waiting() == 1; }));
  engine.answer_all();
  CHECK(client.receive().status == 200);
}

TEST_CASE("a request whose Respond is lost is answered with 500", "[http][sink]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) { const Respond lost = std::move(respond); });
  const auto server = serve(handler);
  RawClient client(server->port());
  CHECK(client.exchange(request).status == 500);
}

TEST_CASE("stop lets the requests in work finish and closes the connections that have none", "[http][stop]") {
  SlowEngine engine;
  const auto server = serve(engine.handler);
  RawClient idle(server->port());
  RawClient working(server->port());
  working.send(request);
  REQUIRE(eventually([&] { return engine.waiting() == 1 && server->stats().connections_open == 2; }));
  std::thread stopping([&] { server->stop(patience_ms); });
  CHECK(idle.closed());
  engine.answer_all();
  const Reply reply = working.receive();
  CHECK(reply.status == 200);
  CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(working.closed());
  stopping.join();
  CHECK(server->stats().connections_open == 0);
}

TEST_CASE("stop lets a request that is still arriving finish", "[http][stop]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient idle(server->port());
  RawClient arriving(server->port());
  arriving.send("GET / HTTP/1.1\r\nHo");
  REQUIRE(eventually([&] { return server->stats().bytes_in > 0 && server->stats().connections_open == 2; }));
  std::thread stopping([&] { server->stop(patience_ms); });
  CHECK(idle.closed());
  const Reply reply = arriving.exchange("st: a\r\n\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(arriving.closed());
  stopping.join();
}

TEST_CASE("stop cuts what is left at its deadline, and late answers do no harm", "[http][stop]") {
  SlowEngine engine;
  auto server = serve(engine.handler);
  RawClient working(server->port());
  working.send(request);
  REQUIRE(eventually([&] { return engine.waiting() == 1; }));
  server->stop(20);
  CHECK(working.closed());
  engine.answer_all();
  server.reset();
}

TEST_CASE("after stop the port is free again and a second stop does nothing", "[http][stop]") {
  Handler handler;
  auto server = serve(handler);
  HttpServerOptions options;
  options.port = server->port();
  server->stop(1'000);
  server->stop(1'000);
  const auto again = serve(handler, options);
  RawClient client(options.port);
  CHECK(client.exchange(request).status == 200);
}

TEST_CASE("a port that is taken, a name, or half a TLS configuration is an error", "[http][stop]") {
  Handler handler;
  for (const uint32_t threads : {1U, 2U}) {
    INFO(threads);
    HttpServerOptions options;
    options.io_threads = threads;
    const auto server = serve(handler, options);
    options.port = server->port();
    const auto second = HttpServer::open(options, handler, "second");
    REQUIRE_FALSE(second.ok());
    CHECK(second.status().code() == absl::StatusCode::kUnavailable);
    CHECK(message_of(second.status()).find("second: cannot bind 127.0.0.1:") == 0);
  }
  HttpServerOptions name;
  name.address = "localhost";
  CHECK(HttpServer::open(name, handler, "x").status().code() == absl::StatusCode::kInvalidArgument);
  HttpServerOptions half;
  half.tls_certificate_path = "/nonexistent";
  CHECK(HttpServer::open(half, handler, "x").status().code() == absl::StatusCode::kInvalidArgument);
  half.tls_key_path = "/nonexistent";
  CHECK(HttpServer::open(half, handler, "x").status().code() == absl::StatusCode::kInvalidArgument);
}

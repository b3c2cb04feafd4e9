// Bounds of size, time and number.
#include <fcntl.h>
#include <sys/resource.h>

#include <thread>

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

TEST_CASE("a header block of the largest size is taken and one byte more is refused", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.header_bytes_max = 1'000;
  const auto server = serve(handler, options);
  const auto request = [](std::size_t bytes) {
    std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    text.append(bytes - text.size() - 4, 'x');
    return text.append("\r\n\r\n");
  };
  RawClient client(server->port());
  CHECK(client.exchange(request(1'000)).status == 200);
  const Reply reply = client.exchange(request(1'001));
  CHECK(reply.status == 431);
  CHECK(is_error_body(reply.body));
  CHECK(client.closed());
}

TEST_CASE("headers without an end are refused at the bound", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.header_bytes_max = 1'000;
  const auto server = serve(handler, options);
  RawClient one_line(server->port());
  CHECK(one_line.exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2'000, 'x')).status == 431);
  RawClient many_lines(server->port());
  std::string lines = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 50; ++i) lines += "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
  CHECK(many_lines.exchange(lines).status == 431);
}

TEST_CASE("the number of headers is bounded", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.headers_max = 5;
  const auto server = serve(handler, options);
  RawClient client(server->port());
  CHECK(client.exchange("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n").status == 200);
  CHECK(client.exchange("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n").status == 431);
  CHECK(client.closed());
}

TEST_CASE("a URL of the largest size is taken and a longer one is refused", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.uri_bytes_max = 100;
  const auto server = serve(handler, options);
  RawClient client(server->port());
  CHECK(client.exchange("GET /" + std::string(99, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(client.exchange("GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n").status == 414);
  RawClient endless(server->port());
  CHECK(endless.exchange("GET /" + std::string(20'000, 'a')).status == 414);
}

TEST_CASE("a body of the largest size arrives whole, and a larger one is refused before it is sent", "[http][limits]") {
  Handler handler;
  const auto server = serve(handler);
  const std::size_t body_bytes_max = HttpServerOptions{}.body_bytes_max;
  std::string body(body_bytes_max, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 % 251);
  RawClient client(server->port());
  const Reply reply = client.exchange("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                                      "\r\n\r\n" + body);
  CHECK(reply.status == 200);
  CHECK(reply.body ==
        "post|path=/x|query=|body=" + body + "|authorization=|type=|key=none|version=|account=|last=|peer=127.0.0.1");
  CHECK(
      client.exchange("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size() + 1) + "\r\n\r\n")
          .status == 413);
  CHECK(client.closed());
}

TEST_CASE("a client that sends a refused body all the same can read the answer", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.body_bytes_max = 1'000;
  const auto server = serve(handler, options);
  RawClient client(server->port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
  client.send(std::string(5'000'000, 'x'));
  CHECK(client.receive().status == 413);
}

TEST_CASE("a sender that is silent or trickles is cut at its deadline with 408", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.request_header_timeout_ms = 100;
  options.request_body_timeout_ms = 100;
  const auto server = serve(handler, options);
  for (const std::string_view part : {std::string_view("G"), std::string_view("GET / HTTP/1.1\r\nHost: a\r\n"),
                                      std::string_view("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")}) {
    INFO(part);
    RawClient client(server->port());
    const Reply reply = client.exchange(part);
    CHECK(reply.status == 408);
    CHECK(is_error_body(reply.body));
    CHECK(client.closed());
  }
  RawClient trickling(server->port());
  trickling.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  while (!trickling.has_input()) {
    trickling.send("x");
    ::usleep(5'000);
  }
  CHECK(trickling.receive().status == 408);
  CHECK(server->stats().timeouts == 4);
  CHECK(handler.requests == 0);
}

TEST_CASE("a connection without a request is closed when it has been idle for long", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.idle_timeout_ms = 100;
  const auto server = serve(handler, options);
  RawClient fresh(server->port());
  CHECK(fresh.closed());
  RawClient used(server->port());
  CHECK(used.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(used.closed());
}

TEST_CASE("a handler that takes longer than every timeout still answers", "[http][limits]") {
  std::mutex mutex;
  Respond waiting;
  ResultSink* way_back = nullptr;
  Handler handler([&](const HttpRequest&, ResultSink& sink, Respond respond) {
    const std::lock_guard lock(mutex);
    waiting = std::move(respond);
    way_back = &sink;
  });
  HttpServerOptions options;
  options.request_header_timeout_ms = options.request_body_timeout_ms = options.idle_timeout_ms =
      options.write_timeout_ms = 40;
  const auto server = serve(handler, options);
  RawClient slow(server->port());
  slow.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return handler.requests == 1; }));
  // Others are cut meanwhile: the sweep has passed the one that waits.
  for (int i = 0; i < 3; ++i) {
    RawClient idle(server->port());
    CHECK(idle.closed());
  }
  CHECK_FALSE(slow.has_input());
  std::vector<ResultSink::Item> items(1);
  items[0].handler = [&](CommandResult) {
    const std::lock_guard lock(mutex);
    waiting(HttpResponse{});
  };
  way_back->deliver(std::move(items));
  CHECK(slow.receive().status == 200);
}

TEST_CASE("a client that does not read its response is cut", "[http][limits]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.body.assign(32 << 20, 'x');
    respond(std::move(response));
  });
  HttpServerOptions options;
  options.write_timeout_ms = 100;
  const auto server = serve(handler, options);
  RawClient client(server->port(), 4'096);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(eventually([&] { return server->stats().timeouts == 1 && server->stats().connections_open == 0; }));
  CHECK(client.receive().truncated);
}

TEST_CASE("a large response arrives whole", "[http][limits]") {
  std::string body(8 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  Handler handler([&](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.body = body;
    respond(std::move(response));
  });
  const auto server = serve(handler);
  RawClient client(server->port(), 16 * 1'024);
  for (int i = 0; i < 2; ++i) {
    const Reply reply = client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.body == body);
  }
}

TEST_CASE("connections above the bound are closed and the others work on", "[http][limits]") {
  Handler handler;
  HttpServerOptions options;
  options.connections_max = 2;
  options.io_threads = 2;
  const auto server = serve(handler, options);
  auto first = std::make_unique<RawClient>(server->port());
  RawClient second(server->port());
  CHECK(first->exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(second.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  RawClient third(server->port());
  CHECK(third.closed());
  CHECK(second.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  first.reset();
  REQUIRE(eventually([&] { return server->stats().connections_open == 1; }));
  RawClient fourth(server->port());
  CHECK(fourth.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  CHECK(server->stats().connections_refused == 1);
}

TEST_CASE("a thousand idle connections do not keep one that works from being served", "[http][limits]") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4'096);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  Handler handler;
  const auto server = serve(handler);
  std::vector<RawClient> idle;
  for (int i = 0; i < 1'000; ++i) idle.emplace_back(server->port());
  REQUIRE(eventually([&] { return server->stats().connections_open == 1'000; }));
  RawClient client(server->port());
  for (int i = 0; i < 100; ++i) REQUIRE(client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  for (RawClient& one : idle) REQUIRE(one.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
}

TEST_CASE("out of file descriptors, new connections are let go and the server serves on", "[http][limits]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient before(server->port());
  CHECK(before.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  RawClient refused_later(server->port());  // its descriptor is here before they run out
  CHECK(refused_later.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  rlimit few = limit;
  few.rlim_cur = 256;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::vector<int> used;
  for (int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC); one >= 0; one = ::open("/dev/null", O_RDONLY | O_CLOEXEC))
    used.push_back(one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server->port());
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  const bool refused = eventually([&] { return server->stats().connections_refused >= 1; });
  char byte;
  const ssize_t end = ::recv(fd, &byte, 1, 0);
  const Reply during = before.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const uint64_t refusals = server->stats().connections_refused;
  for (const int one : used) ::close(one);
  ::close(fd);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(connected);
  CHECK(refused);
  CHECK(end <= 0);
  CHECK(during.status == 200);
  CHECK(refusals < 10);  // it does not spin
  RawClient after(server->port());
  CHECK(after.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
}

// The end of a server and the begin of the next one on the same socket, as clients see it.
#include <sys/socket.h>

#include <thread>

#include "http/http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// As the service manager holds it: it outlives every server that takes connections from it.
class KeptSocket {
 public:
  KeptSocket() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(fd_, SOMAXCONN) == 0);
    socklen_t bytes = sizeof at;
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &bytes) == 0);
    port_ = ntohs(at.sin_port);
  }
  KeptSocket(const KeptSocket&) = delete;
  KeptSocket& operator=(const KeptSocket&) = delete;
  ~KeptSocket() { ::close(fd_); }
  [[nodiscard]] HttpServerOptions options(uint32_t threads) const {
    HttpServerOptions options;
    options.inherited_socket = fd_;
    options.io_threads = threads;
    return options;
  }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_ = -1;
  uint16_t port_ = 0;
};

// For threads of a test's own, which must not use the macros. The status, 0 if anything went wrong.
int ask_quietly(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char bytes[4'096];
    pollfd poll{fd, POLLIN, 0};
    while (answer.find("\r\n\r\n") == std::string::npos && ::poll(&poll, 1, patience_ms) == 1) {
      const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) break;
      answer.append(bytes, static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
}

}  // namespace

TEST_CASE("connections wait in an inherited socket while no server is there, and the next one answers them", "[http][handover]") {
  for (const uint32_t threads : {1U, 3U}) {
    INFO(threads);
    const KeptSocket socket;
    Handler handler;
    {
      const auto first = serve(handler, socket.options(threads));
      CHECK(first->port() == socket.port());
      CHECK(RawClient(socket.port()).exchange(request).status == 200);
      first->stop(patience_ms);
    }
    RawClient one(socket.port()), other(socket.port());
    one.send(request);
    other.send(request);
    const auto second = serve(handler, socket.options(threads));
    CHECK(one.receive().status == 200);
    CHECK(other.receive().status == 200);
    CHECK(RawClient(socket.port()).exchange(request).status == 200);
  }
}

TEST_CASE("servers follow each other on an inherited socket under load without one request that fails", "[http][handover]") {
  constexpr int clients = 4, servers = 10;
  const KeptSocket socket;
  Handler handler;
  std::atomic<bool> stopping{false};
  std::atomic<int> answered{0}, failed{0};
  std::vector<std::thread> load;
  for (int i = 0; i < clients; ++i)
    load.emplace_back([&] {
      while (!stopping) {
        if (ask_quietly(socket.port()) == 200) ++answered;
        else ++failed;
      }
    });
  for (int i = 0; i < servers; ++i) {
    const auto server = serve(handler, socket.options(1 + i % 2));
    const int before = answered;
    CHECK(eventually([&] { return answered >= before + 50; }));
    server->stop(patience_ms);
  }
  stopping = true;
  const auto last = serve(handler, socket.options(1));
  for (std::thread& thread : load) thread.join();
  CHECK(failed == 0);
  CHECK(answered >= servers * 50);
}

TEST_CASE("a connection that was made before the stop has its request answered, though nobody had taken it", "[http][handover]") {
  // The thread is busy with another request, so that the connection still waits when the stop is asked for.
  std::mutex gate;
  std::unique_lock closed(gate);
  std::atomic<bool> busy{false};
  Handler handler([&](const HttpRequest& asked, ResultSink&, Respond respond) {
    if (asked.path == "/wait") {
      busy = true;
      const std::scoped_lock wait(gate);
    }
    respond(HttpResponse{});
  });
  const auto server = serve(handler);
  RawClient first(server->port());
  first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return busy.load(); }));
  RawClient waiting(server->port());
  waiting.send(request);
  std::thread stopping([&] { server->stop(patience_ms); });
  closed.unlock();
  CHECK(first.receive().status == 200);
  CHECK(waiting.receive().status == 200);
  CHECK(waiting.closed());
  stopping.join();
}

TEST_CASE("a request that has arrived on a kept connection when the server stops is answered", "[http][handover]") {
  std::mutex gate;
  std::unique_lock closed(gate);
  std::atomic<bool> busy{false};
  Handler handler([&](const HttpRequest& asked, ResultSink&, Respond respond) {
    if (asked.path == "/wait") {
      busy = true;
      const std::scoped_lock wait(gate);
    }
    respond(HttpResponse{});
  });
  const auto server = serve(handler);
  RawClient kept(server->port()), other(server->port());
  CHECK(kept.exchange(request).status == 200);
  other.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return busy.load(); }));
  kept.send(request);
  std::thread stopping([&] { server->stop(patience_ms); });
  closed.unlock();
  CHECK(kept.receive().status == 200);
  CHECK(other.receive().status == 200);
  CHECK(kept.closed());
  stopping.join();
}

TEST_CASE("a descriptor that is no socket is an error", "[http][handover]") {
  Handler handler;
  HttpServerOptions options;
  options.inherited_socket = 1'000'000;
  CHECK(HttpServer::open(options, handler, "x").status().code() == absl::StatusCode::kUnavailable);
}

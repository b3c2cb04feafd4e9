// A server on a free loopback port, and a client that sends exactly the bytes it is told to.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "support/catch.h"
#include "tollgate/engine/command.h"
#include "tollgate/http/server.h"

namespace tollgate::http_test {

inline constexpr int patience_ms = 20'000;  // for what must happen; nothing waits for it to pass

// Says what it was given, so that a test can see how a request was understood.
inline std::string describe(const HttpRequest& request) {
  static constexpr const char* methods[] = {"get", "post", "del", "put", "other"};
  std::string to = methods[static_cast<int>(request.method)];
  const auto add = [&](std::string_view name, std::string_view value) {
    to.append("|").append(name).append("=").append(value);
  };
  add("path", request.path);
  add("query", request.query);
  add("body", request.body);
  add("authorization", request.authorization);
  add("type", request.content_type);
  add("key",
      request.idempotency_key_given ? std::string("given:").append(request.idempotency_key) : std::string("none"));
  add("version", request.stripe_version);
  add("account", request.stripe_account);
  add("last", request.last_event_id);
  add("peer", request.peer);
  return to;
}

class Handler : public HttpHandler {
 public:
  using Function = std::function<void(const HttpRequest&, ResultSink&, Respond)>;
  explicit Handler(Function function) : function_(std::move(function)) {}
  Handler()
      : Handler([](const HttpRequest& request, ResultSink&, Respond respond) {
          HttpResponse response;
          response.body = describe(request);
          respond(std::move(response));
        }) {}
  void handle(const HttpRequest& request, ResultSink& sink, Respond respond) override {
    function_(request, sink, std::move(respond));
    ++requests;  // behind it: a test that has seen the count sees what the function did
  }
  std::atomic<int> requests{0};

 private:
  Function function_;
};

inline std::unique_ptr<HttpServer> serve(HttpHandler& handler, HttpServerOptions options = {}) {
  auto server = HttpServer::open(std::move(options), handler, "test");
  INFO(server.status().ToString());
  REQUIRE(server.ok());
  (*server)->start();
  return std::move(*server);
}

struct Reply {
  int status = 0;
  std::string head;
  std::string body;
  bool truncated = false;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd_ >= 0);
    if (receive_buffer_bytes != 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), in_(std::move(other.in_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  // The server may have closed already: then the rest does not matter.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // One response with its Content-Length; `truncated` if the connection ended before.
  Reply receive(bool head_method = false) {
    Reply reply;
    while (in_.find("\r\n\r\n") == std::string::npos) {
      if (!more()) {
        reply.truncated = true;
        return reply;
      }
    }
    const std::size_t head_bytes = in_.find("\r\n\r\n") + 4;
    reply.head = in_.substr(0, head_bytes);
    reply.status = std::atoi(reply.head.c_str() + 9);
    const std::size_t at = reply.head.find("Content-Length: ");
    const std::size_t body_bytes =
        at == std::string::npos || head_method ? 0 : std::strtoul(reply.head.c_str() + at + 16, nullptr, 10);
    while (in_.size() < head_bytes + body_bytes) {
      if (!more()) {
        reply.truncated = true;
        break;
      }
    }
    reply.body = in_.substr(head_bytes, body_bytes);
    in_.erase(0, head_bytes + body_bytes);
    return reply;
  }
  Reply exchange(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  // True if the server ended the connection, in order or by a reset, and nothing more came.
  bool closed() {
    if (!in_.empty()) return false;
    return !more() && in_.empty();
  }
  // Bytes that are there now.
  bool has_input() {
    pollfd poll{fd_, POLLIN, 0};
    return !in_.empty() || ::poll(&poll, 1, 0) == 1;
  }
  void shut_down_send() { ::shutdown(fd_, SHUT_WR); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool more() {
    pollfd poll{fd_, POLLIN, 0};
    const int ready = ::poll(&poll, 1, patience_ms);
    if (ready != 1) FAIL("the server neither answered nor closed");
    char buffer[64 * 1024];
    const ssize_t bytes = ::recv(fd_, buffer, sizeof buffer, 0);
    if (bytes <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(bytes));
    return true;
  }

  int fd_;
  std::string in_;
};

// Waits until `condition` holds; checked often, so that a passing test does not sleep.
template <class F>
bool eventually(F condition) {
  for (int waited_ms = 0; waited_ms < patience_ms; ++waited_ms) {
    if (condition()) return true;
    ::usleep(1'000);
  }
  return condition();
}

inline bool is_error_body(std::string_view body) {
  return body.starts_with("{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"") && body.ends_with("\"}}");
}

}  // namespace tollgate::http_test

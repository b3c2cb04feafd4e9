// A server on a free loopback port that does to each connection exactly what a test says.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::test {

inline constexpr int patience_ms = 20'000;  // for what must happen; nothing waits for it to pass

// One accepted connection, blocking.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  virtual ~Peer() {
    if (fd_ >= 0) ::close(fd_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  virtual bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  virtual bool read_some() {
    pollfd poll{fd_, POLLIN, 0};
    if (::poll(&poll, 1, patience_ms) != 1) return false;
    char buffer[64 * 1024];
    const ssize_t bytes = ::recv(fd_, buffer, sizeof buffer, 0);
    if (bytes <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(bytes));
    return true;
  }
  // A whole request with its body; empty: the other side has ended.
  std::string request() {
    while (true) {
      const std::size_t head = in_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t at = in_.find("Content-Length: ");
        const std::size_t body = at < head ? std::strtoul(in_.c_str() + at + 16, nullptr, 10) : 0;
        if (in_.size() >= head + 4 + body) {
          std::string whole = in_.substr(0, head + 4 + body);
          in_.erase(0, whole.size());
          return whole;
        }
      }
      if (!read_some()) return {};
    }
  }
  bool answer(std::string_view body, std::string_view more_headers = "") {
    return write(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more_headers, body));
  }
  // Until the other side closes.
  void wait_for_end() {
    while (read_some()) {
    }
  }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd_);
    fd_ = -1;
  }
  void shut_down_send() { ::shutdown(fd_, SHUT_WR); }
  [[nodiscard]] int fd() const { return fd_; }

 protected:
  int fd_;
  std::string in_;
};

class Server {
 public:
  using Script = std::function<void(Peer&)>;
  using Wrap = std::function<std::unique_ptr<Peer>(int)>;
  explicit Server(Script script, Wrap wrap = [](int fd) { return std::make_unique<Peer>(fd); }) : script_(std::move(script)), wrap_(std::move(wrap)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener_, 128) == 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  ~Server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    ::close(listener_);
    for (auto& thread : threads_) thread.join();
  }

  uint16_t port = 0;
  std::atomic<int> connections{0};

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++connections;
      threads_.emplace_back([this, fd] {
        const auto peer = wrap_(fd);
        if (peer) script_(*peer);
      });
    }
  }

  Script script_;
  Wrap wrap_;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

// Results, in the order in which they come.
class Results {
 public:
  UpstreamHandler handler() {
    return [this](UpstreamResult result) {
      const std::lock_guard lock(mutex_);
      all_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  std::vector<UpstreamResult> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return all_.size() >= count; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<UpstreamResult> all_;
};

inline UpstreamRequest post(std::string body, int64_t timeout_ms = patience_ms) {
  UpstreamRequest request;
  request.method = "POST";
  request.target = "/v1/things";
  request.headers = {{"Content-Type", "text/plain"}};
  request.authorization = Secret("Bearer secret");
  request.body = Secret(std::move(body));
  request.deadline_us = monotonic_us() + timeout_ms * us_per_ms;
  return request;
}

inline std::unique_ptr<Upstream> open(UpstreamOptions options) {
  auto upstream = Upstream::open(std::move(options));
  INFO(upstream.status().ToString());
  REQUIRE(upstream.ok());
  return *std::move(upstream);
}
inline UpstreamOptions plain(const Server& server) {
  UpstreamOptions options;
  options.base_url = fmt::format("http://127.0.0.1:{}", server.port);
  return options;
}

inline UpstreamResult one_call(Upstream& upstream, UpstreamRequest request) {
  Results results;
  upstream.call(std::move(request), results.handler());
  auto all = results.wait_for(1);
  REQUIRE(all.size() == 1);
  return std::move(all[0]);
}

}  // namespace tollgate::test

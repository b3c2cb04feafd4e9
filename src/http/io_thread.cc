#include "http/io_thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "http/session.h"

namespace tollgate::http {
namespace {

constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr int connections_taken_last_max = 4'096;  // what a backlog holds
constexpr auto watch_interval = std::chrono::milliseconds(10);
constexpr uint32_t sweep_interval_ms_max = 1'000;
constexpr uint32_t sweep_interval_ms_min = 10;

// A deadline is noticed by the next sweep: a quarter of the shortest timeout late at most.
[[nodiscard]] int64_t sweep_interval(const HttpServerOptions& options) {
  const uint32_t shortest = std::min({options.request_header_timeout_ms, options.request_body_timeout_ms,
                                      options.idle_timeout_ms, options.write_timeout_ms, options.handshake_timeout_ms});
  return std::clamp(shortest / 4, sweep_interval_ms_min, sweep_interval_ms_max);
}

[[nodiscard]] int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

int64_t coarse_ms() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000 + now.tv_nsec / 1'000'000;
}

Peer peer_of(const asio::ip::address& address) {
  if (address.is_v4()) return {address.to_string(), address.to_v4().to_uint()};
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return {address.to_string(), asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_uint()};
  const auto bytes = v6.to_bytes();
  uint64_t network = 0;
  for (std::size_t i = 0; i < 8; ++i) network = network << 8 | bytes[i];
  return {address.to_string(), network};
}

IoThread::IoThread(SharedState& shared, uint32_t index)
    : shared_(shared), index_(index), sweep_interval_ms_(sweep_interval(shared.options)), reserve_fd_(open_reserve()) {}

IoThread::~IoThread() {
  join();
  // What is left of requests that were cut refers to connections, and these to the context.
  results_.clear();
  if (reserve_fd_ >= 0) ::close(reserve_fd_);
}

Status IoThread::listen(const asio::ip::tcp::endpoint& endpoint, bool reuse_port) {
  boost::system::error_code ec;
  const auto failed = [&](std::string_view what) {
    return unavailable("{}: cannot {} {}:{}: {}", shared_.name, what, endpoint.address().to_string(), endpoint.port(),
                       ec.message());
  };
  acceptor_.open(endpoint.protocol(), ec);
  if (ec) return failed("open a socket for");
  acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (ec) return failed("prepare");
  const int on = 1;
  if (reuse_port && ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    ec.assign(errno, boost::system::system_category());
    return failed("share");
  }
  acceptor_.bind(endpoint, ec);
  if (ec) return failed("bind");
  acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return failed("listen on");
  return absl::OkStatus();
}

Status IoThread::share(int listening_socket) {
  const auto failed = [&](std::string_view why) {
    return unavailable("{}: cannot use the socket that was handed over: {}", shared_.name, why);
  };
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof address;
  if (::getsockname(listening_socket, reinterpret_cast<sockaddr*>(&address), &address_bytes) != 0) return failed(std::strerror(errno));
  const int descriptor = ::fcntl(listening_socket, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return failed(std::strerror(errno));
  boost::system::error_code ec;
  acceptor_.assign(address.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), descriptor, ec);
  if (ec) {
    ::close(descriptor);
    return failed(ec.message());
  }
  shares_socket_ = true;
  return absl::OkStatus();
}

uint16_t IoThread::port() const {
  boost::system::error_code ec;
  return acceptor_.local_endpoint(ec).port();
}

void IoThread::start() {
  accept();
  arm_sweep();
  thread_ = std::thread([this] { run(); });
}

void IoThread::run() {
  // Signals are for the main thread.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  const std::string thread_name = fmt::format("{}-{}", shared_.name.substr(0, 11), index_);
  pthread_setname_np(pthread_self(), thread_name.c_str());
  context_.run();
}

void IoThread::add(SessionBase& session) { sessions_.push_back(session); }

void IoThread::removed(uint64_t network) {
  if (shared_.options.connections_per_address_max != 0) shared_.by_address.remove(network);
  if (shared_.connections_open.fetch_sub(1) != 1) return;
  const std::lock_guard lock(shared_.mutex);
  shared_.changed.notify_all();
}

void IoThread::accept() {
  acceptor_.async_accept(context_,
                         [this](boost::system::error_code ec, Socket socket) { on_accept(ec, std::move(socket)); });
}

void IoThread::on_accept(boost::system::error_code ec, Socket socket) {
  if (!ec) {
    // Also while draining: it was taken before.
    start_session(std::move(socket));
    if (draining_) return;
  } else if (draining_) {
    return;
  } else if (ec.value() == EMFILE || ec.value() == ENFILE) {
    refuse_for_want_of_descriptors();
    return pause_accept();
  } else if (ec != asio::error::connection_aborted) {
    return pause_accept();
  }
  accept();
}

// The peer must not hang in the backlog for as long as we are out of descriptors: the one kept for this takes it and
// lets it go.
void IoThread::refuse_for_want_of_descriptors() {
  counters_.refused.add(1);
  if (reserve_fd_ < 0) return;
  ::close(reserve_fd_);
  boost::system::error_code ec;
  acceptor_.non_blocking(true, ec);
  { const Socket refused = acceptor_.accept(context_, ec); }
  reserve_fd_ = open_reserve();
}

void IoThread::pause_accept() {
  accept_pause_.expires_after(accept_pause);
  accept_pause_.async_wait([this](boost::system::error_code ec) {
    if (ec || draining_) return;
    if (reserve_fd_ < 0) reserve_fd_ = open_reserve();
    accept();
  });
}

bool IoThread::has_room(uint64_t network) {
  const HttpServerOptions& options = shared_.options;
  if (shared_.connections_open.fetch_add(1) < options.connections_max &&
      (options.connections_per_address_max == 0 || shared_.by_address.add(network, options.connections_per_address_max)))
    return true;
  shared_.connections_open.fetch_sub(1);
  counters_.refused.add(1);
  return false;
}

void IoThread::start_session(Socket socket) {
  counters_.accepted.add(1);
  boost::system::error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return;  // gone already
  Peer peer = peer_of(endpoint.address());
  if (!has_room(peer.network)) return;
  socket.set_option(asio::ip::tcp::no_delay(true), ec);
  socket.non_blocking(true, ec);
  if (const auto tls = std::atomic_load(&shared_.tls)) {
    // The stream keeps what it needs of the context: that may be replaced while the stream lives.
    boost::intrusive_ptr<Session<TlsStream>> session(
        new Session<TlsStream>(*this, TlsStream(std::move(socket), *tls), std::move(peer)));
    session->start();
  } else {
    boost::intrusive_ptr<Session<Socket>> session(new Session<Socket>(*this, std::move(socket), std::move(peer)));
    session->start();
  }
}

void IoThread::arm_sweep() {
  sweep_timer_.expires_after(std::chrono::milliseconds(sweep_interval_ms_));
  sweep_timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    sweep();
    arm_sweep();
  });
}

// One walk now and then instead of a timer for each operation, which would cost more than reading the request does.
void IoThread::sweep() {
  const int64_t now = coarse_ms();
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    const boost::intrusive_ptr<SessionBase> session(&*it);
    ++it;
    if (session->deadline_ms() != 0 && session->deadline_ms() <= now) session->on_deadline();
  }
}

// A timer that is due comes behind everything else that is: what it is late by, a request that arrives waits. While nobody sends
// anything there is nothing to look at.
void IoThread::watch_loop() {
  watching_ = true;
  const auto due = std::chrono::steady_clock::now() + watch_interval;
  watch_timer_.expires_at(due);
  watch_timer_.async_wait([this, due](boost::system::error_code ec) {
    if (ec) return;
    const uint64_t requests = counters_.requests.get();
    watching_ = std::exchange(requests_watched_, requests) != requests;
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - due);
    shared_.handler->loop_delay(index_, watching_ ? std::max<int64_t>(late.count(), 1) : 0);
    if (watching_) watch_loop();
  });
}

void IoThread::deliver(std::vector<Item> items) {
  bool first;
  {
    const std::lock_guard lock(results_mutex_);
    first = results_.empty();
    results_.push_back(std::move(items));
  }
  if (first) asio::post(context_, [this] { run_results(); });
}

void IoThread::run_results() {
  {
    const std::lock_guard lock(results_mutex_);
    results_in_work_.swap(results_);
  }
  for (auto& items : results_in_work_) {
    for (Item& item : items) item.handler(std::move(item.result));
  }
  results_in_work_.clear();
}

void IoThread::wind_down() {
  asio::post(context_, [this] { winding_down_ = true; });
}

// They would be reset with the socket, although their clients have been told that they are connected.
void IoThread::take_waiting_connections() {
  boost::system::error_code ec;
  acceptor_.non_blocking(true, ec);
  for (int taken = 0; !ec && taken < connections_taken_last_max; ++taken) {
    Socket socket = acceptor_.accept(context_, ec);
    if (!ec) start_session(std::move(socket));
  }
}

void IoThread::drain() {
  asio::post(context_, [this] {
    draining_ = true;
    if (!shares_socket_) take_waiting_connections();
    boost::system::error_code ec;
    acceptor_.close(ec);
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      const boost::intrusive_ptr<SessionBase> session(&*it);
      ++it;
      session->on_drain();
    }
    // Behind a connection that is taken already, and waits to be begun.
    asio::post(context_, [this] {
      const std::lock_guard lock(shared_.mutex);
      ++shared_.threads_closed;
      shared_.changed.notify_all();
    });
  });
}

void IoThread::cut() {
  asio::post(context_, [this] {
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      const boost::intrusive_ptr<SessionBase> session(&*it);
      ++it;
      session->cut();
    }
    context_.stop();
  });
}

void IoThread::join() {
  if (!thread_.joinable()) return;
  thread_.join();
}

}  // namespace tollgate::http

#include "tollgate/transport/upstream.h"

#include <pthread.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <set>
#include <thread>

#include "tollgate/base/clock.h"
#include "transport/connection.h"
#include "transport/tls.h"

namespace tollgate {
namespace transport {
namespace {

namespace asio = boost::asio;
using Kind = UpstreamResult::Kind;

UpstreamResult not_sent(std::string problem, bool late = false) {
  return {.kind = Kind::not_sent, .late = late, .problem = std::move(problem)};
}

class UpstreamImpl final : public Upstream, private Pool {
 public:
  UpstreamImpl(UpstreamOptions options, Url url, std::unique_ptr<asio::ssl::context> context)
      : options_(std::move(options)), url_(std::move(url)), context_(std::move(context)), work_(asio::make_work_guard(io_)), expiry_(io_) {
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "upstream");
      io_.run();
    });
  }
  ~UpstreamImpl() override { stop(); }

  void call(UpstreamRequest request, UpstreamHandler handler) override {
    if (stopping_.load()) return handler(not_sent("the node is stopping"));
    if (outstanding_.fetch_add(1) >= options_.connections_max + options_.waiting_max) {
      outstanding_.fetch_sub(1);
      return handler(not_sent("too many calls wait for an answer"));
    }
    Call call{std::move(request), [this, handler = std::move(handler)](UpstreamResult result) mutable {
                outstanding_.fetch_sub(1);
                handler(std::move(result));
              }};
    asio::post(io_, [this, call = std::move(call)]() mutable { take(std::move(call)); });
  }

  void stop() override {
    if (stopping_.exchange(true)) return;
    asio::post(io_, [this] { end_all(); });
    work_.reset();
    thread_.join();
  }

  UpstreamStats stats() const override {
    return {.outstanding = outstanding_.load(), .connections = connection_count_.load(), .connections_opened = opened_.load()};
  }

 private:
  // All of the following on the io thread.
  void take(Call call) {
    if (ended_) return call.handler(not_sent("the node is stopping"));
    if (monotonic_us() >= call.request.deadline_us) return call.handler(not_sent("no connection in time", true));
    while (!idle_.empty()) {
      const auto connection = idle_.back();
      idle_.pop_back();
      if (connection->exchange(call)) return;
    }
    waiting_.push_back(std::move(call));
    watch_deadlines();
    open_if_needed();
  }

  // One being opened for each that waits, within the bound.
  void open_if_needed() {
    while (opening_ < waiting_.size() && connections_.size() < options_.connections_max) {
      const auto connection = make_connection(io_, context_.get(), url_, options_, *this);
      connections_.insert(connection);
      opening_connections_.insert(connection.get());
      opening_ = opening_connections_.size();
      count_connections();
      connection->open();
    }
  }

  void on_ready(const std::shared_ptr<Connection>& connection) override {
    if (opening_connections_.erase(connection.get()) > 0) opened_.fetch_add(1);
    opening_ = opening_connections_.size();
    drop_expired();
    if (waiting_.empty()) {
      idle_.push_back(connection);
      return connection->rest();
    }
    Call call = std::move(waiting_.front());
    waiting_.pop_front();
    if (connection->exchange(call)) return;
    waiting_.push_front(std::move(call));
    open_if_needed();
  }

  void on_closed(const std::shared_ptr<Connection>& connection, const std::string& problem) override {
    const bool was_opening = opening_connections_.erase(connection.get()) > 0;
    opening_ = opening_connections_.size();
    std::erase(idle_, connection);
    connections_.erase(connection);
    count_connections();
    if (ended_) return;
    // It was opened for one that waits. The others' own tries tell them what becomes of theirs.
    if (was_opening && !waiting_.empty()) {
      Call call = std::move(waiting_.front());
      waiting_.pop_front();
      call.handler(not_sent(fmt::format("cannot connect to {}: {}", url_.authority, problem)));
    }
    // Not from in here: a connection that fails at once would come back deeper and deeper.
    asio::post(io_, [this] { open_if_needed(); });
  }

  void drop_expired() {
    const int64_t now_us = monotonic_us();
    std::vector<Call> late;
    for (auto call = waiting_.begin(); call != waiting_.end();) {
      if (call->request.deadline_us > now_us) {
        ++call;
        continue;
      }
      late.push_back(std::move(*call));
      call = waiting_.erase(call);
    }
    for (Call& call : late) call.handler(not_sent("no connection in time", true));
  }

  // Wakes at the earliest deadline of those that wait; they are few.
  void watch_deadlines() {
    if (waiting_.empty()) return;
    int64_t earliest_us = INT64_MAX;
    for (const Call& call : waiting_) earliest_us = std::min(earliest_us, call.request.deadline_us);
    if (watching_ && earliest_us >= watched_us_) return;
    watching_ = true;
    watched_us_ = earliest_us;
    expiry_.expires_after(std::chrono::microseconds(earliest_us - monotonic_us()));
    expiry_.async_wait([this](const boost::system::error_code& canceled) {
      if (canceled) return;
      watching_ = false;
      drop_expired();
      watch_deadlines();
    });
  }

  void end_all() {
    ended_ = true;
    expiry_.cancel();
    for (const auto& connection : std::set(connections_)) connection->close("the node is stopping");
    for (Call& call : std::exchange(waiting_, {})) call.handler(not_sent("the node is stopping"));
  }

  void count_connections() { connection_count_.store(connections_.size()); }

  const UpstreamOptions options_;
  const Url url_;
  const std::unique_ptr<asio::ssl::context> context_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer expiry_;
  bool watching_ = false, ended_ = false;
  int64_t watched_us_ = 0;
  std::deque<Call> waiting_;
  std::set<std::shared_ptr<Connection>> connections_;
  std::set<const Connection*> opening_connections_;
  std::size_t opening_ = 0;
  std::vector<std::shared_ptr<Connection>> idle_;  // the last one used is used first: the others can be closed
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> outstanding_{0}, connection_count_{0};
  std::atomic<uint64_t> opened_{0};
  std::thread thread_;
};

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace
}  // namespace transport

std::string_view UpstreamResult::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (transport::same_name(known, name)) return value;
  return {};
}

StatusOr<std::unique_ptr<Upstream>> Upstream::open(UpstreamOptions options) {
  TOLLGATE_ASSIGN_OR_RETURN(transport::Url url, transport::parse_url(options.base_url));
  if (options.connections_max == 0) return invalid_argument("an upstream needs at least one connection");
  std::unique_ptr<boost::asio::ssl::context> context;
  if (url.tls) {
    TOLLGATE_ASSIGN_OR_RETURN(context, transport::make_client_context(options));
  }
  return std::unique_ptr<Upstream>(std::make_unique<transport::UpstreamImpl>(std::move(options), std::move(url), std::move(context)));
}

}  // namespace tollgate

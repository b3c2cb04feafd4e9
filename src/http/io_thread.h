// One io thread: its io_context, acceptor, connections and way back from the engine. What is not marked is used by its
// own thread alone.
#pragma once
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/connection_counts.h"
#include "http/reply.h"
#include "tollgate/engine/command.h"
#include "tollgate/http/server.h"

namespace tollgate::http {

namespace asio = boost::asio;

// The concrete executor: any_io_executor costs an indirect call and a copy for each operation.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Milliseconds of the coarse monotonic clock: deadlines need no better, and it costs a quarter of the fine one.
[[nodiscard]] int64_t coarse_ms();

// Written by one thread, read by any.
class Counter {
 public:
  void add(uint64_t by) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct Counters {
  Counter accepted, refused, requests, requests_refused, timeouts, bytes_in, bytes_out;
  Counter responses[6];
  std::array<Counter, handshake_refusal_names.size()> handshakes_refused;
};

// Who is at the other end. `network` stands for the address in what is counted by address.
struct Peer {
  std::string address;
  uint64_t network = 0;
};
[[nodiscard]] Peer peer_of(const asio::ip::address& address);

// Of all io threads together.
struct SharedState {
  HttpServerOptions options;
  HttpHandler* handler = nullptr;
  std::string name;
  std::shared_ptr<asio::ssl::context> tls;  // null: plain. Swapped as a whole, with std::atomic_load and std::atomic_store
  std::atomic<uint32_t> connections_open{0};
  ConnectionCounts by_address;
  std::atomic<uint64_t> answer_bytes_held{0};  // of large answers that are not written yet
  // stop() waits here until all threads take no more connections, and for the last connection.
  std::mutex mutex;
  std::condition_variable changed;
  uint32_t threads_closed = 0;  // that take no more connections; under the mutex
};

// A connection as its thread sees it. Referenced by its pending operation or by the Respond it waits for; gone with
// them.
class SessionBase
    : public boost::intrusive_ref_counter<SessionBase, boost::thread_unsafe_counter>,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~SessionBase() = default;
  virtual void respond(HttpResponse response) = 0;
  virtual void on_deadline() = 0;
  // The server stops: goes if there is no request in work.
  virtual void on_drain() = 0;
  virtual void cut() = 0;
  [[nodiscard]] int64_t deadline_ms() const { return deadline_ms_; }

 protected:
  int64_t deadline_ms_ = 0;  // of coarse_ms(); 0: none
};

class IoThread final : public ResultSink {
 public:
  IoThread(SharedState& shared, uint32_t index);
  ~IoThread() override;

  [[nodiscard]] Status listen(const asio::ip::tcp::endpoint& endpoint, bool reuse_port);
  // Shares a socket that listens already. It stays the caller's.
  [[nodiscard]] Status share(int listening_socket);
  [[nodiscard]] uint16_t port() const;
  void start();
  // Any thread.
  void deliver(std::vector<Item> items) override;
  void wind_down();
  void drain();
  void cut();
  void join();

  [[nodiscard]] SharedState& shared() { return shared_; }
  [[nodiscard]] DateLine& date() { return date_; }
  [[nodiscard]] Counters& counters() { return counters_; }
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] bool keeps_connections() const { return !draining_ && !winding_down_; }
  [[nodiscard]] asio::io_context& context() { return context_; }
  void add(SessionBase& session);
  void removed(uint64_t network);  // a session is gone
  // Somebody sends requests: from now on it is looked how late the loop is, for as long as there are some.
  void has_work() {
    if (!watching_) watch_loop();
  }

 private:
  void run();
  void accept();
  void on_accept(boost::system::error_code ec, Socket socket);
  void refuse_for_want_of_descriptors();
  void pause_accept();
  void start_session(Socket socket);
  void take_waiting_connections();
  [[nodiscard]] bool has_room(uint64_t network);
  void watch_loop();
  void arm_sweep();
  void sweep();
  void run_results();

  SharedState& shared_;
  uint32_t index_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  Acceptor acceptor_{context_};
  Timer accept_pause_{context_};
  Timer sweep_timer_{context_};
  Timer watch_timer_{context_};
  uint64_t requests_watched_ = 0;
  bool watching_ = false;
  int64_t sweep_interval_ms_;
  boost::intrusive::list<SessionBase, boost::intrusive::constant_time_size<false>> sessions_;
  DateLine date_;
  Counters counters_;
  bool shares_socket_ = false;
  bool draining_ = false;
  bool winding_down_ = false;
  int reserve_fd_ = -1;

  // Batches of results on their way to this thread. One post per time that it is found empty.
  std::mutex results_mutex_;
  std::vector<std::vector<Item>> results_;
  std::vector<std::vector<Item>> results_in_work_;
  std::thread thread_;
};

}  // namespace tollgate::http

// Sends a run's requests over keep-alive connections from one thread, and measures.
//
// Closed loop: every connection sends its next request when it has its answer. Open loop: requests are due at fixed
// times, and latency counts from then, also if no connection was free: a server that stalls cannot hide it by slowing
// the generator.
#pragma once
#include <netinet/in.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/load/histogram.h"
#include "tollgate/load/requests.h"

namespace tollgate::load {

struct Phase {
  Operation operation = Operation::payment;
  uint64_t count_max = 0;
  double seconds_max = 0;
  double warmup_seconds = 0;   // of these, not measured
  double rate_per_s = 0;       // 0: closed loop
  uint64_t payment_first = 0;  // index of the first payment made
  uint64_t payments_made = 0;  // retrieve, list and replay choose among these
  bool keep_names = false;     // later phases read what this one makes
  const std::atomic<bool>* stop = nullptr;  // becomes true: no further request is sent
};

struct PhaseResult {
  Histogram latency;
  uint64_t answered = 0;  // with the right status and body, warm-up included
  uint64_t measured = 0;
  double measured_seconds = 0;
  uint64_t not_sent = 0;  // open loop: due at the end, and no connection was free
  uint64_t bytes_sent = 0, bytes_received = 0;  // heads and bodies of what was answered as it should be
  std::map<std::string, uint64_t> errors;
  std::string first_error;
};

class LoadRun {
 public:
  LoadRun(sockaddr_in server, uint32_t connections, Requests& requests);
  ~LoadRun();
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  // Empty, or why there is no connection.
  [[nodiscard]] std::string connect();
  [[nodiscard]] PhaseResult run(const Phase& phase);

 private:
  struct Connection {
    int fd = -1;
    bool busy = false;
    uint64_t payment = 0;
    int64_t due_ns = 0;
    std::string out;
    std::size_t sent = 0;
    std::string in;
    std::size_t received = 0;
  };

  [[nodiscard]] bool open(Connection& connection);
  // `why` is null if the server had said that it would close.
  void reopen(Connection& connection, const char* why);
  void send_due(int64_t now_ns);
  void start(Connection& connection, int64_t due_ns);
  void flush(Connection& connection);
  void receive(Connection& connection);
  void answered(Connection& connection, std::string_view head, std::string_view body);
  void error(const std::string& name, std::string_view detail);
  [[nodiscard]] int64_t wait_ns(int64_t now_ns) const;
  [[nodiscard]] bool finished(int64_t now_ns) const;

  sockaddr_in server_;
  Requests& requests_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
  std::mt19937_64 random_{1};

  // Of the phase that runs.
  Phase phase_;
  PhaseResult result_;
  uint64_t started_ = 0;
  int64_t begin_ns_ = 0;
  int64_t measure_ns_ = 0;  // the warm-up ends
  int64_t end_ns_ = 0;
  int64_t last_answer_ns_ = 0;
};

}  // namespace tollgate::load

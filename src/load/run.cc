#include "tollgate/load/run.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace tollgate::load {
namespace {

constexpr int events_max = 256;
constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t answers_timeout_ns = 10 * second_ns;  // after the last request was sent
constexpr std::size_t answer_bytes_max = 16 << 20;

int64_t now_ns() {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * second_ns + now.tv_nsec;
}

// Header names come in any case.
std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    const std::string_view line = head.substr(at + 1);
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        ::strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    const std::size_t value = line.find_first_not_of(' ', name.size() + 1);
    return line.substr(value, line.find('\r') - value);
  }
  return {};
}

bool succeeded(std::string_view body) {
  return body.find("\"status\":\"succeeded\"") != std::string_view::npos ||
         body.find("\"status\": \"succeeded\"") != std::string_view::npos;
}

bool says_succeeded(Operation operation) {
  return operation != Operation::list && operation != Operation::card && operation != Operation::trivial;
}

std::string_view payment_name(std::string_view body) {
  const std::size_t at = body.find("\"pi_");
  return at == std::string_view::npos ? std::string_view() : body.substr(at + 1, sizeof(PaymentName));
}

}  // namespace

LoadRun::LoadRun(sockaddr_in server, uint32_t connections, Requests& requests) : server_(server), requests_(requests) {
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // the open loop's sleeps: to the microsecond, not the 50 that are usual
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  for (uint32_t i = 0; i < connections; ++i) connections_.push_back(std::make_unique<Connection>());
}

LoadRun::~LoadRun() {
  for (const auto& connection : connections_) {
    if (connection->fd >= 0) ::close(connection->fd);
  }
  ::close(epoll_);
}

bool LoadRun::open(Connection& connection) {
  connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection.fd < 0) return false;
  if (::connect(connection.fd, reinterpret_cast<const sockaddr*>(&server_), sizeof server_) != 0) return false;
  const int on = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.ptr = &connection;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) == 0;
}

std::string LoadRun::connect() {
  for (const auto& connection : connections_) {
    if (!open(*connection)) return std::string("cannot connect: ") + std::strerror(errno);
  }
  return {};
}

void LoadRun::error(const std::string& name, std::string_view detail) {
  ++result_.errors[name];
  if (result_.first_error.empty()) result_.first_error = name + ": " + std::string(detail.substr(0, 2'000));
}

void LoadRun::reopen(Connection& connection, const char* why) {
  if (why != nullptr && connection.busy) error("transport", why);
  if (connection.fd >= 0) ::close(connection.fd);
  connection.received = 0;
  if (!open(connection)) {
    error("connect", std::strerror(errno));
    if (connection.fd >= 0) ::close(connection.fd);
    connection.fd = -1;  // one connection less for the rest of the phase
    connection.busy = false;
    return;
  }
  if (connection.busy) free_.push_back(&connection);
  connection.busy = false;
}

void LoadRun::start(Connection& connection, int64_t due_ns) {
  const bool makes = phase_.operation == Operation::payment || phase_.operation == Operation::raw_card || phase_.operation == Operation::card;
  connection.payment = makes ? phase_.payment_first + started_ : random_() % phase_.payments_made;
  ++started_;
  requests_.build(phase_.operation, connection.payment, connection.out);
  connection.sent = 0;
  connection.received = 0;
  connection.due_ns = due_ns;
  connection.busy = true;
  flush(connection);
}

// A request is far smaller than a socket's buffer, which is empty when one is sent.
void LoadRun::flush(Connection& connection) {
  while (connection.sent < connection.out.size()) {
    const ssize_t bytes = ::send(connection.fd, connection.out.data() + connection.sent,
                                 connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (bytes <= 0) return reopen(connection, "send failed");
    connection.sent += static_cast<std::size_t>(bytes);
  }
}

void LoadRun::receive(Connection& connection) {
  if (connection.in.size() - connection.received < 16 * 1024) {
    if (connection.received > answer_bytes_max) return reopen(connection, "answer too large");
    connection.in.resize(std::max<std::size_t>(32 * 1024, connection.in.size() * 2));
  }
  const ssize_t bytes = ::recv(connection.fd, connection.in.data() + connection.received,
                               connection.in.size() - connection.received, MSG_DONTWAIT);
  if (bytes < 0 && errno == EAGAIN) return;
  if (bytes <= 0) return reopen(connection, bytes == 0 ? "closed by the server" : std::strerror(errno));
  connection.received += static_cast<std::size_t>(bytes);
  const std::string_view all(connection.in.data(), connection.received);
  const std::size_t head_end = all.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return;
  const std::string_view head = all.substr(0, head_end + 2);
  const std::string_view length = header(head, "Content-Length");
  const std::size_t body_bytes = std::strtoull(std::string(length).c_str(), nullptr, 10);
  if (all.size() < head_end + 4 + body_bytes) return;
  answered(connection, head, all.substr(head_end + 4, body_bytes));
}

void LoadRun::answered(Connection& connection, std::string_view head, std::string_view body) {
  const int64_t now = now_ns();
  last_answer_ns_ = now;
  const std::string_view status = head.substr(std::min<std::size_t>(9, head.size()), 3);
  const Operation operation = phase_.operation;
  if (status != "200") {
    error(std::string(status), body);
  } else if (says_succeeded(operation) && !succeeded(body)) {
    error("not succeeded", body);
  } else if (operation == Operation::replay && header(head, "Idempotent-Replayed") != "true") {
    error("not replayed", head);
  } else {
    ++result_.answered;
    result_.bytes_sent += connection.out.size();
    result_.bytes_received += connection.received;
    if (connection.due_ns >= measure_ns_) {
      ++result_.measured;
      result_.latency.add(static_cast<uint64_t>(now - connection.due_ns));
    }
    if (phase_.keep_names) requests_.made(connection.payment, payment_name(body));
  }
  if (header(head, "Connection") == "close") return reopen(connection, nullptr);
  connection.busy = false;
  const bool more = started_ < phase_.count_max && now < end_ns_;
  if (phase_.rate_per_s == 0 && more) return start(connection, now);
  free_.push_back(&connection);
}

void LoadRun::send_due(int64_t now) {
  while (!free_.empty() && started_ < phase_.count_max && now < end_ns_) {
    int64_t due = now;
    if (phase_.rate_per_s > 0) {
      due = begin_ns_ + static_cast<int64_t>(static_cast<double>(started_) / phase_.rate_per_s * 1e9);
      if (due > now) return;
    }
    Connection& connection = *free_.back();
    free_.pop_back();
    start(connection, due);
  }
}

int64_t LoadRun::wait_ns(int64_t now) const {
  static constexpr int64_t wait_max_ns = 100'000'000;
  if (phase_.rate_per_s == 0 || free_.empty() || started_ >= phase_.count_max) return wait_max_ns;
  const int64_t due = begin_ns_ + static_cast<int64_t>(static_cast<double>(started_) / phase_.rate_per_s * 1e9);
  return std::clamp<int64_t>(due - now, 0, wait_max_ns);
}

bool LoadRun::finished(int64_t now) const {
  if (now < end_ns_ && started_ < phase_.count_max) return false;
  if (free_.size() >= connections_.size() || now > end_ns_ + answers_timeout_ns) return true;
  for (const auto& connection : connections_) {
    if (connection->busy) return false;
  }
  return true;
}

PhaseResult LoadRun::run(const Phase& phase) {
  phase_ = phase;
  result_ = PhaseResult{};
  started_ = 0;
  free_.clear();
  for (const auto& connection : connections_) {
    connection->busy = false;
    if (connection->fd >= 0 || open(*connection)) free_.push_back(connection.get());
  }
  begin_ns_ = last_answer_ns_ = now_ns();
  measure_ns_ = begin_ns_ + static_cast<int64_t>(phase.warmup_seconds * 1e9);
  end_ns_ = begin_ns_ + static_cast<int64_t>(phase.seconds_max * 1e9);
  epoll_event events[events_max];
  for (int64_t now = begin_ns_; !finished(now); now = now_ns()) {
    if (phase_.stop != nullptr && phase_.stop->load(std::memory_order_relaxed)) end_ns_ = std::min(end_ns_, now);
    send_due(now);
    const int64_t wait = wait_ns(now);
    const timespec timeout{wait / second_ns, wait % second_ns};
    const int ready = ::epoll_pwait2(epoll_, events, events_max, &timeout, nullptr);
    for (int i = 0; i < ready; ++i) receive(*static_cast<Connection*>(events[i].data.ptr));
    if (free_.empty() && ready <= 0) {
      bool any = false;
      for (const auto& connection : connections_) any |= connection->fd >= 0;
      if (!any) break;
    }
  }
  for (const auto& connection : connections_) {
    if (!connection->busy) continue;
    error("no answer", "the server did not answer in time");
    ::close(connection->fd);
    connection->fd = -1;
  }
  if (phase.rate_per_s > 0) {
    const double due = std::min(static_cast<double>(phase.count_max), phase.seconds_max * phase.rate_per_s);
    if (due > static_cast<double>(started_)) result_.not_sent = static_cast<uint64_t>(due) - started_;
  }
  result_.measured_seconds = static_cast<double>(std::max(last_answer_ns_ - measure_ns_, int64_t{1})) / 1e9;
  return std::move(result_);
}

}  // namespace tollgate::load

#include "tollgate/observe/log.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "observe/json_text.h"
#include "observe/line_queue.h"
#include "observe/request_line.h"
#include "tollgate/base/clock.h"
#include "tollgate/observe/card_numbers.h"
#include "tollgate/observe/journal.h"

namespace tollgate::observe {
namespace {

constexpr int write_interval_ms = 100;
constexpr int flush_wait_max_ms = 2'000;  // a reader that stands still must not keep the node from ending
constexpr std::array<std::string_view, 4> level_names = {"debug", "info", "warn", "error"};

spdlog::level::level_enum spdlog_level(std::size_t level) { return static_cast<spdlog::level::level_enum>(level + 1); }

std::string_view name_of(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return "debug";
  return level_names[std::min<std::size_t>(static_cast<std::size_t>(level) - 1, level_names.size() - 1)];
}

// Takes what spdlog was given, as a line.
class QueueSink final : public spdlog::sinks::sink {
 public:
  QueueSink(LineQueue& queue, const LogOptions& options) : queue_(queue), format_(options.format), for_journal_(options.for_journal) {}
  void log(const spdlog::details::log_msg& message) override {
    thread_local std::string line;
    line.clear();
    if (for_journal_) line.append(journal_prefix(name_of(message.level)));
    const int64_t time_us = std::chrono::duration_cast<std::chrono::microseconds>(message.time.time_since_epoch()).count();
    const std::string_view text(message.payload.data(), message.payload.size());
    if (format_ == LogFormat::json) {
      line.append("{\"time\":\"");
      append_time(line, time_us);
      line.append("\",\"level\":\"").append(name_of(message.level)).append("\",\"event\":\"node\",\"message\":");
      append_json_text(line, text);
      line.push_back('}');
    } else {
      append_time(line, time_us);
      line.append(" ").append(name_of(message.level)).append(" ").append(text);
    }
    line.push_back('\n');
    queue_.push(line);
    if (message.level >= spdlog::level::err) queue_.wake();
  }
  void flush() override { queue_.wake(); }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  LineQueue& queue_;
  const LogFormat format_;
  const bool for_journal_;
};

class LogImpl final : public Log {
 public:
  explicit LogImpl(const LogOptions& options)
      : options_(options), queue_(options.queue_bytes_max), requests_one_in_(options.requests_logged_one_in), before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("tollgate", std::make_shared<QueueSink>(queue_, options));
    spdlog::set_default_logger(std::move(logger));
    (void)set_level(options.level);
    thread_ = std::thread([this] { run(); });
  }

  ~LogImpl() override {
    spdlog::set_default_logger(before_);
    stopping_ = true;
    queue_.wake();
    thread_.join();
  }

  void request(const RequestLine& line) override {
    const bool failed = line.status >= 500;
    if (!failed && (level_.load(std::memory_order_relaxed) > 1 || !is_sampled())) return;
    thread_local std::string text;
    text.clear();
    const std::string_view level = failed ? "error" : "info";
    if (options_.for_journal) text.append(journal_prefix(level));
    append_request_line(text, options_.format, level, clock_.now_us(), line);
    queue_.push(text);
  }

  void flush() override {
    const uint64_t wanted = queue_.lines();
    const int64_t deadline_us = monotonic_us() + flush_wait_max_ms * us_per_ms;
    while (monotonic_us() < deadline_us && written_.load(std::memory_order_acquire) < wanted) {
      queue_.wake();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  Status set_level(std::string_view level) override {
    const auto found = std::find(level_names.begin(), level_names.end(), level);
    if (found == level_names.end()) return invalid_argument("there is no log level \"{}\": use debug, info, warn or error", level);
    level_ = static_cast<std::size_t>(found - level_names.begin());
    spdlog::set_level(spdlog_level(level_));
    return absl::OkStatus();
  }
  std::string_view level() const override { return level_names[level_]; }
  void set_requests_logged_one_in(uint32_t n) override { requests_one_in_ = n; }
  uint32_t requests_logged_one_in() const override { return requests_one_in_; }

  LogStats stats() const override {
    return {.lines = queue_.lines(), .dropped = queue_.dropped() + lost_.load(), .bytes = bytes_.load(), .masked = masked_.load()};
  }

 private:
  bool is_sampled() {
    const uint32_t one_in = requests_one_in_.load(std::memory_order_relaxed);
    if (one_in <= 1) return one_in == 1;
    thread_local uint32_t seen = 0;
    return seen++ % one_in == 0;
  }

  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "log");
    std::string bytes;
    uint64_t told_dropped = 0;
    while (true) {
      const bool last = stopping_;
      // Read before the lines are taken: all of them are written then.
      const uint64_t lines = queue_.lines();
      queue_.take(bytes, last ? 0 : write_interval_ms);
      const std::size_t masked = mask_card_numbers(bytes);
      if (masked != 0) {
        masked_ += masked;
        note(bytes, fmt::format("{} card numbers were about to be logged and were masked: report this, it is a bug", masked), "error");
      }
      if (const uint64_t dropped = queue_.dropped() + lost_; dropped != told_dropped) {
        note(bytes, fmt::format("{} log lines were dropped: what reads the log is too slow, or raise the level or log fewer requests",
                                dropped - told_dropped), "warn");
        told_dropped = dropped;
      }
      write_all(bytes);
      written_.store(lines, std::memory_order_release);
      if (last) return;
    }
  }

  void note(std::string& to, std::string_view text, std::string_view level) {
    if (options_.for_journal) to.append(journal_prefix(level));
    if (options_.format == LogFormat::json) {
      to.append("{\"time\":\"");
      append_time(to, clock_.now_us());
      to.append("\",\"level\":\"").append(level).append("\",\"event\":\"node\",\"message\":\"").append(text).append("\"}\n");
    } else {
      append_time(to, clock_.now_us());
      to.append(" ").append(level).append(" ").append(text).append("\n");
    }
  }

  // A reader that stands still must not keep the node from stopping: a pipe is asked first, and given only what it surely takes.
  void write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t now = bytes.size();
      if (!is_file_) {
        now = std::min<std::size_t>(now, PIPE_BUF);
        pollfd ready{options_.descriptor, POLLOUT, 0};
        if (::poll(&ready, 1, write_interval_ms) <= 0) {
          if (!stopping_) continue;
          return lose(bytes);
        }
      }
      const ssize_t written = ::write(options_.descriptor, bytes.data(), now);
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written < 0) return lose(bytes);
      bytes_ += static_cast<uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void lose(std::string_view bytes) { lost_ += static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), '\n')); }
  [[nodiscard]] static bool is_file(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  }

  const LogOptions options_;
  const bool is_file_ = is_file(options_.descriptor);
  const SystemClock clock_;
  LineQueue queue_;
  std::atomic<std::size_t> level_{1};
  std::atomic<uint32_t> requests_one_in_;
  std::atomic<uint64_t> bytes_{0}, masked_{0}, lost_{0}, written_{0};
  std::atomic<bool> stopping_{false};
  const std::shared_ptr<spdlog::logger> before_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Log> Log::open(LogOptions options) { return std::make_unique<LogImpl>(options); }

}  // namespace tollgate::observe

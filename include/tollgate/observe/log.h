// The node's log. Everything goes through spdlog's default logger (spdlog::info(...)) or, for requests, through Log::request(). Lines
// are queued and written by a thread of the log's own: who logs never waits for a disk or a pipe. What the queue does not hold is
// dropped and counted. Every line passes mask_card_numbers() on its way out.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tollgate/base/id.h"
#include "tollgate/base/status.h"
#include "tollgate/observe/stages.h"

namespace tollgate::observe {

enum class LogFormat : uint8_t { text, json };

struct LogOptions {
  LogFormat format = LogFormat::json;
  std::string level = "info";                                // debug, info, warn, error
  uint32_t requests_logged_one_in = 1;                       // of those that went well or were refused; 0: none of them
  std::size_t queue_bytes_max = std::size_t{4} << 20;
  int descriptor = 2;                                        // stderr
  bool for_journal = false;                                  // each line begins with its level, as systemd's journal takes it
};

// One request. Nothing that a partner or cardholder wrote is in it: no parameter, body, key or path as it came.
struct RequestLine {
  RequestId request;
  uint64_t partner = 0;             // 0: not authenticated
  Mode mode = Mode::none;
  std::string_view operation;       // the route: "POST /v1/payment_intents/{}/confirm"
  std::string_view idempotency = {};  // "kept", "replayed"; empty: none
  int status = 0;
  std::string_view error_code = {};
  std::string_view cause = {};      // of a failure of ours
  int64_t total_us = 0;
  const StageTimes* stages = nullptr;
};

struct LogStats {
  uint64_t lines = 0, dropped = 0, bytes = 0, masked = 0;
};

class Log {
 public:
  // Becomes spdlog's default logger until it is destroyed, which writes what is queued. One at a time.
  [[nodiscard]] static std::unique_ptr<Log> open(LogOptions options);
  virtual ~Log() = default;

  virtual void request(const RequestLine& line) = 0;
  // Waits until what was logged before is written, two seconds at most.
  virtual void flush() = 0;

  // Any thread, any time. invalid_argument: no such level.
  [[nodiscard]] virtual Status set_level(std::string_view level) = 0;
  [[nodiscard]] virtual std::string_view level() const = 0;
  virtual void set_requests_logged_one_in(uint32_t n) = 0;
  [[nodiscard]] virtual uint32_t requests_logged_one_in() const = 0;
  [[nodiscard]] virtual LogStats stats() const = 0;
};

}  // namespace tollgate::observe

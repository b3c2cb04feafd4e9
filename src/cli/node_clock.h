// The clock of a node: the system's, and ahead of it where a test has moved it.
#pragma once
#include <cstdint>
#include <string>

#include "tollgate/base/clock.h"
#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::cli {

class NodeClock {
 public:
  // `path` keeps by how much it is ahead: a restart must not set it back. Only a test clock can be moved.
  [[nodiscard]] Status restore(const std::string& path);
  // After restore(), one thread at a time.
  void advance(int64_t by_us);
  [[nodiscard]] const Clock& get() const { return clock_; }

 private:
  TestClock clock_{TestClock::Base::system};
  std::string path_;
  int64_t ahead_us_ = 0;
};

// By how much the newest record is younger than now. Records' times never go back: behind them no time passes for payments.
[[nodiscard]] int64_t clock_behind_log_us(const EventLog& log, int64_t now_us);
void warn_of_clock_behind(const EventLog& log, const Clock& clock);

}  // namespace tollgate::cli

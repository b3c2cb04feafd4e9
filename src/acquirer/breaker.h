// A circuit breaker: an acquirer that gave no answer several times in a row is left alone for a while, and then tried with one call.
// No thread and no clock of its own.
#pragma once
#include "tollgate/acquirer/dispatcher.h"

namespace tollgate {

class Breaker {
 public:
  explicit Breaker(const BulkheadOptions& options) : options_(options) {}

  // Whether a call may be sent now. In half-open state it is the one that finds out: its result must be reported.
  [[nodiscard]] bool admit(int64_t now_us);
  // Any result of any call: whether the acquirer answered at all. True if the state changed to open.
  bool on_result(bool reached, int64_t now_us);

  // open, also when its time is over and no call has come yet.
  [[nodiscard]] BreakerState state() const { return state_; }
  // Whether operations are declined without being sent. Not any more when its time is over and nobody has asked anything for a while: nobody
  // is declined then, and the next call finds out.
  [[nodiscard]] bool cuts_off(int64_t now_us) const;
  [[nodiscard]] uint32_t failures() const { return failures_; }
  [[nodiscard]] uint64_t opened() const { return opened_; }

 private:
  void open(int64_t now_us);

  BulkheadOptions options_;
  BreakerState state_ = BreakerState::closed;
  uint32_t failures_ = 0;
  uint64_t opened_ = 0;
  int64_t open_us_ = 0;   // how long it stays open this time
  int64_t until_us_ = 0, failed_us_ = 0;
};

}  // namespace tollgate

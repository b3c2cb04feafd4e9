#include "acquirer/breaker.h"

#include <algorithm>

namespace tollgate {

bool Breaker::admit(int64_t now_us) {
  switch (state_) {
    case BreakerState::closed: return true;
    case BreakerState::half_open: return false;
    case BreakerState::open:
      if (now_us < until_us_) return false;
      state_ = BreakerState::half_open;
      return true;
  }
  return true;
}

bool Breaker::on_result(bool reached, int64_t now_us) {
  if (reached) {
    failures_ = 0;
    open_us_ = 0;
    state_ = BreakerState::closed;
    return false;
  }
  failed_us_ = now_us;
  if (failures_ < UINT32_MAX) ++failures_;
  if (options_.failures_max == 0) return false;
  switch (state_) {
    case BreakerState::closed:
      if (failures_ < options_.failures_max) return false;
      open(now_us);
      return true;
    case BreakerState::half_open: open(now_us); return true;
    // Of calls that were sent before it opened, and of what is in doubt.
    case BreakerState::open: return false;
  }
  return false;
}

bool Breaker::cuts_off(int64_t now_us) const {
  if (state_ != BreakerState::open) return state_ == BreakerState::half_open;
  return now_us < std::max(until_us_, failed_us_) + options_.unasked_us;
}

void Breaker::open(int64_t now_us) {
  state_ = BreakerState::open;
  ++opened_;
  open_us_ = open_us_ == 0 ? options_.open_us : std::min(open_us_ * 2, options_.open_max_us);
  until_us_ = now_us + open_us_;
}

}  // namespace tollgate

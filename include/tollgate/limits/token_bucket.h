// Requests per second with a burst: a bucket that holds `burst` tokens and gains `per_second` of them evenly. Exact to a token and a
// microsecond, in whole numbers; the time is the caller's.
#pragma once
#include <algorithm>
#include <cstdint>

namespace tollgate {

struct Rate {
  uint32_t per_second = 0;  // 0: no limit
  uint32_t burst = 1;
  bool operator==(const Rate&) const = default;
};

class TokenBucket {
 public:
  // Takes a token, or leaves the bucket as it is: retry_after_us() then says how long there will be none. A new bucket is full.
  [[nodiscard]] bool take(const Rate& rate, int64_t now_us) {
    if (rate.per_second == 0) return true;
    refill(rate, now_us);
    if (level_ < token) return false;
    level_ -= token;
    return true;
  }
  // For a request that was let in and then not served.
  void give_back(const Rate& rate) { level_ = std::min(level_ + token, capacity(rate)); }

  [[nodiscard]] int64_t retry_after_us(const Rate& rate) const {
    if (rate.per_second == 0 || level_ >= token) return 0;
    return (token - level_ + rate.per_second - 1) / rate.per_second;
  }
  // Whole tokens that are there.
  [[nodiscard]] uint32_t available(const Rate& rate, int64_t now_us) {
    refill(rate, now_us);
    return static_cast<uint32_t>(level_ / token);
  }
  [[nodiscard]] bool full(const Rate& rate, int64_t now_us) {
    refill(rate, now_us);
    return level_ == capacity(rate);
  }

 private:
  static constexpr int64_t token = 1'000'000;  // so that a microsecond at one a second is one

  static int64_t capacity(const Rate& rate) { return token * std::max<int64_t>(rate.burst, 1); }

  void refill(const Rate& rate, int64_t now_us) {
    const int64_t most = capacity(rate);
    if (filled_us_ == never) level_ = most;
    // A clock that was set back gains nothing, and takes nothing away.
    const int64_t elapsed_us = filled_us_ == never ? 0 : std::max<int64_t>(now_us - filled_us_, 0);
    filled_us_ = now_us;
    if (level_ > most) level_ = most;  // the limit was lowered
    const int64_t missing = most - level_;
    const int64_t gained_per_us = rate.per_second;
    // Longer than it takes to fill it: no product that could overflow.
    level_ = gained_per_us != 0 && elapsed_us >= missing / gained_per_us + 1 ? most : std::min(most, level_ + elapsed_us * gained_per_us);
  }

  static constexpr int64_t never = INT64_MIN;
  int64_t level_ = 0;
  int64_t filled_us_ = never;
};

}  // namespace tollgate

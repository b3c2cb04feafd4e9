// Time is an input. Everything that needs "now" takes it from a Clock or as an argument; UTC microseconds since 1970.
#pragma once
#include <atomic>
#include <cstdint>

#include "tollgate/base/time.h"

namespace tollgate {

class Clock {
 public:
  virtual ~Clock() = default;
  // Any thread.
  [[nodiscard]] virtual int64_t now_us() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] int64_t now_us() const override;
};

// The system clock moved ahead by hand (`tollgate dev --test-clock`), or a clock that stands still where it is put (tests).
class TestClock final : public Clock {
 public:
  enum class Base { system, fixed };
  explicit TestClock(Base base = Base::fixed, int64_t start_us = 1'750'000'000 * us_per_second)
      : base_(base), offset_us_(base == Base::fixed ? start_us : 0) {}
  [[nodiscard]] int64_t now_us() const override;
  void advance(int64_t by_us) { offset_us_.fetch_add(by_us, std::memory_order_relaxed); }

 private:
  Base base_;
  std::atomic<int64_t> offset_us_;
};

// Monotonic, for measuring and deadlines, never for anything that is written down.
[[nodiscard]] int64_t monotonic_us();

}  // namespace tollgate

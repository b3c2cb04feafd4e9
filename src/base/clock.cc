#include "tollgate/base/clock.h"

#include <chrono>

namespace tollgate {

int64_t SystemClock::now_us() const {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

int64_t TestClock::now_us() const {
  const int64_t offset_us = offset_us_.load(std::memory_order_relaxed);
  return base_ == Base::fixed ? offset_us : SystemClock().now_us() + offset_us;
}

int64_t monotonic_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace tollgate

// What charts begin with: a point for each of the last seconds, and one for each ten seconds of the last hour.
#pragma once
#include <deque>
#include <string>

#include "observe/overview.h"

namespace tollgate::observe {

struct ChartPoint {
  int64_t time_us = 0, length_us = 0;
  uint64_t requests = 0, failed = 0, declined = 0;  // in the time before it
  int64_t p50_us = 0, p90_us = 0, p99_us = 0;
  uint64_t authorized = 0, refused = 0;  // authorizations that were approved and declined
};

class ChartPoints {
 public:
  static constexpr std::size_t seconds_max = 300, slots_max = 360;
  static constexpr int64_t slot_s = 10;

  // The overview's two windows, as they are told each second.
  void add(const Window& second, const Window& recent, int64_t now_us);
  // {"columns": [...], "series": [{"step_s": 10, "points": [[...], ...]}, {"step_s": 1, ...}]}, oldest first.
  [[nodiscard]] std::string json() const;

 private:
  std::deque<ChartPoint> seconds_, slots_;
  int64_t slot_ = INT64_MIN;
};

}  // namespace tollgate::observe

#include "observe/disk_trend.h"

namespace tollgate::observe {

void DiskTrend::add(uint64_t free_bytes, int64_t now_s) {
  // Of a clock that was set back nothing older can be told.
  if (!points_.empty() && points_.back().at_s > now_s) points_.clear();
  if (!points_.empty() && now_s - points_.back().at_s < step_s) return;
  points_.push_back({now_s, static_cast<double>(free_bytes)});
  while (points_.front().at_s < now_s - window_s) points_.pop_front();
}

std::optional<double> DiskTrend::free_in(int64_t ahead_s, int64_t now_s) const {
  if (points_.size() < 2) return std::nullopt;
  const auto count = static_cast<double>(points_.size());
  double sum_t = 0, sum_v = 0, sum_tv = 0, sum_tt = 0;
  for (const Point& point : points_) {
    const auto t = static_cast<double>(point.at_s - now_s);
    sum_t += t;
    sum_v += point.free_bytes;
    sum_tv += t * point.free_bytes;
    sum_tt += t * t;
  }
  const double slope = (sum_tv - sum_t * sum_v / count) / (sum_tt - sum_t * sum_t / count);
  return sum_v / count - slope * sum_t / count + slope * static_cast<double>(ahead_s);
}

}  // namespace tollgate::observe

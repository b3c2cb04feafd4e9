#include "observe/chart_points.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tollgate/base/clock.h"

namespace tollgate::observe {
namespace {

using Json = nlohmann::json;

uint64_t ended(const Window& window, Ended how) { return window.ended[static_cast<std::size_t>(how)]; }

// Percentiles and approvals are those of the longer window, as in the overview: of one second they would jump about.
ChartPoint point_of(const Window& counted, const Window& recent, int64_t now_us) {
  return {.time_us = now_us,
          .length_us = counted.length_us,
          .requests = counted.requests.count(),
          .failed = ended(counted, Ended::failed) + ended(counted, Ended::overloaded),
          .declined = ended(counted, Ended::declined),
          .p50_us = recent.requests.percentile_us(500),
          .p90_us = recent.requests.percentile_us(900),
          .p99_us = recent.requests.percentile_us(990),
          .authorized = recent.approved,
          .refused = recent.declined};
}

void push(std::deque<ChartPoint>& points, const ChartPoint& point, std::size_t max) {
  // A clock that was set back: what it says now holds.
  while (!points.empty() && points.back().time_us >= point.time_us) points.pop_back();
  points.push_back(point);
  if (points.size() > max) points.pop_front();
}

double tenths(uint64_t count, int64_t length_us) {
  return length_us <= 0 ? 0 : std::round(static_cast<double>(count) * 1e7 / static_cast<double>(length_us)) / 10;
}

Json percentile(int64_t us) { return us == 0 ? Json(nullptr) : Json(us); }

Json approval_percent(const ChartPoint& point) {
  const uint64_t all = point.authorized + point.refused;
  return all == 0 ? Json(nullptr) : Json(std::round(10'000.0 * static_cast<double>(point.authorized) / static_cast<double>(all)) / 100);
}

Json series(const std::deque<ChartPoint>& points, int64_t step_s) {
  Json rows = Json::array();
  for (const ChartPoint& point : points)
    rows.push_back({static_cast<double>(point.time_us / 1'000) / 1'000, tenths(point.requests, point.length_us), tenths(point.failed, point.length_us),
                    tenths(point.declined, point.length_us), percentile(point.p50_us), percentile(point.p90_us), percentile(point.p99_us),
                    approval_percent(point)});
  return {{"step_s", step_s}, {"points", std::move(rows)}};
}

}  // namespace

void ChartPoints::add(const Window& second, const Window& recent, int64_t now_us) {
  push(seconds_, point_of(second, recent, now_us), seconds_max);
  const int64_t slot = now_us / (slot_s * us_per_second);
  if (slot == slot_) return;
  slot_ = slot;
  push(slots_, point_of(recent, recent, now_us), slots_max);
}

std::string ChartPoints::json() const {
  return Json{{"columns", {"time", "requests_per_s", "failed_per_s", "declined_per_s", "p50_us", "p90_us", "p99_us", "approval_percent"}},
              {"series", {series(slots_, slot_s), series(seconds_, 1)}}}
      .dump();
}

}  // namespace tollgate::observe

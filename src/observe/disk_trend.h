// Where the free space of a disk is heading: a straight line through what it was each minute of the last six hours, as Prometheus'
// predict_linear() draws it.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

namespace tollgate::observe {

class DiskTrend {
 public:
  static constexpr int64_t step_s = 60, window_s = 6 * 3'600;

  void add(uint64_t free_bytes, int64_t now_s);
  // Below 0: it would be full. Nothing while there are too few to draw a line.
  [[nodiscard]] std::optional<double> free_in(int64_t ahead_s, int64_t now_s) const;

 private:
  struct Point {
    int64_t at_s = 0;
    double free_bytes = 0;
  };
  std::deque<Point> points_;
};

}  // namespace tollgate::observe

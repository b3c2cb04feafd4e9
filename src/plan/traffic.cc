#include <cmath>
#include <numbers>

#include "tollgate/plan/day.h"

namespace tollgate::plan {
namespace {

// Of the average: what is left in the dead of night.
constexpr double night_share = 0.2;
constexpr double sharpness_max = 1e7;

// The mean of ((1 + cos) / 2)^k over a turn.
double mean_of_power(double k) { return std::exp(std::lgamma(k + 0.5) - std::lgamma(k + 1)) / std::sqrt(std::numbers::pi); }

}  // namespace

DayCurve::DayCurve(double average, double peak, uint32_t peak_at_s) : low_(night_share * average), high_(peak), sharpness_(0),
    peak_at_s_(peak_at_s) {
  const double wanted = (average - low_) / (high_ - low_);
  double flat = 0, sharp = sharpness_max;
  for (int i = 0; i < 100; ++i) {
    const double middle = (flat + sharp) / 2;
    (mean_of_power(middle) > wanted ? flat : sharp) = middle;
  }
  sharpness_ = wanted >= 1 ? 0 : flat;
}

double DayCurve::at(uint32_t second) const {
  const double turn = 2 * std::numbers::pi * (static_cast<double>(second) - peak_at_s_) / day_s;
  return low_ + (high_ - low_) * std::pow((1 + std::cos(turn)) / 2, sharpness_);
}

}  // namespace tollgate::plan

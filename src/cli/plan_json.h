// What `tollgate plan` reads and writes for programs: calibration files and plans.
#pragma once
#include <nlohmann/json.hpp>

#include <string>

#include "tollgate/plan/day.h"

namespace tollgate::cli {

// A plan with what it was made from.
struct Plan {
  plan::Capacities capacities;
  plan::Demand demand;
  plan::Deployment deployment;
  plan::DayOptions day_options;
  plan::Sizing sizing;
  plan::Day day;
  std::optional<plan::Day> day_degraded;  // with the spare nodes lost
  std::vector<std::string> assumptions;
  [[nodiscard]] bool holds() const { return sizing.problems.empty(); }
};

[[nodiscard]] nlohmann::ordered_json calibration_json(const plan::Capacities& capacities);
// Errors name the file and what is wrong in it.
[[nodiscard]] StatusOr<plan::Capacities> read_calibration(const std::string& path);

[[nodiscard]] nlohmann::ordered_json plan_json(const Plan& plan);

}  // namespace tollgate::cli

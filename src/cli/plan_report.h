// A plan as people read it.
#pragma once
#include <string>

#include "cli/plan_json.h"

namespace tollgate::cli {

// Plain text, lines of at most 110 characters but for texts that are sentences.
[[nodiscard]] std::string plan_report(const Plan& plan);
[[nodiscard]] std::string calibration_report(const plan::Capacities& capacities);
// "20:05:30"
[[nodiscard]] std::string time_of_day(uint32_t second);

}  // namespace tollgate::cli

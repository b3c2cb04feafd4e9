// The command line of `tollgate plan`.
#pragma once
#include <string>

#include "cli/calibrate.h"
#include "cli/command.h"
#include "cli/plan_json.h"

namespace tollgate::cli {

struct PlanArguments {
  plan::Demand demand;
  plan::Deployment deployment;
  plan::DayOptions day;
  std::string mix, spike_at = "", peak_at = "20:00";
  double utilisation_percent = 60, utilisation_degraded_percent = 85, sync_ms = 0, memory_gib = 0, disk_gib = 0;
  std::string calibration_path;
  bool as_json = false;
  bool calibrate = false;
  CalibrateOptions calibration;
  std::string output = "tollgate-calibration.json";
};

void add_plan_options(CLI::App& command, PlanArguments& arguments);
// What no single option shows, and what is text; errors name the option. Fills demand, deployment and day.
[[nodiscard]] Status read_plan_options(PlanArguments& arguments);

}  // namespace tollgate::cli

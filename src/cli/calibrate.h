// Measures this machine: a node of its own in a temporary directory, driven over loopback.
#pragma once
#include <string>

#include "tollgate/base/status.h"
#include "tollgate/plan/capacities.h"

namespace tollgate::cli {

inline constexpr uint32_t calibrated_partners_min = 100, calibrated_partners_max = 100'000;

struct CalibrateOptions {
  double seconds = 10;        // of each measurement
  std::string directory;      // for the temporary directory; empty: the system's
  uint32_t threads = 1;       // engine and io threads of the node
  uint32_t connections = 64;
  uint32_t partners = 1'000;
};

// Leaves nothing behind, also when it is stopped by SIGINT or SIGTERM. Progress on stderr if that is a terminal.
[[nodiscard]] StatusOr<plan::Capacities> calibrate(const CalibrateOptions& options);

}  // namespace tollgate::cli

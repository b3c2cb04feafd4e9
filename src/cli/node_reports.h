// The reports of a node.
#pragma once
#include <memory>

#include "cli/config.h"
#include "tollgate/base/clock.h"
#include "tollgate/engine/engine.h"
#include "tollgate/report/reports.h"

namespace tollgate::cli {

// nullptr if they are switched off. All of it outlives the reports.
[[nodiscard]] StatusOr<std::unique_ptr<Reports>> open_reports(const Config& config, const EventLog& log, const Engine& engine, const Clock& clock);

}  // namespace tollgate::cli

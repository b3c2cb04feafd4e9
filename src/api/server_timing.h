// The Server-Timing header (W3C Server Timing): where the time of a request went, in milliseconds to the microsecond.
#pragma once
#include <string>

#include "tollgate/observe/stages.h"

namespace tollgate::api {

// Stages only of what went through the engine, and only those that took any time.
[[nodiscard]] std::string server_timing(const observe::StageTimes& stages, int64_t total_us);

}  // namespace tollgate::api

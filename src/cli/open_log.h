// An event log to be read, wherever it is: a node's data directory, a log alone, or a backup; with the archive of what it has forgotten.
#pragma once
#include <memory>
#include <string>

#include "tollgate/eventlog/event_log.h"

namespace tollgate::cli {

// Read-only. `archive` may be empty.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_log_to_read(const std::string& path, const std::string& archive);

// Whether a process has the database in `log_directory` open for writing: a node runs on it. True as well if that may not be looked at.
[[nodiscard]] bool is_in_use(const std::string& log_directory);

}  // namespace tollgate::cli

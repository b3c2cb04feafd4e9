// The verifiable log of a node.
#pragma once
#include <memory>

#include "cli/config.h"
#include "tollgate/transparency/transparency.h"

namespace tollgate::cli {

// nullptr if it is switched off. Before anything appends to the log.
[[nodiscard]] StatusOr<std::unique_ptr<Transparency>> open_transparency(const Config& config, const EventLog& log);

}  // namespace tollgate::cli

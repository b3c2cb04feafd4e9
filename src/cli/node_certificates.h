// Client certificates: what of a configuration does not fit what the directory holds.
#pragma once
#include "cli/config.h"
#include "tollgate/directory/directory.h"

namespace tollgate::cli {

// Partners that are bound to certificates, on a node that asks nobody for one.
void warn_of_partners_locked_out(const Config& config, const Directory& directory);

}  // namespace tollgate::cli

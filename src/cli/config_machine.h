// What a configuration needs of the machine: files that can be read, addresses that can be listened on, directories that can be written.
#pragma once
#include <string>
#include <vector>

#include "cli/config.h"

namespace tollgate::cli {

// The first thing for which `serve` would not start here, for whoever runs this. Starts nothing and writes nothing; what would be served with
// less, or fail later, is added to `warnings`.
[[nodiscard]] Status check_machine(const Config& config, std::vector<std::string>& warnings);

}  // namespace tollgate::cli

// What whoever wrote a name that is not known may have meant.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "cli/config.h"

namespace tollgate::cli {

// "is not known: ..." with the section that has such a key, the name it resembles, or where to look.
[[nodiscard]] std::string unknown_key(std::span<const ConfigKey> keys, std::string_view section, std::string_view name);
[[nodiscard]] std::string unknown_section(std::span<const ConfigKey> keys, std::string_view name);

}  // namespace tollgate::cli

// What options must be, where the library takes more than it should.
#pragma once
#include <CLI/CLI.hpp>

#include <cstdint>

namespace tollgate::cli {

// The library alone takes -1 for 2^64 - 1 and 010 for eight.
[[nodiscard]] CLI::Validator whole_number(uint64_t min, uint64_t max);
// An empty text would be as good as none: a variable of a script that was not set.
[[nodiscard]] CLI::Validator not_empty();

}  // namespace tollgate::cli

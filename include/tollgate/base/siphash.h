// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for short inputs.
#pragma once
#include <cstdint>
#include <string_view>

namespace tollgate {

// `key`: the first 16 bytes count.
[[nodiscard]] uint64_t siphash(std::string_view key, std::string_view message);

}  // namespace tollgate

// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Algorithms are fetched once and contexts kept per thread, which
// makes a short hash two to four times as fast.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate {

using Digest = std::array<uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] Digest sha256(std::string_view first, std::string_view second);
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

[[nodiscard]] inline std::string_view view(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace tollgate

// Networks that an API key may be used from: "203.0.113.7", "10.0.0.0/8", "2001:db8::/32".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate {

inline constexpr std::size_t networks_per_key_max = 32;

struct Network {
  std::array<uint8_t, 16> address{};  // of IPv4: ::ffff:a.b.c.d
  uint8_t prefix_bits = 128;

  // Nothing if it is no address, or has bits set behind its prefix.
  [[nodiscard]] static std::optional<Network> parse(std::string_view text);
  // The shortest way to write it: two texts of the same network give the same one.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool contains(const std::array<uint8_t, 16>& other) const;
};

// Whether a key with these networks may be used from `peer`, an address. None of them: from anywhere.
[[nodiscard]] bool may_come_from(const std::vector<std::string>& networks, std::string_view peer);

}  // namespace tollgate

#include "tollgate/partner/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace tollgate {
namespace {

constexpr std::size_t text_bytes_max = 64;
constexpr uint8_t v4_bits_before = 96;

struct Address {
  std::array<uint8_t, 16> bytes{};
  bool is_v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  if (text.size() >= text_bytes_max) return std::nullopt;
  char terminated[text_bytes_max] = {};
  std::copy(text.begin(), text.end(), terminated);
  Address to;
  if (::inet_pton(AF_INET, terminated, to.bytes.data() + 12) == 1) {
    to.bytes[10] = to.bytes[11] = 0xff;
    to.is_v4 = true;
    return to;
  }
  if (::inet_pton(AF_INET6, terminated, to.bytes.data()) == 1) return to;
  return std::nullopt;
}

// The bits of byte `i` that are in front of the prefix' end.
uint8_t mask_of(std::size_t i, uint8_t prefix_bits) {
  const int bits = std::clamp(static_cast<int>(prefix_bits) - static_cast<int>(8 * i), 0, 8);
  return static_cast<uint8_t>(0xff00 >> bits);
}

bool is_v4(const Network& network) {
  return network.prefix_bits >= v4_bits_before && network.address[10] == 0xff && network.address[11] == 0xff &&
         std::all_of(network.address.begin(), network.address.begin() + 10, [](uint8_t byte) { return byte == 0; });
}

}  // namespace

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network to{.address = address->bytes, .prefix_bits = 128};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > (address->is_v4 ? 32U : 128U)) return std::nullopt;
    to.prefix_bits = static_cast<uint8_t>(bits + (address->is_v4 ? v4_bits_before : 0));
  }
  for (std::size_t i = 0; i < to.address.size(); ++i)
    if ((to.address[i] & ~mask_of(i, to.prefix_bits)) != 0) return std::nullopt;
  return to;
}

std::string Network::text() const {
  char shown[INET6_ADDRSTRLEN] = {};
  const bool v4 = is_v4(*this);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, address.data() + (v4 ? 12 : 0), shown, sizeof shown);
  std::string to = shown;
  if (prefix_bits != 128) to += '/' + std::to_string(prefix_bits - (v4 ? v4_bits_before : 0));
  return to;
}

bool Network::contains(const std::array<uint8_t, 16>& other) const {
  for (std::size_t i = 0; i < address.size(); ++i)
    if (((address[i] ^ other[i]) & mask_of(i, prefix_bits)) != 0) return false;
  return true;
}

bool may_come_from(const std::vector<std::string>& networks, std::string_view peer) {
  if (networks.empty()) return true;
  const auto address = parse_address(peer);
  return address && std::any_of(networks.begin(), networks.end(), [&](const std::string& text) {
           const auto network = Network::parse(text);
           return network && network->contains(address->bytes);
         });
}

}  // namespace tollgate

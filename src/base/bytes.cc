#include "tollgate/base/bytes.h"

#include <array>

#include "tollgate/base/assert.h"

namespace tollgate {
namespace {

constexpr std::array<int8_t, 256> base62_values = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base62_alphabet.size(); ++i)
    values[static_cast<uint8_t>(base62_alphabet[i])] = static_cast<int8_t>(i);
  return values;
}();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text.push_back(digits[static_cast<uint8_t>(c) >> 4]);
    text.push_back(digits[static_cast<uint8_t>(c) & 15]);
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

void append_base62(std::string& to, unsigned __int128 value, std::size_t width) {
  const std::size_t start = to.size();
  to.resize(start + width);
  for (std::size_t i = width; i-- > 0;) {
    // 128-bit division is slow; most of an id's digits fit 64 bits.
    if (value >> 64 == 0) {
      auto low = static_cast<uint64_t>(value);
      for (++i; i-- > 0; low /= 62) to[start + i] = base62_alphabet[low % 62];
      TOLLGATE_ASSERT(low == 0);
      return;
    }
    to[start + i] = base62_alphabet[static_cast<std::size_t>(value % 62)];
    value /= 62;
  }
  TOLLGATE_ASSERT(value == 0);
}

std::optional<unsigned __int128> from_base62(std::string_view text) {
  if (text.empty()) return std::nullopt;
  constexpr auto max = ~static_cast<unsigned __int128>(0);
  unsigned __int128 value = 0;
  for (const char c : text) {
    const int digit = base62_values[static_cast<uint8_t>(c)];
    if (digit < 0) return std::nullopt;
    if (value > (max - static_cast<unsigned>(digit)) / 62) return std::nullopt;
    value = value * 62 + static_cast<unsigned>(digit);
  }
  return value;
}

}  // namespace tollgate

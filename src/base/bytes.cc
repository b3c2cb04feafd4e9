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
  // Dividing 128 bits is slow: as many digits at a time as fit 64.
  constexpr std::size_t chunk_digits = 10;
  constexpr uint64_t chunk = 839'299'365'868'340'224;  // 62^10
  const std::size_t start = to.size();
  to.resize(start + width);
  char* const first = to.data() + start;
  for (char* at = first + width; at != first;) {
    const bool is_last = value >> 64 == 0;
    auto digits = static_cast<uint64_t>(is_last ? value : value % chunk);
    value = is_last ? 0 : value / chunk;
    const std::size_t left = static_cast<std::size_t>(at - first);
    char* const end = is_last || left <= chunk_digits ? first : at - chunk_digits;
    for (; at != end; digits /= 62) *--at = base62_alphabet[digits % 62];
    TOLLGATE_ASSERT(digits == 0);
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

#include "proof/utf8.h"

#include <cstdint>

namespace tollgate::proof {
namespace {

constexpr uint32_t none = UINT32_MAX;

// Takes the first character off `text`; `none` if there is no whole, well-formed one.
uint32_t take(std::string_view& text) {
  const auto first = static_cast<uint8_t>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || text.size() < static_cast<std::size_t>(more)) return none;
  uint32_t value = first & (0x3fu >> more);
  for (int i = 0; i < more; ++i) {
    const auto next = static_cast<uint8_t>(text[static_cast<std::size_t>(i)]);
    if ((next & 0xc0) != 0x80) return none;
    value = value << 6 | (next & 0x3f);
  }
  text.remove_prefix(static_cast<std::size_t>(more));
  const bool overlong = (more == 2 && value < 0x800) || (more == 3 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return overlong || surrogate || value > 0x10ffff ? none : value;
}

bool is_space(uint32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

}  // namespace

bool is_plain_utf8(std::string_view text) {
  while (!text.empty()) {
    const uint32_t c = take(text);
    if (c == none || (c < 0x20 && c != '\n')) return false;
  }
  return true;
}

bool has_no_space(std::string_view text) {
  while (!text.empty()) {
    if (is_space(take(text))) return false;
  }
  return true;
}

}  // namespace tollgate::proof

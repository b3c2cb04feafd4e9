#include "tollgate/base/utf8.h"

#include <cstdint>
#include <utility>

namespace tollgate {

char32_t take_utf8(std::string_view& text) {
  const auto byte = [&](std::size_t at) { return static_cast<uint8_t>(text[at]); };
  const uint8_t first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  char32_t character = length == 1 ? first : first & (0x7fU >> length);
  bool good = length == 1 || (first >= 0xc2 && first <= 0xf4 && text.size() >= length);
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xc0) == 0x80;
    character = character << 6 | (byte(i) & 0x3f);
  }
  good = good && character >= least[length] && character <= 0x10ffff && (character < 0xd800 || character > 0xdfff);
  text.remove_prefix(good ? length : 1);
  return good ? character : no_utf8;
}

bool is_treacherous(char32_t c) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},
                                                      {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
                                                      {0xfff9, 0xfffb}, {0xe0000, 0xe00ff}};
  for (const auto& [from, to] : ranges)
    if (c >= from && c <= to) return true;
  return false;
}

bool is_plain_text(std::string_view text) {
  while (!text.empty()) {
    const char32_t character = take_utf8(text);
    if (character == no_utf8 || is_treacherous(character)) return false;
  }
  return true;
}

}  // namespace tollgate

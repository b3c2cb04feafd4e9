#include "cli/terminal_text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <utility>

namespace tollgate::cli {
namespace {

constexpr char32_t no_character = 0xfffd;
constexpr std::string_view no_character_text = "\xef\xbf\xbd", ellipsis = "\xe2\x80\xa6";

// Takes one character off the front; U+FFFD and one byte if there is none: a wrong byte, an overlong form, half a pair of surrogates.
char32_t take(std::string_view& text) {
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
  return good ? character : no_character;
}

// What a terminal obeys (C0, C1), and what turns the direction of text, hides it or breaks lines. The joiner of emoji and variation
// selectors stay: they show nothing and move nothing.
bool is_treacherous(char32_t c) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},
                                                      {0x200b, 0x200c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
                                                      {0xfff9, 0xfffb}, {0xe0000, 0xe00ff}};
  for (const auto& [from, to] : ranges)
    if (c >= from && c <= to) return true;
  return false;
}

// As the C library knows it, whatever the process's own locale is.
std::size_t columns_of(char32_t character) {
  if (character < 0x7f) return 1;
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) return 1;
  const locale_t before = ::uselocale(utf8);
  const int columns = ::wcwidth(static_cast<wchar_t>(character));
  ::uselocale(before);
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

const char* sequence_of(Tone tone) {
  switch (tone) {
    case Tone::plain: return "";
    case Tone::strong: return "\x1b[1m";
    case Tone::faint: return "\x1b[2m";
    case Tone::good: return "\x1b[32m";
    case Tone::warn: return "\x1b[33m";
    case Tone::bad: return "\x1b[1;31m";
  }
  return "";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t character = take(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (is_treacherous(character)) shown += character < 0x80 ? fmt::format("\\x{:02x}", uint32_t{character}) : fmt::format("\\u{{{:x}}}", uint32_t{character});
    else if (character == no_character) shown += no_character_text;
    else shown += bytes;
  }
  return shown;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += columns_of(take(text));
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t used = 1;  // the ellipsis
  std::string_view rest = text;
  while (true) {
    std::string_view after = rest;
    used += columns_of(take(after));
    if (used > width) break;
    rest = after;
  }
  return std::string(text.substr(0, text.size() - rest.size())).append(ellipsis);
}

std::string left(std::string_view text, std::size_t width) {
  std::string shown = cut(text, width);
  return shown.append(width - display_width(shown), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::string shown = cut(text, width);
  return std::string(width - display_width(shown), ' ') + shown;
}

std::size_t display_width(const Line& line) {
  std::size_t width = 0;
  for (const Span& span : line) width += display_width(span.text);
  return width;
}

Line cut(Line line, std::size_t width) {
  if (display_width(line) <= width) return line;
  Line shown;
  for (Span& span : line) {
    const std::size_t wide = display_width(span.text);
    // The last span that fits must leave room for the ellipsis, since something follows it that does not.
    if (wide < width) {
      width -= wide;
      shown.push_back(std::move(span));
      continue;
    }
    // Never whole: with nothing behind it, the line would have fitted.
    std::string text = cut(span.text + " ", width);
    shown.push_back({std::move(text), span.tone});
    break;
  }
  return shown;
}

std::string painted(const Line& line, bool in_colour) {
  std::string text;
  for (const Span& span : line) {
    const bool toned = in_colour && span.tone != Tone::plain;
    if (toned) text += sequence_of(span.tone);
    text += span.text;
    if (toned) text += "\x1b[0m";
  }
  return text;
}

}  // namespace tollgate::cli

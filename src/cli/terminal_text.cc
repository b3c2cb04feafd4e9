#include "cli/terminal_text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <utility>

#include "tollgate/base/utf8.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view no_character_text = "\xef\xbf\xbd", ellipsis = "\xe2\x80\xa6";

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
    const char32_t character = take_utf8(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    if (is_treacherous(character)) shown += character < 0x80 ? fmt::format("\\x{:02x}", uint32_t{character}) : fmt::format("\\u{{{:x}}}", uint32_t{character});
    else if (character == no_utf8) shown += no_character_text;
    else shown += bytes;
  }
  return shown;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += columns_of(take_utf8(text));
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t used = 1;  // the ellipsis
  std::string_view rest = text;
  while (true) {
    std::string_view after = rest;
    used += columns_of(take_utf8(after));
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

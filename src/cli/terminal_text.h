// Text as a terminal shows it: how wide it is, cut to a width, and with nothing in it that a terminal would obey.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::cli {

// For whatever somebody else has named: control characters and those that turn or hide text become visible ("\x1b", "\u{202e}"), and what is
// no UTF-8 becomes U+FFFD. Everything below takes text that went through this, or that we wrote ourselves.
[[nodiscard]] std::string printable(std::string_view text);

// In columns: a Chinese character has two, a combining accent none.
[[nodiscard]] std::size_t display_width(std::string_view text);
// At most `width` columns, with an ellipsis for what did not fit. Never ends within a character.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);
// Exactly `width` columns, the text at the left or at the right.
[[nodiscard]] std::string left(std::string_view text, std::size_t width);
[[nodiscard]] std::string right(std::string_view text, std::size_t width);

enum class Tone : uint8_t { plain, strong, faint, good, warn, bad };
struct Span {
  std::string text;
  Tone tone = Tone::plain;
};
using Line = std::vector<Span>;
[[nodiscard]] inline Line toned(std::string text, Tone tone = Tone::plain) {
  Line line;
  line.push_back({std::move(text), tone});
  return line;
}

[[nodiscard]] std::size_t display_width(const Line& line);
[[nodiscard]] Line cut(Line line, std::size_t width);
// Without an end of line. In colour: with the sequences of a terminal (ECMA-48).
[[nodiscard]] std::string painted(const Line& line, bool in_colour);

}  // namespace tollgate::cli

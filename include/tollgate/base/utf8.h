// Text that somebody else has written: its characters (RFC 3629), and those that would do something to whoever reads it.
#pragma once
#include <string_view>

namespace tollgate {

constexpr char32_t no_utf8 = 0xfffd;

// Takes one character off the front; U+FFFD and one byte if there is none: a wrong byte, an overlong form, half a pair of surrogates.
// The text is not empty.
[[nodiscard]] char32_t take_utf8(std::string_view& text);

// What a terminal obeys (C0, C1), and what turns the direction of text, hides it or breaks lines. The joiners of emoji and of Persian, and variation
// selectors are none of them: they show nothing and move nothing.
[[nodiscard]] bool is_treacherous(char32_t character);

// Well-formed, and nothing treacherous in it: fit for a log line, a terminal and a page.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace tollgate

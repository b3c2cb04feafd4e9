#include "cli/terminal_text.h"

#include <fmt/format.h>

#include "support/catch.h"

namespace tollgate::cli {
namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<uint8_t>(text[i + k]) & 0xc0) != 0x80) return false;
    i += length;
  }
  return true;
}

}  // namespace

TEST_CASE("What a terminal would obey becomes visible") {
  CHECK(printable("Shop\x1b[2J\x07") == "Shop\\x1b[2J\\x07");
  CHECK(printable("a\nb\tc\x7f") == "a\\x0a" "b\\x09" "c\\x7f");
  // U+009B begins a sequence as ESC [ does; U+202E turns what follows around; U+200B hides.
  CHECK(printable("\u009b31m") == "\\u{9b}31m");
  CHECK(printable("\u202etxt.exe") == "\\u{202e}txt.exe");
  CHECK(printable("pay\u200bpal") == "pay\\u{200b}pal");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00" "b");
}

TEST_CASE("Text that harms nobody stays as it is") {
  for (const char* text : {"Bäckerei Müller", "株式会社", "Ελλάδα", "مخبز", "🍞 Bread", "e\u0301", ""}) CHECK(printable(text) == text);
}

TEST_CASE("What is no UTF-8 becomes U+FFFD") {
  CHECK(printable("a\xff" "b") == "a\ufffd" "b");
  CHECK(printable("\xc3") == "\ufffd");                  // cut short
  CHECK(printable("\xc0\xaf") == "\ufffd\ufffd");        // overlong
  CHECK(printable("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");  // half a pair of surrogates
  CHECK(printable("\xf4\x90\x80\x80") == "\ufffd\ufffd\ufffd\ufffd");
}

TEST_CASE("Width is counted in columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("Müller") == 6);
  CHECK(display_width("株式会社") == 8);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("🍞") == 2);
  CHECK(display_width("") == 0);
}

TEST_CASE("Text is cut at a width, never within a character, and never becomes wider") {
  CHECK(cut("Bakery", 6) == "Bakery");
  CHECK(cut("Bakery", 5) == "Bake…");
  CHECK(cut("Bakery", 1) == "…");
  CHECK(cut("Bakery", 0).empty());
  CHECK(cut("株式会社", 5) == "株式…");
  CHECK(cut("株式会社", 4) == "株…");
  CHECK(cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
  for (const char* text : {"Bäckerei Müller & Söhne", "株式会社パン屋", "🍞🥐🥖 bread", "e\u0301e\u0301"}) {
    for (std::size_t width = 0; width < 30; ++width) {
      INFO(text << " at " << width);
      CHECK(display_width(cut(text, width)) <= width);
      CHECK(is_utf8(cut(text, width)));
      CHECK(display_width(left(text, width)) == width);
      CHECK(display_width(right(text, width)) == width);
    }
  }
}

TEST_CASE("A line of several tones is cut as one text") {
  const Line line{{"NAME ", Tone::strong}, {"12,345", Tone::bad}, {" more"}};
  for (std::size_t width = 0; width <= 20; ++width) {
    INFO(width);
    CHECK(display_width(cut(line, width)) <= width);
    CHECK(painted(cut(line, width), false) == cut("NAME 12,345 more", width));
  }
}

TEST_CASE("Colour is sequences around the text, and nothing without it") {
  const Line line{{"a"}, {"b", Tone::bad}};
  CHECK(painted(line, false) == "ab");
  CHECK(painted(line, true) == "a\x1b[1;31mb\x1b[0m");
}

}  // namespace tollgate::cli

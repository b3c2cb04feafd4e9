#include "observe/json_text.h"

#include <charconv>
#include <ctime>

#include "tollgate/base/time.h"

namespace tollgate::observe {
namespace {

// How many bytes the UTF-8 character at the front of `text` has; 0 if it is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!follows(1) || !follows(2)) return 0;
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

void append_two(std::string& to, int value) {
  to.push_back(static_cast<char>('0' + value / 10));
  to.push_back(static_cast<char>('0' + value % 10));
}

}  // namespace

void append_json_text(std::string& to, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  to.push_back('"');
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t bytes = character_bytes(text);
    if (bytes == 0) {
      to.append("\\ufffd");
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(c);
    } else if (c == '\n') {
      to.append("\\n");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      to.append("\\u00");
      to.push_back(hex[(c >> 4) & 15]);
      to.push_back(hex[c & 15]);
    } else {
      to.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  to.push_back('"');
}

void append_number(std::string& to, int64_t value) {
  char digits[20];
  to.append(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits));
}

void append_time(std::string& to, int64_t time_us) {
  // The calendar once a second and thread.
  struct Second {
    int64_t second = INT64_MIN;
    std::string text;
  };
  thread_local Second last;
  const int64_t second = time_us / us_per_second;
  if (second != last.second) {
    const auto at = static_cast<std::time_t>(second);
    std::tm utc{};
    gmtime_r(&at, &utc);
    last.second = second;
    last.text.clear();
    append_number(last.text, utc.tm_year + 1900);
    last.text.push_back('-');
    append_two(last.text, utc.tm_mon + 1);
    last.text.push_back('-');
    append_two(last.text, utc.tm_mday);
    last.text.push_back('T');
    append_two(last.text, utc.tm_hour);
    last.text.push_back(':');
    append_two(last.text, utc.tm_min);
    last.text.push_back(':');
    append_two(last.text, utc.tm_sec);
    last.text.push_back('.');
  }
  to.append(last.text);
  int64_t fraction = time_us - second * us_per_second;
  char digits[7] = {'0', '0', '0', '0', '0', '0', 'Z'};
  for (int i = 5; i >= 0; --i, fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
  to.append(digits, sizeof digits);
}

}  // namespace tollgate::observe

#include "api/text.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>

namespace tollgate::api {
namespace {

constexpr std::size_t shown_characters_max = 80;
constexpr std::size_t shown_digits_max = 11;
constexpr std::size_t url_characters_max = 2048;

// Bytes of the sequence that starts at `p`; 0 if it is not well formed.
std::size_t sequence_bytes(const unsigned char* p, std::size_t left) {
  const auto continues = [&](std::size_t i) { return i < left && (p[i] & 0xc0) == 0x80; };
  if (p[0] < 0xc2) return 0;
  if (p[0] < 0xe0) return continues(1) ? 2 : 0;
  if (p[0] < 0xf0) {
    if (!continues(1) || !continues(2)) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0;
    if (p[0] == 0xed && p[1] > 0x9f) return 0;
    return 3;
  }
  if (p[0] > 0xf4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (p[0] == 0xf0 && p[1] < 0x90) return 0;
  if (p[0] == 0xf4 && p[1] > 0x8f) return 0;
  return 4;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t utf8_prefix(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, p + i, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        i += 8;
        continue;
      }
    }
    if (p[i] < 0x80) {
      ++i;
      continue;
    }
    const std::size_t bytes = sequence_bytes(p + i, text.size() - i);
    if (bytes == 0) return i;
    i += bytes;
  }
  return i;
}

std::string shown(std::string_view text) {
  std::string to;
  std::size_t i = 0;
  while (i < text.size() && to.size() < shown_characters_max) {
    std::size_t run = i;
    std::size_t digits = 0;
    // Spaces and dashes inside a number do not hide it.
    while (run < text.size() && (is_digit(text[run]) || (digits > 0 && (text[run] == ' ' || text[run] == '-')))) {
      digits += is_digit(text[run]) ? 1 : 0;
      ++run;
    }
    if (digits > shown_digits_max) {
      to.append("****");
      i = run;
    } else if (run > i) {
      to.append(text.substr(i, run - i));
      i = run;
    } else {
      to.push_back(text[i++]);
    }
  }
  if (i < text.size()) {
    to.resize(utf8_prefix(to));
    to.append("...");
  }
  return to;
}

bool is_redirect_url(std::string_view text) {
  if (text.size() > url_characters_max) return false;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0 || colon + 3 == text.size()) return false;
  if (!std::isalpha(static_cast<unsigned char>(text[0]))) return false;
  std::string scheme;
  for (const char c : text.substr(0, colon)) {
    const auto u = static_cast<unsigned char>(c);
    if (!std::isalnum(u) && c != '+' && c != '-' && c != '.') return false;
    scheme.push_back(static_cast<char>(std::tolower(u)));
  }
  if (scheme == "javascript" || scheme == "data" || scheme == "vbscript" || scheme == "file" || scheme == "blob") return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\') return false;
  }
  return true;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > 512 || at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == ',') return false;
  }
  return true;
}

std::optional<bool> boolean_of(std::string_view text) {
  const auto is = [text](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char c, char lower) { return (c | 0x20) == lower; });
  };
  if (is("true")) return true;
  if (is("false")) return false;
  return std::nullopt;
}

void append_url_encoded(std::string& to, std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalnum(u) || c == '-' || c == '_' || c == '.' || c == '~') {
      to.push_back(c);
    } else {
      to.push_back('%');
      to.push_back(hex[u >> 4]);
      to.push_back(hex[u & 15]);
    }
  }
}

void append_html(std::string& to, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': to.append("&amp;"); break;
      case '<': to.append("&lt;"); break;
      case '>': to.append("&gt;"); break;
      case '"': to.append("&quot;"); break;
      case '\'': to.append("&#39;"); break;
      default: to.push_back(c);
    }
  }
}

}  // namespace tollgate::api

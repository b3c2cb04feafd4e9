#include "api/writer.h"

#include "api/text.h"

namespace tollgate::api {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\' && c < 0x80; }

void append_escaped(std::string& out, unsigned char c) {
  constexpr char hex[] = "0123456789abcdef";
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default:
      out.append("\\u00");
      out.push_back(hex[c >> 4]);
      out.push_back(hex[c & 15]);
  }
}

}  // namespace

void Writer::append_string(std::string_view value) {
  out_.push_back('"');
  std::size_t i = 0;
  while (i < value.size()) {
    std::size_t run = i;
    while (run < value.size() && is_plain(static_cast<unsigned char>(value[run]))) ++run;
    out_.append(value.data() + i, run - i);
    i = run;
    if (i == value.size()) break;
    const auto c = static_cast<unsigned char>(value[i]);
    if (c < 0x80) {
      append_escaped(out_, c);
      ++i;
      continue;
    }
    const std::size_t good = utf8_prefix(value.substr(i));
    out_.reserve(out_.size() + good);
    for (std::size_t k = 0; k < good; ++k) {
      const auto u = static_cast<unsigned char>(value[i + k]);
      if (u >= 0x80 || is_plain(u)) out_.push_back(value[i + k]);
      else append_escaped(out_, u);
    }
    i += good;
    if (good == 0) {
      out_.append(replacement);
      ++i;
    }
  }
  out_.push_back('"');
}

}  // namespace tollgate::api

// Cells of CSV (RFC 4180).
#pragma once
#include <string>
#include <string_view>

namespace tollgate {

// A cell that begins like a formula is one to a spreadsheet: such a text is given an apostrophe in front.
inline void append_csv_cell(std::string& to, std::string_view value) {
  const bool formula = !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
  if (!formula && value.find_first_of(",\"\r\n") == std::string_view::npos) {
    to += value;
    return;
  }
  to += '"';
  if (formula) to += '\'';
  for (const char c : value) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

}  // namespace tollgate

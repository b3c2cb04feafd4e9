// JSON by hand, for lines that are written thousands of times a second.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::observe {

// With its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_text(std::string& to, std::string_view text);
void append_number(std::string& to, int64_t value);
// "2026-01-31T00:00:00.123456Z" of microseconds since 1970.
void append_time(std::string& to, int64_t time_us);

}  // namespace tollgate::observe

#include "tollgate/base/time_text.h"

#include "tollgate/base/time.h"

namespace tollgate {

namespace {

struct Reader {
  std::string_view rest;
  bool ok = true;

  [[nodiscard]] bool at(char c) const { return !rest.empty() && rest.front() == c; }
  bool skip(char c) {
    if (!at(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = skip(c) && ok; }
  [[nodiscard]] bool at_digit() const { return !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; }
  // Exactly `digits` of them.
  int64_t number(int digits, int64_t min, int64_t max) {
    int64_t value = 0;
    for (int i = 0; i < digits; ++i) {
      if (!at_digit()) {
        ok = false;
        return 0;
      }
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    ok = ok && value >= min && value <= max;
    return value;
  }
};

bool is_leap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t days_in(int64_t year, int64_t month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// Days since 1970-01-01 of a day of the Gregorian calendar.
int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
  int64_t days = 0;
  const int64_t before = year - 1;
  days += before * 365 + before / 4 - before / 100 + before / 400;  // since 0001-01-01
  for (int64_t m = 1; m < month; ++m) days += days_in(year, m);
  constexpr int64_t of_1970 = 719'162;
  return days + day - 1 - of_1970;
}

int64_t fraction_us(Reader& in) {
  if (!in.skip('.')) return 0;
  in.ok = in.ok && in.at_digit();
  int64_t us = 0, unit_us = us_per_second / 10;
  for (; in.at_digit(); unit_us /= 10) {
    us += (in.rest.front() - '0') * unit_us;
    in.rest.remove_prefix(1);
  }
  return us;
}

// Seconds east of UTC.
int64_t offset_seconds(Reader& in) {
  if (in.skip('Z') || in.skip('z')) return 0;
  const bool west = in.at('-');
  if (!in.skip('-')) in.expect('+');
  int64_t seconds = in.number(2, 0, 23) * 3'600;
  in.expect(':');
  seconds += in.number(2, 0, 59) * 60;
  return west ? -seconds : seconds;
}

}  // namespace

std::optional<int64_t> time_from_text(std::string_view text) {
  Reader in{text};
  const int64_t year = in.number(4, 1, 9999);
  in.expect('-');
  const int64_t month = in.number(2, 1, 12);
  in.expect('-');
  const int64_t day = in.number(2, 1, 31);
  if (!in.ok || day > days_in(year, month)) return std::nullopt;
  int64_t seconds = days_since_1970(year, month, day) * 86'400, us = 0;
  if (!in.rest.empty()) {
    if (!in.skip('T') && !in.skip('t')) in.expect(' ');
    seconds += in.number(2, 0, 23) * 3'600;
    in.expect(':');
    seconds += in.number(2, 0, 59) * 60;
    in.expect(':');
    seconds += in.number(2, 0, 60);  // a leap second counts as the next one
    us = fraction_us(in);
    seconds -= offset_seconds(in);
  }
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return seconds * us_per_second + us;
}

}  // namespace tollgate

#include "tollgate/observe/card_numbers.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tollgate::observe {
namespace {

constexpr std::size_t digits_min = 13, digits_max = 19, digits_shown = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Groups of digits that single separators join, as far as they may belong together.
struct Run {
  std::vector<uint32_t> digits;  // where each digit stands
  std::vector<uint32_t> groups;  // index in `digits` of each group's first
};

// The length of the separator at `at`, 0 if there is none.
std::size_t separator(std::string_view text, std::size_t at) {
  if (text[at] == ' ' || text[at] == '-' || text[at] == '+') return 1;
  return text.substr(at, 3) == "%20" ? 3 : 0;
}

// From the first digit on; returns where the run ends.
std::size_t read_run(std::string_view text, std::size_t at, Run& run) {
  run.digits.clear();
  run.groups.clear();
  while (true) {
    run.groups.push_back(static_cast<uint32_t>(run.digits.size()));
    for (; at < text.size() && is_digit(text[at]); ++at) run.digits.push_back(static_cast<uint32_t>(at));
    if (at >= text.size()) return at;
    const std::size_t gap = separator(text, at);
    if (gap == 0 || at + gap >= text.size() || !is_digit(text[at + gap])) return at;
    at += gap;
  }
}

bool luhn(std::string_view text, const Run& run, std::size_t first, std::size_t count) {
  unsigned sum = 0;
  bool other_than_zero = false;
  for (std::size_t i = 0; i < count; ++i) {
    unsigned digit = static_cast<unsigned>(text[run.digits[first + count - 1 - i]] - '0');
    other_than_zero |= digit != 0;
    if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
    sum += digit;
  }
  return sum % 10 == 0 && other_than_zero;
}

std::size_t mask_run(std::string& text, const Run& run) {
  std::size_t masked = 0;
  // A number is whole groups: what stands before it ("status 200 4242...") is no part of it.
  for (std::size_t from = 0; from < run.groups.size(); ++from) {
    const std::size_t first = run.groups[from];
    for (std::size_t to = from + 1; to <= run.groups.size(); ++to) {
      const std::size_t end = to < run.groups.size() ? run.groups[to] : run.digits.size();
      const std::size_t count = end - first;
      if (count > digits_max) break;
      if (count < digits_min || !luhn(text, run, first, count)) continue;
      for (std::size_t i = first; i + digits_shown < end; ++i) text[run.digits[i]] = '*';
      ++masked;
      from = to - 1;
      break;
    }
  }
  return masked;
}

}  // namespace

std::size_t mask_card_numbers(std::string& text) {
  thread_local Run run;
  std::size_t masked = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(text[at])) {
      ++at;
      continue;
    }
    const std::size_t end = read_run(text, at, run);
    if (run.digits.size() >= digits_min) masked += mask_run(text, run);
    at = end;
  }
  return masked;
}

}  // namespace tollgate::observe

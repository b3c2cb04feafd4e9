#include "cli/option_checks.h"

#include <fmt/format.h>

#include <charconv>

namespace tollgate::cli {

CLI::Validator whole_number(uint64_t min, uint64_t max) {
  return CLI::Validator(
      [min, max](std::string& text) -> std::string {
        uint64_t value = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool is_octal = text.size() > 1 && text.front() == '0';
        if (problem == std::errc{} && end == text.data() + text.size() && !is_octal && value >= min && value <= max) return {};
        return fmt::format("is \"{}\", but must be a whole number from {} to {}", text, min, max);
      },
      "");
}

CLI::Validator not_empty() {
  return CLI::Validator([](std::string& text) { return std::string(text.empty() ? "must not be empty: leave it out instead" : ""); }, "");
}

}  // namespace tollgate::cli

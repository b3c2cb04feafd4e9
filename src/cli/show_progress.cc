#include "cli/show_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace tollgate::cli {

StepLine::StepLine() : wanted_(::isatty(STDERR_FILENO) != 0) {}

void StepLine::show(std::string_view doing, std::string_view done) {
  if (!wanted_) return;
  std::fprintf(stderr, "\r\033[K%.*s %.*s", static_cast<int>(done.size()), done.data(), static_cast<int>(doing.size()), doing.data());
  shown_ = true;
}

void StepLine::clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

std::string bytes_text(uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  uint64_t tenths = bytes * 10;
  while (tenths >= 10'240 && unit + 1 < std::size(units)) {
    tenths /= 1'024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{}.{} {}", tenths / 10, tenths % 10, units[unit]);
}

}  // namespace tollgate::cli

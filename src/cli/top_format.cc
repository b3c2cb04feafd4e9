#include "cli/top_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/progress.h"

namespace tollgate::cli {
namespace {

constexpr const char* bars[] = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
constexpr std::size_t bar_steps = std::size(bars) - 1;
constexpr double shown_max = 1e15;  // beyond, a double is no whole number any more

}  // namespace

std::string rate_text(double per_second) {
  if (!(per_second >= 99.95)) return fmt::format("{:.1f}", std::max(per_second, 0.0));
  return with_commas(static_cast<uint64_t>(std::llround(std::min(per_second, shown_max))));
}

std::string percent_text(double percent) { return percent > 99.9 && percent < 100 ? fmt::format("{:.2f} %", percent) : fmt::format("{:.1f} %", percent); }

std::string latency_text(int64_t us) {
  const double value = static_cast<double>(us);
  if (us < 1'000) return fmt::format("{} us", us);
  if (us < 10'000) return fmt::format("{:.2f} ms", value / 1e3);
  if (us < 1'000'000) return fmt::format("{:.{}f} ms", value / 1e3, us < 100'000 ? 1 : 0);
  return fmt::format("{:.{}f} s", value / 1e6, us < 10'000'000 ? 2 : 1);
}

std::string age_text(int64_t seconds) {
  seconds = std::max<int64_t>(seconds, 0);
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3'600) return fmt::format("{} min", seconds / 60);
  if (seconds < 86'400) return fmt::format("{} h {:02} min", seconds / 3'600, seconds % 3'600 / 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds % 86'400 / 3'600);
}

std::string sparkline(const std::vector<std::optional<double>>& values, std::size_t width) {
  const std::size_t first = values.size() - std::min(width, values.size());
  double largest = 0;
  for (std::size_t i = first; i < values.size(); ++i) largest = std::max(largest, values[i].value_or(0));
  std::string line;
  for (std::size_t i = first; i < values.size(); ++i) {
    if (!values[i]) line += ' ';
    else if (*values[i] <= 0) line += bars[0];
    else line += bars[std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(*values[i] / largest * bar_steps)), 1, bar_steps)];
  }
  return line;
}

}  // namespace tollgate::cli

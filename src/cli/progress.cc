#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"

namespace tollgate::cli {

namespace {
constexpr int64_t redraw_us = 100 * us_per_ms;
constexpr std::size_t bar_width = 30;
}  // namespace

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string duration_text(int64_t seconds) {
  if (seconds < 3'600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3'600, seconds / 60 % 60, seconds % 60);
}

ProgressLine::ProgressLine(std::string what, std::string unit, uint64_t total)
    : what_(std::move(what)), unit_(std::move(unit)), total_(total), shown_(::isatty(STDERR_FILENO) != 0), start_us_(monotonic_us()) {}

ProgressLine::~ProgressLine() {
  if (drawn_us_ != 0) std::fputs("\r\033[K", stderr);
}

std::string ProgressLine::text(uint64_t done, int64_t elapsed_us) const {
  const uint64_t rate = elapsed_us <= 0 ? 0 : static_cast<uint64_t>(static_cast<unsigned __int128>(done) * us_per_second / static_cast<uint64_t>(elapsed_us));
  if (total_ == 0) return fmt::format("{}  {} {}  {}/s", what_, with_commas(done), unit_, with_commas(rate));
  const uint64_t shown = std::min(done, total_);
  const auto filled = static_cast<std::size_t>(static_cast<unsigned __int128>(shown) * bar_width / total_);
  const std::string bar = std::string(filled, '#') + std::string(bar_width - filled, '.');
  const std::string eta = rate == 0 ? "-:--" : duration_text(static_cast<int64_t>((total_ - shown + rate - 1) / rate));
  return fmt::format("{}  [{}] {:3} %  {} of {} {}  {}/s  ETA {}", what_, bar, static_cast<unsigned>(static_cast<unsigned __int128>(shown) * 100 / total_),
                     with_commas(shown), with_commas(total_), unit_, with_commas(rate), eta);
}

void ProgressLine::add(uint64_t more) {
  if (!shown_) return;
  std::lock_guard lock(mutex_);
  done_ += more;
  const int64_t now_us = monotonic_us();
  if (now_us - std::max(drawn_us_, start_us_) < redraw_us) return;
  drawn_us_ = now_us;
  std::fprintf(stderr, "\r%s\033[K", text(done_, now_us - start_us_).c_str());
}

}  // namespace tollgate::cli

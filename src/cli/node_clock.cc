#include "cli/node_clock.h"

#include <spdlog/spdlog.h>

#include <charconv>

#include "tollgate/base/time.h"
#include "tollgate/directory/secret_file.h"
#include "tollgate/record/record.h"

namespace tollgate::cli {
namespace {

// Records of one moment are put a microsecond apart, so that a busy log is a little ahead.
constexpr int64_t behind_told_us = us_per_second;

}  // namespace

Status NodeClock::restore(const std::string& path) {
  TOLLGATE_ASSIGN_OR_RETURN(const Secret text, load_or_make_secret_file(path, [] { return std::string("0"); }));
  const std::string_view digits = text.reveal();
  if (std::from_chars(digits.data(), digits.data() + digits.size(), ahead_us_).ec != std::errc{}) return data_loss("{} holds no number", path);
  path_ = path;
  clock_.advance(ahead_us_);
  return absl::OkStatus();
}

void NodeClock::advance(int64_t by_us) {
  ahead_us_ += by_us;
  if (const Status written = write_secret_file(path_, std::to_string(ahead_us_)); !written.ok())
    spdlog::warn("the test clock will be set back at a restart: {}", message_of(written));
  clock_.advance(by_us);
}

int64_t clock_behind_log_us(const EventLog& log, int64_t now_us) {
  int64_t behind_us = 0;
  const auto partitions = log.partitions();
  if (!partitions.ok()) return 0;
  for (const uint32_t partition : *partitions) {
    const auto head = log.head(partition);
    if (!head.ok() || head->sequence == 0) continue;
    // What cannot be read has its own errors.
    (void)log.read(partition, head->sequence, [&](uint64_t, std::string_view bytes) {
      if (const auto header = decode_header(bytes); header.ok()) behind_us = std::max(behind_us, header->time_us - now_us);
      return false;
    });
  }
  return behind_us;
}

void warn_of_clock_behind(const EventLog& log, const Clock& clock) {
  const int64_t behind_us = clock_behind_log_us(log, clock.now_us());
  if (behind_us < behind_told_us) return;
  spdlog::warn("the clock is {} s behind the newest record: it was ahead when that was written, or is wrong now; until it has caught up, no time passes for payments",
               behind_us / us_per_second);
}

}  // namespace tollgate::cli

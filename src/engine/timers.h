// Timers are rows of Table::timers, written with the events that set them, and looked through once per interval.
// key: partition u32, due_us u64, kind u8, partner u64, mode u8, core 12 (zero where the stream itself is meant)
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/base/id.h"

namespace tollgate::engine {

enum class TimerKind : uint8_t { expire_authorization = 1, release_funds = 2 };

struct Timer {
  uint32_t partition = 0;
  int64_t due_us = 0;
  TimerKind kind = TimerKind::expire_authorization;
  PartnerId partner;
  Mode mode = Mode::test;
  IdCore core;
};

[[nodiscard]] std::string timer_key(const Timer& timer);
[[nodiscard]] std::optional<Timer> parse_timer_key(std::string_view key);
// The end of a scan over the timers of a partition that are due: the first key after `now_us`.
[[nodiscard]] std::string timers_end(uint32_t partition, int64_t now_us);

}  // namespace tollgate::engine

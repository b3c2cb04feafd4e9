// How many payments are in doubt, for how long, and with what amounts.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

struct DoubtOfAge {
  uint64_t payments = 0;
  std::map<std::string, int64_t> amounts;  // by currency ("usd"), minor units; INT64_MAX: more than fits
};

struct DoubtTotals {
  std::vector<DoubtOfAge> by_age;  // one more than there are bounds: the last is what is older than all
  int64_t oldest_age_us = 0;
  bool incomplete = false;         // there were more than `payments_max`
};

// `age_bounds_us` ascending. A payment is as old as its oldest operation without an outcome.
[[nodiscard]] StatusOr<DoubtTotals> doubt_totals(const EventLog& log, int64_t now_us, std::span<const int64_t> age_bounds_us,
                                                 std::size_t payments_max);

}  // namespace tollgate

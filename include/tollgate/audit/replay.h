// Reads a log aloud: one line a record, for people or as JSON.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/audit/source.h"
#include "tollgate/base/id.h"

namespace tollgate::audit {

struct ReplayOptions {
  std::optional<uint32_t> partition;    // absent: all, one after the other
  std::optional<PartnerId> partner;
  std::optional<PaymentId> payment;
  uint64_t from_sequence = 1;
  uint64_t until_sequence = UINT64_MAX;  // inclusive, like the next
  int64_t until_us = INT64_MAX;
  bool json = false;                     // JSON lines; otherwise text for people
};

// Gives each line, without its end, to `line` until that returns false.
[[nodiscard]] Status replay(const RecordSource& source, const ReplayOptions& options, const std::function<bool(std::string_view line)>& line);
[[nodiscard]] Status replay(const EventLog& log, const ReplayOptions& options, const std::function<bool(std::string_view line)>& line);

}  // namespace tollgate::audit

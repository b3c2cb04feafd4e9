// What happened, as tables for other programs: JSON Lines or CSV, one payment, balance transaction or record a line. Amounts are integers in minor units, times
// RFC 3339 in UTC. Streams: needs the same memory for any log.
#pragma once
#include <string>
#include <string_view>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

enum class ExportKind : uint8_t { payments = 1, transactions, events };
enum class ExportFormat : uint8_t { jsonl = 1, csv };

struct ExportOptions {
  ExportKind kind = ExportKind::payments;
  ExportFormat format = ExportFormat::jsonl;
  std::optional<PartnerId> partner;
  std::optional<Mode> mode;
  // Of payments: when they were created; of the others: when they happened. from <= time < until.
  int64_t from_us = INT64_MIN;
  int64_t until_us = INT64_MAX;
  ProgressReport progress;
};

// Gives each line without its end to `line` until that returns false; the first line of CSV is its header.
[[nodiscard]] Status export_lines(const RecordSource& source, const ExportOptions& options, const std::function<bool(std::string_view line)>& line);

}  // namespace tollgate::audit

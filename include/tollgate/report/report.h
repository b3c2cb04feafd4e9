// Reports: the figures of days, of all partners together or of one.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/id.h"
#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/report/figures.h"

namespace tollgate::report {

inline constexpr int64_t days_max = 3'700;
inline constexpr int64_t days_default = 7;
inline constexpr std::size_t rows_max = 20'000;

// Days since 1970, UTC.
struct Query {
  PartnerId partner;           // empty: all of them together
  std::string partner_name;    // to be shown
  int64_t first_day = 0, last_day = 0;
  std::optional<Mode> mode;    // absent: both, never added together
};
// "2025-06-15"; nothing for what is no day.
[[nodiscard]] std::optional<int64_t> parse_day(std::string_view text);
[[nodiscard]] std::string day_text(int64_t day);
// What --from and --to say; empty: the last week, up to `today`. The error names the one that is wrong.
[[nodiscard]] Status set_days(Query& query, std::string_view from, std::string_view to, int64_t today);
// "test", "live" or empty.
[[nodiscard]] Status set_mode(Query& query, std::string_view mode);

struct Row {
  int64_t day = 0;
  Mode mode = Mode::none;
  Currency currency;
  Figures figures;
};

// How far the figures go.
struct Progress {
  uint64_t records = 0;         // that are in them
  uint64_t records_behind = 0;  // that the log has besides
  int64_t complete_until_us = 0;  // every record of before this time is in them; 0: not known yet
  // A rebuild under way: how many records of how many it has.
  bool rebuilding = false;
  uint64_t rebuilt_records = 0, rebuild_records = 0;
  uint64_t rebuilds_done = 0, rebuilds_failed = 0;  // since the start
  std::string problem;          // why they do not go on, or the last rebuild failed; empty: nothing is wrong
};

struct Report {
  Query query;
  std::vector<Row> rows;  // by day, mode, currency; days with nothing are left out
  Progress progress;
};

// One JSON object; its shape is the admin API's.
[[nodiscard]] std::string to_json(const Report& report);
[[nodiscard]] std::string to_json(const Progress& progress);

// From a log that nobody writes to, or from a backup: reads all of it, and keeps in memory what payments that are still open need. `from` and
// `to` as for set_days(), where today is the day of the last record. not_found if the log has no such partner.
[[nodiscard]] StatusOr<Report> report_from_log(const EventLog& log, Query query, std::string_view from, std::string_view to,
                                               const std::function<void(uint64_t records)>& progress = {});

}  // namespace tollgate::report

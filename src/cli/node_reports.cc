#include "cli/node_reports.h"

#include <spdlog/spdlog.h>

#include "cli/node.h"

namespace tollgate::cli {
namespace {

// What a round's own records of its times cannot show.
constexpr int64_t margin_us = 100 * us_per_ms;

}  // namespace

StatusOr<std::unique_ptr<Reports>> open_reports(const Config& config, const EventLog& log, const Engine& engine, const Clock& clock) {
  if (config.reports_enabled == "off") return nullptr;
  ReportsOptions options;
  options.directory = DataPaths{config.data_dir}.reports();
  // A record's time is that of its round: of before the slowest round in work nothing can come any more.
  options.settled_us = [&engine, &clock] {
    const int64_t now_us = clock.now_us();
    return now_us - engine.stats().round_in_work_us - margin_us;
  };
  options.say = [](const std::string& what) { spdlog::warn("reports: {}", what); };
  return Reports::open(std::move(options), log);
}

}  // namespace tollgate::cli

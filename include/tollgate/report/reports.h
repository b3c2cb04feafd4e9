// The node's reports: a projection of the event log with its own position, in a small database of its own. It follows on a thread of its own
// that gives way to payments; nobody waits for it. It is rebuilt while the figures that there are go on being served.
//
//   DATA/reports     follows from the event log and may be removed from a stopped node: it is made again
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tollgate/base/time.h"
#include "tollgate/report/report.h"

namespace tollgate {

struct ReportsOptions {
  std::string directory;
  int64_t interval_us = us_per_second;   // between two looks at the log
  uint64_t batch_records_max = 1'024;    // that go into one write: it holds a processor until it is done
  // A time: every record of before it is in the log already. Empty: nobody knows.
  std::function<int64_t()> settled_us;
  std::function<void(const std::string& what)> say;  // what an operator must hear of; its own thread, and open()'s
};

class Reports {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<Reports>> open(ReportsOptions options, const EventLog& log);
  virtual ~Reports() = default;
  virtual void start() = 0;
  // Idempotent. What is not folded yet is at the next start.
  virtual void stop() = 0;

  // Any thread. unavailable while the figures are made for the first time: some of them would be wrong ones.
  [[nodiscard]] virtual StatusOr<report::Report> figures(const report::Query& query) const = 0;
  [[nodiscard]] virtual report::Progress progress() const = 0;
  // Begins it and returns. failed_precondition: one is under way.
  [[nodiscard]] virtual Status rebuild() = 0;
  // For how long there has been something in the log that is not in the figures.
  [[nodiscard]] virtual int64_t lag_us() const = 0;
};

}  // namespace tollgate

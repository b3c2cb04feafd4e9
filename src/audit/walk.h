// One pass over the records of a partition.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "audit/chain.h"
#include "tollgate/audit/verify.h"

namespace tollgate::audit {

// What to do about each kind of problem.
inline constexpr const char* advice_bytes =
    "The stored bytes are not those that were written. Stop the node, keep the disk for investigation, and restore a backup that verifies.";
inline constexpr const char* advice_event =
    "The record is whole but must not be there: a program error, or a log that someone else wrote. Pay nothing out on it before it is "
    "explained; keep the log and report it.";
inline constexpr const char* advice_rows =
    "The records are sound, the state rows beside them are not. Restore a backup that verifies, and find out what wrote the rows.";

// Something wrong, or nothing (what is empty).
struct Fault {
  std::string what;
  const char* advice = advice_event;
  Fault() = default;
  Fault(std::string why, const char* what_to_do = advice_event) : what(std::move(why)), advice(what_to_do) {}
  [[nodiscard]] explicit operator bool() const { return !what.empty(); }
};

class Progress {
 public:
  explicit Progress(std::function<void(uint64_t)> report = {}) : report_(std::move(report)) {}
  void add(uint64_t records);

 private:
  std::function<void(uint64_t)> report_;
  std::mutex mutex_;
  uint64_t records_ = 0;
};

// Calls `on_record` for each record, after its chain and its encoding were checked. Gives the first thing wrong.
[[nodiscard]] std::optional<Problem> walk(const RecordSource& source, uint32_t partition, Chain& chain, Progress& progress,
                                          const std::function<Fault(Record& record)>& on_record);
// That the log itself says the same about its end.
[[nodiscard]] std::optional<Problem> check_head(const RecordSource& source, uint32_t partition, const Chain& chain);

}  // namespace tollgate::audit

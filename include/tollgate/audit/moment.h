// A moment of a log, as an auditor names it, and where it falls in each partition.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/audit/source.h"

namespace tollgate::audit {

// A time, or a sequence; neither: the end of the log.
struct Moment {
  std::optional<uint64_t> sequence;
  std::optional<int64_t> time_us;
  [[nodiscard]] bool is_end() const { return !sequence && !time_us; }
};

// "4711" or "seq:4711" is a sequence; RFC 3339 or a day is a time.
[[nodiscard]] StatusOr<Moment> parse_moment(std::string_view text);

// What had happened at a moment: of each partition, the records up to one.
class Cut {
 public:
  // Everything.
  Cut() = default;
  [[nodiscard]] uint64_t last_sequence(uint32_t partition) const {
    const auto found = last_.find(partition);
    return found == last_.end() ? otherwise_ : found->second;
  }
  [[nodiscard]] int64_t time_us() const { return time_us_; }
  [[nodiscard]] bool is_end() const { return otherwise_ == UINT64_MAX; }

 private:
  friend StatusOr<Cut> cut_at(const RecordSource& source, const Moment& moment, std::optional<uint32_t> partition);
  std::map<uint32_t, uint64_t> last_;
  uint64_t otherwise_ = UINT64_MAX;
  int64_t time_us_ = INT64_MAX;
};

// A sequence counts in one partition: `partition`, or the only one that there is besides the partners' own; other partitions are cut at the time of that
// record. invalid_argument if it is not said which, or if there is no such record.
[[nodiscard]] StatusOr<Cut> cut_at(const RecordSource& source, const Moment& moment, std::optional<uint32_t> partition = std::nullopt);

// The last record of a partition that is not later than `time_us`, found by halving; 0: all are later.
[[nodiscard]] StatusOr<uint64_t> last_sequence_at(const RecordSource& source, uint32_t partition, int64_t time_us);

}  // namespace tollgate::audit

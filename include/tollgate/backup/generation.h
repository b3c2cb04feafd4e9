// Which life of the log this is. A restore begins a new one: the lost node may have written, and signed, records behind the restored
// end, so the restored node's epochs are above all that it can have used, and its archive stands beside the lost one's.
//
//   DATA/log_generation     decimal; absent: 1
//   DATA/log_history.json   from which generations it comes, and up to where each of them counts
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tollgate/base/status.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

struct LogParent {
  uint64_t generation = 1;
  std::map<uint32_t, uint64_t> heads;  // the last sequence of each partition that counts
};
inline constexpr uint64_t log_generation_max = UINT32_MAX;  // they are the upper half of epochs

struct LogGeneration {
  uint64_t number = 1;
  std::vector<LogParent> parents;  // ascending

  // The generation that wrote a record.
  [[nodiscard]] uint64_t writer_of(uint32_t partition, uint64_t sequence) const;
  // Its successor that begins where the partitions end at `heads`.
  [[nodiscard]] LogGeneration successor(uint64_t number, const std::map<uint32_t, uint64_t>& heads) const;
  // No record of it has an epoch below this one: generations have 2^32 epochs each.
  [[nodiscard]] uint64_t epoch_min() const { return number <= 1 ? 0 : number << 32; }
};

// An operator may have written a higher number into log_generation by hand, to begin a new log over what is left of one. Until a node has
// started on it (begin_generation), this gives the generation that wrote what is there.
[[nodiscard]] StatusOr<LogGeneration> load_generation(const std::string& data_dir);
// For the node that goes on with `log`: the same, and of a number written by hand the history is noted first. `directories`: of its backups and
// its archive. Such a number is refused (failed_precondition) if a restore has taken it there, and is noted there.
[[nodiscard]] StatusOr<LogGeneration> begin_generation(const std::string& data_dir, const EventLog& log, const std::vector<std::string>& directories = {});
// No restore from there takes this number any more. Directories that hold nothing yet are left alone.
[[nodiscard]] Status note_generation(uint64_t number, const std::vector<std::string>& directories);
[[nodiscard]] Status save_generation(const std::string& data_dir, const LogGeneration& generation);

// Takes the next number, above `at_least` and all that were taken there before: restoring twice never gives the same one.
[[nodiscard]] StatusOr<uint64_t> reserve_generation(const std::vector<std::string>& directories, uint64_t at_least);

}  // namespace tollgate

// From a backup, an archive or both to a new data directory, as it was at the newest moment that they hold or at an earlier one.
//
// The newest backup that is not later than what is wanted is copied, and the archived records behind it are applied by the engine's own
// code (engine/replay.h). Without such a backup all records are folded from the first one on. Vault and sandbox are restored as they were
// last seen: a card that is not named any more does no harm, one that is missing would.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/backup/backup.h"

namespace tollgate {

struct RestoreOptions {
  std::string from;       // backup directory; may be empty if there is an archive
  std::string backup_id;  // empty: the newest that fits
  std::string archive;    // may be empty
  std::string to;         // made; must be empty
  std::optional<int64_t> until_us;  // records up to this time
  std::optional<std::pair<uint32_t, uint64_t>> until_record;  // partition, sequence: records up to this one's time
  std::optional<uint64_t> generation;  // of the restored log; absent: the next one, noted in `from` and `archive`
  std::string program_version;
  unsigned threads = 2;                // of the verification
  std::function<void(std::string_view doing, uint64_t done)> progress;
};

struct RestoreReport {
  std::string backup_id;    // empty: everything was folded from records
  int64_t backup_time_us = 0;
  bool folded = false;
  uint64_t generation = 1;
  uint64_t replayed = 0;    // records that were applied
  uint64_t left_out = 0;    // records that are there, and later than what was wanted
  std::vector<BackedPartition> partitions;
  int64_t vault_time_us = 0;
  std::vector<KeyFile> keys_restored, keys_missing;
  audit::VerifyReport audit;
  [[nodiscard]] bool ok() const { return audit.ok(); }
};

// An error: nothing that a node would start on was left in `to`. The same if the report is not ok().
[[nodiscard]] StatusOr<RestoreReport> restore(const RestoreOptions& options);

}  // namespace tollgate

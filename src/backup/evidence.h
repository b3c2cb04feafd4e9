// What a node has said of its log outside the log: the anchor, and the checkpoints that it has signed.
#pragma once
#include <string>
#include <vector>

#include "backup/manifest.h"
#include "backup/store.h"
#include "tollgate/audit/checkpoints.h"
#include "tollgate/base/anchor.h"

namespace tollgate::backup {

// Read before the log is copied: whatever it says then, the copy has.
class Promised {
 public:
  [[nodiscard]] static StatusOr<Promised> read(const std::string& data_dir, uint64_t generation);
  // failed_precondition if `log` lacks something of it.
  [[nodiscard]] Status check(const EventLog& log) const;

 private:
  Anchor anchor_;
  std::vector<proof::KeptCheckpoint> signed_;
};

// The checkpoints of a backup, but for those that were signed while its log was copied.
[[nodiscard]] StatusOr<audit::CheckpointEvidence> evidence_of(const Store& store, const Manifest& manifest);

}  // namespace tollgate::backup

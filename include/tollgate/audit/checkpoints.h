// A log, or tiles of one, against the checkpoints that were signed over it: what a node said of its log must still be true of it.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "tollgate/audit/verify.h"
#include "tollgate/proof/kept.h"
#include "tollgate/proof/tile.h"

namespace tollgate::audit {

struct CheckpointEvidence {
  std::vector<proof::KeptCheckpoint> checkpoints;
  std::vector<proof::VerifierKey> keys;  // whom to believe, by log name
  // The keys are an auditor's own: a log that none of them is for is not looked at, and one of them without a checkpoint is a problem.
  bool keys_given = false;
  // Of the log as it is now. Of an earlier one only the signatures are checked: a restore may have lost what they cover.
  uint64_t generation = 1;
  // The hashes of the records as they were when they were written: they tell which record it is that differs. nullptr if there are none, or
  // less than `size`.
  std::function<std::unique_ptr<proof::TileReader>(uint32_t partition, uint64_t size)> tiles;
};

// Of exported tiles: the checkpoint of each folder, and the key beside it. Nothing if `path` holds none.
[[nodiscard]] StatusOr<CheckpointEvidence> read_tiles_evidence(const std::string& path);

// Adds to `report` what is wrong, at most one problem for each partition: the one with the lower sequence stays. Partitions in parallel.
void check_checkpoints(const RecordSource& source, const CheckpointEvidence& evidence, const VerifyOptions& options, VerifyReport& report);

// The path from `old_size` to `size`, from one pass over a partition's records.
[[nodiscard]] StatusOr<proof::Path> consistency_from_log(const EventLog& log, uint32_t partition, uint64_t old_size, uint64_t size,
                                                         const std::function<void(uint64_t records)>& progress = {});

}  // namespace tollgate::audit

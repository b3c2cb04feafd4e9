// Two logs compared, byte for byte: whether one continues the other, or where they part.
#pragma once
#include <string>
#include <vector>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

enum class Relation : uint8_t {
  identical = 1,
  a_is_prefix,  // B goes on
  b_is_prefix,  // A goes on
  fork,         // both have a record with the same sequence, and the two differ
};

struct PartitionDiff {
  uint32_t partition = 0;
  Relation relation = Relation::identical;
  uint64_t a_records = 0, b_records = 0;
  uint64_t common_records = 0;      // that both have, from the first on
  std::string a_record, b_record;   // of a fork: the stored bytes
};

struct Diff {
  std::vector<PartitionDiff> partitions;  // of either log
  uint64_t records_compared = 0;
  [[nodiscard]] bool identical() const;
  [[nodiscard]] bool forked() const;
};

[[nodiscard]] StatusOr<Diff> diff(const RecordSource& a, const RecordSource& b, const ProgressReport& progress = {});

}  // namespace tollgate::audit

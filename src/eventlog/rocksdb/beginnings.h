// Where each partition begins: at its first record, or later once older ones were moved to an archive.
#pragma once
#include <rocksdb/db.h>

#include <map>
#include <mutex>

#include "tollgate/base/status.h"

namespace tollgate {

class Beginnings {
 public:
  // `marks`: the family that keeps what is noted here; `log`: that of the blocks.
  Beginnings(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& marks, rocksdb::ColumnFamilyHandle& log) : db_(db), marks_(marks), log_(log) {}

  [[nodiscard]] Status load();
  [[nodiscard]] uint64_t first(uint32_t partition) const;
  [[nodiscard]] StatusOr<uint64_t> forget_before(uint32_t partition, uint64_t sequence);

 private:
  // The first record of the block that holds `sequence`, or of the last block if that comes before.
  [[nodiscard]] StatusOr<uint64_t> block_start(uint32_t partition, uint64_t sequence) const;
  [[nodiscard]] Status delete_blocks(uint32_t partition, uint64_t first_kept);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle& marks_;
  rocksdb::ColumnFamilyHandle& log_;
  mutable std::mutex mutex_;
  std::map<uint32_t, uint64_t> first_;
};

}  // namespace tollgate

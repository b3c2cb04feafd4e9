// What a log that was opened read-only has read from its write-ahead log.
#pragma once
#include <rocksdb/db.h>

#include "tollgate/base/status.h"

#include "eventlog/rocksdb/beginnings.h"

namespace tollgate {

// Every record that came from the write-ahead log follows from the one before it, also from the last one in the tables: nothing is missing
// in between. data_loss names the partition and the sequence.
[[nodiscard]] Status check_replayed_blocks(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log, const Beginnings& beginnings);

}  // namespace tollgate

// How the database is doing, in our own words.
#pragma once
#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

#include <vector>

#include "tollgate/base/cache_stats.h"
#include "tollgate/eventlog/stats.h"

namespace tollgate {

// `statistics` may be null.
[[nodiscard]] EventLogStats read_stats(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                                       const rocksdb::Statistics* statistics);
[[nodiscard]] std::vector<CacheStats> read_caches(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families,
                                                  std::size_t memtables_bytes_max, const rocksdb::Statistics* statistics);

// Measures the sync of the calling thread's writes while it lives.
class SyncTimer {
 public:
  SyncTimer();
  SyncTimer(const SyncTimer&) = delete;
  SyncTimer& operator=(const SyncTimer&) = delete;
  ~SyncTimer();
  // Of the last one in this thread.
  [[nodiscard]] static int64_t last_us();

 private:
  uint64_t before_ns_;
};

}  // namespace tollgate

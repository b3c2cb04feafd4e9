// What RocksDB's block cache of a database does.
#pragma once
#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

#include <memory>

#include "tollgate/base/cache_stats.h"

namespace tollgate {

// Counts without times: those cost a look at the clock for each.
[[nodiscard]] std::shared_ptr<rocksdb::Statistics> make_cache_counters();
// `family`: one whose blocks are in the cache. `counters` may be null: then there are sizes alone.
[[nodiscard]] CacheStats block_cache_stats(const char* name, rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::Statistics* counters);

}  // namespace tollgate

#include "rocks/block_cache.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace tollgate {

std::shared_ptr<rocksdb::Statistics> make_cache_counters() {
  auto counters = rocksdb::CreateDBStatistics();
  counters->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  return counters;
}

CacheStats block_cache_stats(const char* name, rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const rocksdb::Statistics* counters) {
  CacheStats stats;
  stats.name = name;
  const auto factory = db.GetOptions(family).table_factory;
  const auto* table = factory == nullptr ? nullptr : factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  if (table == nullptr || table->block_cache == nullptr) return stats;
  const rocksdb::Cache& cache = *table->block_cache;
  // How many blocks that is, RocksDB 7.8 does not say (GetOccupancyCount() gives pinned bytes).
  stats.bytes = cache.GetUsage();
  stats.bytes_max = cache.GetCapacity();
  stats.pinned_bytes = cache.GetPinnedUsage();
  if (counters == nullptr) return stats;
  stats.hits = counters->getTickerCount(rocksdb::BLOCK_CACHE_HIT);
  stats.misses = counters->getTickerCount(rocksdb::BLOCK_CACHE_MISS);
  // Nor what it drops: that is what came in and is no longer there, in blocks of the mean size.
  const uint64_t added = counters->getTickerCount(rocksdb::BLOCK_CACHE_ADD);
  const uint64_t added_bytes = counters->getTickerCount(rocksdb::BLOCK_CACHE_BYTES_WRITE);
  if (added_bytes > stats.bytes) stats.evictions = (added_bytes - stats.bytes) / std::max<uint64_t>(added_bytes / std::max<uint64_t>(added, 1), 1);
  return stats;
}

}  // namespace tollgate

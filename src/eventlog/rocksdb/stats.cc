#include "eventlog/rocksdb/stats.h"

#include <rocksdb/iostats_context.h>
#include <rocksdb/perf_level.h>

#include "rocks/block_cache.h"

namespace tollgate {
namespace {

thread_local int64_t last_sync_us = 0;

uint64_t property(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::string& name) {
  uint64_t value = 0;
  return db.GetIntProperty(family, name, &value) ? value : 0;
}

}  // namespace

EventLogStats read_stats(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, const rocksdb::Statistics* statistics) {
  using Properties = rocksdb::DB::Properties;
  EventLogStats stats;
  stats.known = true;
  rocksdb::VectorLogPtr wals;
  if (db.GetSortedWalFiles(wals).ok())
    for (const auto& wal : wals) stats.wal_bytes += wal->SizeFileBytes();
  for (rocksdb::ColumnFamilyHandle* family : families) {
    stats.memtable_bytes += property(db, family, Properties::kCurSizeAllMemTables);
    stats.immutable_memtables += property(db, family, Properties::kNumImmutableMemTable);
    stats.table_bytes += property(db, family, Properties::kTotalSstFilesSize);
    stats.compaction_pending_bytes += property(db, family, Properties::kEstimatePendingCompactionBytes);
  }
  // Of the whole database, whichever family is asked.
  rocksdb::ColumnFamilyHandle* any = families.front();
  stats.compactions_running = property(db, any, Properties::kNumRunningCompactions);
  stats.flushes_running = property(db, any, Properties::kNumRunningFlushes);
  stats.delayed_write_bytes_per_s = property(db, any, Properties::kActualDelayedWriteRate);
  stats.writes_stopped = property(db, any, Properties::kIsWriteStopped) != 0;
  stats.background_errors = property(db, any, Properties::kBackgroundErrors);
  stats.cache_bytes = property(db, families[1], Properties::kBlockCacheUsage);
  stats.cache_bytes_max = property(db, families[1], Properties::kBlockCacheCapacity);
  if (statistics == nullptr) return stats;
  stats.cache_hits = statistics->getTickerCount(rocksdb::BLOCK_CACHE_HIT);
  stats.cache_misses = statistics->getTickerCount(rocksdb::BLOCK_CACHE_MISS);
  stats.memtable_hits = statistics->getTickerCount(rocksdb::MEMTABLE_HIT);
  stats.memtable_misses = statistics->getTickerCount(rocksdb::MEMTABLE_MISS);
  stats.bytes_written = statistics->getTickerCount(rocksdb::BYTES_WRITTEN);
  stats.bytes_flushed = statistics->getTickerCount(rocksdb::FLUSH_WRITE_BYTES);
  stats.bytes_compacted = statistics->getTickerCount(rocksdb::COMPACT_WRITE_BYTES);
  stats.stall_us = statistics->getTickerCount(rocksdb::STALL_MICROS);
  return stats;
}

std::vector<CacheStats> read_caches(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families, std::size_t memtables_bytes_max,
                                    const rocksdb::Statistics* statistics) {
  CacheStats memtables;
  memtables.name = "memtables";
  memtables.bytes_max = memtables_bytes_max;
  for (rocksdb::ColumnFamilyHandle* family : families) memtables.bytes += property(db, family, rocksdb::DB::Properties::kCurSizeAllMemTables);
  if (statistics != nullptr) {
    memtables.hits = statistics->getTickerCount(rocksdb::MEMTABLE_HIT);
    memtables.misses = statistics->getTickerCount(rocksdb::MEMTABLE_MISS);
  }
  return {memtables, block_cache_stats("log_blocks", db, families[1], statistics)};
}

SyncTimer::SyncTimer() : before_ns_(rocksdb::get_iostats_context()->fsync_nanos) {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableTimeExceptForMutex);
}

SyncTimer::~SyncTimer() {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  last_sync_us = static_cast<int64_t>((rocksdb::get_iostats_context()->fsync_nanos - before_ns_) / 1'000);
}

int64_t SyncTimer::last_us() { return last_sync_us; }

}  // namespace tollgate

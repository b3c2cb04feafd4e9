#include "eventlog/rocksdb/options.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include "rocks/background_threads.h"
#include "rocks/block_cache.h"
#include "rocks/info_log.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

namespace {

constexpr std::size_t large_memtable_bytes = std::size_t{64} << 20;
constexpr std::size_t small_memtable_bytes = std::size_t{4} << 20;
// About as many as a memtable holds rows; 8 bytes each.
constexpr std::size_t large_hash_buckets = 400'000, small_hash_buckets = 30'000;
// Longer than any key of a table that is hashed.
constexpr std::size_t whole_key_bytes_max = 64;

// How a table is used decides how it is set up. hash: only ever looked up by whole keys that come in no order, so its memtable is a
// hash table; searching a skip list for their places made memtable inserts 31 % of a payment's CPU time, they are 24 % without.
enum class Access { hash, lookup, walk, queue };

struct Family {
  const char* name;
  Access access;
  bool large;
  // Keys that begin with the same bytes mostly arrive in order: the memtable then inserts behind the last one instead of searching.
  // 0: they do not.
  std::size_t ordered_prefix_bytes;
};
// In the order of Table.
constexpr Family families[table_count] = {
    {"payments", Access::lookup, true, 9},   {"customers", Access::lookup, false, 9}, {"methods", Access::lookup, false, 9},
    {"setups", Access::lookup, false, 9},    {"books", Access::hash, false, 0},       {"idempotency", Access::hash, true, 0},
    {"index", Access::walk, true, 10},       {"timers", Access::queue, false, 0},     {"in_doubt", Access::queue, false, 0},
    {"partners", Access::lookup, false, 0},  {"meta", Access::lookup, false, 0},
};

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  // Index and filter blocks in the cache as well: it then bounds the memory whatever the size of the data.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.max_auto_readahead_size = std::size_t{1} << 20;
  return table;
}

rocksdb::ColumnFamilyOptions common_options(bool large, std::size_t ordered_prefix_bytes) {
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = large ? large_memtable_bytes : small_memtable_bytes;
  family.max_write_buffer_number = 4;
  family.compression = rocksdb::kLZ4Compression;
  family.level_compaction_dynamic_level_bytes = true;
  family.target_file_size_base = std::size_t{32} << 20;
  if (ordered_prefix_bytes != 0) {
    family.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(ordered_prefix_bytes));
  }
  return family;
}

rocksdb::ColumnFamilyOptions log_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions family = common_options(true, 4);
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  table.block_size = 32 * 1024;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Where a record ends up for good: half the size of lz4, and read rarely.
  family.bottommost_compression = rocksdb::kZSTD;
  return family;
}

rocksdb::ColumnFamilyOptions options_of(const Family& of, const std::shared_ptr<rocksdb::Cache>& cache, bool read_only) {
  rocksdb::ColumnFamilyOptions family = common_options(of.large, of.ordered_prefix_bytes);
  rocksdb::BlockBasedTableOptions table = table_options(cache);
  table.block_size = of.access == Access::walk ? 16 * 1024 : 8 * 1024;
  if (of.access == Access::hash) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    family.prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(whole_key_bytes_max));
    // Who only reads walks: a hash table would be sorted anew for each walk.
    if (!read_only) family.memtable_factory.reset(rocksdb::NewHashLinkListRepFactory(of.large ? large_hash_buckets : small_hash_buckets));
  }
  if (of.access == Access::lookup) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    // Most lookups by idempotency key find nothing: say so without a search of the memtable.
    family.memtable_whole_key_filtering = true;
    family.memtable_prefix_bloom_size_ratio = 0.02;
    // What is flushed was written last and is read next: its blocks stay in memory, so that a read of a recent object asks no file. They go
    // first when room is needed, unless they were read meanwhile.
    table.prepopulate_block_cache = rocksdb::BlockBasedTableOptions::PrepopulateBlockCache::kFlushOnly;
  }
  if (of.access == Access::queue) {
    // Rows come and go: a file that is mostly deletions is compacted before walks have to step over them.
    family.table_properties_collector_factories.push_back(rocksdb::NewCompactOnDeletionCollectorFactory(1'024, 512));
  }
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

}  // namespace

rocksdb::DBOptions database_options(const std::string& directory, const RocksdbLogOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = !options.read_only;
  db.create_missing_column_families = !options.read_only;
  db.paranoid_checks = true;
  // The default would silently drop acknowledged records that stand behind a bad one. A torn tail is what a power loss leaves.
  db.wal_recovery_mode = options.cut_at_bad_bytes ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.recycle_log_file_num = 0;
  // After a background error nothing is tried again: the node stops and recovers from what is durable.
  db.max_bgerror_resume_count = 0;
  db.max_background_jobs = options.background_jobs;
  db.max_open_files = open_files_max;
  db.bytes_per_sync = std::size_t{1} << 20;
  db.db_write_buffer_size = options.memtables_bytes_max;
  db.max_total_wal_size = options.wal_bytes_max;
  // One writer at a time gains nothing from concurrent memtable writes, and in-order inserts need them off.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  if (options.measure) db.statistics = make_cache_counters();
  if (options.read_only) {
    // Not even a log file is written into the directory.
    db.info_log = make_no_log();
    // All files open from the start: a running node may delete any of them while they are read.
    db.max_open_files = -1;
    return db;
  }
  db.info_log = make_info_log(directory);
  db.listeners.push_back(std::make_shared<GiveWay>());
  // Deleting large files can stall every sync for tens of milliseconds: one at a time, with pauses. Never piece by piece, though: an
  // auditor beside the node may still be reading one, and would see it shrink.
  db.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default(), nullptr, "", /*rate_bytes_per_sec=*/int64_t{64} << 20,
                                                       /*delete_existing_trash=*/true, nullptr, /*max_trash_db_ratio=*/4.0,
                                                       /*bytes_max_delete_chunk=*/0));
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksdbLogOptions& options) {
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  all.emplace_back("default", common_options(false, 0));
  all.emplace_back("log", log_options(cache));
  for (const Family& family : families) all.emplace_back(family.name, options_of(family, cache, options.read_only));
  return all;
}

}  // namespace tollgate

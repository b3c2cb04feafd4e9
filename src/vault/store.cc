#include "vault/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <chrono>

namespace tollgate::vault {
namespace {

constexpr std::size_t block_cache_bytes = 32u << 20;
constexpr std::size_t memtable_bytes = 16u << 20;
constexpr std::size_t removed_rows_max = 1'000;  // more at a time: everything is compacted

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return {};
  if (status.IsCorruption()) return data_loss("vault: {}", status.ToString());
  return unavailable("vault: {}", status.ToString());
}

rocksdb::Options make_options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  // The default may drop what was acknowledged behind a damaged record, without a word.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.recycle_log_file_num = 0;
  options.paranoid_checks = true;
  options.max_bgerror_resume_count = 0;
  options.write_buffer_size = memtable_bytes;
  options.target_file_size_base = 16u << 20;
  options.compression = rocksdb::kNoCompression;  // ciphertext does not get smaller
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.bytes_per_sync = 1 << 20;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 4 << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

}  // namespace

struct Store::Database {
  std::unique_ptr<rocksdb::DB> db;
};

StatusOr<std::unique_ptr<Store>> Store::open(const std::string& directory, int64_t purge_delay_us) {
  rocksdb::DB* db = nullptr;
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rocksdb::DB::Open(make_options(), directory, &db)));
  auto database = std::make_unique<Database>();
  database->db.reset(db);
  return std::unique_ptr<Store>(new Store(std::move(database), purge_delay_us));
}

Store::Store(std::unique_ptr<Database> database, int64_t purge_delay_us)
    : database_(std::move(database)), purge_delay_us_(purge_delay_us), purger_([this] { run_purges(); }) {}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  purger_.join();
}

Status Store::put(std::span<const VaultRow> rows) {
  {
    const std::lock_guard lock(mutex_);
    TOLLGATE_RETURN_IF_ERROR(failed_);
  }
  rocksdb::WriteBatch batch;
  for (const VaultRow& row : rows) TOLLGATE_RETURN_IF_ERROR(from_rocksdb(batch.Put(row.key, row.value)));
  Status status = from_rocksdb(database_->db->Write(synced(), &batch));
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    failed_ = status;
  }
  return status;
}

StatusOr<std::string> Store::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = database_->db->Get({}, slice(key), &value);
  if (status.IsNotFound()) return not_found("the vault has no such row");
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(status));
  return value;
}

Status Store::remove(std::string_view key) {
  {
    const std::lock_guard lock(mutex_);
    TOLLGATE_RETURN_IF_ERROR(failed_);
  }
  const Status status = from_rocksdb(database_->db->Delete(synced(), slice(key)));
  const std::lock_guard lock(mutex_);
  if (!status.ok()) {
    failed_ = status;
  } else if (removed_.size() < removed_rows_max) {
    removed_.emplace_back(key);
    wake_.notify_one();
  } else {
    removed_too_many_ = true;
  }
  return status;
}

void Store::run_purges() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopped_ || !removed_.empty(); });
    wake_.wait_for(lock, std::chrono::microseconds(purge_delay_us_), [this] { return stopped_; });
    if (!removed_.empty()) {
      std::vector<std::string> keys;
      keys.swap(removed_);
      const bool all = std::exchange(removed_too_many_, false);
      lock.unlock();
      purge(keys, all);
      lock.lock();
    }
    if (stopped_ && removed_.empty()) return;
  }
}

// A removed row stays in the files until they are rewritten. The log that holds it goes with the flush.
void Store::purge(const std::vector<std::string>& keys, bool all) {
  rocksdb::DB& db = *database_->db;
  if (!db.Flush(rocksdb::FlushOptions()).ok()) return;
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  if (all) {
    db.CompactRange(options, nullptr, nullptr).PermitUncheckedError();
    return;
  }
  for (const std::string& key : keys) {
    const rocksdb::Slice row = slice(key);
    db.CompactRange(options, &row, &row).PermitUncheckedError();
  }
}

}  // namespace tollgate::vault

#include "vault/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "rocks/block_cache.h"
#include "rocks/info_log.h"
#include "rocks/manifest_anchor.h"
#include "rocks/rocksdb_snapshotter.h"
#include "tollgate/rocks/log_files.h"

namespace tollgate::vault {
namespace {

constexpr std::size_t memtable_bytes = 16u << 20;
constexpr std::size_t removed_rows_max = 1'000;  // more at a time: everything is compacted

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return {};
  if (status.IsCorruption()) return data_loss("vault: {}", status.ToString());
  return unavailable("vault: {}", status.ToString());
}

rocksdb::Options make_options(std::size_t block_cache_bytes, std::shared_ptr<rocksdb::Logger> info_log) {
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
  options.info_log = std::move(info_log);
  options.statistics = make_cache_counters();
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

namespace {

// The MANIFEST's name, which each opening makes anew. Empty: there is no database yet.
std::string session_in(const std::string& directory) {
  std::ifstream file(directory + "/CURRENT");
  std::string name;
  std::getline(file, name);
  return name;
}

// Of writes that the anchor knows of; each row that was ever written counts.
StatusOr<Anchor> anchor_of(const std::string& path) {
  auto anchor = read_anchor(path);
  if (absl::IsNotFound(anchor.status())) return Anchor{};
  return anchor;
}

// The database as it is, before opening it for writing changes its files.
Status look_first(const std::string& directory, const Anchor& anchor, std::size_t block_cache_bytes) {
  rocksdb::FileLock* lock = nullptr;
  rocksdb::Env& env = *rocksdb::Env::Default();
  if (const rocksdb::Status locked = env.LockFile(directory + "/LOCK", &lock); !locked.ok()) return from_rocksdb(locked);
  const auto unlock = [&env](rocksdb::FileLock* held) { env.UnlockFile(held).PermitUncheckedError(); };
  const std::unique_ptr<rocksdb::FileLock, decltype(unlock)> held(lock, unlock);
  TOLLGATE_RETURN_IF_ERROR(check_log_files(directory));
  rocksdb::DB* db = nullptr;
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rocksdb::DB::OpenForReadOnly(make_options(block_cache_bytes, make_no_log()), directory, &db)));
  const std::unique_ptr<rocksdb::DB> owned(db);
  if (!anchor.slots.empty() && db->GetLatestSequenceNumber() < anchor.slots.front().sequence) {
    return data_loss("the vault in {} has {} writes, but {} were acknowledged: the newest are missing. Nothing was changed. Restore the "
        "vault from a "
                     "backup", directory, db->GetLatestSequenceNumber(), anchor.slots.front().sequence);
  }
  return {};
}

}  // namespace

StatusOr<std::unique_ptr<Store>> Store::open(const std::string& directory, const std::string& anchor_path,
                                             std::size_t block_cache_bytes, int64_t purge_delay_us, std::function<void(Status)> failed) {
  TOLLGATE_ASSIGN_OR_RETURN(const Anchor anchor, anchor_of(anchor_path));
  std::error_code error;
  if (std::filesystem::exists(directory + "/CURRENT", error)) {
    TOLLGATE_RETURN_IF_ERROR(look_first(directory, anchor, block_cache_bytes));
  } else if (!anchor.slots.empty() && anchor.slots.front().sequence != 0) {
    return data_loss("the vault in {} is gone, and {} writes to it were acknowledged: restore it from a backup", directory,
        anchor.slots.front().sequence);
  }
  const std::string session_before = session_in(directory);
  rocksdb::DB* db = nullptr;
  rocksdb::Options options = make_options(block_cache_bytes, make_info_log(directory));
  const auto manifest = std::make_shared<ManifestAnchor>(directory);
  options.listeners.push_back(manifest);
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rocksdb::DB::Open(options, directory, &db)));
  manifest->note(*db);
  auto database = std::make_unique<Database>();
  database->db.reset(db);
  std::unique_ptr<Store> store(new Store(std::move(database), purge_delay_us, std::move(failed)));
  store->session_before_ = session_before;
  store->session_ = session_in(directory);
  TOLLGATE_RETURN_IF_ERROR(store->open_anchor(anchor_path, anchor.generation + 1));
  return store;
}

Store::Store(std::unique_ptr<Database> database, int64_t purge_delay_us, std::function<void(Status)> failed)
    : database_(std::move(database)), snapshotter_(make_snapshotter(*database_->db)), purge_delay_us_(purge_delay_us), tell_(std::move(failed)),
      purger_([this] { run_purges(); }) {}

Status Store::open_anchor(const std::string& path, uint64_t generation) {
  const AnchorSlot now{.id = 0, .epoch = 0, .sequence = database_->db->GetLatestSequenceNumber()};
  TOLLGATE_ASSIGN_OR_RETURN(anchor_, AnchorWriter::open(path, {generation, {now}}, tell_));
  return {};
}

Status Store::refusal() const {
  const std::lock_guard lock(mutex_);
  TOLLGATE_RETURN_IF_ERROR(failed_);
  return anchor_->status();
}

Status Store::written(const Status& status) {
  if (status.ok()) {
    anchor_->note({.id = 0, .epoch = 0, .sequence = database_->db->GetLatestSequenceNumber()});
    return status;
  }
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = failed_.ok();
    failed_ = status;
  }
  if (first && tell_) tell_(status);
  return status;
}

Store::~Store() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  purger_.join();
}

Status Store::put(std::span<const VaultRow> rows) {
  TOLLGATE_RETURN_IF_ERROR(refusal());
  rocksdb::WriteBatch batch;
  for (const VaultRow& row : rows) TOLLGATE_RETURN_IF_ERROR(from_rocksdb(batch.Put(row.key, row.value)));
  return written(from_rocksdb(database_->db->Write(synced(), &batch)));
}

StatusOr<std::string> Store::get(std::string_view key) const {
  std::string value;
  const rocksdb::Status status = database_->db->Get({}, slice(key), &value);
  if (status.IsNotFound()) return not_found("the vault has no such row");
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(status));
  return value;
}

Status Store::remove(std::string_view key) {
  const std::string removed(key);
  return remove({&removed, 1});
}

Status Store::remove(std::span<const std::string> keys) {
  TOLLGATE_RETURN_IF_ERROR(refusal());
  rocksdb::WriteBatch batch;
  for (const std::string& key : keys) TOLLGATE_RETURN_IF_ERROR(from_rocksdb(batch.Delete(key)));
  Status status = written(from_rocksdb(database_->db->Write(synced(), &batch)));
  if (status.ok()) forget_older(keys);
  return status;
}

void Store::forget_older(std::span<const std::string> keys) {
  const std::lock_guard lock(mutex_);
  for (const std::string& key : keys) {
    if (removed_.size() >= removed_rows_max) {
      removed_too_many_ = true;
      break;
    }
    removed_.push_back(key);
  }
  wake_.notify_one();
}

Status Store::scan(std::string_view prefix, std::string_view from, const std::function<bool(std::string_view, std::string_view)>& visit) const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;  // of a walk through everything, nothing is read again soon
  const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator(options));
  const auto view_of = [](const rocksdb::Slice& bytes) { return std::string_view(bytes.data(), bytes.size()); };
  for (rows->Seek(slice(from.empty() ? prefix : from)); rows->Valid() && view_of(rows->key()).starts_with(prefix); rows->Next())
    if (!visit(view_of(rows->key()), view_of(rows->value()))) return {};
  return from_rocksdb(rows->status());
}

Status Store::walk_beyond(const std::string& prefix, std::string_view beyond, Order order,
                          const std::function<bool(std::string_view rest)>& visit) const {
  std::string end = prefix;
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  const rocksdb::Slice first = slice(prefix), behind = slice(end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &first;
  if (!end.empty()) options.iterate_upper_bound = &behind;
  const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator(options));
  const bool up = order == Order::ascending;
  const std::string from = prefix + std::string(beyond);
  if (beyond.empty()) up ? rows->SeekToFirst() : rows->SeekToLast();
  else up ? rows->Seek(from) : rows->SeekForPrev(from);
  if (rows->Valid() && !beyond.empty() && rows->key() == rocksdb::Slice(from)) up ? rows->Next() : rows->Prev();
  for (; rows->Valid() && visit(std::string_view(rows->key().data(), rows->key().size()).substr(prefix.size())); up ? rows->Next() : rows->Prev()) {}
  return from_rocksdb(rows->status());
}

CacheStats Store::block_cache() const {
  rocksdb::DB& db = *database_->db;
  return block_cache_stats("vault_blocks", db, db.DefaultColumnFamily(), db.GetDBOptions().statistics.get());
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

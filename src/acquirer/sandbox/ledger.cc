#include "acquirer/sandbox/ledger.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>

#include <filesystem>

#include "rocks/block_cache.h"
#include "rocks/info_log.h"
#include "rocks/manifest_anchor.h"
#include "rocks/rocksdb_snapshotter.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/rocks/log_files.h"

namespace tollgate::sandbox {
namespace {

constexpr char entry_prefix = 'e';    // 'e' reference -> Entry
constexpr char pending_prefix = 'p';  // 'p' due (u64, big-endian) reference -> PendingRefund
constexpr std::size_t partner_prefix_bytes = 17;  // the prefix above, "acct_" and 11 characters
constexpr std::size_t memtable_bytes = 32u << 20;
constexpr int forgotten_rows_max = 2'000;
constexpr int64_t delete_bytes_per_second = 64 << 20;

std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

Status from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return {};
  if (status.IsCorruption()) return data_loss("sandbox: {}", status.ToString());
  return unavailable("sandbox: {}", status.ToString());
}

rocksdb::Options make_options(const std::string& directory, std::size_t block_cache_bytes) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;
  options.write_buffer_size = memtable_bytes;
  options.max_write_buffer_number = 4;
  options.allow_concurrent_memtable_write = false;  // rounds are written one at a time
  // A partner's references mostly come in order: the memtable inserts behind the last one instead of searching.
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(partner_prefix_bytes));
  options.memtable_whole_key_filtering = true;      // most references are new: say so without a walk through the memtable
  options.memtable_prefix_bloom_size_ratio = 0.05;
  options.compression = rocksdb::kLZ4Compression;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;  // fewer rewrites: what is written is rarely read again
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.bytes_per_sync = 1 << 20;
  options.info_log = make_info_log(directory);
  options.statistics = make_cache_counters();
  options.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default(), nullptr, "", delete_bytes_per_second));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(block_cache_bytes);
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.optimize_filters_for_memory = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;  // so that the cache holds the part of the filters that is in use
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

std::string entry_key(std::string_view reference) {
  std::string key(1, entry_prefix);
  key.append(reference);
  return key;
}

std::string pending_key(int64_t due_us, std::string_view reference) {
  std::string key(1, pending_prefix);
  append_be64(key, static_cast<uint64_t>(due_us));
  key.append(reference);
  return key;
}

Status damaged(std::string_view key) { return data_loss("sandbox: the row of {} is damaged", key.substr(1)); }

}  // namespace

struct Ledger::Database {
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::WriteBatch batch;  // of the round that commits; kept for its memory
  std::string key;            // the same
};

Ledger::Ledger(std::unique_ptr<Database> database, std::function<void(Status)> failed)
    : database_(std::move(database)), snapshotter_(make_snapshotter(*database_->db)), tell_(std::move(failed)) {}
Ledger::~Ledger() = default;

// The database takes nothing more after an error; whoever runs the sandbox has to know.
Status Ledger::written(Status status) {
  if (!status.ok() && !failed_.exchange(true) && tell_) tell_(status);
  return status;
}

StatusOr<std::unique_ptr<Ledger>> Ledger::open(const std::string& directory, std::size_t block_cache_bytes, std::function<void(Status)> failed) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) return failed_precondition("cannot make the directory {}: {}", directory, failure.message());
  TOLLGATE_RETURN_IF_ERROR(check_log_files(directory, Writes::not_synced));
  rocksdb::DB* db = nullptr;
  rocksdb::Options options = make_options(directory, block_cache_bytes);
  const auto anchor = std::make_shared<ManifestAnchor>(directory);
  options.listeners.push_back(anchor);
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rocksdb::DB::Open(options, directory, &db)));
  anchor->note(*db);
  auto database = std::make_unique<Database>();
  database->db.reset(db);
  return std::unique_ptr<Ledger>(new Ledger(std::move(database), std::move(failed)));
}

CacheStats Ledger::block_cache() const {
  rocksdb::DB& db = *database_->db;
  return block_cache_stats("sandbox_blocks", db, db.DefaultColumnFamily(), db.GetDBOptions().statistics.get());
}

StatusOr<Entry> Ledger::read(std::string_view reference) const {
  const std::string key = entry_key(reference);
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = database_->db->Get({}, database_->db->DefaultColumnFamily(), key, &value);
  if (status.IsNotFound()) return not_found("the sandbox has never seen {}", reference);
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(status));
  auto entry = decode_entry(view(value));
  if (!entry) return damaged(key);
  return *std::move(entry);
}

Status Ledger::scan(std::string_view after, const std::function<bool(std::string_view, const Entry&)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator({}));
  std::string first = entry_key(after);
  if (!after.empty()) first.push_back('\0');
  for (rows->Seek(first); rows->Valid() && rows->key().starts_with({&entry_prefix, 1}); rows->Next()) {
    const auto entry = decode_entry(view(rows->value()));
    if (!entry) return damaged(view(rows->key()));
    if (!visit(view(rows->key()).substr(1), *entry)) break;
  }
  return from_rocksdb(rows->status());
}

Status Ledger::scan_pending(int64_t from_us, const std::function<bool(int64_t, const PendingRefund&)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator({}));
  for (rows->Seek(pending_key(from_us, {})); rows->Valid() && rows->key().starts_with({&pending_prefix, 1}); rows->Next()) {
    const std::string_view key = view(rows->key());
    const auto pending = key.size() < 9 ? std::nullopt : decode_pending(std::string(key.substr(9)), view(rows->value()));
    if (!pending) return data_loss("sandbox: the row of a pending refund is damaged");
    if (!visit(static_cast<int64_t>(load_be64(key.data() + 1)), *pending)) break;
  }
  return from_rocksdb(rows->status());
}

Status Ledger::forget_pending_before(int64_t due_us) {
  rocksdb::WriteBatch batch;
  const std::unique_ptr<rocksdb::Iterator> rows(database_->db->NewIterator({}));
  const std::string end = pending_key(due_us, {});
  for (rows->Seek(pending_key(0, {})); rows->Valid() && rows->key().compare(end) < 0 && batch.Count() < forgotten_rows_max; rows->Next()) {
    TOLLGATE_RETURN_IF_ERROR(from_rocksdb(batch.Delete(rows->key())));
  }
  TOLLGATE_RETURN_IF_ERROR(from_rocksdb(rows->status()));
  return batch.Count() == 0 ? Status() : written(from_rocksdb(database_->db->Write({}, &batch)));
}

Round::Round(Ledger& ledger, std::size_t entries_max) : ledger_(ledger), entries_max_(entries_max) {
  slots_.reserve(entries_max);
  by_reference_.reserve(entries_max);
}

Round::Slot& Round::slot(std::string_view reference) {
  const auto [found, added] = by_reference_.try_emplace(reference, slots_.size());
  if (!added) return slots_[found->second];
  TOLLGATE_ASSERT(slots_.size() < entries_max_);
  Slot& slot = slots_.emplace_back();
  slot.reference = reference;
  Ledger::Database& database = *ledger_.database_;
  database.key.assign(1, entry_prefix);
  database.key.append(reference);
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = database.db->Get({}, database.db->DefaultColumnFamily(), database.key, &value);
  if (status.IsNotFound()) return slot;
  if (!status.ok()) {
    failure_ = from_rocksdb(status);
    return slot;
  }
  auto entry = decode_entry(view(value));
  if (!entry) {
    failure_ = damaged(database.key);
    return slot;
  }
  static_cast<Entry&>(slot) = *std::move(entry);
  slot.exists = true;
  return slot;
}

Entry* Round::find(std::string_view reference) {
  Slot& found = slot(reference);
  return found.exists ? &found : nullptr;
}

Entry& Round::add(std::string_view reference) {
  Slot& added = slot(reference);
  added.exists = true;
  added.touched = true;
  return added;
}

void Round::add_pending(int64_t due_us, PendingRefund pending) { pending_.emplace_back(due_us, std::move(pending)); }

Status Round::commit() {
  TOLLGATE_RETURN_IF_ERROR(failure_);
  Ledger::Database& database = *ledger_.database_;
  database.batch.Clear();
  for (const Slot& written : slots_) {
    if (!written.touched) continue;
    database.key.assign(1, entry_prefix);
    database.key.append(written.reference);
    const std::string value = encode(static_cast<const Entry&>(written));
    TOLLGATE_RETURN_IF_ERROR(from_rocksdb(database.batch.Put(database.key, value)));
  }
  for (const auto& [due_us, pending] : pending_) {
    TOLLGATE_RETURN_IF_ERROR(from_rocksdb(database.batch.Put(pending_key(due_us, pending.refund.reference), encode(pending))));
  }
  if (database.batch.Count() == 0) return {};
  return ledger_.written(from_rocksdb(database.db->Write({}, &database.batch)));
}

}  // namespace tollgate::sandbox

#include "tollgate/eventlog/rocksdb.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "eventlog/blocks.h"
#include "eventlog/heads.h"
#include "eventlog/rocksdb/beginnings.h"
#include "eventlog/rocksdb/options.h"
#include "eventlog/rocksdb/replayed.h"
#include "rocks/manifest_anchor.h"
#include "eventlog/rocksdb/stats.h"
#include "rocks/rocksdb_snapshotter.h"
#include "tollgate/rocks/log_files.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate {

namespace {

// What stands under "layout" in the default column family: how keys, blocks and tables are laid out.
constexpr char layout_key[] = "layout";
constexpr char layout_value[] = "1";
constexpr std::size_t batch_bytes_kept_max = std::size_t{8} << 20;
// Once a read has gone on for this many blocks it is a long one: it then reads ahead and leaves the cache to others.
constexpr std::size_t blocks_of_short_read_max = 16;
constexpr std::size_t readahead_bytes = std::size_t{2} << 20;
constexpr int read_only_attempts_max = 10;

// An empty view may have no address, and RocksDB asserts that there is one.
rocksdb::Slice slice(std::string_view bytes) { return {bytes.empty() ? "" : bytes.data(), bytes.size()}; }
std::string_view text(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Status status_of(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return absl::OkStatus();
  const std::string what = status.ToString();
  if (status.IsCorruption()) return data_loss("{}: {}", doing, what);
  return unavailable("{}: {}", doing, what);
}

std::string block_key(uint32_t partition, uint64_t first_sequence) {
  std::string key;
  append_be32(key, partition);
  append_be64(key, first_sequence);
  return key;
}

class RocksdbLog final : public EventLog, public LogStore {
 public:
  RocksdbLog(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families, const RocksdbLogOptions& options,
             std::shared_ptr<rocksdb::Statistics> statistics)
      : options_(options), statistics_(std::move(statistics)), db_(std::move(db)), families_(std::move(families)),
        snapshotter_(make_snapshotter(*db_)), beginnings_(*db_, *families_[0], *families_[1]) {}
  ~RocksdbLog() override {
    for (rocksdb::ColumnFamilyHandle* family : families_) static_cast<void>(db_->DestroyColumnFamilyHandle(family));
    static_cast<void>(db_->Close());
  }

  [[nodiscard]] Status check_layout();
  [[nodiscard]] Status load_heads();
  [[nodiscard]] Status check_replayed() const { return check_replayed_blocks(*db_, log(), beginnings_); }
  [[nodiscard]] Status load_beginnings() { return beginnings_.load(); }

  Status append(std::span<const Append> appends, std::span<const Row> rows) override;
  StatusOr<Head> head(uint32_t partition) const override { return heads_.get(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return heads_.partitions(); }
  Status read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const override;
  Status get(Table table, std::string_view key, std::string& value) const override;
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override;
  EventLogStats stats() const override { return read_stats(*db_, families_, statistics_.get()); }
  int64_t last_sync_us() const override { return SyncTimer::last_us(); }

  Snapshotter& snapshotter() override { return *snapshotter_; }
  uint64_t first_sequence(uint32_t partition) const override { return beginnings_.first(partition); }
  StatusOr<uint64_t> forget_before(uint32_t partition, uint64_t sequence) override {
    if (options_.read_only) return failed_precondition("the log was opened read-only");
    return beginnings_.forget_before(partition, sequence);
  }
  std::vector<CacheStats> caches() const override {
    return read_caches(*db_, families_, options_.memtables_bytes_max, statistics_.get());
  }

 private:
  rocksdb::ColumnFamilyHandle* log() const { return families_[1]; }
  rocksdb::ColumnFamilyHandle* family(Table table) const { return families_[1 + static_cast<std::size_t>(table)]; }
  // On the block that holds `sequence`, or on the first block behind it.
  std::unique_ptr<rocksdb::Iterator> block_at(uint64_t sequence, const std::string& first_key, const rocksdb::ReadOptions& how) const;
  Status write(std::span<const Append> appends, std::span<const Row> rows);

  RocksdbLogOptions options_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  Heads heads_;
  std::unique_ptr<Snapshotter> snapshotter_;
  Beginnings beginnings_;
};

Status RocksdbLog::check_layout() {
  std::string layout;
  const rocksdb::Status found = db_->Get(rocksdb::ReadOptions(), families_[0], layout_key, &layout);
  if (found.ok()) {
    if (layout == layout_value) return absl::OkStatus();
    return failed_precondition("the log has layout {}, this program reads layout {}: use a newer version of it", layout, layout_value);
  }
  if (!found.IsNotFound()) return status_of(found, "reading the layout");
  if (options_.read_only) return failed_precondition("this is no event log: it has no layout");
  rocksdb::WriteOptions how;
  how.sync = true;
  return status_of(db_->Put(how, families_[0], layout_key, layout_value), "writing the layout");
}

Status RocksdbLog::load_heads() {
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(rocksdb::ReadOptions(), log()));
  uint64_t partition = 0;
  for (at->Seek(slice(block_key(0, 0))); at->Valid(); at->Seek(slice(block_key(static_cast<uint32_t>(partition), 0)))) {
    if (at->key().size() != 12) return data_loss("the log has a key of {} bytes", at->key().size());
    partition = load_be32(at->key().data());
    at->SeekForPrev(slice(block_key(static_cast<uint32_t>(partition), UINT64_MAX)));
    if (!at->Valid()) break;
    const auto head = head_of_block(static_cast<uint32_t>(partition), load_be64(at->key().data() + 4), text(at->value()));
    if (!head.ok()) return head.status();
    heads_.set(static_cast<uint32_t>(partition), *head);
    if (++partition > UINT32_MAX) break;
  }
  return status_of(at->status(), "reading where the partitions end");
}

Status RocksdbLog::write(std::span<const Append> appends, std::span<const Row> rows) {
  // Kept from one append to the next, with its memory.
  thread_local rocksdb::WriteBatch batch;
  batch.Clear();
  char key[12];
  rocksdb::Status put;
  for (const Append& append : appends) {
    TOLLGATE_RETURN_IF_ERROR(cut_into_blocks(append, [&](uint64_t first, std::string_view bytes) {
      store_le32(key, __builtin_bswap32(append.partition));
      store_le64(key + 4, __builtin_bswap64(first));
      if (put.ok()) put = batch.Put(log(), rocksdb::Slice(key, sizeof key), slice(bytes));
    }));
  }
  for (const Row& row : rows) {
    if (!put.ok()) break;
    put = row.value ? batch.Put(family(row.table), slice(row.key), slice(*row.value)) : batch.Delete(family(row.table), slice(row.key));
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(put, "gathering an append"));
  rocksdb::WriteOptions how;
  how.sync = true;
  rocksdb::Status written;
  if (options_.measure) {
    const SyncTimer timer;
    written = db_->Write(how, &batch);
  } else {
    written = db_->Write(how, &batch);
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(written, "append"));
  if (batch.GetDataSize() > batch_bytes_kept_max) batch = rocksdb::WriteBatch();
  return absl::OkStatus();
}

Status RocksdbLog::append(std::span<const Append> appends, std::span<const Row> rows) {
  if (options_.read_only) return failed_precondition("the log was opened read-only");
  if (Status status = heads_.check(appends); !status.ok()) return heads_.latch(status);
  if (Status status = write(appends, rows); !status.ok()) return heads_.latch(status);
  if (options_.sync_delay_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(options_.sync_delay_us));
  heads_.advance(appends);
  return absl::OkStatus();
}

std::unique_ptr<rocksdb::Iterator> RocksdbLog::block_at(uint64_t sequence, const std::string& first_key,
                                                        const rocksdb::ReadOptions& how) const {
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(how, log()));
  at->SeekForPrev(slice(block_key(load_be32(first_key.data()), sequence)));
  if (!at->Valid() && at->status().ok()) at->Seek(slice(first_key));
  return at;
}

Status RocksdbLog::read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const {
  const uint64_t must_reach = heads_.get(partition).sequence;
  from_sequence = std::max<uint64_t>(from_sequence, 1);
  if (const uint64_t first = beginnings_.first(partition); from_sequence < first)
    return failed_precondition("partition {}: records before {} were moved to the archive, and {} is wanted: say where the archive is (--archive)",
                               partition, first, from_sequence);
  const std::string first_key = block_key(partition, 0), end_key = keys::after_prefix(first_key.substr(0, 4));
  const rocksdb::Slice first = slice(first_key), end = slice(end_key);
  rocksdb::ReadOptions how;
  how.iterate_lower_bound = &first;
  if (!end_key.empty()) how.iterate_upper_bound = &end;

  std::unique_ptr<rocksdb::Iterator> at = block_at(from_sequence, first_key, how);
  uint64_t next = from_sequence;
  bool more = true;
  for (std::size_t blocks = 0; at->Valid(); ++blocks) {
    const uint64_t block_first = load_be64(at->key().data() + 4);
    if (blocks == 0) {
      if (block_first > from_sequence) return data_loss("partition {}: record {} is missing", partition, from_sequence);
      next = block_first;
    } else if (block_first != next) {
      return data_loss("partition {}: record {} is missing: a block begins at {}", partition, next, block_first);
    }
    TOLLGATE_RETURN_IF_ERROR(visit_block(partition, text(at->value()), from_sequence, visit, next, more));
    if (!more) return absl::OkStatus();
    if (blocks == blocks_of_short_read_max) {
      how.readahead_size = readahead_bytes;
      how.fill_cache = false;
      at.reset(db_->NewIterator(how, log()));
      at->Seek(slice(block_key(partition, next)));
    } else {
      at->Next();
    }
  }
  TOLLGATE_RETURN_IF_ERROR(status_of(at->status(), fmt::format("reading partition {} from {}", partition, next)));
  if (next <= must_reach && from_sequence <= must_reach) return data_loss("partition {}: record {} is missing", partition, next);
  return absl::OkStatus();
}

Status RocksdbLog::get(Table table, std::string_view key, std::string& value) const {
  rocksdb::PinnableSlice found;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), family(table), slice(key), &found);
  if (status.IsNotFound()) return not_found("no such row");
  TOLLGATE_RETURN_IF_ERROR(status_of(status, "reading a row"));
  value.assign(found.data(), found.size());
  return absl::OkStatus();
}

Status RocksdbLog::scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const {
  const rocksdb::Slice first = slice(from), end = slice(to);
  rocksdb::ReadOptions how;
  // In key order also where the memtable is a hash table.
  how.total_order_seek = true;
  how.iterate_lower_bound = &first;
  if (!to.empty()) {
    if (from >= to) return absl::OkStatus();
    how.iterate_upper_bound = &end;
  }
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(how, family(table)));
  if (order == Order::forward) {
    for (at->SeekToFirst(); at->Valid() && visit(text(at->key()), text(at->value())); at->Next()) {}
  } else {
    for (at->SeekToLast(); at->Valid() && visit(text(at->key()), text(at->value())); at->Prev()) {}
  }
  return status_of(at->status(), "walking rows");
}

Status open_error(const rocksdb::Status& status, const std::string& directory) {
  const std::string what = status.ToString();
  if (status.IsIOError() && what.find("lock") != std::string::npos) {
    return unavailable("{} is in use: is another node running on it? ({})", directory, what);
  }
  // CURRENT names a file that is not there, or a MANIFEST does: no trouble with the disk, the log itself is damaged.
  if (status.IsPathNotFound() || what.find("No such file") != std::string::npos) {
    return data_loss("the event log in {} lacks a file: {}", directory, what);
  }
  return status_of(status, fmt::format("opening the event log in {}", directory));
}

StatusOr<std::unique_ptr<RocksdbLog>> open_as_it_is(const std::string& directory, rocksdb::DBOptions how,
                                                 const RocksdbLogOptions& options) {
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = column_families(options);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  rocksdb::Status opened;
  if (options.read_only) {
    // A running node may delete a file between the list of files and its opening: the list is then out of date.
    for (int attempt = 0; attempt < read_only_attempts_max; ++attempt) {
      opened = rocksdb::DB::OpenForReadOnly(how, directory, descriptors, &families, &db);
      if (opened.ok() || opened.ToString().find("No such file") == std::string::npos) break;
    }
  } else {
    const auto anchor = std::make_shared<ManifestAnchor>(directory);
    how.listeners.push_back(anchor);
    opened = rocksdb::DB::Open(how, directory, descriptors, &families, &db);
    if (opened.ok()) anchor->note(*db);
  }
  if (!opened.ok()) return open_error(opened, directory);
  auto log = std::make_unique<RocksdbLog>(std::unique_ptr<rocksdb::DB>(db), std::move(families), options, how.statistics);
  TOLLGATE_RETURN_IF_ERROR(log->check_layout());
  TOLLGATE_RETURN_IF_ERROR(log->load_beginnings());
  TOLLGATE_RETURN_IF_ERROR(log->load_heads());
  return log;
}

// Held while the log is looked at, so that no other node changes it.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory) { status_ = rocksdb::Env::Default()->LockFile(directory + "/LOCK", &lock_); }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock() {
    if (lock_ != nullptr) rocksdb::Env::Default()->UnlockFile(lock_).PermitUncheckedError();
  }
  [[nodiscard]] const rocksdb::Status& status() const { return status_; }

 private:
  rocksdb::FileLock* lock_ = nullptr;
  rocksdb::Status status_;
};

// Opening for writing replays the write-ahead log into tables and deletes it, with whatever could not be read of it. So first everything is
// looked at as it is.
Status look_first(const std::string& directory, const RocksdbLogOptions& options) {
  const DirectoryLock lock(directory);
  if (!lock.status().ok()) return open_error(lock.status(), directory);
  if (!options.cut_at_bad_bytes) TOLLGATE_RETURN_IF_ERROR(check_log_files(directory));
  RocksdbLogOptions looking = options;
  looking.read_only = true;
  looking.measure = false;
  rocksdb::DBOptions how = database_options(directory, looking);
  // With the lock held no file goes away.
  how.max_open_files = open_files_max;
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_as_it_is(directory, how, looking));
  TOLLGATE_RETURN_IF_ERROR(log->check_replayed());
  return options.inspect ? options.inspect(*log) : absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<EventLog>> open_rocksdb_log(const std::string& directory, const RocksdbLogOptions& options) {
  std::error_code error;
  const bool is_there = std::filesystem::exists(directory + "/CURRENT", error);
  if (options.read_only) {
    if (!is_there) return not_found("there is no event log in {}", directory);
  } else if (is_there) {
    TOLLGATE_RETURN_IF_ERROR(look_first(directory, options));
  } else if (std::filesystem::create_directories(directory, error); error) {
    return unavailable("cannot make {}: {}", directory, error.message());
  }
  TOLLGATE_ASSIGN_OR_RETURN(auto log, open_as_it_is(directory, database_options(directory, options), options));
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace tollgate

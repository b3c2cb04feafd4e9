#include "eventlog/rocksdb/beginnings.h"

#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include "tollgate/base/bytes.h"

namespace tollgate {
namespace {

// In the default family: "first/", partition u32 -> sequence u64 of its first record.
constexpr std::string_view mark_prefix = "first/";
constexpr uint32_t deletions_per_write = 1'000;

Status failed(const rocksdb::Status& status, std::string_view doing) { return unavailable("{}: {}", doing, status.ToString()); }

std::string mark_key(uint32_t partition) {
  std::string key(mark_prefix);
  append_be32(key, partition);
  return key;
}
std::string block_key(uint32_t partition, uint64_t first_sequence) {
  std::string key;
  append_be32(key, partition);
  append_be64(key, first_sequence);
  return key;
}

}  // namespace

Status Beginnings::load() {
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(rocksdb::ReadOptions(), &marks_));
  for (at->Seek(rocksdb::Slice(mark_prefix.data(), mark_prefix.size())); at->Valid() && at->key().starts_with(rocksdb::Slice(mark_prefix.data(), mark_prefix.size())); at->Next()) {
    if (at->key().size() != mark_prefix.size() + 4 || at->value().size() != 8) return data_loss("the log's mark of where a partition begins is damaged");
    first_[load_be32(at->key().data() + mark_prefix.size())] = load_be64(at->value().data());
  }
  if (!at->status().ok()) return failed(at->status(), "reading where the partitions begin");
  return absl::OkStatus();
}

uint64_t Beginnings::first(uint32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto at = first_.find(partition);
  return at == first_.end() ? 1 : at->second;
}

StatusOr<uint64_t> Beginnings::block_start(uint32_t partition, uint64_t sequence) const {
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(rocksdb::ReadOptions(), &log_));
  at->SeekForPrev(block_key(partition, sequence));
  const bool found = at->Valid() && at->key().size() == 12 && load_be32(at->key().data()) == partition;
  if (!at->status().ok()) return failed(at->status(), "looking for where a block begins");
  return found ? load_be64(at->key().data() + 4) : 1;
}

StatusOr<uint64_t> Beginnings::forget_before(uint32_t partition, uint64_t sequence) {
  TOLLGATE_ASSIGN_OR_RETURN(const uint64_t start, block_start(partition, sequence));
  if (start <= first(partition)) return first(partition);
  // The mark first, durable: from then on nobody looks for what is deleted next, and a crash in between leaves nothing but garbage.
  std::string value;
  append_be64(value, start);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (const rocksdb::Status put = db_.Put(synced, &marks_, mark_key(partition), value); !put.ok()) return failed(put, "noting where a partition begins");
  {
    const std::lock_guard lock(mutex_);
    first_[partition] = start;
  }
  TOLLGATE_RETURN_IF_ERROR(delete_blocks(partition, start));
  return start;
}

Status Beginnings::delete_blocks(uint32_t partition, uint64_t first_kept) {
  const std::string begin = block_key(partition, 0), end = block_key(partition, first_kept);
  const rocksdb::Slice from(begin), to(end);
  // Whole files cost nothing; what shares a file with kept blocks is deleted one by one and goes with the next compaction.
  if (const rocksdb::Status dropped = rocksdb::DeleteFilesInRange(&db_, &log_, &from, &to, /*include_end=*/false); !dropped.ok())
    return failed(dropped, "deleting files of forgotten records");
  rocksdb::ReadOptions how;
  how.iterate_upper_bound = &to;
  how.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(how, &log_));
  rocksdb::WriteBatch batch;
  const auto write = [&] {
    const rocksdb::Status written = db_.Write(rocksdb::WriteOptions(), &batch);
    batch.Clear();
    return written;
  };
  rocksdb::Status status;
  for (at->Seek(from); at->Valid() && status.ok(); at->Next()) {
    status = batch.Delete(&log_, at->key());
    if (status.ok() && batch.Count() >= deletions_per_write) status = write();
  }
  if (status.ok()) status = at->status();
  if (status.ok() && batch.Count() > 0) status = write();
  if (!status.ok()) return failed(status, "deleting forgotten records");
  db_.SuggestCompactRange(&log_, &from, &to).PermitUncheckedError();
  return absl::OkStatus();
}

}  // namespace tollgate

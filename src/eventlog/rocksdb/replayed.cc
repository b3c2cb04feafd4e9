#include "eventlog/rocksdb/replayed.h"

#include <memory>

#include "eventlog/blocks.h"
#include "tollgate/base/bytes.h"
#include "tollgate/record/record.h"

namespace tollgate {
namespace {

std::string_view text(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// Where the block before `at` ends; the beginning of the partition if there is none.
StatusOr<Head> head_before(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log, uint32_t partition, const rocksdb::Slice& at) {
  const std::unique_ptr<rocksdb::Iterator> before(db.NewIterator(rocksdb::ReadOptions(), log));
  before->SeekForPrev(at);
  if (before->Valid() && before->key() == at) before->Prev();
  if (!before->status().ok()) return data_loss("partition {}: {}", partition, before->status().ToString());
  if (!before->Valid() || load_be32(before->key().data()) != partition) return Head{};
  return head_of_block(partition, load_be64(before->key().data() + 4), text(before->value()));
}

// The head that was before the first record that is still here, as that record tells it.
StatusOr<Head> head_forgotten(uint32_t partition, uint64_t first, std::string_view block) {
  Head head;
  Status read;
  uint64_t next = first;
  bool more = true;
  const auto take = [&](uint64_t, std::string_view bytes) {
    const auto header = decode_header(bytes);
    if (header.ok()) head = {first - 1, 0, header->prev_hash};
    read = header.status();
    return false;
  };
  TOLLGATE_RETURN_IF_ERROR(visit_block(partition, block, first, take, next, more));
  TOLLGATE_RETURN_IF_ERROR(read);
  return head;
}

Status follow(uint32_t partition, std::string_view block, Head& head) {
  Status chain;
  uint64_t next = head.sequence + 1;
  bool more = true;
  TOLLGATE_RETURN_IF_ERROR(visit_block(
      partition, block, next,
      [&](uint64_t sequence, std::string_view bytes) {
        const auto header = decode_header(bytes);
        if (!header.ok()) {
          chain = header.status();
        } else if (header->prev_hash != head.hash) {
          chain = data_loss("partition {}: record {} does not follow from record {}: its prev_hash is not that record's hash", partition,
                            sequence, sequence - 1);
        } else {
          head = {sequence, header->epoch, hash_of_record(bytes)};
        }
        return chain.ok();
      },
      next, more));
  return chain;
}

}  // namespace

Status check_replayed_blocks(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log, const Beginnings& beginnings) {
  rocksdb::ReadOptions replayed_only;
  replayed_only.read_tier = rocksdb::kMemtableTier;
  const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(replayed_only, log));
  Head head;
  std::optional<uint32_t> partition;
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    if (at->key().size() != 12) return data_loss("the log has a key of {} bytes", at->key().size());
    const uint32_t id = load_be32(at->key().data());
    const uint64_t first = load_be64(at->key().data() + 4);
    if (partition != id) {
      partition = id;
      TOLLGATE_ASSIGN_OR_RETURN(head, head_before(db, log, id, at->key()));
    }
    // What it follows from is in the archive.
    if (head.sequence == 0 && first > 1 && first == beginnings.first(id)) {
      TOLLGATE_ASSIGN_OR_RETURN(head, head_forgotten(id, first, text(at->value())));
    }
    if (first != head.sequence + 1) {
      return data_loss("partition {}: records {} to {} are missing: the write-ahead log was cut or skipped", id, head.sequence + 1,
          first - 1);
    }
    TOLLGATE_RETURN_IF_ERROR(follow(id, text(at->value()), head));
  }
  if (!at->status().ok()) return data_loss("reading what was replayed: {}", at->status().ToString());
  return absl::OkStatus();
}

}  // namespace tollgate

#include "tollgate/backup/archive.h"
#include "tollgate/base/bytes.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/record/record.h"

namespace tollgate {
namespace backup {
namespace {

class ArchivedLog final : public EventLog {
 public:
  ArchivedLog(std::unique_ptr<EventLog> log, std::unique_ptr<ArchiveReader> archive) : log_(std::move(log)), archive_(std::move(archive)) {}

  Status append(std::span<const Append> appends, std::span<const Row> rows) override { return log_->append(appends, rows); }
  StatusOr<Head> head(uint32_t partition) const override { return log_->head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return log_->partitions(); }
  EventLogStats stats() const override { return log_->stats(); }
  int64_t last_sync_us() const override { return log_->last_sync_us(); }
  Status get(Table table, std::string_view key, std::string& value) const override { return log_->get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return log_->scan(table, from, to, order, visit);
  }

  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override {
    Status status = log_->read(partition, from, visit);
    // It says failed_precondition before it has given out anything: what was forgotten is in the archive, whose end overlaps the log.
    if (!absl::IsFailedPrecondition(status)) return status;
    if (archive_ == nullptr) return status;
    uint64_t next = std::max<uint64_t>(from, 1);
    bool more = true;
    TOLLGATE_RETURN_IF_ERROR(archive_->read(partition, next, [&](uint64_t sequence, std::string_view bytes) {
      next = sequence + 1;
      more = visit(sequence, bytes);
      return more;
    }));
    return more ? log_->read(partition, next, visit) : absl::OkStatus();
  }

 private:
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<ArchiveReader> archive_;
};

// The first record of `log` must name the hash of the last archived one before it.
Status check_link(const EventLog& log, uint32_t partition, uint64_t first_kept, const Digest& hash) {
  Status status = data_loss("partition {}: record {} is missing", partition, first_kept);
  TOLLGATE_RETURN_IF_ERROR(log.read(partition, first_kept, [&](uint64_t, std::string_view bytes) {
    const auto header = decode_header(bytes);
    if (!header.ok()) status = header.status();
    else if (header->prev_hash != hash) status = data_loss("partition {}: record {} of the log does not follow from the archive", partition, first_kept);
    else status = absl::OkStatus();
    return false;
  }));
  return status;
}

StatusOr<uint64_t> forget_in(EventLog& log, LogStore& store, ArchiveReader& archive, uint32_t partition, int64_t before_us) {
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(partition));
  const uint64_t first = store.first_sequence(partition);
  // Read back, whole, what is to be forgotten; its hashes must lead from where the log begins to what it keeps.
  uint64_t last_old = 0;
  Digest hash{};
  Status wrong;
  const Status read = archive.read(partition, first, [&](uint64_t sequence, std::string_view bytes) {
    const auto header = decode_header(bytes);
    if (!header.ok()) wrong = header.status();
    else if (sequence != first && header->prev_hash != hash) wrong = data_loss("partition {}: archived record {} does not follow from the one before", partition, sequence);
    if (!wrong.ok() || header->time_us >= before_us || sequence >= head.sequence) return false;
    hash = hash_of_record(bytes);
    last_old = sequence;
    return true;
  });
  if (absl::IsNotFound(read)) return 0;  // not archived yet
  TOLLGATE_RETURN_IF_ERROR(read);
  TOLLGATE_RETURN_IF_ERROR(wrong);
  if (last_old == 0) return 0;
  TOLLGATE_RETURN_IF_ERROR(check_link(log, partition, last_old + 1, hash));
  TOLLGATE_ASSIGN_OR_RETURN(const uint64_t now_first, store.forget_before(partition, last_old + 1));
  return now_first - first;
}

}  // namespace
}  // namespace backup

std::unique_ptr<EventLog> with_archive(std::unique_ptr<EventLog> log, std::unique_ptr<ArchiveReader> archive) {
  return std::make_unique<backup::ArchivedLog>(std::move(log), std::move(archive));
}

StatusOr<uint64_t> forget_archived(EventLog& log, ArchiveReader& archive, int64_t before_us) {
  LogStore* store = log_store_of(log);
  if (store == nullptr) return failed_precondition("this log cannot forget records");
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, log.partitions());
  uint64_t forgotten = 0;
  for (const uint32_t partition : partitions) {
    if (partition == 0) continue;  // the partners: few records, and all of them are needed to read any other
    TOLLGATE_ASSIGN_OR_RETURN(const uint64_t count, backup::forget_in(log, *store, archive, partition, before_us));
    forgotten += count;
  }
  return forgotten;
}

}  // namespace tollgate

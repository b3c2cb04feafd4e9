#include <atomic>
#include <filesystem>
#include <map>

#include "eventlog/anchor/slots.h"
#include "tollgate/base/assert.h"
#include "tollgate/eventlog/anchored.h"
#include "tollgate/eventlog/memory.h"

namespace tollgate {
namespace {

class AnchoredLog final : public EventLog, public LogStore {
 public:
  AnchoredLog(std::unique_ptr<EventLog> log, const Anchor& anchor) : log_(std::move(log)) {
    for (const AnchorSlot& slot : anchor.slots) epochs_[slot.id] = slot.epoch;
  }
  void keep(std::unique_ptr<AnchorWriter> writer) { writer_ = std::move(writer); }
  void fail(const Status& status) {
    failed_.store(true);
    if (handler_) handler_(status);
  }
  void set_handler(std::function<void(Status)> handler) { handler_ = std::move(handler); }

  Status append(std::span<const Append> appends, std::span<const Row> rows) override {
    if (failed_.load(std::memory_order_relaxed)) return unavailable("the log takes no more: {}", message_of(writer_->status()));
    TOLLGATE_RETURN_IF_ERROR(log_->append(appends, rows));
    for (const Append& append : appends) {
      writer_->note({append.partition, append.epoch, append.expected_sequence + append.record_count - 1, append.last_hash});
    }
    return absl::OkStatus();
  }

  StatusOr<Head> head(uint32_t partition) const override {
    auto head = log_->head(partition);
    const auto anchored = epochs_.find(partition);
    if (head.ok() && anchored != epochs_.end()) head->epoch = std::max(head->epoch, anchored->second);
    return head;
  }
  StatusOr<std::vector<uint32_t>> partitions() const override { return log_->partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return log_->read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return log_->get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return log_->scan(table, from, to, order, visit);
  }
  EventLogStats stats() const override { return log_->stats(); }
  int64_t last_sync_us() const override { return log_->last_sync_us(); }

  [[nodiscard]] bool is_store() const { return log_store_of(*log_) != nullptr; }
  Snapshotter& snapshotter() override { return store().snapshotter(); }
  uint64_t first_sequence(uint32_t partition) const override { return store().first_sequence(partition); }
  StatusOr<uint64_t> forget_before(uint32_t partition, uint64_t sequence) override { return store().forget_before(partition, sequence); }
  std::vector<CacheStats> caches() const override { return store().caches(); }

 private:
  [[nodiscard]] LogStore& store() const {
    LogStore* store = log_store_of(*log_);
    TOLLGATE_ASSERT(store != nullptr);
    return *store;
  }

  std::unique_ptr<EventLog> log_;
  std::map<uint32_t, uint64_t> epochs_;  // at the opening
  std::function<void(Status)> handler_;
  std::atomic<bool> failed_{false};
  // Last, so that its thread ends first.
  std::unique_ptr<AnchorWriter> writer_;
};

Status refusal(const std::vector<AnchorFault>& faults, const std::string& directory) {
  std::string what;
  for (const AnchorFault& fault : faults) what += "\n  " + fault.what;
  return data_loss(
      "the event log in {} lacks what was acknowledged:{}\nNothing was changed. Restore the data directory from a backup or a replica. If "
      "there is none, and only then: `tollgate anchor accept` goes on without what is missing, and keeps a record of that",
      directory, what);
}

StatusOr<Anchor> anchor_of(const std::string& path, bool& is_there) {
  auto anchor = read_anchor(path);
  is_there = anchor.ok();
  if (absl::IsNotFound(anchor.status())) return Anchor{};
  if (absl::IsDataLoss(anchor.status())) {
    return data_loss("{}. Whether the event log is whole cannot be told without it: restore both from a backup, or, if the log is known "
        "to be whole, "
                     "`tollgate anchor accept` makes it anew", message_of(anchor.status()));
  }
  return anchor;
}

}  // namespace

StatusOr<Anchor> anchor_now(const EventLog& log, const Anchor& before) {
  std::map<uint32_t, AnchorSlot> slots;
  for (const AnchorSlot& slot : before.slots) slots[slot.id] = {.id = slot.id, .epoch = slot.epoch};
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log.partitions());
  for (const uint32_t id : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log.head(id));
    AnchorSlot& slot = slots[id];
    slot = {id, std::max(slot.epoch, head.epoch), head.sequence, head.hash};
  }
  Anchor now{before.generation + 1, {}};
  for (const auto& [id, slot] : slots) now.slots.push_back(slot);
  return now;
}

LogStore* log_store_of(EventLog& log) {
  if (const auto* anchored = dynamic_cast<AnchoredLog*>(&log); anchored != nullptr && !anchored->is_store()) return nullptr;
  return dynamic_cast<LogStore*>(&log);
}

StatusOr<std::unique_ptr<EventLog>> anchor_log(std::unique_ptr<EventLog> log, const std::string& path, const Anchor& before,
                                               std::function<void(Status)> failed) {
  TOLLGATE_ASSIGN_OR_RETURN(const Anchor now, anchor_now(*log, before));
  auto anchored = std::make_unique<AnchoredLog>(std::move(log), now);
  anchored->set_handler(std::move(failed));
  TOLLGATE_ASSIGN_OR_RETURN(auto writer, AnchorWriter::open(path, now, [target = anchored.get()](Status status) { target->fail(status); }));
  anchored->keep(std::move(writer));
  return std::unique_ptr<EventLog>(std::move(anchored));
}

StatusOr<std::unique_ptr<EventLog>> open_anchored_log(const std::string& directory, const std::string& path,
                                                      const AnchoredLogOptions& options) {
  bool is_there = false;
  TOLLGATE_ASSIGN_OR_RETURN(const Anchor anchor, anchor_of(path, is_there));
  std::error_code error;
  if (!std::filesystem::exists(directory + "/CURRENT", error)) {
    // An empty log would be made.
    if (const auto faults = compare_with_anchor(anchor, *open_memory_log()); !faults.empty()) return refusal(faults, directory);
  }
  RocksdbLogOptions how = options.log;
  how.inspect = [&](const EventLog& log) -> Status {
    if (options.log.inspect) TOLLGATE_RETURN_IF_ERROR(options.log.inspect(log));
    const auto faults = compare_with_anchor(anchor, log);
    return faults.empty() ? absl::OkStatus() : refusal(faults, directory);
  };
  TOLLGATE_ASSIGN_OR_RETURN(auto log, open_rocksdb_log(directory, how));
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log->partitions());
  if (!is_there && !partitions.empty() && options.warn) {
    options.warn(fmt::format("{} was missing, and is made from the log as it is. That is right after an upgrade or a restore, else find "
        "out who removed it",
                             path));
  }
  return anchor_log(std::move(log), path, anchor, options.failed);
}

}  // namespace tollgate

#include "simulator/disk.h"

#include "tollgate/ledger/ledger.h"
#include "tollgate/record/record.h"
#include "tollgate/record/wire.h"

namespace tollgate::sim {

Status Disk::fence(std::span<const Append> appends) const {
  for (const Append& append : appends) {
    const auto at = heads_.find(append.partition);
    const Head head = at == heads_.end() ? Head{} : at->second;
    if (append.expected_sequence != head.sequence + 1)
      return failed_precondition("partition {} ends at {}, an append begins at {}", append.partition, head.sequence, append.expected_sequence);
    if (append.epoch < head.epoch) return failed_precondition("partition {} belongs to a newer writer", append.partition);
  }
  return absl::OkStatus();
}

Status Disk::append(std::span<const Append> appends, std::span<const Row> rows) {
  apply(appends, rows);
  return absl::OkStatus();
}

void Disk::apply(std::span<const Append> appends, std::span<const Row> rows) {
  std::vector<Row> changed;
  if (world_.sabotage != Sabotage::none) {
    changed = sabotaged(rows);
    rows = changed;
  }
  const bool keep_undo = world_.sabotaged(Sabotage::early_ack);
  if (keep_undo) undo_.emplace();
  for (const Append& append : appends) {
    if (keep_undo) undo_->heads.emplace_back(append.partition, heads_[append.partition]);
    auto& records = records_[append.partition];
    std::string_view bytes = append.records;
    for (uint64_t i = 0; i < append.record_count; ++i) {
      const auto record = first_record(bytes);
      if (!record.ok()) return world_.fail("an append of partition {} holds less than its {} records", append.partition, append.record_count);
      records.emplace_back(*record);
      bytes.remove_prefix(record->size());
    }
    if (!bytes.empty()) world_.fail("an append of partition {} holds more than its {} records", append.partition, append.record_count);
    heads_[append.partition] = {append.expected_sequence + append.record_count - 1, append.epoch, append.last_hash};
    world_.trace.mix({reinterpret_cast<const char*>(append.last_hash.data()), append.last_hash.size()});
  }
  for (const Row& row : rows) {
    TableRows& table = tables_[static_cast<std::size_t>(row.table)];
    const auto at = table.find(row.key);
    if (keep_undo) undo_->rows.push_back({row.table, row.key, at == table.end() ? std::nullopt : std::optional(at->second)});
    if (row.value) {
      if (at != table.end()) at->second = *row.value;
      else table.emplace(row.key, *row.value);
    } else if (at != table.end()) {
      table.erase(at);
    }
  }
  observer_.durable(appends, rows);
}

void Disk::take_back() {
  for (const auto& [partition, head] : undo_->heads) {
    heads_[partition] = head;
    records_[partition].resize(head.sequence);
  }
  for (auto row = undo_->rows.rbegin(); row != undo_->rows.rend(); ++row) {
    TableRows& table = tables_[static_cast<std::size_t>(row->table)];
    if (row->value) table[row->key] = *row->value;
    else table.erase(row->key);
  }
  undo_.reset();
}

std::vector<Row> Disk::sabotaged(std::span<const Row> rows) {
  std::vector<Row> changed(rows.begin(), rows.end());
  if (world_.sabotaged(Sabotage::drop_row) && !changed.empty() && choice_.one_in(50))
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(choice_.below(changed.size())));
  std::erase_if(changed, [&](const Row& row) {
    return (world_.sabotaged(Sabotage::forget_key) && row.table == Table::idempotency) ||
           (world_.sabotaged(Sabotage::lose_timer) && row.table == Table::timers && row.value);
  });
  if (world_.sabotaged(Sabotage::post_twice)) {
    for (Row& row : changed) {
      Books books;
      if (row.table != Table::books || !row.value || !choice_.one_in(10) || !wire::decode(*row.value, books).ok() || books.totals.empty()) continue;
      const Currency currency = books.totals.front().currency;
      const Postings again = capture_postings({100, currency}, 0);
      if (tollgate::apply(books, again, 2'000'000'000 * us_per_second / us_per_day * us_per_day, books.version)) row.value = wire::encode(books);
    }
  }
  return changed;
}

void Disk::crash() {
  if (unsynced_) {
    Frame frame = std::move(*unsynced_);
    unsynced_.reset();
    world_.note("disk: an append of {} rows that was under way is {}", frame.rows.size(), frame.whole ? "there" : "gone");
    if (frame.whole) apply(frame.appends, frame.rows);
  } else if (world_.sabotaged(Sabotage::early_ack) && undo_ && choice_.one_in(2)) {
    take_back();
  }
}

StatusOr<Head> Disk::head(uint32_t partition) const {
  const auto at = heads_.find(partition);
  return at == heads_.end() ? Head{} : at->second;
}

StatusOr<std::vector<uint32_t>> Disk::partitions() const {
  std::vector<uint32_t> ids;
  for (const auto& [id, head] : heads_)
    if (head.sequence > 0) ids.push_back(id);
  return ids;
}

Status Disk::read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const {
  const auto of = records_.find(partition);
  if (of == records_.end()) return absl::OkStatus();
  for (uint64_t sequence = std::max<uint64_t>(from_sequence, 1); sequence <= of->second.size(); ++sequence)
    if (!visit(sequence, of->second[sequence - 1])) break;
  return absl::OkStatus();
}

Status Disk::get(Table table, std::string_view key, std::string& value) const {
  const TableRows& rows = tables_[static_cast<std::size_t>(table)];
  const auto at = rows.find(key);
  if (at == rows.end()) return not_found("no such row");
  value = at->second;
  return absl::OkStatus();
}

Status Disk::scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const {
  const TableRows& rows = tables_[static_cast<std::size_t>(table)];
  const auto first = rows.lower_bound(from);
  const auto last = to.empty() ? rows.end() : rows.lower_bound(to);
  if (order == Order::forward) {
    for (auto at = first; at != last && visit(at->first, at->second); ++at) {}
  } else {
    for (auto at = last; at != first;) {
      --at;
      if (!visit(at->first, at->second)) break;
    }
  }
  return absl::OkStatus();
}

Status NodeLog::append(std::span<const Append> appends, std::span<const Row> rows) {
  if (failed_) return unavailable("the log takes no more after a failed append");
  if (const Status fenced = disk_.fence(appends); !fenced.ok()) {
    failed_ = true;
    world_.fail("the engine's append was refused: {}", message_of(fenced));
    return fenced;
  }
  Choice& choice = disk_.choice_;
  const std::size_t pieces = appends.size() + rows.size();
  const auto keep = [&](bool whole, const char* why) {
    failed_ = true;
    world_.note("disk: {}", why);
    disk_.unsynced_ = Disk::Frame{{appends.begin(), appends.end()}, {rows.begin(), rows.end()}, whole};
    return unavailable("{}", why);
  };
  if (world_.strikes(choice, world_.profile.faults.append_crash)) {
    // Killed, or power lost: each piece that was written may have reached the disk.
    const std::size_t written = choice.one_in(2) ? pieces : choice.below(pieces);
    return keep(written == pieces && choice.one_in(2), "killed during an append");
  }
  if (world_.faults_on && world_.schedule.now_us() < disk_.full_until_us_) return keep(false, "the disk is still full");
  if (world_.strikes(choice, world_.profile.faults.append_error)) {
    switch (choice.below(4)) {
      case 0: return keep(false, "a write failed");
      case 1: return keep(false, "a write was short");
      case 2:
        // Until somebody makes room, which the node must not wait for.
        disk_.full_until_us_ = world_.schedule.now_us() + choice.between(0, 30) * us_per_second;
        return keep(false, "the disk is full");
      // What a failed sync leaves on the disk nobody knows.
      default: return keep(choice.one_in(2), "a sync failed");
    }
  }
  disk_.apply(appends, rows);
  return absl::OkStatus();
}

Status NodeLog::read_fault() const {
  if (!world_.strikes(disk_.choice_, world_.profile.faults.read_error) || !disk_.choice_.one_in(100)) return absl::OkStatus();
  world_.note("disk: a read failed");
  return unavailable("a read failed");
}

Status NodeLog::read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const {
  TOLLGATE_RETURN_IF_ERROR(read_fault());
  return disk_.read(partition, from_sequence, visit);
}

Status NodeLog::get(Table table, std::string_view key, std::string& value) const {
  TOLLGATE_RETURN_IF_ERROR(read_fault());
  return disk_.get(table, key, value);
}

Status NodeLog::scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const {
  TOLLGATE_RETURN_IF_ERROR(read_fault());
  return disk_.scan(table, from, to, order, visit);
}

}  // namespace tollgate::sim

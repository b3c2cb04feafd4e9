// A disk that outlives the node, and the event log that a node opens on it. An append is written in pieces and then synced: until the
// sync is over a crash keeps some of the pieces, and an append with a piece missing is torn and gone as a whole. That is the port's
// promise, so that an append which was under way at a crash ends in one of two ways: lost, or durable although nobody was told.
#pragma once
#include <array>
#include <map>
#include <string>
#include <vector>

#include "simulator/world.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::sim {

// Who wants to know what has become durable. `rows` are those of one append.
class DurableObserver {
 public:
  virtual ~DurableObserver() = default;
  virtual void durable(std::span<const Append> appends, std::span<const Row> rows) = 0;
};

// Read without faults: what a bystander (a check, an auditor) sees.
class Disk final : public EventLog {
 public:
  Disk(World& world, DurableObserver& observer) : world_(world), observer_(observer), choice_(world.seed, 2) {}

  Status append(std::span<const Append> appends, std::span<const Row> rows) override;
  StatusOr<Head> head(uint32_t partition) const override;
  StatusOr<std::vector<uint32_t>> partitions() const override;
  Status read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const override;
  Status get(Table table, std::string_view key, std::string& value) const override;
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override;

  // The node is gone. What it was writing is there as a whole or not at all.
  void crash();
  [[nodiscard]] std::size_t rows_in(Table table) const { return tables_[static_cast<std::size_t>(table)].size(); }

 private:
  friend class NodeLog;
  friend class Node;  // the sabotage late_request looks at what was under way
  struct Frame {
    std::vector<Append> appends;
    std::vector<Row> rows;
    bool whole = false;  // every piece of it will be found after a crash
  };
  using TableRows = std::map<std::string, std::string, std::less<>>;

  void apply(std::span<const Append> appends, std::span<const Row> rows);
  void take_back();
  [[nodiscard]] std::vector<Row> sabotaged(std::span<const Row> rows);
  [[nodiscard]] Status fence(std::span<const Append> appends) const;

  World& world_;
  DurableObserver& observer_;
  Choice choice_;
  std::map<uint32_t, std::vector<std::string>> records_;
  std::map<uint32_t, Head> heads_;
  std::array<TableRows, table_count + 1> tables_;
  std::optional<Frame> unsynced_;
  int64_t full_until_us_ = 0;

  // Only with the sabotage early_ack: how to take back the last append, which was acknowledged and never synced.
  struct Undo {
    std::vector<std::pair<uint32_t, Head>> heads;
    std::vector<Row> rows;
  };
  std::optional<Undo> undo_;
};

// One node's log. After its first failure it takes no more.
class NodeLog final : public EventLog {
 public:
  NodeLog(World& world, Disk& disk) : world_(world), disk_(disk) {}

  Status append(std::span<const Append> appends, std::span<const Row> rows) override;
  StatusOr<Head> head(uint32_t partition) const override { return disk_.head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return disk_.partitions(); }
  Status read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const override;
  Status get(Table table, std::string_view key, std::string& value) const override;
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override;

 private:
  [[nodiscard]] Status read_fault() const;

  World& world_;
  Disk& disk_;
  bool failed_ = false;
};

}  // namespace tollgate::sim

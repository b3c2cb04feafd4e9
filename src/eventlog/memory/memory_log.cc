#include "tollgate/eventlog/memory.h"

#include <map>
#include <shared_mutex>

#include "eventlog/blocks.h"
#include "eventlog/heads.h"

namespace tollgate {

using Bytes = std::shared_ptr<const std::string>;

// Values are shared, so that a reader copies pointers under the lock and visits without it: it sees whole appends, and its
// visitor may call back.
class MemoryStore {
 public:
  mutable std::shared_mutex mutex;
  std::map<uint32_t, std::map<uint64_t, Bytes>> blocks;  // by partition and first sequence
  std::array<std::map<std::string, Bytes, std::less<>>, table_count + 1> rows;
};

std::shared_ptr<MemoryStore> make_memory_store() { return std::make_shared<MemoryStore>(); }

namespace {

class MemoryLog final : public EventLog {
 public:
  MemoryLog(std::shared_ptr<MemoryStore> store, MemoryLogOptions options) : store_(std::move(store)), options_(std::move(options)) {
    std::shared_lock lock(store_->mutex);
    for (const auto& [partition, blocks] : store_->blocks) {
      const auto head = head_of_block(partition, blocks.rbegin()->first, *blocks.rbegin()->second);
      if (head.ok()) heads_.set(partition, *head);
      else static_cast<void>(heads_.latch(head.status()));
    }
  }

  Status append(std::span<const Append> appends, std::span<const Row> rows) override {
    if (Status status = heads_.check(appends); !status.ok()) return heads_.latch(status);
    struct Block { uint32_t partition; uint64_t first; Bytes bytes; };
    std::vector<Block> blocks;
    for (const Append& append : appends) {
      Status status = cut_into_blocks(append, [&](uint64_t first, std::string_view bytes) {
        blocks.push_back({append.partition, first, std::make_shared<const std::string>(bytes)});
      });
      if (!status.ok()) return heads_.latch(status);
    }
    std::unique_lock lock(store_->mutex);
    if (options_.before_append) {
      if (Status status = options_.before_append(++append_number_); !status.ok()) return heads_.latch(status);
    }
    for (Block& block : blocks) store_->blocks[block.partition][block.first] = std::move(block.bytes);
    for (const Row& row : rows) {
      auto& table = store_->rows[static_cast<std::size_t>(row.table)];
      if (row.value) table.insert_or_assign(row.key, std::make_shared<const std::string>(*row.value));
      else table.erase(row.key);
    }
    heads_.advance(appends);
    return absl::OkStatus();
  }

  StatusOr<Head> head(uint32_t partition) const override { return heads_.get(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return heads_.partitions(); }

  Status read(uint32_t partition, uint64_t from_sequence, const RecordVisitor& visit) const override {
    std::vector<std::pair<uint64_t, Bytes>> blocks;
    {
      std::shared_lock lock(store_->mutex);
      const auto of = store_->blocks.find(partition);
      if (of == store_->blocks.end()) return absl::OkStatus();
      auto at = of->second.upper_bound(from_sequence);
      if (at != of->second.begin()) --at;
      blocks.assign(at, of->second.end());
    }
    bool more = true;
    uint64_t next = blocks.front().first;
    if (from_sequence >= 1 && next > from_sequence) return data_loss("partition {}: record {} is missing", partition, from_sequence);
    for (const auto& [first, block] : blocks) {
      TOLLGATE_RETURN_IF_ERROR(visit_block(partition, *block, from_sequence, visit, next, more));
      if (!more) break;
    }
    return absl::OkStatus();
  }

  Status get(Table table, std::string_view key, std::string& value) const override {
    std::shared_lock lock(store_->mutex);
    const auto& rows = store_->rows[static_cast<std::size_t>(table)];
    const auto at = rows.find(key);
    if (at == rows.end()) return not_found("no such row");
    value = *at->second;
    return absl::OkStatus();
  }

  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    std::vector<std::pair<std::string, Bytes>> found;
    {
      std::shared_lock lock(store_->mutex);
      const auto& rows = store_->rows[static_cast<std::size_t>(table)];
      for (auto at = rows.lower_bound(from); at != rows.end() && (to.empty() || at->first < to); ++at) found.push_back(*at);
    }
    if (order == Order::backward) std::reverse(found.begin(), found.end());
    for (const auto& [key, value] : found) {
      if (!visit(key, *value)) break;
    }
    return absl::OkStatus();
  }

 private:
  std::shared_ptr<MemoryStore> store_;
  MemoryLogOptions options_;
  Heads heads_;
  uint64_t append_number_ = 0;
};

}  // namespace

std::unique_ptr<EventLog> open_memory_log(std::shared_ptr<MemoryStore> store, MemoryLogOptions options) {
  return std::make_unique<MemoryLog>(std::move(store), std::move(options));
}

}  // namespace tollgate

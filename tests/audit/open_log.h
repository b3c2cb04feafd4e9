// A log that anyone can write into: what an operator with a hex editor could do to one.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "support/catch.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/record/record.h"

namespace tollgate::testing {

class OpenLog final : public EventLog {
 public:
  std::map<uint32_t, std::vector<std::string>> records;
  std::map<Table, std::map<std::string, std::string>> rows;

  static OpenLog copy_of(const EventLog& log) {
    OpenLog copy;
    const auto partitions = log.partitions();
    REQUIRE(partitions.ok());
    for (const uint32_t partition : *partitions) {
      REQUIRE(log.read(partition, 1, [&](uint64_t, std::string_view bytes) {
                   copy.records[partition].emplace_back(bytes);
                   return true;
                 }).ok());
    }
    for (std::size_t table = 1; table <= table_count; ++table) {
      REQUIRE(log.scan(static_cast<Table>(table), "", "", Order::forward, [&](std::string_view key, std::string_view value) {
                   copy.rows[static_cast<Table>(table)][std::string(key)] = value;
                   return true;
                 }).ok());
    }
    return copy;
  }

  // The forger's work: sequences, times and hashes made to fit from `from` on.
  void rechain(uint32_t partition, std::size_t from = 1) {
    auto& all = records[partition];
    for (std::size_t i = from - 1; i < all.size(); ++i) {
      store_le64(&all[i][24], i + 1);
      if (i > 0) {
        const Digest previous = hash_of_record(all[i - 1]);
        std::copy(previous.begin(), previous.end(), all[i].begin() + 48);
        const uint64_t before = load_le64(&all[i - 1][32]);
        if (load_le64(&all[i][32]) <= before) store_le64(&all[i][32], before + 1);
      }
    }
  }
  // Replaces the event of a record, and makes the rest fit.
  void replace(uint32_t partition, std::size_t sequence, const Event& event) {
    auto& all = records[partition];
    const auto old = decode_record(all[sequence - 1]);
    REQUIRE(old.ok());
    std::string bytes;
    REQUIRE(append_record(bytes, old->header, old->cause, event).ok());
    all[sequence - 1] = bytes;
    rechain(partition, sequence);
  }
  [[nodiscard]] Record record(uint32_t partition, std::size_t sequence) const {
    const auto decoded = decode_record(records.at(partition)[sequence - 1]);
    REQUIRE(decoded.ok());
    return *decoded;
  }
  // The first record of that event.
  template <class E>
  [[nodiscard]] std::size_t find(uint32_t partition) const {
    for (std::size_t i = 1; i <= records.at(partition).size(); ++i)
      if (std::holds_alternative<E>(record(partition, i).event)) return i;
    FAIL("no such event");
    return 0;
  }

  Status append(std::span<const Append>, std::span<const Row>) override { return failed_precondition("read-only"); }
  StatusOr<Head> head(uint32_t partition) const override {
    const auto found = records.find(partition);
    if (found == records.end() || found->second.empty()) return Head{};
    const std::string& last = found->second.back();
    if (last.size() < record_header_bytes) return data_loss("the last record is cut off");
    return Head{found->second.size(), load_le64(&last[16]), hash_of_record(last)};
  }
  StatusOr<std::vector<uint32_t>> partitions() const override {
    std::vector<uint32_t> ids;
    for (const auto& [id, all] : records)
      if (!all.empty()) ids.push_back(id);
    return ids;
  }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override {
    const auto found = records.find(partition);
    if (found == records.end()) return absl::OkStatus();
    for (std::size_t i = from; i <= found->second.size(); ++i)
      if (!visit(i, found->second[i - 1])) break;
    return absl::OkStatus();
  }
  Status get(Table table, std::string_view key, std::string& value) const override {
    const auto of = rows.find(table);
    if (of == rows.end()) return not_found("no such row");
    const auto row = of->second.find(std::string(key));
    if (row == of->second.end()) return not_found("no such row");
    value = row->second;
    return absl::OkStatus();
  }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    REQUIRE(order == Order::forward);
    const auto of = rows.find(table);
    if (of == rows.end()) return absl::OkStatus();
    for (auto row = of->second.lower_bound(std::string(from)); row != of->second.end() && (to.empty() || row->first < to); ++row)
      if (!visit(row->first, row->second)) break;
    return absl::OkStatus();
  }
};

}  // namespace tollgate::testing

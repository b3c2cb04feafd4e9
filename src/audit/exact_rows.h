// The rows that some records lead to, held and compared one by one: where sums differ (row_hunt.h), and where there are few.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "audit/commands.h"
#include "audit/walk.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

// Rows that belong together: those of a table whose keys begin so.
struct RowRange {
  Table table = Table::payments;
  std::string prefix;
  uint64_t rows = 0;  // about how many
};

// A fault, and the record that it is about; 0: none.
struct RowFault {
  Fault fault;
  uint64_t sequence = 0;
};

class ExactRows {
 public:
  explicit ExactRows(int64_t idempotency_kept_us) : kept_us_(idempotency_kept_us) {}

  // A fault: an idempotency key that must not be used again yet.
  [[nodiscard]] Fault put(Table table, std::string_view key, std::string_view value, const Origin& origin);
  void remove(Table table, std::string_view key) { rows_.erase({table, std::string(key)}); }
  // The first row of `ranges` that is not as it must be. `counts(key)`: whether a row is one of those that are held at all. An idempotency
  // row older than it must be kept may be gone.
  [[nodiscard]] RowFault compare(const EventLog& log, const std::vector<RowRange>& ranges, int64_t now_us,
                                 const std::function<bool(std::string_view key)>& counts) const;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  struct Expected {
    std::string value;
    Origin origin;
  };
  using Key = std::pair<Table, std::string>;
  [[nodiscard]] RowFault compare_range(const EventLog& log, const RowRange& range, int64_t now_us,
                                       const std::function<bool(std::string_view key)>& counts) const;
  [[nodiscard]] bool may_be_gone(Table table, const Expected& row, int64_t now_us) const {
    return table == Table::idempotency && now_us - row.origin.time_us >= kept_us_;
  }

  int64_t kept_us_;
  std::map<Key, Expected> rows_;
};

}  // namespace tollgate::audit

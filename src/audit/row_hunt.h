// Finds the row that made two sums differ, in bounded memory: rows are dealt into many small sums first, and only those of sums that differ are then held, some at a
// time. Each step needs the records once more. What differs need not be wrong: an idempotency key may be used again after it was kept long enough.
#pragma once
#include <algorithm>
#include <vector>

#include "audit/exact_rows.h"
#include "audit/row_sums.h"

namespace tollgate::audit {

inline constexpr std::size_t hunt_rows_held_max = 1'000'000;
inline constexpr std::size_t hunt_deals = 65'536;

class RowHunt {
 public:
  RowHunt(const EventLog& log, const RowHash& hash, std::vector<RowRange> ranges, int64_t idempotency_kept_us, std::size_t rows_held_max = hunt_rows_held_max)
      : log_(log), hash_(hash), ranges_(std::move(ranges)), kept_us_(idempotency_kept_us), rows_held_max_(rows_held_max), exact_(idempotency_kept_us) {}

  // Whether the records must be walked once more, telling put() and remove(); then call ended().
  [[nodiscard]] bool wants_records();
  [[nodiscard]] Fault put(Table table, std::string_view key, std::string_view value, const Origin& origin);
  void remove(Table table, std::string_view key);
  // What that walk brought.
  [[nodiscard]] RowFault ended(int64_t now_us);

 private:
  enum class Step : uint8_t { deal, hold, done };
  struct Deal {
    RowSum expected, actual;
  };
  [[nodiscard]] bool in_ranges(Table table, std::string_view key) const;
  [[nodiscard]] std::size_t deal_of(std::string_view key) const { return hash_(key, {}) % hunt_deals; }
  [[nodiscard]] Status deal_rows();
  void choose_next();

  const EventLog& log_;
  const RowHash& hash_;
  std::vector<RowRange> ranges_;
  int64_t kept_us_;
  std::size_t rows_held_max_;
  Step step_ = Step::done;
  bool begun_ = false;
  std::vector<Deal> deals_;
  std::vector<bool> held_;       // deals that the next walk holds; empty: all
  std::size_t next_deal_ = 0;
  ExactRows exact_;
};

}  // namespace tollgate::audit

// A payment and its history as JSON, for an operator: nothing personal in clear.
#pragma once
#include <map>

#include "admin/reply.h"
#include "tollgate/projection/views.h"
#include "tollgate/record/record.h"

namespace tollgate::admin {

// Still with an operation whose outcome nobody knows.
[[nodiscard]] bool is_in_doubt(const Payment& payment);
[[nodiscard]] bool is_undecided(const Operation& operation);
// "12.34": the amount as people write it, without the currency.
[[nodiscard]] std::string major_text(int64_t minor, Currency currency);

// A line of a list.
[[nodiscard]] Json to_json(const Payment& payment);
// What happened to a payment: its first records, and when each operation was answered, also behind them.
inline constexpr std::size_t timeline_entries_max = 1'000;
struct Story {
  std::vector<Record> records;
  std::map<uint64_t, int64_t> times_us;  // of records by their sequence
  bool cut = false;                      // there are more records
};
[[nodiscard]] StatusOr<Story> story_of(const Views& views, uint32_t partition, const Payment& payment);
// All of it: with attempts, refunds, transactions, and each operation with how long it took at the acquirer.
[[nodiscard]] Json details_json(const Payment& payment, const Story& story);

}  // namespace tollgate::admin

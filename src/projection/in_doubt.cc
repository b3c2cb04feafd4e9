#include "tollgate/projection/in_doubt.h"

#include "tollgate/payment/types.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

constexpr std::size_t partition_bytes = 4;

bool is_undecided(const Operation& operation) {
  return operation.state == OperationState::in_doubt || operation.state == OperationState::reversing || operation.late_approval;
}

void add_amount(int64_t& to, int64_t amount) {
  if (__builtin_add_overflow(to, amount, &to)) to = INT64_MAX;
}

void add(const Payment& payment, int64_t now_us, std::span<const int64_t> age_bounds_us, DoubtTotals& totals) {
  int64_t since_us = INT64_MAX;
  int64_t amount = 0;
  for (const Operation& operation : payment.operations) {
    if (!is_undecided(operation)) continue;
    since_us = std::min(since_us, operation.requested_us);
    add_amount(amount, operation.amount);
  }
  if (since_us == INT64_MAX) return;
  const int64_t age_us = std::max<int64_t>(now_us - since_us, 0);
  const auto at = static_cast<std::size_t>(std::upper_bound(age_bounds_us.begin(), age_bounds_us.end(), age_us) - age_bounds_us.begin());
  ++totals.by_age[at].payments;
  add_amount(totals.by_age[at].amounts[payment.currency.lower()], amount);
  totals.oldest_age_us = std::max(totals.oldest_age_us, age_us);
}

}  // namespace

StatusOr<DoubtTotals> doubt_totals(const EventLog& log, int64_t now_us, std::span<const int64_t> age_bounds_us, std::size_t payments_max) {
  DoubtTotals totals;
  totals.by_age.resize(age_bounds_us.size() + 1);
  std::vector<std::string> keys;
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::in_doubt, "", "", Order::forward, [&](std::string_view key, std::string_view) {
    totals.incomplete = keys.size() == payments_max;
    if (!totals.incomplete && key.size() > partition_bytes) keys.emplace_back(key.substr(partition_bytes));
    return !totals.incomplete;
  }));
  std::string row;
  for (const std::string& key : keys) {
    // A setup intent, which has no amount, or settled since.
    if (const Status found = log.get(Table::payments, key, row); absl::IsNotFound(found)) continue;
    else if (!found.ok()) return found;
    Payment payment;
    TOLLGATE_RETURN_IF_ERROR(wire::decode(row, payment));
    add(payment, now_us, age_bounds_us, totals);
  }
  return totals;
}

}  // namespace tollgate

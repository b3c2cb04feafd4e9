// A payment and its history as JSON, for an operator: nothing personal in clear.
#pragma once
#include "admin/reply.h"
#include "tollgate/record/record.h"

namespace tollgate::admin {

// Still with an operation whose outcome nobody knows.
[[nodiscard]] bool is_in_doubt(const Payment& payment);
[[nodiscard]] bool is_undecided(const Operation& operation);
// "12.34": the amount as people write it, without the currency.
[[nodiscard]] std::string major_text(int64_t minor, Currency currency);

// A line of a list.
[[nodiscard]] Json to_json(const Payment& payment);
// All of it: with attempts, refunds, transactions, and each operation with how long it took at the acquirer. `history`: its records, in order.
[[nodiscard]] Json details_json(const Payment& payment, const std::vector<Record>& history);

}  // namespace tollgate::admin

// The trial balance: every posting of the log, added up by account.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

using Sum = __int128;  // 64 bits could overflow over many partners

struct AccountTotal {
  Account account = Account::acquirer_receivable;
  Sum debits = 0, credits = 0;  // both positive
  uint64_t postings = 0;
  [[nodiscard]] Sum balance() const { return debits - credits; }
};

// Of one mode and currency.
struct TrialBalance {
  Mode mode = Mode::none;
  Currency currency;
  std::vector<AccountTotal> accounts;  // in the order of the chart
  [[nodiscard]] Sum debits() const;
  [[nodiscard]] Sum credits() const;
  [[nodiscard]] bool balanced() const { return debits() == credits(); }
};

struct Balances {
  std::vector<TrialBalance> currencies;  // by mode, then currency
  uint64_t records = 0;                  // that were looked at
  uint64_t unbalanced_records = 0;       // whose own postings do not sum to zero
  uint32_t unbalanced_partition = 0;     // the first of them
  uint64_t unbalanced_sequence = 0;
  [[nodiscard]] bool ok() const;
};

// From the records alone; state rows are not looked at.
[[nodiscard]] StatusOr<Balances> balances(const RecordSource& source, const Cut& cut, std::optional<PartnerId> partner,
                                          const ProgressReport& progress = {});

// "-1,234.50": minor units as major ones, without the currency.
[[nodiscard]] std::string major_units(Sum minor, Currency currency);
// A sum as JSON needs it: digits.
[[nodiscard]] std::string digits_of(Sum value);

}  // namespace tollgate::audit

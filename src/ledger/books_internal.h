// The order of the rows of the books, shared by those who fold them and those who check them.
#pragma once
#include "tollgate/ledger/ledger.h"

namespace tollgate::ledger_internal {

inline bool row_before(const Posting& a, const Posting& b) {
  return a.currency != b.currency ? a.currency < b.currency : a.account < b.account;
}
inline bool same_row(const Posting& a, const Posting& b) { return a.currency == b.currency && a.account == b.account; }

inline bool bucket_before(const PendingFunds& a, const PendingFunds& b) {
  return a.due_us != b.due_us ? a.due_us < b.due_us : a.currency < b.currency;
}

// Whether every total that these postings lead to fits into 64 bits, step by step.
[[nodiscard]] bool totals_fit(const Books& books, const Postings& postings);
// Only after totals_fit.
void add_to_totals(Books& books, const Postings& postings);

}  // namespace tollgate::ledger_internal

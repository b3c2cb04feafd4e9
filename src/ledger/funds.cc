// Pending funds becoming available.
#include <algorithm>

#include "ledger/books_internal.h"
#include "tollgate/base/time.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate {
namespace {

// Buckets are sorted by time: those that are due are the first ones.
std::size_t due_buckets(const Books& books, int64_t due_us) {
  const auto end = std::find_if(books.pending.begin(), books.pending.end(),
                                [due_us](const PendingFunds& bucket) { return bucket.due_us > due_us; });
  return static_cast<std::size_t>(end - books.pending.begin());
}

// The postings that move the first `count` buckets, one pair for each currency, sorted by currency.
Postings moving(const Books& books, std::size_t count) {
  std::vector<Money> sums;
  for (std::size_t i = 0; i < count; ++i) {
    const PendingFunds& bucket = books.pending[i];
    const auto sum = std::lower_bound(sums.begin(), sums.end(), bucket.currency,
                                      [](const Money& a, Currency b) { return a.currency < b; });
    if (sum != sums.end() && sum->currency == bucket.currency) {
      sum->minor += bucket.amount;
    } else {
      sums.insert(sum, {bucket.amount, bucket.currency});
    }
  }
  Postings postings;
  postings.reserve(2 * sums.size());
  for (const Money& sum : sums) {
    for (const Posting& leg : availability_postings(sum)) postings.push_back(leg);
  }
  return postings;
}

}  // namespace

int64_t available_on_us(int64_t now_us, int64_t delay_us) {
  const int64_t earliest_us = now_us + delay_us;
  return (earliest_us + us_per_day - 1) / us_per_day * us_per_day;
}

std::optional<FundsAvailable> decide_available(const Books& books, int64_t now_us) {
  const std::size_t due = due_buckets(books, now_us);
  if (due == 0) return std::nullopt;
  // The time of the last bucket and not the clock's: the same funds always give the same event.
  return FundsAvailable{books.pending[due - 1].due_us, moving(books, due)};
}

bool apply(Books& books, const FundsAvailable& event, uint64_t sequence) {
  const std::size_t due = due_buckets(books, event.due_us);
  // The event must move exactly what is due, or buckets and totals would part.
  if (due == 0 || event.postings != moving(books, due)) return false;
  if (!ledger_internal::totals_fit(books, event.postings)) return false;
  ledger_internal::add_to_totals(books, event.postings);
  books.pending.erase(books.pending.begin(), books.pending.begin() + static_cast<std::ptrdiff_t>(due));
  books.version = sequence;
  return true;
}

}  // namespace tollgate

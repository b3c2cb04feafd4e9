#include "ledger/books_internal.h"

#include <algorithm>

#include "tollgate/ledger/ledger.h"

namespace tollgate {
namespace ledger_internal {

bool totals_fit(const Books& books, const Postings& postings) {
  for (std::size_t i = 0; i < postings.size(); ++i) {
    __int128 total = books.total(postings[i].account, postings[i].currency);
    for (std::size_t j = 0; j <= i; ++j) {
      if (same_row(postings[j], postings[i])) total += postings[j].amount;
    }
    if (total > INT64_MAX || total < INT64_MIN) return false;
  }
  return true;
}

void add_to_totals(Books& books, const Postings& postings) {
  for (const Posting& posting : postings) {
    const auto row = std::lower_bound(books.totals.begin(), books.totals.end(), posting, row_before);
    if (row != books.totals.end() && same_row(*row, posting)) {
      row->amount += posting.amount;
    } else {
      books.totals.insert(row, posting);
    }
  }
}

}  // namespace ledger_internal

using namespace ledger_internal;

int64_t Books::total(Account account, Currency currency) const {
  const Posting wanted{account, 0, currency};
  const auto row = std::lower_bound(totals.begin(), totals.end(), wanted, row_before);
  return row != totals.end() && same_row(*row, wanted) ? row->amount : 0;
}

std::vector<Currency> Books::currencies() const {
  std::vector<Currency> found;
  for (const Posting& row : totals) {
    if (found.empty() || found.back() != row.currency) found.push_back(row.currency);
  }
  return found;
}

bool apply(Books& books, const Postings& postings, int64_t available_on_us, uint64_t sequence) {
  if (!totals_fit(books, postings)) return false;
  for (const Posting& posting : postings) {
    // Pending funds without a day would never become available.
    if (posting.account == Account::partner_pending && (available_on_us <= 0 || posting.amount >= 0)) return false;
  }
  add_to_totals(books, postings);
  for (const Posting& posting : postings) {
    if (posting.account != Account::partner_pending) continue;
    // The buckets of a currency add up to its total, so a sum of some of them fits as well.
    const PendingFunds funds{available_on_us, -posting.amount, posting.currency};
    const auto bucket = std::lower_bound(books.pending.begin(), books.pending.end(), funds, bucket_before);
    if (bucket != books.pending.end() && !bucket_before(funds, *bucket)) {
      bucket->amount += funds.amount;
    } else {
      books.pending.insert(bucket, funds);
    }
  }
  books.version = sequence;
  return true;
}

}  // namespace tollgate

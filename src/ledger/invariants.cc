#include <fmt/format.h>

#include "ledger/books_internal.h"
#include "tollgate/base/time.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate {

using namespace ledger_internal;

std::string broken_invariant(const Books& books) {
  for (std::size_t i = 1; i < books.totals.size(); ++i) {
    if (!row_before(books.totals[i - 1], books.totals[i])) return "totals are not sorted, or a row is there twice";
  }
  for (std::size_t i = 0; i < books.pending.size(); ++i) {
    const PendingFunds& bucket = books.pending[i];
    if (i > 0 && !bucket_before(books.pending[i - 1], bucket))
      return "pending funds are not sorted, or a bucket is there twice";
    if (bucket.amount <= 0)
      return fmt::format("pending funds of {} are not positive", to_text({bucket.amount, bucket.currency}));
    if (bucket.due_us <= 0 || bucket.due_us % us_per_day != 0)
      return fmt::format("pending funds are due at {}, which is no day", bucket.due_us);
    if (books.total(Account::partner_pending, bucket.currency) == 0) {
      return fmt::format("pending funds of {} without a total", to_text({bucket.amount, bucket.currency}));
    }
  }
  for (const Currency currency : books.currencies()) {
    __int128 sum = 0;
    for (const Posting& row : books.totals) {
      if (row.currency == currency) sum += row.amount;
    }
    if (sum != 0) return fmt::format("the books of {} do not sum to zero", currency.upper());
    __int128 pending = 0;
    for (const PendingFunds& bucket : books.pending) {
      if (bucket.currency == currency) pending += bucket.amount;
    }
    if (pending != -static_cast<__int128>(books.total(Account::partner_pending, currency))) {
      return fmt::format("pending funds of {} do not add up to their total", currency.upper());
    }
  }
  return {};
}

}  // namespace tollgate

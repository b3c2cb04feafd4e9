// What each movement of money writes into the books. A leg of zero is left out: a fee of nothing is no entry.
#include <initializer_list>

#include "tollgate/ledger/ledger.h"

namespace tollgate {
namespace {

Postings without_zero_legs(std::initializer_list<Posting> legs) {
  Postings postings;
  postings.reserve(legs.size());
  for (const Posting& leg : legs) {
    if (leg.amount != 0) postings.push_back(leg);
  }
  return postings;
}

}  // namespace

Postings capture_postings(const Money& amount, int64_t fee) {
  return without_zero_legs({{Account::acquirer_receivable, amount.minor, amount.currency},
                            {Account::partner_pending, -(amount.minor - fee), amount.currency},
                            {Account::fee_income, -fee, amount.currency}});
}

Postings refund_postings(const Money& amount) {
  return without_zero_legs({{Account::acquirer_receivable, -amount.minor, amount.currency},
                            {Account::partner_available, amount.minor, amount.currency}});
}

Postings refund_failure_postings(const Money& amount) {
  return without_zero_legs({{Account::acquirer_receivable, amount.minor, amount.currency},
                            {Account::partner_available, -amount.minor, amount.currency}});
}

Postings availability_postings(const Money& amount) {
  return without_zero_legs({{Account::partner_pending, amount.minor, amount.currency},
                            {Account::partner_available, -amount.minor, amount.currency}});
}

bool balanced(const Postings& postings) {
  // A handful of postings: looking at every pair is quicker than a map.
  for (std::size_t i = 0; i < postings.size(); ++i) {
    __int128 sum = 0;
    bool seen_before = false;
    for (std::size_t j = 0; j < postings.size(); ++j) {
      if (postings[j].currency != postings[i].currency) continue;
      seen_before |= j < i;
      sum += postings[j].amount;
    }
    if (!seen_before && sum != 0) return false;
  }
  return true;
}

}  // namespace tollgate

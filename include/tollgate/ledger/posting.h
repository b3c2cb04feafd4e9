// Double entry. Every event that moves money carries postings that sum to zero per currency.
#pragma once
#include <cstdint>
#include <vector>

#include "tollgate/base/fields.h"
#include "tollgate/money/money.h"

namespace tollgate {

// The chart of accounts of one partner and mode. Debits are positive.
enum class Account : uint8_t {
  acquirer_receivable = 1,  // what the acquirer owes for captured payments
  partner_pending = 2,      // owed to the partner, not yet available (a credit: negative)
  partner_available = 3,    // owed to the partner, available
  fee_income = 4,           // what the gateway earned
};

struct Posting {
  Account account = Account::acquirer_receivable;
  int64_t amount = 0;
  Currency currency;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "account", self.account);
    v(2, "amount", self.amount);
    v(3, "currency", self.currency);
  }
  bool operator==(const Posting&) const = default;
};
using Postings = std::vector<Posting>;

}  // namespace tollgate

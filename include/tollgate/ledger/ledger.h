// The books of one partner and mode: a fold of postings. A balance that is due later waits in buckets by day until a
// FundsAvailable event moves it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tollgate/base/id.h"
#include "tollgate/ledger/posting.h"

namespace tollgate {

// ---- postings of each movement; all sum to zero ----
[[nodiscard]] Postings capture_postings(const Money& amount, int64_t fee);
// Straight from the available balance. The fee of the payment is not given back.
[[nodiscard]] Postings refund_postings(const Money& amount);
[[nodiscard]] Postings refund_failure_postings(const Money& amount);
[[nodiscard]] Postings availability_postings(const Money& amount);
// False if any currency's sum is not zero (128-bit sums: cannot overflow).
[[nodiscard]] bool balanced(const Postings& postings);

// Pending funds became available: a timer, written down, so that replay needs no clock.
struct FundsAvailable {
  static constexpr uint16_t event_type = 60;
  static constexpr const char* event_name = "funds_available";
  int64_t due_us = 0;  // every bucket up to this time
  Postings postings;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "due_us", self.due_us);
    v(2, "postings", self.postings);
  }
};
using LedgerEvent = std::variant<FundsAvailable>;

struct PendingFunds {
  int64_t due_us = 0;  // a multiple of one day: funds of one day become available together
  int64_t amount = 0;  // owed to the partner: positive
  Currency currency;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "due_us", self.due_us);
    v(2, "amount", self.amount);
    v(3, "currency", self.currency);
  }
  bool operator==(const PendingFunds&) const = default;
};

struct Books {
  std::vector<Posting> totals;        // one per (currency, account), sorted by them
  std::vector<PendingFunds> pending;  // sorted by (due_us, currency)
  uint64_t version = 0;               // sequence of the last record

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "totals", self.totals);
    v(2, "pending", self.pending);
    v(3, "version", self.version);
  }
  bool operator==(const Books&) const = default;

  [[nodiscard]] int64_t total(Account account, Currency currency) const;
  // Currencies with any posting, sorted.
  [[nodiscard]] std::vector<Currency> currencies() const;
};

// The day (00:00 UTC) at or after which funds captured at `now_us` are available.
[[nodiscard]] int64_t available_on_us(int64_t now_us, int64_t delay_us);

// Folds the postings of an event. `available_on_us` is that of a capture, 0 for others. Overflow: false, and nothing is changed.
[[nodiscard]] bool apply(Books& books, const Postings& postings, int64_t available_on_us, uint64_t sequence);
// What FundsAvailable{due_us} must carry now; nothing if no bucket is due.
[[nodiscard]] std::optional<FundsAvailable> decide_available(const Books& books, int64_t now_us);
[[nodiscard]] bool apply(Books& books, const FundsAvailable& event, uint64_t sequence);

// Empty if all hold: every currency sums to zero, buckets add up to -partner_pending.
[[nodiscard]] std::string broken_invariant(const Books& books);

}  // namespace tollgate

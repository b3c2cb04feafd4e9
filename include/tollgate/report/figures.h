// What is counted of one day, partner, mode and currency. Counts and sums of what the day's records say, whenever the payment they are about
// was made; amounts in minor units.
#pragma once
#include <cstdint>
#include <vector>

#include "tollgate/money/money.h"
#include "tollgate/payment/types.h"

namespace tollgate::report {

struct DeclineCount {
  DeclineCode code = DeclineCode::none;  // none: a reason that this binary has no name for
  uint64_t count = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "code", self.code);
    v(2, "count", self.count);
  }
  bool operator==(const DeclineCount&) const = default;
};

struct Figures {
  uint64_t created = 0;
  uint64_t authorized = 0;         // approvals
  int64_t authorized_amount = 0;   // with what increments added
  uint64_t captures = 0;
  int64_t captured_amount = 0;
  int64_t fees = 0;
  uint64_t refunds = 0;            // that an acquirer took
  int64_t refunded_amount = 0;
  uint64_t refunds_failed = 0;     // also long after they were taken
  int64_t returned_amount = 0;     // of refunds that failed after they were taken
  int64_t net = 0;                 // what all of it added to the partner's balance
  uint64_t canceled = 0, expired = 0;  // payments that ended so, with nothing captured
  uint64_t doubts_opened = 0, doubts_resolved = 0;  // operations whose outcome nobody knew, and those of them that came to one
  std::vector<DeclineCount> declines;  // attempts that ended so, by reason; sorted

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "created", self.created);
    v(2, "authorized", self.authorized);
    v(3, "authorized_amount", self.authorized_amount);
    v(4, "captures", self.captures);
    v(5, "captured_amount", self.captured_amount);
    v(6, "fees", self.fees);
    v(7, "refunds", self.refunds);
    v(8, "refunded_amount", self.refunded_amount);
    v(9, "refunds_failed", self.refunds_failed);
    v(10, "returned_amount", self.returned_amount);
    v(11, "net", self.net);
    v(12, "canceled", self.canceled);
    v(13, "expired", self.expired);
    v(14, "doubts_opened", self.doubts_opened);
    v(15, "doubts_resolved", self.doubts_resolved);
    v(16, "declines", self.declines);
  }
  bool operator==(const Figures&) const = default;

  void declined(DeclineCode code, uint64_t count = 1);
  [[nodiscard]] uint64_t declined() const;
};

// False if a sum would be too large; `to` is as before then.
[[nodiscard]] bool add(Figures& to, const Figures& more);

}  // namespace tollgate::report

// What a partner has authorized today: a row of the engine's own, for partners that have a limit of a day.
#pragma once
#include <cstdint>
#include <vector>

#include "tollgate/money/money.h"

namespace tollgate {

struct DayAmount {
  Currency currency;
  int64_t amount = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "currency", self.currency);
    v(2, "amount", self.amount);
  }
  bool operator==(const DayAmount&) const = default;
};

// Row of Table::meta under keys::partition() and keys::stream(). Not part of the state that auditors fold: a limit is no promise to anyone.
struct DayTotals {
  int64_t day = 0;  // since 1970, UTC
  std::vector<DayAmount> amounts;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "day", self.day);
    v(2, "amounts", self.amounts);
  }
  bool operator==(const DayTotals&) const = default;

  [[nodiscard]] int64_t of(Currency currency, int64_t on_day) const {
    if (day != on_day) return 0;
    for (const DayAmount& one : amounts)
      if (one.currency == currency) return one.amount;
    return 0;
  }
};

}  // namespace tollgate

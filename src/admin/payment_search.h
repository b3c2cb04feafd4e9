// An operator's search for payments: by what they look like, newest first, within bounds.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/body.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/payment/types.h"

namespace tollgate::admin {

// How many a search looks at: of one partner and mode its newest payments, of all partners the newest records of the log.
inline constexpr std::size_t payments_looked_at_max = 10'000, records_looked_at_max = 32'768;

struct PaymentFilter {
  Mode mode = Mode::none;         // none: both
  std::string status;             // of the API, or "in_doubt", "declined", "refunded"; empty: any
  std::string amount;             // "12.34": as people write it, without zeros at its end; empty: any
  std::optional<Currency> currency;
  std::string last4;
  std::string metadata_key, metadata_value;  // the value alone: under any key

  [[nodiscard]] bool fits(const Payment& payment) const;
};

// What is wrong is set in `error`.
[[nodiscard]] PaymentFilter read_filter(const Query& query, std::optional<FieldError>& error);

struct FoundPayments {
  std::vector<std::shared_ptr<const Payment>> items;  // newest first
  bool has_more = false;
  bool looked_at_all = true;  // false: there is more than was looked at
};

// Of one partner, behind the payment `after`.
[[nodiscard]] StatusOr<FoundPayments> search_partner(const EventLog& log, PartnerId partner, const PaymentFilter& filter,
                                                     std::optional<PaymentId> after, std::size_t limit);
// Of all partners: those with records at the end of the log.
[[nodiscard]] StatusOr<FoundPayments> search_newest(const EventLog& log, const PaymentFilter& filter, std::size_t limit);

}  // namespace tollgate::admin

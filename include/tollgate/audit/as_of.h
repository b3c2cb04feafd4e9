// What was known at a moment: partners, payments by status, and balances.
#pragma once
#include <optional>
#include <vector>

#include "tollgate/audit/balances.h"

namespace tollgate::audit {

struct StatusCount {
  Mode mode = Mode::none;
  Currency currency;
  PaymentStatus status = PaymentStatus::requires_payment_method;
  uint64_t payments = 0;
  Sum amount = 0;  // of the payments; minor units
};

struct AsOf {
  struct End {
    uint32_t partition = 0;
    uint64_t sequence = 0;
  };
  std::vector<End> ends;           // what the answer is made of
  std::optional<Partner> partner;  // if one was asked for
  uint64_t partners = 0;
  std::vector<StatusCount> payments;
  Balances balances;
};

// Of one partner, or of all. not_found if the partner did not exist then.
[[nodiscard]] StatusOr<AsOf> as_of(const RecordSource& source, const Cut& cut, std::optional<PartnerId> partner,
                                   const ProgressReport& progress = {});

}  // namespace tollgate::audit

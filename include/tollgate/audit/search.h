// Payments by what is known of them.
#pragma once
#include <string>
#include <vector>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

// All that is given must fit.
struct Query {
  PaymentScope scope;
  std::optional<IdCore> core;  // of pi_, ch_, re_, txn_
  std::optional<CustomerId> customer;
  // Of the payment, in major units as they were given ("10.99"): what that is in minor ones depends on each payment's currency.
  struct Amount {
    enum class Compare : uint8_t { equal, at_least, at_most } compare = Compare::equal;
    int64_t digits = 0;  // 1099
    int decimals = 0;    // 2
  };
  std::vector<Amount> amounts;
  std::optional<Currency> currency;
  std::string last4;
  std::vector<std::pair<std::string, std::string>> metadata;  // of the payment or one of its refunds; an empty value: whatever it is
  std::optional<PaymentStatus> status;
  std::optional<DeclineCode> decline;  // of any attempt
  std::string word;                    // in the description or a metadata value, whatever its case
};

// One term each: "pi_...", "cus_...", "acct_...", "amount=10.99", "amount>=10", "currency=usd", "last4=4242", "metadata.order=123", "status=succeeded",
// "decline=insufficient_funds", "mode=test", "from=2025-06-01", "until=2025-07-01", or any other word. invalid_argument names a term that is none.
[[nodiscard]] StatusOr<Query> parse_query(const std::vector<std::string>& terms);

[[nodiscard]] bool fits(const Query& query, const Payment& payment);

[[nodiscard]] Status search(const RecordSource& source, const Cut& cut, const Query& query,
                            const std::function<bool(const Payment& payment, uint32_t partition)>& found, const ProgressReport& progress = {});

}  // namespace tollgate::audit

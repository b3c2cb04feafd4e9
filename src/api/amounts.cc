#include "api/amounts.h"

#include "api/text.h"
#include "tollgate/payment/minimum.h"

namespace tollgate::api {

std::optional<Currency> read_currency(Params& params) {
  const auto given = params.text("currency");
  if (!given) return std::nullopt;
  const auto currency = Currency::parse(*given);
  if (!currency) params.fail(invalid_param(params.path("currency"), fmt::format("Invalid currency: {}", shown(*given))));
  return currency;
}

Currency need_currency(Params& params) {
  if (!params.has("currency")) params.fail(missing_param(params.path("currency")));
  return read_currency(params).value_or(Currency());
}

std::optional<int64_t> read_amount(Params& params, std::string_view name, std::optional<Currency> currency) {
  const auto amount = params.integer(name, INT64_MIN, INT64_MAX);
  if (!amount) return std::nullopt;
  const int64_t least = currency && !currency->empty() ? minimum_amount(*currency) : 1;
  if (*amount < 0) {
    params.fail(invalid_param(params.path(name), fmt::format("Invalid {}: must be positive.", params.path(name)), "parameter_invalid_integer"));
  } else if (*amount > request_amount_max) {
    params.fail(invalid_param(params.path(name), fmt::format("The amount may be at most {}.", request_amount_max), "amount_too_large"));
  } else if (*amount < least) {
    params.fail(invalid_param(params.path(name), currency ? fmt::format("The amount must be at least {}.", to_text({least, *currency}))
                                                          : fmt::format("The amount must be at least {}.", least), "amount_too_small"));
  } else {
    return amount;
  }
  return std::nullopt;
}

int64_t need_amount(Params& params, std::string_view name, std::optional<Currency> currency) {
  if (!params.has(name)) params.fail(missing_param(params.path(name)));
  return read_amount(params, name, currency).value_or(0);
}

}  // namespace tollgate::api

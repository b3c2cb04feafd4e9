#include "api/amounts.h"

#include "api/text.h"

namespace tollgate::api {
namespace {

struct Minimum {
  std::string_view currency;
  int64_t amount;
};
// In minor units. Other currencies: one unit.
constexpr Minimum minimums[] = {
    {"usd", 50}, {"eur", 50}, {"gbp", 30},  {"cad", 50},  {"aud", 50}, {"nzd", 50},  {"chf", 50},   {"sgd", 50},
    {"brl", 50}, {"jpy", 50}, {"inr", 50},  {"dkk", 250}, {"nok", 300}, {"sek", 300}, {"mxn", 1000}, {"hkd", 400},
    {"pln", 200}, {"czk", 1500}, {"ron", 200}, {"bgn", 100}, {"aed", 200}, {"myr", 200}, {"thb", 1000}, {"huf", 17500},
};

}  // namespace

int64_t minimum_amount(Currency currency) {
  const std::string code = currency.lower();
  for (const Minimum& minimum : minimums) {
    if (minimum.currency == code) return minimum.amount;
  }
  return 1;
}

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

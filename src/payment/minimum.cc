#include "tollgate/payment/minimum.h"

#include <string_view>

namespace tollgate {
namespace {

struct Minimum {
  std::string_view currency;
  int64_t amount;
};
// In minor units. Other currencies: one unit.
constexpr Minimum minimums[] = {
    {"usd", 50},  {"eur", 50},   {"gbp", 30},  {"cad", 50},  {"aud", 50},  {"nzd", 50},  {"chf", 50},   {"sgd", 50},
    {"brl", 50},  {"jpy", 50},   {"inr", 50},  {"dkk", 250}, {"nok", 300}, {"sek", 300}, {"mxn", 1000}, {"hkd", 400},
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

}  // namespace tollgate

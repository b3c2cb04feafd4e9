#include "tollgate/money/money.h"

#include <fmt/format.h>

#include "tollgate/base/assert.h"

namespace tollgate {

std::optional<int64_t> checked_add(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<int64_t> checked_subtract(int64_t a, int64_t b) {
  int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

int64_t basis_points_of(int64_t amount, int32_t basis_points) {
  TOLLGATE_ASSERT(amount >= 0 && basis_points >= 0);
  // 128 bits: the product of two values in range is exact. The result fits, because a rate of 2^31 basis points of
  // amount_max is still far under 2^63.
  const __int128 product = static_cast<__int128>(amount) * basis_points;
  const __int128 result = (product + 5'000) / 10'000;
  TOLLGATE_ASSERT(result <= INT64_MAX);
  return static_cast<int64_t>(result);
}

std::string to_text(const Money& money) {
  const int exponent = money.currency.exponent();
  // As unsigned, so that the smallest int64 has an absolute value.
  const bool negative = money.minor < 0;
  const uint64_t absolute = negative ? 0 - static_cast<uint64_t>(money.minor) : static_cast<uint64_t>(money.minor);
  uint64_t unit = 1;
  for (int i = 0; i < exponent; ++i) unit *= 10;
  const char* sign = negative ? "-" : "";
  if (exponent == 0) return fmt::format("{}{} {}", sign, absolute, money.currency.upper());
  return fmt::format("{}{}.{:0{}} {}", sign, absolute / unit, absolute % unit, exponent, money.currency.upper());
}

}  // namespace tollgate

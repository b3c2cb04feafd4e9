// The least that may be charged in a currency: below it the cost of a charge eats it up.
#pragma once
#include <cstdint>

#include "tollgate/money/money.h"

namespace tollgate {

// In minor units.
[[nodiscard]] int64_t minimum_amount(Currency currency);

}  // namespace tollgate

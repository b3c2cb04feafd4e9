// Amounts and currencies as requests give them.
#pragma once
#include "api/params.h"
#include "tollgate/money/money.h"

namespace tollgate::api {

// Eight digits, as the SDKs' documentation has it.
inline constexpr int64_t request_amount_max = 99'999'999;

[[nodiscard]] std::optional<Currency> read_currency(Params& params);
[[nodiscard]] Currency need_currency(Params& params);
// A positive amount; with a currency at least its minimum.
[[nodiscard]] std::optional<int64_t> read_amount(Params& params, std::string_view name, std::optional<Currency> currency);
[[nodiscard]] int64_t need_amount(Params& params, std::string_view name, std::optional<Currency> currency);

}  // namespace tollgate::api

// How a card is to be used, as payment intents and setup intents are told: which kinds of payment methods, with which options. What this
// gateway can do is cards. More may be asked for as far as it comes to the same; what would be done differently is refused.
#pragma once
#include <initializer_list>
#include <optional>

#include "api/params.h"

namespace tollgate::api {

enum class MethodUse : uint8_t { payment, setup };

// What the options of cards say over the payment's own parameters.
struct MethodOptions {
  std::optional<CaptureMethod> capture_method;
  std::optional<FutureUsage> setup_future_usage;
};

// payment_method_types, automatic_payment_methods, payment_method_options, use_stripe_sdk.
[[nodiscard]] MethodOptions read_method_options(Params& params, MethodUse use);
// Of a create that does not confirm: what only a confirmation uses.
void refuse_without_confirm(Params& params, std::initializer_list<std::string_view> names);
// mandate_data: cards need no mandate. radar_options: no session of a browser is looked at.
void read_mandate_data(Params& params);
void read_radar_options(Params& params);

}  // namespace tollgate::api

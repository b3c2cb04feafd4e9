// The routes of each resource. A new one is a file in this folder, a line here and a line in routes.cc.
#pragma once
#include <span>

#include "api/call.h"

namespace tollgate::api {

using Routes = std::span<const Route>;

[[nodiscard]] Routes account_routes();
[[nodiscard]] Routes balance_routes();
[[nodiscard]] Routes balance_transaction_routes();
[[nodiscard]] Routes challenge_routes();
[[nodiscard]] Routes charge_routes();
[[nodiscard]] Routes customer_routes();
[[nodiscard]] Routes event_routes();
[[nodiscard]] Routes openapi_routes();
[[nodiscard]] Routes payment_intent_routes();
[[nodiscard]] Routes payment_method_routes();
[[nodiscard]] Routes receipt_routes();
[[nodiscard]] Routes refund_routes();
[[nodiscard]] Routes setup_intent_routes();
[[nodiscard]] Routes timeline_routes();

}  // namespace tollgate::api

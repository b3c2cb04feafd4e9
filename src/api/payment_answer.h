// What a command on a payment is answered with: the payment, or a card error if the operation that it waited for was declined.
#pragma once
#include "api/call.h"

namespace tollgate::api {

[[nodiscard]] Reply answer_payment(Call& call, const CommandResult& result);

}  // namespace tollgate::api

// What an event asks of the acquirer. Pure: the request goes out when the event is durable, never before.
#pragma once
#include <optional>

#include "tollgate/acquirer/acquirer.h"
#include "tollgate/customer/customer.h"
#include "tollgate/payment/events.h"

namespace tollgate::engine {

// `payment` after the event. Nothing if the event asks nothing.
[[nodiscard]] std::optional<AcquirerRequest> request_of(const PaymentEvent& event, const Payment& payment, uint32_t partition);
[[nodiscard]] std::optional<AcquirerRequest> request_of(const CustomerEvent& event, const SetupIntent& setup, PartnerId partner, Mode mode,
                                                        uint32_t partition);
// For the resolver, after a restart: an inquiry or a reversal of an operation that is in doubt or being reversed.
[[nodiscard]] std::optional<AcquirerRequest> resolution_of(const Operation& operation, const Payment& payment, uint32_t partition);
// "acct_.../seti_.../1"
[[nodiscard]] std::string setup_reference(PartnerId partner, SetupIntentId setup, uint16_t operation);

}  // namespace tollgate::engine

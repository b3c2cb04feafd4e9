// What an event asks of the acquirer, and what the answer tells the engine. Pure: a request goes out when its event is durable, never before.
#pragma once
#include <optional>

#include "tollgate/acquirer/acquirer.h"
#include "tollgate/customer/customer.h"
#include "tollgate/engine/command.h"
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

// The node's own command that an answer becomes, and the one that a report on a pending refund becomes.
[[nodiscard]] Command outcome_command(const AcquirerRequest& request, const AcquirerAnswer& answer);
[[nodiscard]] Command settlement_command(const AcquirerRequest& refund, bool succeeded, DeclineCode code);

}  // namespace tollgate::engine

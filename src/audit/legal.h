// Whether an event may happen where it stands. The folds assert what they need; these checks come first and say no in words, so that a
// log that was tampered with, or written by a faulty program, is reported and never crashes the auditor. Whatever a decision
// guarantees about its events is checked here again, from the events alone.
#pragma once
#include <string>

#include "tollgate/customer/customer.h"
#include "tollgate/partner/partner.h"
#include "tollgate/payment/events.h"
#include "tollgate/record/event.h"

namespace tollgate::audit {

// Empty if the event is legal. `state`: before the event; nullptr if there is no such object.
[[nodiscard]] std::string illegal(const Payment* state, const PaymentEvent& event, int64_t time_us);
[[nodiscard]] std::string illegal(const Customer* state, const CustomerEvent& event);
[[nodiscard]] std::string illegal(const PaymentMethod* state, const CustomerEvent& event);
[[nodiscard]] std::string illegal(const SetupIntent* state, const CustomerEvent& event);
[[nodiscard]] std::string illegal(const Partner* state, const PartnerEvent& event);
// The first field whose number is none of its enum's values; empty if all are.
[[nodiscard]] std::string unknown_enum(const Event& event);

}  // namespace tollgate::audit

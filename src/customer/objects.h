// What the decisions about customers, payment methods and setup intents share.
#pragma once
#include <string>
#include <utility>

#include "tollgate/base/assert.h"
#include "tollgate/customer/customer.h"

namespace tollgate::customer_internal {

[[nodiscard]] CustomerDecision decide_on(const CreateCustomer& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const UpdateCustomer& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const DeleteCustomer& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const CreatePaymentMethod& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const AttachPaymentMethod& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const UpdatePaymentMethod& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const DetachPaymentMethod& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const CreateSetupIntent& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const UpdateSetupIntent& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const ConfirmSetupIntent& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const CancelSetupIntent& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const CompleteSetupAuthentication& command, const CustomerContext& context);
[[nodiscard]] CustomerDecision decide_on(const ApplySetupOutcome& command, const CustomerContext& context);

// A method becomes the customer's: the context's, or one made in passing.
[[nodiscard]] CustomerDecision attach(const std::optional<MethodSnapshot>& inline_method, CustomerId customer, const CustomerContext& context);

[[nodiscard]] inline CustomerDecision refuse(Refusal refusal, std::string param = {}) {
  return {{}, RefusalDetail{.refusal = refusal, .param = std::move(param)}};
}
[[nodiscard]] inline CustomerDecision refuse_state(const SetupIntent& setup,
                                                   Refusal refusal = Refusal::setup_unexpected_state) {
  return {{}, RefusalDetail{.refusal = refusal, .state = static_cast<uint8_t>(setup.status)}};
}
template <class... Events>
[[nodiscard]] CustomerDecision happened(Events&&... events) {
  CustomerDecision decision;
  decision.events.reserve(sizeof...(Events));
  (decision.events.emplace_back(std::forward<Events>(events)), ...);
  return decision;
}

[[nodiscard]] inline bool exists(const Customer* customer) { return customer != nullptr && !customer->deleted; }
// A method that belongs to a customer is for that customer only.
[[nodiscard]] inline bool belongs_to_another(const MethodSnapshot& method, CustomerId customer) {
  return !method.customer.empty() && method.customer != customer;
}
[[nodiscard]] inline bool waits_for_partner(SetupStatus status) {
  return status == SetupStatus::requires_payment_method || status == SetupStatus::requires_confirmation ||
         status == SetupStatus::requires_action;
}

}  // namespace tollgate::customer_internal

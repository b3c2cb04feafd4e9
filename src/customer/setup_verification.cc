// What the verification of a setup intent's card comes to, and how all its events fold. No money is at stake: without
// an answer it has failed, and may be tried again.
#include "customer/objects.h"

namespace tollgate {
namespace customer_internal {
namespace {

CustomerDecision failed(const SetupIntent& setup, uint16_t operation, DeclineCode code) {
  return happened(SetupFailed{.setup = setup.id, .operation = operation, .code = code});
}

// The card is attached by the success that proves it good, unless its customer is gone or it was detached or given to
// another.
CustomerDecision succeeded(const SetupIntent& setup, const CustomerContext& context) {
  SetupSucceeded event{.setup = setup.id, .operation = setup.operation};
  const PaymentMethod* own = context.method;
  const bool customer_there =
      !setup.customer.empty() && exists(context.customer) && context.customer->id == setup.customer;
  const bool attached = !setup.method->customer.empty() || (own != nullptr && !own->method.customer.empty());
  if (!customer_there || attached || (own != nullptr && own->detached)) return happened(std::move(event));
  // As it is by now: with its metadata beside what it was when the verification began, it might not fit into a record.
  PaymentMethodAttached attach{.method = own != nullptr ? own->method : *setup.method, .metadata = own != nullptr ? own->metadata : Metadata{}};
  attach.method.customer = setup.customer;
  return happened(std::move(event), std::move(attach));
}

void waits_for_method(SetupIntent& setup, DeclineCode code) {
  setup.status = SetupStatus::requires_payment_method;
  setup.method.reset();
  setup.last_decline = code;
}

void answered(SetupIntent& setup, uint16_t operation, uint64_t sequence) {
  TOLLGATE_ASSERT(setup.operation_open && setup.operation == operation);
  setup.operation_open = false;
  setup.resolved_sequence = sequence;
}

void fold(SetupIntent& setup, const SetupIntentUpdated& event, uint64_t) {
  const bool other_method = setup.method != event.method;
  TOLLGATE_ASSERT(setup.status != SetupStatus::canceled && (!other_method || waits_for_partner(setup.status)));
  setup.customer = event.customer;
  setup.method = event.method;
  setup.description = event.description;
  setup.metadata = event.metadata;
  if (other_method)
    setup.status = event.method ? SetupStatus::requires_confirmation : SetupStatus::requires_payment_method;
}
void fold(SetupIntent& setup, const SetupVerificationRequested& event, uint64_t sequence) {
  TOLLGATE_ASSERT(waits_for_partner(setup.status) && event.operation == setup.operation + 1);
  if (event.method) setup.method = event.method;
  TOLLGATE_ASSERT(setup.method.has_value());
  if (!event.return_url.empty()) setup.return_url = event.return_url;
  setup.status = SetupStatus::processing;
  setup.operation = event.operation;
  setup.operation_open = true;
  setup.authenticated = event.authenticated;
  setup.requested_sequence = sequence;
  setup.resolved_sequence = 0;
  setup.last_decline = DeclineCode::none;
}
void fold(SetupIntent& setup, const SetupAuthenticationRequired& event, uint64_t sequence) {
  answered(setup, event.operation, sequence);
  setup.status = SetupStatus::requires_action;
}
void fold(SetupIntent& setup, const SetupSucceeded& event, uint64_t sequence) {
  answered(setup, event.operation, sequence);
  setup.status = SetupStatus::succeeded;
}
void fold(SetupIntent& setup, const SetupFailed& event, uint64_t sequence) {
  if (event.operation != 0)
    answered(setup, event.operation, sequence);
  else
    TOLLGATE_ASSERT(setup.status == SetupStatus::requires_action);
  waits_for_method(setup, event.code);
}
void fold(SetupIntent& setup, const SetupCanceled& event, uint64_t) {
  TOLLGATE_ASSERT(waits_for_partner(setup.status));
  setup.status = SetupStatus::canceled;
  setup.cancellation_reason = event.reason;
}

}  // namespace

CustomerDecision decide_on(const CompleteSetupAuthentication& command, const CustomerContext& context) {
  if (context.setup == nullptr) return refuse(Refusal::setup_missing);
  const SetupIntent& setup = *context.setup;
  if (setup.operation_open) return refuse_state(setup, Refusal::busy);
  if (setup.status != SetupStatus::requires_action) return refuse_state(setup);
  if (!command.succeeded) return failed(setup, 0, DeclineCode::authentication_failed);
  if (setup.operation >= operations_per_payment_max) return refuse(Refusal::too_many);
  return happened(SetupVerificationRequested{
      .setup = setup.id, .operation = static_cast<uint16_t>(setup.operation + 1), .authenticated = true});
}

CustomerDecision decide_on(const ApplySetupOutcome& command, const CustomerContext& context) {
  if (context.setup == nullptr) return refuse(Refusal::setup_missing);
  const SetupIntent& setup = *context.setup;
  if (!setup.operation_open || command.operation != setup.operation) return {};  // answered before, or given up
  switch (command.outcome) {
    case Outcome::approved: return succeeded(setup, context);
    case Outcome::declined:
      return failed(setup, setup.operation,
                    command.code == DeclineCode::none ? DeclineCode::generic_decline : command.code);
    case Outcome::authentication_required:
      // Asked again after it was given: the issuer will not have this card.
      if (setup.authenticated) return failed(setup, setup.operation, DeclineCode::authentication_required);
      return happened(SetupAuthenticationRequired{.setup = setup.id, .operation = setup.operation});
    case Outcome::unknown:
    case Outcome::pending: break;
  }
  return failed(setup, setup.operation, DeclineCode::not_reached);
}

}  // namespace customer_internal

bool apply(SetupIntent& setup, const CustomerEvent& event, uint64_t sequence, int64_t) {
  const bool folded = std::visit(
      [&]<class E>(const E& e) {
        if constexpr (std::is_same_v<E, SetupIntentCreated>) {
          if (setup.version != 0 && e.setup.id != setup.id) return false;
          TOLLGATE_ASSERT(setup.version == 0);
          setup = e.setup;
          return true;
        } else if constexpr (requires { customer_internal::fold(setup, e, sequence); }) {
          if (e.setup != setup.id) return false;
          customer_internal::fold(setup, e, sequence);
          return true;
        } else {
          return false;
        }
      },
      event);
  if (!folded) return false;
  setup.version = sequence;
  setup.history.push_back(sequence);
  return true;
}

}  // namespace tollgate

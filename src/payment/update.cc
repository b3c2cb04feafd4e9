// Changes to what a payment says, and, while it waits for its partner, to what it will charge.
#include "payment/operations.h"

#include "tollgate/payment/minimum.h"

namespace tollgate::payment_internal {
namespace {

// What the acquirer is or was told: fixed as soon as it is called.
bool changes_charge(const UpdatePayment& command) {
  return command.amount || command.currency || command.capture_method || command.customer || command.method ||
         command.clear_method || command.setup_future_usage || command.statement_descriptor ||
         command.statement_descriptor_suffix;
}

void set_details(PaymentDetails& details, const UpdatePayment& command) {
  if (command.description) details.description = *command.description;
  if (command.statement_descriptor) details.statement_descriptor = *command.statement_descriptor;
  if (command.statement_descriptor_suffix) details.statement_descriptor_suffix = *command.statement_descriptor_suffix;
  if (command.transfer_group) details.transfer_group = *command.transfer_group;
  if (command.setup_future_usage) details.setup_future_usage = *command.setup_future_usage;
  if (command.sealed_personal) details.sealed_personal = *command.sealed_personal;
  merge_metadata(details.metadata, command.metadata, command.clear_metadata);
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const UpdatePayment& command, const PaymentContext& context) {
  if (state.status == PaymentStatus::canceled) return refuse_state(state);
  if (changes_charge(command)) {
    if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
    if (!waits_for_partner(state.status)) return refuse_state(state);
  }
  // An increment brings its details when it is approved; a change in between would be lost.
  if (state.details_if_incremented) return refuse_state(state, Refusal::busy);
  if (!room_for_change(state.history.size(), state.operations.size())) return refuse(Refusal::too_many);
  if (command.sealed_personal_base && *command.sealed_personal_base != state.details.sealed_personal) return refuse_state(state, Refusal::busy);
  if (command.amount) {
    if (auto refusal = refuse_amount(*command.amount, context)) return {{}, std::move(refusal)};
  }
  if (command.currency && command.currency->empty()) return refuse(Refusal::currency_not_enabled, "currency");

  PaymentUpdated updated = unchanged(state);
  if (command.amount) updated.amount = *command.amount;
  if (command.currency) updated.currency = *command.currency;
  // Of the two together, whichever of them was given.
  const int64_t least = minimum_amount(updated.currency);
  if ((command.amount || command.currency) && updated.amount < least) return refuse(Refusal::amount_too_small, "amount", least);
  if (command.capture_method) updated.capture_method = *command.capture_method;
  if (command.customer) updated.customer = *command.customer;
  if (command.clear_method) updated.method.reset();
  if (command.method) updated.method = command.method;
  set_details(updated.details, command);

  // A method that is kept over a change of the customer counts as given.
  if (changes_charge(command) && updated.method && belongs_to_another(*updated.method, updated.customer)) {
    return refuse(Refusal::customer_mismatch, "customer");
  }
  if (updated.details.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(updated));
}

void fold(const Fold& to, const PaymentUpdated& event) {
  Payment& payment = to.payment;
  const bool other_charge = payment.amount != event.amount || payment.currency != event.currency ||
                            payment.capture_method != event.capture_method || payment.method != event.method;
  TOLLGATE_ASSERT(payment.status != PaymentStatus::canceled && (!other_charge || waits_for_partner(payment.status)));
  payment.amount = event.amount;
  payment.currency = event.currency;
  payment.capture_method = event.capture_method;
  payment.customer = event.customer;
  payment.method = event.method;
  payment.details = event.details;
  if (!waits_for_partner(payment.status)) return;

  payment.last_decline = DeclineCode::none;
  payment.last_decline_attempt = 0;
  if (!other_charge) return;
  // What the cardholder was asked about is no longer what will be charged: the attempt is over, and the next one begins
  // anew.
  if (!payment.attempts.empty() && payment.attempts.back().state != AttemptState::declined) {
    payment.attempts.back().state = AttemptState::canceled;
  }
  payment.status = payment.method ? PaymentStatus::requires_confirmation : PaymentStatus::requires_payment_method;
}

}  // namespace tollgate::payment_internal

// Raises the amount of a standing authorization. Until the acquirer approves it, nothing changes.
#include "payment/operations.h"

namespace tollgate::payment_internal {

PaymentDecision decide_on(const Payment& state, const IncrementAuthorization& command, const PaymentContext& context) {
  if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
  if (state.status != PaymentStatus::requires_capture) return refuse_state(state);
  const Attempt& attempt = state.attempts.back();
  if (attempt.amount_captured > 0) return refuse_state(state);
  if (context.now_us >= attempt.capture_before_us) return refuse_state(state, Refusal::authorization_expired);
  if (auto refusal = refuse_amount(command.amount, context)) return {{}, std::move(refusal)};
  if (command.amount <= attempt.amount_authorized)
    return refuse(Refusal::amount_too_small, "amount", attempt.amount_authorized + 1);
  if (!room_for_operation(state)) return refuse(Refusal::too_many);

  IncrementRequested requested{
      .payment = state.id,
      .operation = next_operation(state),
      .amount = command.amount,
      .description = command.description.value_or(state.details.description),
      .metadata = state.details.metadata,
      .statement_descriptor = command.statement_descriptor.value_or(state.details.statement_descriptor)};
  merge_metadata(requested.metadata, command.metadata, command.clear_metadata);
  if (requested.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(requested));
}

PaymentDecision increment_approved(const Payment& state, const Operation& operation) {
  return happened(
      AuthorizationIncremented{.payment = state.id, .operation = operation.ordinal, .amount = operation.amount});
}

void fold(const Fold& to, const IncrementRequested& event) {
  TOLLGATE_ASSERT(to.payment.status == PaymentStatus::requires_capture &&
                  to.payment.attempts.back().amount_captured == 0);
  add_operation(to, event.operation, OperationKind::increment, to.payment.attempts.back().ordinal, event.amount);
  PaymentDetails& details = to.payment.details_if_incremented.emplace(to.payment.details);
  details.description = event.description;
  details.metadata = event.metadata;
  details.statement_descriptor = event.statement_descriptor;
}

void fold(const Fold& to, const AuthorizationIncremented& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.kind == OperationKind::increment && to.payment.details_if_incremented);
  resolve(to, operation, OperationState::approved);
  attempt_of(to.payment, operation.attempt).amount_authorized = event.amount;
  to.payment.amount = event.amount;
  to.payment.details = std::move(*to.payment.details_if_incremented);
  to.payment.details_if_incremented.reset();
}

}  // namespace tollgate::payment_internal

// Cancel. An authorization is undone at the acquirer first. Once a part of it was captured, canceling gives back the
// rest, and the payment has succeeded with what it captured: that money is given back by a refund and by nothing else.
#include "payment/operations.h"

namespace tollgate::payment_internal {

PaymentDecision decide_on(const Payment& state, const CancelPayment& command, const PaymentContext&) {
  if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
  if (waits_for_partner(state.status)) {
    return happened(PaymentCanceled{.payment = state.id, .operation = 0, .reason = command.reason});
  }
  if (state.status != PaymentStatus::requires_capture) return refuse_state(state);
  if (!room_for_operation(state)) return refuse(Refusal::too_many);
  return happened(CancelRequested{.payment = state.id, .operation = next_operation(state), .reason = command.reason});
}

PaymentDecision cancel_approved(const Payment& state, const Operation& operation) {
  return happened(PaymentCanceled{.payment = state.id, .operation = operation.ordinal, .reason = operation.reason});
}

void fold(const Fold& to, const CancelRequested& event) {
  TOLLGATE_ASSERT(to.payment.status == PaymentStatus::requires_capture);
  Operation& operation = add_operation(to, event.operation, OperationKind::cancel, to.payment.attempts.back().ordinal,
                                       to.payment.amount_capturable());
  operation.reason = event.reason;
}

void fold(const Fold& to, const PaymentCanceled& event) {
  Payment& payment = to.payment;
  if (event.operation == 0) {
    TOLLGATE_ASSERT(waits_for_partner(payment.status));
  } else {
    Operation& operation = operation_of(payment, event.operation);
    TOLLGATE_ASSERT(operation.kind == OperationKind::cancel);
    resolve(to, operation, OperationState::approved);
  }
  Attempt* attempt = payment.attempts.empty() ? nullptr : &payment.attempts.back();
  if (attempt != nullptr && attempt->amount_captured > 0) {
    attempt->state = AttemptState::captured;
    payment.status = PaymentStatus::succeeded;
    return;
  }
  if (attempt != nullptr && attempt->state != AttemptState::declined) attempt->state = AttemptState::canceled;
  payment.status = PaymentStatus::canceled;
  payment.canceled_us = to.time_us;
  payment.cancellation_reason = event.reason;
}

}  // namespace tollgate::payment_internal

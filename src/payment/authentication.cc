// 3-D Secure: the issuer wants the cardholder to prove who they are, and what that came to.
#include "payment/operations.h"

namespace tollgate::payment_internal {

PaymentDecision decide_on(const Payment& state, const CompleteAuthentication& command, const PaymentContext&) {
  if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
  if (state.status != PaymentStatus::requires_action) return refuse_state(state);
  // The challenge of an attempt that was given up in between.
  if (command.attempt != state.attempts.size()) return refuse_state(state);
  if (command.succeeded && !room_for_operation(state)) return refuse(Refusal::too_many);

  AuthenticationCompleted completed{.payment = state.id, .attempt = command.attempt, .succeeded = command.succeeded};
  // With manual confirmation the partner's server has the last word: the payment waits for one more confirmation.
  if (!command.succeeded || state.confirmation_method == ConfirmationMethod::manual)
    return happened(std::move(completed));
  const Attempt& attempt = state.attempts.back();
  return happened(
      std::move(completed),
      AuthorizationRequested{
          .payment = state.id,
          .operation = next_operation(state),
          .kind = state.capture_method == CaptureMethod::manual ? OperationKind::authorize : OperationKind::sale,
          .attempt = attempt.ordinal,
          .amount = state.amount,
          .off_session = attempt.off_session,
          .authenticated = true,
          .error_on_requires_action = attempt.error_on_requires_action,
          .acquirer = attempt.acquirer});
}

void fold(const Fold& to, const AuthenticationRequired& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(charges_card(operation.kind));
  resolve(to, operation, OperationState::declined, DeclineCode::authentication_required);
  attempt_of(to.payment, operation.attempt).state = AttemptState::requires_action;
  to.payment.status = PaymentStatus::requires_action;
}

void fold(const Fold& to, const AuthenticationCompleted& event) {
  TOLLGATE_ASSERT(to.payment.status == PaymentStatus::requires_action);
  Attempt& attempt = attempt_of(to.payment, event.attempt);
  TOLLGATE_ASSERT(attempt.state == AttemptState::requires_action);
  if (!event.succeeded) return decline(to.payment, attempt, DeclineCode::authentication_failed);
  attempt.state = AttemptState::pending;
  attempt.authenticated = true;
  to.payment.status = PaymentStatus::requires_confirmation;
}

}  // namespace tollgate::payment_internal

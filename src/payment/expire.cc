#include "payment/operations.h"

namespace tollgate::payment_internal {

PaymentDecision decide_on(const Payment& state, const ExpireAuthorization&, const PaymentContext& context) {
  // A timer that rings too early, twice, or while the acquirer is still to answer: nothing yet.
  if (state.status != PaymentStatus::requires_capture) return {};
  if (context.now_us < state.attempts.back().capture_before_us) return {};
  if (state.open_operation() != nullptr) return {};
  return happened(AuthorizationExpired{.payment = state.id});
}

void fold(const Fold& to, const AuthorizationExpired&) {
  Payment& payment = to.payment;
  TOLLGATE_ASSERT(payment.status == PaymentStatus::requires_capture && payment.open_operation() == nullptr);
  Attempt& attempt = payment.attempts.back();
  if (attempt.amount_captured > 0) {
    attempt.state = AttemptState::captured;
    payment.status = PaymentStatus::succeeded;
    return;
  }
  attempt.state = AttemptState::expired;
  payment.status = PaymentStatus::canceled;
  payment.canceled_us = to.time_us;
  payment.cancellation_reason = CancellationReason::automatic;
}

}  // namespace tollgate::payment_internal

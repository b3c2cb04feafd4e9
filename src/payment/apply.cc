#include "payment/operations.h"

namespace tollgate {

using namespace payment_internal;

void apply(Payment& state, const PaymentEvent& event, PartnerId partner, Mode mode, uint64_t sequence,
           int64_t time_us) {
  // Only its creation finds a payment without a history.
  TOLLGATE_ASSERT(std::holds_alternative<PaymentCreated>(event) == state.history.empty());
  TOLLGATE_ASSERT(state.history.empty() ||
                  (state.history.back() < sequence && state.partner == partner && state.mode == mode));
  const Fold to{state, partner, mode, sequence, time_us};
  std::visit(
      [&to](const auto& e) {
        fold(to, e);
        TOLLGATE_ASSERT(to.payment.id == e.payment);
      },
      event);
  state.history.push_back(sequence);
}

namespace payment_internal {

Operation& operation_of(Payment& payment, uint16_t ordinal) {
  TOLLGATE_ASSERT(ordinal >= 1 && ordinal <= payment.operations.size());
  return payment.operations[ordinal - 1u];
}

Attempt& attempt_of(Payment& payment, uint16_t ordinal) {
  TOLLGATE_ASSERT(ordinal >= 1 && ordinal <= payment.attempts.size());
  return payment.attempts[ordinal - 1u];
}

Refund& refund_of(Payment& payment, uint16_t ordinal) {
  TOLLGATE_ASSERT(ordinal >= 1 && ordinal <= payment.refunds.size());
  return payment.refunds[ordinal - 1u];
}

Operation& add_operation(const Fold& to, uint16_t ordinal, OperationKind kind, uint16_t attempt, int64_t amount) {
  TOLLGATE_ASSERT(ordinal == next_operation(to.payment));
  TOLLGATE_ASSERT(kind == OperationKind::refund || to.payment.open_operation() == nullptr);
  return to.payment.operations.emplace_back(Operation{.ordinal = ordinal,
                                                      .kind = kind,
                                                      .amount = amount,
                                                      .attempt = attempt,
                                                      .requested_sequence = to.sequence,
                                                      .requested_us = to.time_us});
}

void resolve(const Fold& to, Operation& operation, OperationState state, DeclineCode code) {
  TOLLGATE_ASSERT(unresolved(operation.state));
  operation.state = state;
  operation.code = code;
  operation.resolved_sequence = to.sequence;
}

void add_transaction(const Fold& to, Transaction transaction) {
  TOLLGATE_ASSERT(transaction.ordinal == next_transaction(to.payment));
  transaction.created_us = to.time_us;
  to.payment.transactions.push_back(transaction);
}

void decline(Payment& payment, Attempt& attempt, DeclineCode code) {
  TOLLGATE_ASSERT(&attempt == &payment.attempts.back());
  attempt.state = AttemptState::declined;
  attempt.decline = code;
  payment.status = PaymentStatus::requires_payment_method;
  payment.method.reset();
  payment.last_decline = code;
  payment.last_decline_attempt = attempt.ordinal;
}

}  // namespace payment_internal
}  // namespace tollgate

#include <algorithm>

#include "payment/operations.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate::payment_internal {
namespace {

// Never more than what was captured: the partner owes nothing for being paid.
int64_t fee_of(const Fee& fee, int64_t amount) {
  const auto sum = checked_add(basis_points_of(amount, std::max(fee.basis_points, 0)), std::max<int64_t>(fee.fixed, 0));
  return std::min(sum.value_or(amount), amount);
}

bool changes_details(const CapturePayment& command) {
  return command.clear_metadata || !command.metadata.empty() || command.statement_descriptor ||
         command.statement_descriptor_suffix;
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const CapturePayment& command, const PaymentContext& context) {
  const Attempt* attempt = state.newest_attempt();

  if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
  if (state.status == PaymentStatus::succeeded) return refuse_state(state, Refusal::already_captured);
  if (attempt != nullptr && attempt->state == AttemptState::expired)
    return refuse_state(state, Refusal::authorization_expired);
  if (state.status != PaymentStatus::requires_capture) return refuse_state(state);
  if (context.now_us >= attempt->capture_before_us) return refuse_state(state, Refusal::authorization_expired);
  const int64_t amount = command.amount_to_capture.value_or(state.amount_capturable());
  if (amount < 1) return refuse(Refusal::amount_too_small, "amount_to_capture", 1);
  if (amount > state.amount_capturable())
    return refuse(Refusal::amount_too_large, "amount_to_capture", state.amount_capturable());
  if (!room_for_operation(state)) return refuse(Refusal::too_many);

  CaptureRequested requested{.payment = state.id,
                             .operation = next_operation(state),
                             .amount = amount,
                             .final_capture = command.final_capture || amount == state.amount_capturable()};
  if (!changes_details(command)) return happened(std::move(requested));
  PaymentUpdated updated = unchanged(state);
  merge_metadata(updated.details.metadata, command.metadata, command.clear_metadata);
  if (updated.details.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  if (command.statement_descriptor) updated.details.statement_descriptor = *command.statement_descriptor;
  if (command.statement_descriptor_suffix)
    updated.details.statement_descriptor_suffix = *command.statement_descriptor_suffix;
  return happened(std::move(updated), std::move(requested));
}

// Of a capture, and of a sale, which is captured as it is authorized.
PaymentDecision capture_approved(const Payment& state, const Operation& operation, const PaymentContext& context) {
  const int64_t fee = fee_of(context.fee, operation.amount);
  return happened(PaymentCaptured{.payment = state.id,
                                  .operation = operation.ordinal,
                                  .amount = operation.amount,
                                  .final_capture = operation.kind == OperationKind::sale || operation.final_capture,
                                  .fee = fee,
                                  .transaction = next_transaction(state),
                                  .available_on_us = available_on_us(context.now_us, context.availability_delay_us),
                                  .postings = capture_postings({operation.amount, state.currency}, fee)});
}

void fold(const Fold& to, const CaptureRequested& event) {
  TOLLGATE_ASSERT(to.payment.status == PaymentStatus::requires_capture &&
                  event.amount <= to.payment.amount_capturable());
  Operation& operation =
      add_operation(to, event.operation, OperationKind::capture, to.payment.attempts.back().ordinal, event.amount);
  operation.final_capture = event.final_capture;
}

void fold(const Fold& to, const PaymentCaptured& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  if (operation.kind == OperationKind::sale) {
    // Its authorization was the record before this one.
    TOLLGATE_ASSERT(operation.state == OperationState::approved);
    operation.resolved_sequence = to.sequence;
  } else {
    TOLLGATE_ASSERT(operation.kind == OperationKind::capture);
    resolve(to, operation, OperationState::approved);
  }
  Attempt& attempt = attempt_of(to.payment, operation.attempt);
  attempt.amount_captured += event.amount;
  TOLLGATE_ASSERT(attempt.amount_captured <= attempt.amount_authorized);
  add_transaction(to, {.ordinal = event.transaction,
                       .type = TransactionType::charge,
                       .amount = event.amount,
                       .fee = event.fee,
                       .attempt = attempt.ordinal,
                       .available_on_us = event.available_on_us});
  if (!event.final_capture && attempt.amount_captured < attempt.amount_authorized) return;
  attempt.state = AttemptState::captured;
  to.payment.status = PaymentStatus::succeeded;
}

}  // namespace tollgate::payment_internal

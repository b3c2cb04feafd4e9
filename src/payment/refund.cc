// Refunds. Each reserves its amount before the acquirer is asked, so that several at once can never add up to more than
// was captured; only a definite failure releases it.
#include "payment/operations.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate::payment_internal {
namespace {

// Only one attempt of a payment is ever captured.
const Attempt* captured_attempt(const Payment& state, std::optional<uint16_t> named) {
  const Attempt* attempt = state.newest_attempt();
  if (attempt == nullptr || attempt->amount_captured == 0) return nullptr;
  return !named || *named == attempt->ordinal ? attempt : nullptr;
}

// Of a refund that has failed: news only if that was said by hand.
PaymentDecision reported_again(const Payment& state, const Refund& refund, const SettleRefund& command) {
  for (const Operation& operation : state.operations) {
    if (operation.refund != refund.ordinal) continue;
    ApplyOutcome answer;
    answer.operation = operation.ordinal;
    answer.outcome = command.succeeded ? Outcome::approved : Outcome::declined;
    answer.amount = operation.amount;
    answer.currency = state.currency;
    answer.code = command.code;
    return answered_again(state, operation, answer);
  }
  return {};
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const CreateRefund& command, const PaymentContext&) {
  const Attempt* attempt = captured_attempt(state, command.attempt);
  if (attempt == nullptr) return refuse_state(state, Refusal::nothing_to_refund);
  const int64_t left = attempt->amount_captured - attempt->amount_refunded;
  if (left == 0) return refuse_state(state, Refusal::already_refunded);
  const int64_t amount = command.amount.value_or(left);
  if (amount < 1) return refuse(Refusal::amount_too_small, "amount", 1);
  if (amount > left) return refuse(Refusal::amount_too_large, "amount", left);
  if (state.refunds.size() >= refunds_per_payment_max || !room_for_operation(state)) return refuse(Refusal::too_many);
  Metadata metadata;
  merge_metadata(metadata, command.metadata, false);
  if (metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");

  return happened(RefundRequested{.payment = state.id,
                                  .operation = next_operation(state),
                                  .refund = static_cast<uint16_t>(state.refunds.size() + 1),
                                  .attempt = attempt->ordinal,
                                  .amount = amount,
                                  .reason = command.reason,
                                  .metadata = std::move(metadata)});
}

PaymentDecision decide_on(const Payment& state, const UpdateRefund& command, const PaymentContext&) {
  if (command.refund < 1 || command.refund > state.refunds.size()) return refuse(Refusal::refund_missing, "id");
  if (!room_for_change(state.history.size(), state.operations.size())) return refuse(Refusal::too_many);
  RefundUpdated updated{
      .payment = state.id, .refund = command.refund, .metadata = state.refunds[command.refund - 1u].metadata};
  merge_metadata(updated.metadata, command.metadata, command.clear_metadata);
  if (updated.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(updated));
}

PaymentDecision refund_accepted(const Payment& state, const Operation& operation, bool pending) {
  return happened(RefundAccepted{.payment = state.id,
                                 .operation = operation.ordinal,
                                 .refund = operation.refund,
                                 .pending = pending,
                                 .transaction = next_transaction(state),
                                 .postings = refund_postings({operation.amount, state.currency})});
}

PaymentDecision refund_declined(const Payment& state, const Operation& operation, DeclineCode code) {
  return happened(
      RefundFailed{.payment = state.id, .operation = operation.ordinal, .refund = operation.refund, .code = code});
}

PaymentDecision decide_on(const Payment& state, const SettleRefund& command, const PaymentContext&) {
  if (command.refund < 1 || command.refund > state.refunds.size()) return refuse(Refusal::refund_missing);
  const Refund& refund = state.refunds[command.refund - 1u];
  const DeclineCode code = command.code == DeclineCode::none ? DeclineCode::generic_decline : command.code;
  if (refund.status != RefundStatus::pending && refund.status != RefundStatus::succeeded) return reported_again(state, refund, command);
  if (refund.transaction == 0) {
    // The report overtook the answer: it says all that the answer would have said.
    for (const Operation& operation : state.operations) {
      if (operation.refund != refund.ordinal) continue;
      return command.succeeded ? refund_accepted(state, operation, false) : refund_declined(state, operation, code);
    }
  }
  if (!command.succeeded) {
    return happened(RefundFailed{.payment = state.id,
                                 .refund = refund.ordinal,
                                 .code = code,
                                 .transaction = next_transaction(state),
                                 .postings = refund_failure_postings({refund.amount, state.currency})});
  }
  if (refund.status == RefundStatus::succeeded) return {};
  return happened(RefundSettled{.payment = state.id, .refund = refund.ordinal});
}

void fold(const Fold& to, const RefundRequested& event) {
  Attempt& attempt = attempt_of(to.payment, event.attempt);
  TOLLGATE_ASSERT(event.refund == to.payment.refunds.size() + 1);
  TOLLGATE_ASSERT(event.amount >= 1 && event.amount <= attempt.amount_captured - attempt.amount_refunded);
  Operation& operation = add_operation(to, event.operation, OperationKind::refund, event.attempt, event.amount);
  operation.refund = event.refund;
  attempt.amount_refunded += event.amount;
  to.payment.refunds.push_back(Refund{.ordinal = event.refund,
                                      .attempt = event.attempt,
                                      .status = RefundStatus::pending,
                                      .amount = event.amount,
                                      .reason = event.reason,
                                      .metadata = event.metadata,
                                      .created_us = to.time_us});
}

void fold(const Fold& to, const RefundAccepted& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.kind == OperationKind::refund && operation.refund == event.refund);
  resolve(to, operation, OperationState::approved);
  Refund& refund = refund_of(to.payment, event.refund);
  refund.status = event.pending ? RefundStatus::pending : RefundStatus::succeeded;
  refund.transaction = event.transaction;
  add_transaction(to, {.ordinal = event.transaction,
                       .type = TransactionType::refund,
                       .amount = -refund.amount,
                       .attempt = refund.attempt,
                       .refund = refund.ordinal,
                       .available_on_us = to.time_us});
}

void fold(const Fold& to, const RefundSettled& event) {
  Refund& refund = refund_of(to.payment, event.refund);
  TOLLGATE_ASSERT(refund.status == RefundStatus::pending && refund.transaction != 0);
  refund.status = RefundStatus::succeeded;
}

void fold(const Fold& to, const RefundFailed& event) {
  Refund& refund = refund_of(to.payment, event.refund);
  TOLLGATE_ASSERT(refund.status == RefundStatus::pending || refund.status == RefundStatus::succeeded);
  if (event.operation != 0) {
    Operation& operation = operation_of(to.payment, event.operation);
    TOLLGATE_ASSERT(operation.kind == OperationKind::refund && operation.refund == event.refund &&
                    event.transaction == 0);
    resolve(to, operation, OperationState::declined, event.code);
  }
  refund.status = RefundStatus::failed;
  attempt_of(to.payment, refund.attempt).amount_refunded -= refund.amount;
  if (event.transaction == 0) return;
  TOLLGATE_ASSERT(refund.transaction != 0);
  refund.failure_transaction = event.transaction;
  add_transaction(to, {.ordinal = event.transaction,
                       .type = TransactionType::refund_failure,
                       .amount = refund.amount,
                       .attempt = refund.attempt,
                       .refund = refund.ordinal,
                       .available_on_us = to.time_us});
}

void fold(const Fold& to, const RefundUpdated& event) { refund_of(to.payment, event.refund).metadata = event.metadata; }

}  // namespace tollgate::payment_internal

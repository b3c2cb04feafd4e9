// What the operations of a payment share. Each has a file of its own: what it decides, and how its events fold.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "tollgate/base/assert.h"
#include "tollgate/payment/commands.h"

namespace tollgate::payment_internal {

// ---- decisions: `state` exists, except for a create ----
[[nodiscard]] PaymentDecision decide_create(const Payment* state, const CreatePayment& command,
                                            const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const UpdatePayment& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const ConfirmPayment& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const CompleteAuthentication& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const CapturePayment& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const CancelPayment& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const IncrementAuthorization& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const CreateRefund& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const UpdateRefund& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const SettleRefund& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const ApplyOutcome& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const ExpireAuthorization& command,
                                        const PaymentContext& context);
[[nodiscard]] PaymentDecision decide_on(const Payment& state, const ResolveByHand& command,
                                        const PaymentContext& context);

// ---- what the acquirer's answer to an operation leads to, once it is definite ----
[[nodiscard]] PaymentDecision authorization_approved(const Payment& state, const Operation& operation,
                                                     const ApplyOutcome& answer, const PaymentContext& context);
[[nodiscard]] PaymentDecision authorization_challenged(const Payment& state, const Operation& operation,
                                                       const ApplyOutcome& answer);
[[nodiscard]] PaymentDecision capture_approved(const Payment& state, const Operation& operation,
                                               const PaymentContext& context);
[[nodiscard]] PaymentDecision cancel_approved(const Payment& state, const Operation& operation);
[[nodiscard]] PaymentDecision increment_approved(const Payment& state, const Operation& operation);
[[nodiscard]] PaymentDecision refund_accepted(const Payment& state, const Operation& operation, bool pending);
[[nodiscard]] PaymentDecision refund_declined(const Payment& state, const Operation& operation, DeclineCode code);

// The acquirer's answer to what has its outcome already.
[[nodiscard]] PaymentDecision answered_again(const Payment& state, const Operation& operation, const ApplyOutcome& answer);

// ---- folds ----
struct Fold {
  Payment& payment;
  PartnerId partner;
  Mode mode;
  uint64_t sequence;
  int64_t time_us;
};
void fold(const Fold& to, const PaymentCreated& event);
void fold(const Fold& to, const PaymentUpdated& event);
void fold(const Fold& to, const AuthorizationRequested& event);
void fold(const Fold& to, const AuthenticationRequired& event);
void fold(const Fold& to, const AuthenticationCompleted& event);
void fold(const Fold& to, const AuthorizationApproved& event);
void fold(const Fold& to, const AuthorizationDeclined& event);
void fold(const Fold& to, const OperationInDoubt& event);
void fold(const Fold& to, const ReversalRequested& event);
void fold(const Fold& to, const OperationReversed& event);
void fold(const Fold& to, const CaptureRequested& event);
void fold(const Fold& to, const PaymentCaptured& event);
void fold(const Fold& to, const OperationDeclined& event);
void fold(const Fold& to, const IncrementRequested& event);
void fold(const Fold& to, const AuthorizationIncremented& event);
void fold(const Fold& to, const CancelRequested& event);
void fold(const Fold& to, const PaymentCanceled& event);
void fold(const Fold& to, const AuthorizationExpired& event);
void fold(const Fold& to, const RefundRequested& event);
void fold(const Fold& to, const RefundAccepted& event);
void fold(const Fold& to, const RefundSettled& event);
void fold(const Fold& to, const RefundFailed& event);
void fold(const Fold& to, const RefundUpdated& event);
void fold(const Fold& to, const LateApproval& event);
void fold(const Fold& to, const LateApprovalReversed& event);
void fold(const Fold& to, const OperationResolvedByHand& event);
void fold(const Fold& to, const ResolutionAnswered& event);

// ---- small words that the files above are written in ----
[[nodiscard]] inline PaymentDecision refuse(Refusal refusal, std::string param = {}, int64_t amount_allowed = 0) {
  return {{}, RefusalDetail{.refusal = refusal, .param = std::move(param), .amount_allowed = amount_allowed}};
}
[[nodiscard]] inline PaymentDecision refuse_state(const Payment& state, Refusal refusal = Refusal::unexpected_state) {
  return {{}, RefusalDetail{.refusal = refusal, .state = static_cast<uint8_t>(state.status)}};
}
template <class... Events>
[[nodiscard]] PaymentDecision happened(Events&&... events) {
  PaymentDecision decision;
  decision.events.reserve(sizeof...(Events));
  (decision.events.emplace_back(std::forward<Events>(events)), ...);
  return decision;
}

// Waits for the partner: nothing is at the acquirer, and nothing was charged.
[[nodiscard]] inline bool waits_for_partner(PaymentStatus status) {
  return status == PaymentStatus::requires_payment_method || status == PaymentStatus::requires_confirmation ||
         status == PaymentStatus::requires_action;
}
[[nodiscard]] inline bool unresolved(OperationState state) {
  return state == OperationState::open || state == OperationState::in_doubt || state == OperationState::reversing;
}
[[nodiscard]] inline bool charges_card(OperationKind kind) {
  return kind == OperationKind::authorize || kind == OperationKind::sale;
}
// What can be undone by a reversal.
[[nodiscard]] inline bool reversible(OperationKind kind) {
  return charges_card(kind) || kind == OperationKind::increment;
}
// Nothing of it stands: an approval that comes now is a late one.
[[nodiscard]] inline bool is_undone(const Operation& operation) {
  const bool declined_by_hand = operation.state == OperationState::declined && operation.by_hand != HandOutcome::none;
  return operation.state == OperationState::reversed || (declined_by_hand && reversible(operation.kind));
}

// An operation leads to at most one balance transaction, and a refund to one more when it fails: both fit their
// ordinals.
[[nodiscard]] inline bool room_for_operation(const Payment& state) {
  return state.operations.size() < operations_per_payment_max &&
         state.operations.size() + state.refunds.size() + 2 <= TransactionId::ordinal_max;
}
[[nodiscard]] inline uint16_t next_operation(const Payment& state) {
  return static_cast<uint16_t>(state.operations.size() + 1);
}
[[nodiscard]] inline uint16_t next_transaction(const Payment& state) {
  return static_cast<uint16_t>(state.transactions.size() + 1);
}

// Whether an amount may be a payment's; refusals in this order: too small, too large, over the partner's limit.
[[nodiscard]] std::optional<RefusalDetail> refuse_amount(int64_t amount, const PaymentContext& context);
// A method that belongs to a customer is for that customer's payments only.
[[nodiscard]] inline bool belongs_to_another(const MethodSnapshot& method, CustomerId customer) {
  return !method.customer.empty() && method.customer != customer;
}
// A PaymentUpdated that changes nothing yet.
[[nodiscard]] PaymentUpdated unchanged(const Payment& state);

// ---- words of folds: asserted, because an event follows from the state it is applied to ----
[[nodiscard]] Operation& operation_of(Payment& payment, uint16_t ordinal);
[[nodiscard]] Attempt& attempt_of(Payment& payment, uint16_t ordinal);
[[nodiscard]] Refund& refund_of(Payment& payment, uint16_t ordinal);
Operation& add_operation(const Fold& to, uint16_t ordinal, OperationKind kind, uint16_t attempt, int64_t amount);
void resolve(const Fold& to, Operation& operation, OperationState state, DeclineCode code = DeclineCode::none);
void add_transaction(const Fold& to, Transaction transaction);
// The attempt ends, and the payment waits for another.
void decline(Payment& payment, Attempt& attempt, DeclineCode code);

}  // namespace tollgate::payment_internal

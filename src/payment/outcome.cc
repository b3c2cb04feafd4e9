// What the acquirer's answer to an operation leads to, be it direct, late, repeated, or found by an inquiry. Approved,
// declined and unknown are never mixed: whatever is not a definite answer leaves the operation in doubt.
#include "payment/operations.h"

namespace tollgate::payment_internal {
namespace {

PaymentDecision doubt(const Payment& state, const Operation& operation, const ApplyOutcome& answer, DoubtCause cause) {
  // Once is enough: the resolver has it already.
  if (operation.state == OperationState::in_doubt) return {};
  return happened(OperationInDoubt{.payment = state.id,
                                   .operation = operation.ordinal,
                                   .cause = cause,
                                   .acquirer_payment = charges_card(operation.kind) ? answer.acquirer_payment : std::string()});
}

PaymentDecision reverse(const Payment& state, const Operation& operation, DeclineCode code) {
  return happened(ReversalRequested{.payment = state.id, .operation = operation.ordinal, .code = code});
}

PaymentDecision declined(const Payment& state, const Operation& operation, DeclineCode code, Check cvc_check) {
  if (code == DeclineCode::none) code = DeclineCode::generic_decline;
  if (operation.kind == OperationKind::refund) return refund_declined(state, operation, code);
  if (charges_card(operation.kind)) {
    return happened(AuthorizationDeclined{
        .payment = state.id, .operation = operation.ordinal, .code = code, .cvc_check = cvc_check});
  }
  return happened(OperationDeclined{.payment = state.id, .operation = operation.ordinal, .code = code});
}

// The acquirer has never seen it. What could still arrive later must not stand; the others may simply be tried again.
PaymentDecision never_seen(const Payment& state, const Operation& operation) {
  if (reversible(operation.kind)) return reverse(state, operation, DeclineCode::not_reached);
  return declined(state, operation, DeclineCode::not_reached, Check::none);
}

// Done, but not what was asked. Asked about it and told the same again: an authorization is undone, while money that
// moved stays in doubt until people have looked at it.
PaymentDecision mismatched(const Payment& state, const Operation& operation, const ApplyOutcome& answer, DoubtCause cause) {
  if (operation.state == OperationState::in_doubt && reversible(operation.kind)) {
    return reverse(state, operation, DeclineCode::processing_error);
  }
  return doubt(state, operation, answer, cause);
}

PaymentDecision approved(const Payment& state, const Operation& operation, const ApplyOutcome& answer,
                         const PaymentContext& context) {
  switch (operation.kind) {
    case OperationKind::authorize:
    case OperationKind::sale: return authorization_approved(state, operation, answer, context);
    case OperationKind::increment: return increment_approved(state, operation);
    case OperationKind::capture: return capture_approved(state, operation, context);
    case OperationKind::cancel: return cancel_approved(state, operation);
    case OperationKind::refund: return refund_accepted(state, operation, answer.outcome == Outcome::pending);
  }
  TOLLGATE_ASSERT(false);
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const ApplyOutcome& answer, const PaymentContext& context) {
  const Operation* found = state.operation(answer.operation);
  if (found == nullptr) return {};  // an answer to what was never asked
  const Operation& operation = *found;
  if (answer.reversal) {
    // Anything but an acknowledgement: it is tried again.
    if (operation.late_approval && answer.outcome == Outcome::approved)
      return happened(LateApprovalReversed{.payment = state.id, .operation = operation.ordinal});
    if (operation.state == OperationState::reversed) return answered_again(state, operation, answer);
    if (operation.state != OperationState::reversing || answer.outcome != Outcome::approved) return {};
    return happened(OperationReversed{.payment = state.id, .operation = operation.ordinal, .code = operation.code});
  }
  if (operation.state != OperationState::open && operation.state != OperationState::in_doubt) {
    return answered_again(state, operation, answer);
  }
  if (answer.not_found) return never_seen(state, operation);

  switch (answer.outcome) {
    case Outcome::unknown: return doubt(state, operation, answer, answer.doubt);
    case Outcome::declined: return declined(state, operation, answer.code, answer.cvc_check);
    case Outcome::authentication_required:
      if (charges_card(operation.kind)) return authorization_challenged(state, operation, answer);
      return declined(state, operation, DeclineCode::authentication_required, answer.cvc_check);
    case Outcome::pending:
      // Only a refund may be accepted now and settled later.
      if (operation.kind != OperationKind::refund) return doubt(state, operation, answer, DoubtCause::no_answer);
      [[fallthrough]];
    case Outcome::approved:
      if (answer.currency != state.currency) return mismatched(state, operation, answer, DoubtCause::currency_mismatch);
      if (answer.amount != operation.amount) return mismatched(state, operation, answer, DoubtCause::amount_mismatch);
      return approved(state, operation, answer, context);
  }
  // A value that is no outcome is no answer.
  return doubt(state, operation, answer, DoubtCause::malformed_answer);
}

void fold(const Fold& to, const OperationInDoubt& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.state == OperationState::open);
  operation.state = OperationState::in_doubt;
  operation.doubted_sequence = to.sequence;
  if (!event.acquirer_payment.empty()) attempt_of(to.payment, operation.attempt).acquirer_payment = event.acquirer_payment;
}

void fold(const Fold& to, const ReversalRequested& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(reversible(operation.kind));
  TOLLGATE_ASSERT(operation.state == OperationState::open || operation.state == OperationState::in_doubt);
  operation.state = OperationState::reversing;
  operation.code = event.code;
  // Never seen at all: the partner's answer is then this record's, as it is with a doubt.
  if (operation.doubted_sequence == 0) operation.doubted_sequence = to.sequence;
}

void fold(const Fold& to, const OperationReversed& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.state == OperationState::reversing);
  resolve(to, operation, OperationState::reversed, event.code);
  // Said never to have happened, and undone all the same: that is the acquirer's own word. (Said to be reversed: by hand as well.)
  if (operation.by_hand == HandOutcome::never_happened) operation.answered_since = true;
  if (operation.kind == OperationKind::increment) {
    to.payment.details_if_incremented.reset();
  } else {
    decline(to.payment, attempt_of(to.payment, operation.attempt), event.code);
  }
}

void fold(const Fold& to, const OperationDeclined& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(!charges_card(operation.kind) && operation.kind != OperationKind::refund);
  resolve(to, operation, OperationState::declined, event.code);
  if (operation.kind == OperationKind::increment) to.payment.details_if_incremented.reset();
}

void fold(const Fold& to, const LateApproval& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(is_undone(operation));
  operation.late_approval = true;
}

void fold(const Fold& to, const LateApprovalReversed& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.late_approval);
  operation.late_approval = false;
}

}  // namespace tollgate::payment_internal

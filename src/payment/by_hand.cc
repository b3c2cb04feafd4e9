// What is in doubt and the acquirer does not tell is told by people. Their word is taken as its answer; its own, once it comes, is held
// against theirs.
#include "payment/operations.h"

namespace tollgate::payment_internal {
namespace {

// What can be said of it where it stands.
bool may_be_said(const Operation& operation, HandOutcome outcome) {
  if (operation.state == OperationState::reversing || operation.late_approval) return outcome == HandOutcome::reversed;
  if (operation.state != OperationState::in_doubt) return false;
  return outcome == HandOutcome::approved || outcome == HandOutcome::declined || outcome == HandOutcome::never_happened;
}

ApplyOutcome answer_of(const Payment& state, const Operation& operation, const ResolveByHand& command) {
  ApplyOutcome answer;
  answer.operation = operation.ordinal;
  answer.outcome = Outcome::declined;
  switch (command.outcome) {
    case HandOutcome::approved:
      answer.outcome = Outcome::approved;
      answer.amount = operation.amount;
      answer.currency = state.currency;
      if (charges_card(operation.kind)) answer.acquirer_payment = command.acquirer_payment;
      break;
    case HandOutcome::declined: answer.code = DeclineCode::generic_decline; break;
    case HandOutcome::never_happened: answer.not_found = true; break;
    case HandOutcome::reversed:
      answer.outcome = Outcome::approved;
      answer.reversal = true;
      break;
    case HandOutcome::none: break;
  }
  return answer;
}

// Definite, as the resolver has it.
bool says_something(const Operation& operation, const ApplyOutcome& answer) {
  if (answer.reversal) return answer.outcome == Outcome::approved;
  if (answer.not_found) return true;
  if (answer.outcome == Outcome::pending) return operation.kind == OperationKind::refund;
  return answer.outcome == Outcome::approved || answer.outcome == Outcome::declined || answer.outcome == Outcome::authentication_required;
}

ResolutionAnswered compared(const Payment& state, const Operation& operation, const ApplyOutcome& answer) {
  const bool done = !answer.reversal && !answer.not_found && (answer.outcome == Outcome::approved || answer.outcome == Outcome::pending);
  const bool as_asked = answer.amount == operation.amount && answer.currency == state.currency;
  ResolutionAnswered answered{.payment = state.id, .operation = operation.ordinal, .approved = done};
  answered.contradicts = operation.by_hand == HandOutcome::approved ? !done || !as_asked : done;
  if (done) answered.amount = answer.amount;
  else if (answer.not_found) answered.code = DeclineCode::not_reached;
  else if (answer.outcome == Outcome::authentication_required) answered.code = DeclineCode::authentication_required;
  else answered.code = answer.code;
  return answered;
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const ResolveByHand& command, const PaymentContext& context) {
  const Operation* operation = state.operation(command.operation);
  if (operation == nullptr) return refuse(Refusal::payment_missing, "operation");
  if (!may_be_said(*operation, command.outcome)) {
    // Said before: it stands already.
    if (command.outcome != HandOutcome::none && operation->by_hand == command.outcome) return {};
    const bool undone = operation->state == OperationState::reversing || operation->late_approval;
    return operation->state == OperationState::in_doubt || undone ? refuse(Refusal::unexpected_state, "outcome") : refuse_state(state);
  }
  const bool two_people = !command.resolved_by.empty() && !command.approved_by.empty() && command.resolved_by != command.approved_by;
  if (!two_people) return refuse(Refusal::unexpected_state, "approved_by");
  if (command.reason.empty() || command.reference.empty()) return refuse(Refusal::unexpected_state, "reason");

  PaymentDecision decision = decide_on(state, answer_of(state, *operation, command), context);
  TOLLGATE_ASSERT(!decision.refusal && !decision.events.empty());
  decision.events.insert(decision.events.begin(), OperationResolvedByHand{.payment = state.id,
                                                                          .operation = operation->ordinal,
                                                                          .outcome = command.outcome,
                                                                          .reference = command.reference,
                                                                          .reason = command.reason,
                                                                          .resolved_by = command.resolved_by,
                                                                          .approved_by = command.approved_by,
                                                                          .approval = command.approval});
  return decision;
}

// An answer that repeats what is known says nothing new. The first one after a resolution by hand is held against it, and an approval of
// what was undone means that the money was held after all.
PaymentDecision answered_again(const Payment& state, const Operation& operation, const ApplyOutcome& answer) {
  PaymentDecision decision;
  const bool waited_for = operation.by_hand != HandOutcome::none && !operation.answered_since && !unresolved(operation.state);
  if (waited_for && says_something(operation, answer)) decision.events.emplace_back(compared(state, operation, answer));
  const bool late = is_undone(operation) && !answer.reversal && answer.outcome == Outcome::approved && !answer.not_found;
  if (late && !operation.late_approval)
    decision.events.emplace_back(LateApproval{.payment = state.id, .operation = operation.ordinal, .amount = answer.amount});
  return decision;
}

void fold(const Fold& to, const OperationResolvedByHand& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(may_be_said(operation, event.outcome));
  operation.by_hand = event.outcome;
  operation.answered_since = operation.contradicted = false;
}

void fold(const Fold& to, const ResolutionAnswered& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(operation.by_hand != HandOutcome::none && !operation.answered_since && !unresolved(operation.state));
  operation.answered_since = true;
  operation.contradicted = event.contradicts;
}

}  // namespace tollgate::payment_internal

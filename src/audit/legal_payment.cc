#include <optional>

#include "audit/legal.h"
#include "tollgate/base/time.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate::audit {

namespace {

using Why = const char*;  // nullptr: legal

bool waits_for_partner(const Payment& payment) {
  return payment.status == PaymentStatus::requires_payment_method || payment.status == PaymentStatus::requires_confirmation ||
         payment.status == PaymentStatus::requires_action;
}
bool charges_card(const Operation& operation) {
  return operation.kind == OperationKind::authorize || operation.kind == OperationKind::sale;
}
// Without an answer, and not being undone: an answer may come.
bool answerable(const Operation& operation) {
  return operation.state == OperationState::open || operation.state == OperationState::in_doubt;
}
bool is_next_operation(const Payment& payment, uint16_t ordinal) { return ordinal == payment.operations.size() + 1; }
bool is_next_transaction(const Payment& payment, uint16_t ordinal) { return ordinal == payment.transactions.size() + 1; }
bool is_of_newest_attempt(const Payment& payment, const Operation& operation) {
  return !payment.attempts.empty() && operation.attempt == payment.attempts.size();
}
const Refund* refund_of(const Payment& payment, uint16_t ordinal) {
  return ordinal >= 1 && ordinal <= payment.refunds.size() ? &payment.refunds[ordinal - 1u] : nullptr;
}
bool has_open_authorization(const Payment& payment) {
  return payment.status == PaymentStatus::requires_capture && !payment.attempts.empty() && payment.open_operation() == nullptr;
}
Why bad_amount(int64_t amount) { return amount < 1 || amount > amount_max ? "its amount is out of range" : nullptr; }
bool belongs_to_another(const std::optional<MethodSnapshot>& method, CustomerId customer) {
  return method && !method->customer.empty() && method->customer != customer;
}

Why why(const Payment& payment, const PaymentUpdated& event) {
  if (payment.status == PaymentStatus::canceled) return "the payment is canceled";
  if (payment.details_if_incremented) return "an increment is open";
  const bool other_charge = payment.amount != event.amount || payment.currency != event.currency || payment.customer != event.customer ||
                            payment.capture_method != event.capture_method || payment.method != event.method;
  if (other_charge && !waits_for_partner(payment)) return "what was asked of the acquirer cannot change any more";
  return bad_amount(event.amount);
}

Why why(const Payment& payment, const AuthorizationRequested& event) {
  if (!waits_for_partner(payment)) return "the payment does not wait for a confirmation";
  if (payment.open_operation() != nullptr) return "another operation is open";
  if (!event.method && !payment.method) return "there is no payment method";
  if (belongs_to_another(event.method, payment.customer)) return "its payment method belongs to another customer";
  if (!is_next_operation(payment, event.operation)) return "its operation is not the next one";
  if (event.amount != payment.amount) return "its amount is not the payment's";
  const bool manual = payment.capture_method == CaptureMethod::manual;
  if (event.kind != (manual ? OperationKind::authorize : OperationKind::sale)) return "its kind does not fit the capture method";
  if (event.attempt == payment.attempts.size() + 1) return nullptr;
  if (event.attempt == 0 || event.attempt != payment.attempts.size()) return "its attempt is not the next one";
  const Attempt& attempt = payment.attempts.back();
  return attempt.state == AttemptState::pending && attempt.authenticated ? nullptr : "the attempt it repeats has no completed authentication";
}

// Of every answer to an operation that charges a card.
Why why_not_answered(const Payment& payment, uint16_t ordinal) {
  const Operation* operation = payment.operation(ordinal);
  if (operation == nullptr) return "there is no such operation";
  if (!charges_card(*operation)) return "its operation charges no card";
  if (!answerable(*operation)) return "its operation has an outcome already";
  return is_of_newest_attempt(payment, *operation) ? nullptr : "its operation is of an attempt that is over";
}
Why why(const Payment& payment, const AuthenticationRequired& event) { return why_not_answered(payment, event.operation); }
Why why(const Payment& payment, const AuthorizationApproved& event) {
  if (const Why no = why_not_answered(payment, event.operation)) return no;
  return event.amount == payment.operation(event.operation)->amount ? nullptr : "it approves another amount than was asked for";
}
Why why(const Payment& payment, const AuthorizationDeclined& event) {
  if (const Why no = why_not_answered(payment, event.operation)) return no;
  return event.code != DeclineCode::none ? nullptr : "it has no reason";
}

Why why(const Payment& payment, const AuthenticationCompleted& event) {
  if (payment.status != PaymentStatus::requires_action) return "the payment does not wait for the cardholder";
  if (event.attempt == 0 || event.attempt != payment.attempts.size()) return "its attempt is not the newest";
  return payment.attempts.back().state == AttemptState::requires_action ? nullptr : "its attempt does not wait for the cardholder";
}

Why why(const Payment& payment, const OperationInDoubt& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  return operation->state == OperationState::open ? nullptr : "its operation is not open";
}
Why why(const Payment& payment, const ReversalRequested& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (!charges_card(*operation) && operation->kind != OperationKind::increment) return "its operation cannot be reversed";
  return answerable(*operation) ? nullptr : "its operation has an outcome already";
}
Why why(const Payment& payment, const OperationReversed& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (operation->state != OperationState::reversing) return "no reversal was requested";
  if (event.code == DeclineCode::none) return "it has no reason";
  if (operation->kind == OperationKind::increment) return nullptr;
  return is_of_newest_attempt(payment, *operation) ? nullptr : "its operation is of an attempt that is over";
}
Why why(const Payment& payment, const LateApproval& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  const bool declined_by_hand = operation->by_hand != HandOutcome::none && operation->state == OperationState::declined &&
                                (charges_card(*operation) || operation->kind == OperationKind::increment);
  if (operation->state != OperationState::reversed && !declined_by_hand) return "its operation was not reversed";
  return operation->late_approval ? "it was noted before" : nullptr;
}
Why why(const Payment& payment, const LateApprovalReversed& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  return operation->late_approval ? nullptr : "no late approval stands";
}

Why why(const Payment& payment, const OperationResolvedByHand& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (operation->state == OperationState::reversing || operation->late_approval) {
    if (event.outcome != HandOutcome::reversed) return "its operation is being reversed, and nothing else can be said of it";
  } else if (operation->state != OperationState::in_doubt) {
    return "its operation is not in doubt";
  } else if (event.outcome == HandOutcome::reversed || event.outcome == HandOutcome::none) {
    return "it says nothing that can be said of an operation in doubt";
  }
  if (event.resolved_by.empty() || event.approved_by.empty()) return "it does not say who resolved and who approved it";
  if (event.resolved_by == event.approved_by) return "who resolved it approved it";
  return event.reason.empty() || event.reference.empty() ? "it has no reason, or no reference" : nullptr;
}
Why why(const Payment& payment, const ResolutionAnswered& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (operation->by_hand == HandOutcome::none || operation->resolved_sequence == 0) return "its operation was not resolved by hand";
  if (operation->answered_since) return "its operation was answered before";
  const bool as_said = event.approved == (operation->by_hand == HandOutcome::approved) && (!event.approved || event.amount == operation->amount);
  // Of another currency is a contradiction as well.
  return as_said || event.contradicts ? nullptr : "it contradicts what was said by hand, and does not say so";
}
// In doubt and spoken of by hand: the record in between. What follows is what was said.
template <class E>
Why why_not_as_said(const Payment& payment, const E& event) {
  if constexpr (requires { event.operation; } && !std::is_same_v<E, OperationResolvedByHand>) {
    const Operation* operation = payment.operation(event.operation);
    if (operation == nullptr || operation->by_hand == HandOutcome::none || !answerable(*operation)) return nullptr;
    constexpr bool approves = std::is_same_v<E, AuthorizationApproved> || std::is_same_v<E, AuthorizationIncremented> || std::is_same_v<E, PaymentCaptured> ||
                              std::is_same_v<E, PaymentCanceled> || std::is_same_v<E, RefundAccepted>;
    return approves == (operation->by_hand == HandOutcome::approved) ? nullptr : "it is not what was said of its operation by hand";
  } else {
    return nullptr;
  }
}

Why why(const Payment& payment, const CaptureRequested& event) {
  if (!has_open_authorization(payment)) return "no authorization stands that could be captured";
  if (!is_next_operation(payment, event.operation)) return "its operation is not the next one";
  return event.amount < 1 || event.amount > payment.amount_capturable() ? "it captures more than is authorized, or nothing" : nullptr;
}

Why why(const Payment& payment, const PaymentCaptured& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (!is_of_newest_attempt(payment, *operation)) return "its operation is of an attempt that is over";
  const Attempt& attempt = payment.attempts.back();
  const bool sale = operation->kind == OperationKind::sale;
  if (sale) {
    if (operation->state != OperationState::approved || attempt.state != AttemptState::authorized) return "its sale is not approved";
    if (attempt.amount_captured != 0) return "its sale was captured before";
  } else if (operation->kind != OperationKind::capture || !answerable(*operation)) {
    return "its operation is no capture that waits for an answer";
  }
  if (event.amount != operation->amount) return "it captures another amount than was asked for";
  if (event.amount > attempt.amount_authorized - attempt.amount_captured) return "it captures more than is authorized";
  if (event.final_capture != (sale || operation->final_capture)) return "it is final where it was not asked to be, or the other way round";
  if (event.fee < 0 || event.fee > event.amount) return "its fee is out of range";
  if (!is_next_transaction(payment, event.transaction)) return "its balance transaction is not the next one";
  if (event.available_on_us <= 0 || event.available_on_us % us_per_day != 0) return "its funds become available at no day";
  return event.postings == capture_postings({event.amount, payment.currency}, event.fee) ? nullptr : "its postings are not those of a capture";
}

Why why(const Payment& payment, const OperationDeclined& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (charges_card(*operation) || operation->kind == OperationKind::refund) return "its operation is not one on a standing authorization";
  if (!answerable(*operation)) return "its operation has an outcome already";
  return event.code != DeclineCode::none ? nullptr : "it has no reason";
}

Why why(const Payment& payment, const IncrementRequested& event) {
  if (!has_open_authorization(payment)) return "no authorization stands that could be incremented";
  const Attempt& attempt = payment.attempts.back();
  if (attempt.amount_captured != 0) return "a part was captured already";
  if (!is_next_operation(payment, event.operation)) return "its operation is not the next one";
  if (event.amount <= attempt.amount_authorized) return "it does not raise the amount";
  return bad_amount(event.amount);
}
Why why(const Payment& payment, const AuthorizationIncremented& event) {
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  if (operation->kind != OperationKind::increment || !payment.details_if_incremented) return "its operation is no increment";
  if (!answerable(*operation)) return "its operation has an outcome already";
  return event.amount == operation->amount ? nullptr : "it approves another amount than was asked for";
}

Why why(const Payment& payment, const CancelRequested& event) {
  if (!has_open_authorization(payment)) return "no authorization stands that could be canceled";
  return is_next_operation(payment, event.operation) ? nullptr : "its operation is not the next one";
}
Why why(const Payment& payment, const PaymentCanceled& event) {
  if (event.operation == 0) {
    if (payment.open_operation() != nullptr) return "another operation is open";
    return waits_for_partner(payment) ? nullptr : "there is something to undo at the acquirer";
  }
  const Operation* operation = payment.operation(event.operation);
  if (operation == nullptr) return "there is no such operation";
  return operation->kind == OperationKind::cancel && answerable(*operation) ? nullptr : "its operation is no cancel that waits for an answer";
}
Why why(const Payment& payment, const AuthorizationExpired&, int64_t time_us) {
  if (!has_open_authorization(payment)) return "no authorization stands that could expire";
  return time_us >= payment.attempts.back().capture_before_us ? nullptr : "the authorization is still valid";
}

Why why(const Payment& payment, const RefundRequested& event) {
  if (event.attempt == 0 || event.attempt > payment.attempts.size()) return "there is no such attempt";
  const Attempt& attempt = payment.attempts[event.attempt - 1u];
  if (event.refund != payment.refunds.size() + 1) return "its refund is not the next one";
  if (!is_next_operation(payment, event.operation)) return "its operation is not the next one";
  if (event.amount < 1 || event.amount > attempt.amount_captured - attempt.amount_refunded) return "it refunds more than was captured, or nothing";
  return nullptr;
}
// The operation of a refund, as long as it has no answer; nullptr with a reason otherwise.
Why why_not_refunded(const Payment& payment, uint16_t ordinal, uint16_t refund) {
  const Operation* operation = payment.operation(ordinal);
  if (operation == nullptr || operation->kind != OperationKind::refund || operation->refund != refund) return "its operation is not that of the refund";
  return answerable(*operation) ? nullptr : "its operation has an outcome already";
}
Why why(const Payment& payment, const RefundAccepted& event) {
  const Refund* refund = refund_of(payment, event.refund);
  if (refund == nullptr) return "there is no such refund";
  if (const Why no = why_not_refunded(payment, event.operation, event.refund)) return no;
  if (refund->status != RefundStatus::pending || refund->transaction != 0) return "the refund was accepted or has failed before";
  if (!is_next_transaction(payment, event.transaction)) return "its balance transaction is not the next one";
  return event.postings == refund_postings({refund->amount, payment.currency}) ? nullptr : "its postings are not those of the refund";
}
Why why(const Payment& payment, const RefundSettled& event) {
  const Refund* refund = refund_of(payment, event.refund);
  if (refund == nullptr) return "there is no such refund";
  return refund->status == RefundStatus::pending && refund->transaction != 0 ? nullptr : "the refund is not one that was accepted and is pending";
}
Why why(const Payment& payment, const RefundFailed& event) {
  const Refund* refund = refund_of(payment, event.refund);
  if (refund == nullptr) return "there is no such refund";
  if (refund->status != RefundStatus::pending && refund->status != RefundStatus::succeeded) return "the refund has failed before";
  if (event.operation != 0) {
    if (const Why no = why_not_refunded(payment, event.operation, event.refund)) return no;
    return event.transaction == 0 && event.postings.empty() && refund->transaction == 0 ? nullptr : "it gives back money that had not left";
  }
  if (refund->transaction == 0) return "it gives back money that had not left";
  if (!is_next_transaction(payment, event.transaction)) return "its balance transaction is not the next one";
  return event.postings == refund_failure_postings({refund->amount, payment.currency}) ? nullptr : "its postings are not those of the refund";
}
Why why(const Payment& payment, const RefundUpdated& event) {
  return refund_of(payment, event.refund) != nullptr ? nullptr : "there is no such refund";
}

Why why_not_created(const PaymentCreated& event) {
  if (event.payment.empty()) return "it has no id";
  if (event.currency.empty()) return "it has no currency";
  if (belongs_to_another(event.method, event.customer)) return "its payment method belongs to another customer";
  return bad_amount(event.amount);
}

}  // namespace

std::string illegal(const Payment* state, const PaymentEvent& event, int64_t time_us) {
  const Why no = std::visit(
      [&]<class E>(const E& e) -> Why {
        if constexpr (std::is_same_v<E, PaymentCreated>) return state != nullptr ? "the payment exists already" : why_not_created(e);
        else if (state == nullptr) return "there is no such payment";
        else if (const Why other = why_not_as_said(*state, e)) return other;
        else if constexpr (std::is_same_v<E, AuthorizationExpired>) return why(*state, e, time_us);
        else return why(*state, e);
      },
      event);
  return no == nullptr ? std::string() : std::string(no);
}

}  // namespace tollgate::audit

// Confirmation: an attempt to charge the card, and what the acquirer's answer to it leads to.
#include "payment/operations.h"

#include "tollgate/ledger/ledger.h"

namespace tollgate::payment_internal {
namespace {

// The cardholder has proven who they are, and the partner is to confirm once more (confirmation_method manual).
bool proven(const Payment& state) {
  const Attempt* attempt = state.newest_attempt();
  return attempt != nullptr && attempt->state == AttemptState::pending && attempt->authenticated &&
         state.status == PaymentStatus::requires_confirmation;
}

PaymentDecision decide_confirm(const Payment& state, const Confirmation& confirm, const PaymentContext& context) {
  const auto& method = confirm.method ? confirm.method : state.method;
  // Any other confirmation starts over, also while a challenge is waiting: the cardholder may have lost its page.
  const bool resumes = proven(state) && !confirm.method;

  if (state.open_operation() != nullptr) return refuse_state(state, Refusal::busy);
  if (!waits_for_partner(state.status)) return refuse_state(state);
  if (!method) return refuse(Refusal::method_missing, "payment_method");
  if (belongs_to_another(*method, state.customer)) return refuse(Refusal::customer_mismatch, "customer");
  if (!resumes && state.attempts.size() >= attempts_per_payment_max) return refuse(Refusal::too_many);
  if (!room_for_operation(state)) return refuse(Refusal::too_many);

  return happened(AuthorizationRequested{
      .payment = state.id,
      .operation = next_operation(state),
      .kind = state.capture_method == CaptureMethod::manual ? OperationKind::authorize : OperationKind::sale,
      .attempt = static_cast<uint16_t>(resumes ? state.attempts.size() : state.attempts.size() + 1),
      .amount = state.amount,
      .method = confirm.method,
      .off_session = confirm.off_session,
      .authenticated = resumes,
      .return_url = confirm.return_url,
      .error_on_requires_action = confirm.error_on_requires_action,
      .setup_future_usage = confirm.setup_future_usage,
      .acquirer = context.acquirer});
}

}  // namespace

PaymentDecision decide_on(const Payment& state, const ConfirmPayment& command, const PaymentContext& context) {
  if (!command.changes) return decide_confirm(state, command.confirm, context);
  PaymentDecision decision = decide_on(state, *command.changes, context);
  if (decision.refusal) return decision;
  Payment changed = state;
  fold({changed, state.partner, state.mode, 0, context.now_us}, std::get<PaymentUpdated>(decision.events.front()));
  PaymentDecision confirmed = decide_confirm(changed, command.confirm, context);
  if (confirmed.refusal) return confirmed;
  decision.events.push_back(std::move(confirmed.events.front()));
  return decision;
}

PaymentDecision authorization_approved(const Payment& state, const Operation& operation, const ApplyOutcome& answer,
                                       const PaymentContext& context) {
  const bool sale = operation.kind == OperationKind::sale;
  AuthorizationApproved approved{.payment = state.id,
                                 .operation = operation.ordinal,
                                 .amount = operation.amount,
                                 .authorization_code = answer.authorization_code,
                                 .network_transaction_id = answer.network_transaction_id,
                                 .capture_before_us = sale ? 0 : context.now_us + context.authorization_validity_us,
                                 .cvc_check = answer.cvc_check,
                                 .acquirer_payment = answer.acquirer_payment};
  if (!sale) return happened(std::move(approved));
  PaymentDecision captured = capture_approved(state, operation, context);
  return happened(std::move(approved), std::move(captured.events.front()));
}

PaymentDecision authorization_challenged(const Payment& state, const Operation& operation, const ApplyOutcome& answer) {
  const Attempt& attempt = state.attempts[operation.attempt - 1u];
  // No one is there to answer a challenge, or it was answered already and the issuer wants another one.
  if (attempt.off_session || attempt.error_on_requires_action || attempt.authenticated) {
    return happened(AuthorizationDeclined{.payment = state.id,
                                          .operation = operation.ordinal,
                                          .code = DeclineCode::authentication_required,
                                          .cvc_check = answer.cvc_check});
  }
  return happened(AuthenticationRequired{.payment = state.id, .operation = operation.ordinal});
}

void fold(const Fold& to, const AuthorizationRequested& event) {
  Payment& payment = to.payment;
  TOLLGATE_ASSERT(waits_for_partner(payment.status));
  if (event.method) payment.method = event.method;
  TOLLGATE_ASSERT(payment.method.has_value());
  if (event.attempt == payment.attempts.size() + 1) {
    // An attempt whose challenge was never answered is over.
    if (!payment.attempts.empty() && payment.attempts.back().state != AttemptState::declined) {
      payment.attempts.back().state = AttemptState::canceled;
    }
    Attempt& attempt = payment.attempts.emplace_back();
    attempt.ordinal = event.attempt;
    attempt.method = *payment.method;
    attempt.created_us = to.time_us;
  }
  TOLLGATE_ASSERT(event.attempt == payment.attempts.size());
  Attempt& attempt = payment.attempts.back();
  attempt.state = AttemptState::pending;
  attempt.off_session = event.off_session;
  attempt.authenticated = event.authenticated;
  attempt.error_on_requires_action = event.error_on_requires_action;
  attempt.acquirer = event.acquirer;
  attempt.acquirer_payment.clear();
  add_operation(to, event.operation, event.kind, event.attempt, event.amount);

  payment.status = PaymentStatus::processing;
  payment.off_session = event.off_session;
  payment.last_decline = DeclineCode::none;
  payment.last_decline_attempt = 0;
  if (!event.return_url.empty()) payment.details.return_url = event.return_url;
  if (event.setup_future_usage != FutureUsage::none) payment.details.setup_future_usage = event.setup_future_usage;
}

void fold(const Fold& to, const AuthorizationApproved& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(charges_card(operation.kind));
  resolve(to, operation, OperationState::approved);
  Attempt& attempt = attempt_of(to.payment, operation.attempt);
  attempt.state = AttemptState::authorized;
  attempt.amount_authorized = event.amount;
  attempt.authorization_code = event.authorization_code;
  attempt.network_transaction_id = event.network_transaction_id;
  attempt.capture_before_us = event.capture_before_us;
  attempt.cvc_check = event.cvc_check;
  if (!event.acquirer_payment.empty()) attempt.acquirer_payment = event.acquirer_payment;
  // A sale stays in processing until its capture, the next record of the same batch.
  if (operation.kind == OperationKind::authorize) to.payment.status = PaymentStatus::requires_capture;
}

void fold(const Fold& to, const AuthorizationDeclined& event) {
  Operation& operation = operation_of(to.payment, event.operation);
  TOLLGATE_ASSERT(charges_card(operation.kind));
  resolve(to, operation, OperationState::declined, event.code);
  Attempt& attempt = attempt_of(to.payment, operation.attempt);
  attempt.cvc_check = event.cvc_check;
  decline(to.payment, attempt, event.code);
}

}  // namespace tollgate::payment_internal

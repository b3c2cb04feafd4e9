#include "engine/effects.h"

#include <fmt/format.h>

#include "tollgate/base/assert.h"

namespace tollgate::engine {
namespace {

const Attempt* attempt_of(const Payment& payment, uint16_t ordinal) {
  return ordinal >= 1 && ordinal <= payment.attempts.size() ? &payment.attempts[ordinal - 1u] : nullptr;
}

// The authorization that increments, captures, cancels and refunds of an attempt refer to: its newest approved one.
std::string original_reference_of(const Payment& payment, uint16_t attempt) {
  for (auto operation = payment.operations.rbegin(); operation != payment.operations.rend(); ++operation) {
    const bool authorizes = operation->kind == OperationKind::authorize || operation->kind == OperationKind::sale;
    if (authorizes && operation->attempt == attempt && operation->state == OperationState::approved)
      return reference_of(payment.partner, payment.id, operation->ordinal);
  }
  return {};
}

// What the other captures of its attempt took, before it and since. Its own is in the attempt as soon as it is approved, also by hand.
void set_captured(AcquirerRequest& request, const Operation& operation, const Payment& payment) {
  for (const Operation& other : payment.operations) {
    const bool counts = other.kind == OperationKind::capture && other.state == OperationState::approved && other.attempt == operation.attempt;
    if (counts && other.ordinal != operation.ordinal) (other.ordinal < operation.ordinal ? request.captured_before : request.captured_since) += other.amount;
  }
}

AcquirerAction action_of(OperationKind kind) {
  switch (kind) {
    case OperationKind::authorize: return AcquirerAction::authorize;
    case OperationKind::sale: return AcquirerAction::sale;
    case OperationKind::increment: return AcquirerAction::increment;
    case OperationKind::capture: return AcquirerAction::capture;
    case OperationKind::cancel: return AcquirerAction::cancel;
    case OperationKind::refund: return AcquirerAction::refund;
  }
  TOLLGATE_ASSERT(false);
}

AcquirerRequest request_for(const Operation& operation, const Payment& payment, uint32_t partition, AcquirerAction action) {
  AcquirerRequest request;
  request.action = action;
  request.subject = action_of(operation.kind);
  request.partner = payment.partner;
  request.mode = payment.mode;
  request.partition = partition;
  request.payment = payment.id;
  request.operation = operation.ordinal;
  request.refund = operation.refund;
  request.reference = reference_of(payment.partner, payment.id, operation.ordinal);
  request.amount = operation.amount;
  request.currency = payment.currency;
  request.final_capture = operation.kind != OperationKind::capture || operation.final_capture;
  // Sent as soon as it was durable. A new call is about to be.
  if (action != request.subject) request.sent_us = operation.requested_us;
  request.look_only = action == AcquirerAction::inquire && operation.by_hand != HandOutcome::none;
  if (operation.kind != OperationKind::authorize && operation.kind != OperationKind::sale)
    request.original_reference = original_reference_of(payment, operation.attempt);
  if (const Attempt* attempt = attempt_of(payment, operation.attempt)) {
    request.acquirer = attempt->acquirer;
    request.acquirer_payment = attempt->acquirer_payment;
    set_captured(request, operation, payment);
    request.card_token = attempt->method.card_token;
    request.card_exp_month = attempt->method.card.exp_month;
    request.card_exp_year = attempt->method.card.exp_year;
    request.off_session = attempt->off_session;
    request.authenticated = attempt->authenticated;
    request.setup_done = !attempt->method.customer.empty();
  }
  return request;
}

}  // namespace

std::string setup_reference(PartnerId partner, SetupIntentId setup, uint16_t operation) {
  return fmt::format("{}/{}/{}", partner.text(), setup.text(), operation);
}

std::optional<AcquirerRequest> resolution_of(const Operation& operation, const Payment& payment, uint32_t partition) {
  if (operation.state == OperationState::in_doubt) return request_for(operation, payment, partition, AcquirerAction::inquire);
  // A late approval is reversed again after every restart: the acquirer knows a repeated reversal by its reference.
  if (operation.state == OperationState::reversing || operation.late_approval) return request_for(operation, payment, partition, AcquirerAction::reverse);
  // Resolved by hand: until the acquirer has said so itself.
  if (operation.is_asked_about())
    return request_for(operation, payment, partition, operation.state == OperationState::reversed ? AcquirerAction::reverse : AcquirerAction::inquire);
  return std::nullopt;
}

std::optional<AcquirerRequest> request_of(const PaymentEvent& event, const Payment& payment, uint32_t partition) {
  return std::visit(
      [&]<class E>(const E& e) -> std::optional<AcquirerRequest> {
        constexpr bool asks = std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> ||
                              std::is_same_v<E, CaptureRequested> || std::is_same_v<E, CancelRequested> ||
                              std::is_same_v<E, RefundRequested>;
        if constexpr (asks) {
          const Operation* operation = payment.operation(e.operation);
          TOLLGATE_ASSERT(operation != nullptr);
          return request_for(*operation, payment, partition, action_of(operation->kind));
        } else if constexpr (std::is_same_v<E, OperationResolvedByHand>) {
          // In the place of the inquiry that goes on: from now on it only looks. What is said to be reversed is reversed anyway.
          if (e.outcome == HandOutcome::reversed) return std::nullopt;
          return request_for(*payment.operation(e.operation), payment, partition, AcquirerAction::inquire);
        } else if constexpr (std::is_same_v<E, OperationInDoubt>) {
          return request_for(*payment.operation(e.operation), payment, partition, AcquirerAction::inquire);
        } else if constexpr (std::is_same_v<E, ReversalRequested> || std::is_same_v<E, LateApproval>) {
          return request_for(*payment.operation(e.operation), payment, partition, AcquirerAction::reverse);
        } else {
          return std::nullopt;
        }
      },
      event);
}

std::optional<AcquirerRequest> request_of(const CustomerEvent& event, const SetupIntent& setup, PartnerId partner, Mode mode,
                                          uint32_t partition) {
  const auto* requested = std::get_if<SetupVerificationRequested>(&event);
  if (requested == nullptr) return std::nullopt;
  TOLLGATE_ASSERT(setup.method.has_value());
  AcquirerRequest request;
  request.action = request.subject = AcquirerAction::verify;
  request.partner = partner;
  request.mode = mode;
  request.partition = partition;
  request.setup = setup.id;
  request.operation = requested->operation;
  request.reference = setup_reference(partner, setup.id, requested->operation);
  request.card_token = setup.method->card_token;
  request.card_exp_month = setup.method->card.exp_month;
  request.card_exp_year = setup.method->card.exp_year;
  request.authenticated = requested->authenticated;
  return request;
}

namespace {

Command command_about(const AcquirerRequest& request) {
  Command command;
  command.partner = request.partner;
  command.mode = request.mode;
  command.partition = request.partition;
  return command;
}

}  // namespace

Command outcome_command(const AcquirerRequest& request, const AcquirerAnswer& answer) {
  Command command = command_about(request);
  if (!request.setup.empty()) {
    OnCustomerObject target;
    target.setup = request.setup;
    target.command = ApplySetupOutcome{.operation = request.operation, .outcome = answer.outcome, .code = answer.code};
    command.target = std::move(target);
    return command;
  }
  ApplyOutcome outcome;
  outcome.operation = request.operation;
  outcome.outcome = answer.outcome;
  outcome.reversal = request.action == AcquirerAction::reverse;
  outcome.not_found = answer.not_found;
  outcome.amount = answer.amount;
  outcome.currency = answer.currency;
  outcome.code = answer.code;
  outcome.authorization_code = answer.authorization_code;
  outcome.network_transaction_id = answer.network_transaction_id;
  outcome.cvc_check = answer.cvc_check;
  outcome.doubt = answer.doubt;
  outcome.acquirer_payment = answer.acquirer_payment;
  OnPayment target;
  target.payment = request.payment;
  target.command = std::move(outcome);
  command.target = std::move(target);
  return command;
}

Command settlement_command(const AcquirerRequest& refund, bool succeeded, DeclineCode code) {
  Command command = command_about(refund);
  OnPayment target;
  target.payment = refund.payment;
  target.command = SettleRefund{.refund = refund.refund, .succeeded = succeeded, .code = code};
  command.target = std::move(target);
  return command;
}

}  // namespace tollgate::engine

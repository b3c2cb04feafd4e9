#include "payment/operations.h"

namespace tollgate::payment_internal {

PaymentDecision decide_create(const Payment* state, const CreatePayment& command, const PaymentContext& context) {
  const Confirmation* confirm = command.confirm ? &*command.confirm : nullptr;
  const auto& method = confirm != nullptr && confirm->method ? confirm->method : command.method;

  if (state != nullptr) return refuse_state(*state);
  if (auto refusal = refuse_amount(command.amount, context)) return {{}, std::move(refusal)};
  if (command.currency.empty()) return refuse(Refusal::currency_not_enabled, "currency");
  if (confirm != nullptr && !method) return refuse(Refusal::method_missing, "payment_method");
  if (method && belongs_to_another(*method, command.customer)) return refuse(Refusal::customer_mismatch, "customer");
  if (command.details.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");

  PaymentDecision decision;
  decision.events.reserve(confirm != nullptr ? 2 : 1);
  auto& created = std::get<PaymentCreated>(decision.events.emplace_back(std::in_place_type<PaymentCreated>));
  created.payment = command.payment;
  created.amount = command.amount;
  created.currency = command.currency;
  created.capture_method = command.capture_method;
  created.confirmation_method = command.confirmation_method;
  created.customer = command.customer;
  created.method = method;
  created.details = command.details;
  std::erase_if(created.details.metadata, [](const auto& entry) { return entry.second.empty(); });
  if (confirm == nullptr) return decision;

  if (!confirm->return_url.empty()) created.details.return_url = confirm->return_url;
  if (confirm->setup_future_usage != FutureUsage::none)
    created.details.setup_future_usage = confirm->setup_future_usage;
  auto& requested =
      std::get<AuthorizationRequested>(decision.events.emplace_back(std::in_place_type<AuthorizationRequested>));
  requested.payment = command.payment;
  requested.operation = 1;
  requested.kind = command.capture_method == CaptureMethod::manual ? OperationKind::authorize : OperationKind::sale;
  requested.attempt = 1;
  requested.amount = command.amount;
  requested.off_session = confirm->off_session;
  requested.error_on_requires_action = confirm->error_on_requires_action;
  requested.acquirer = context.acquirer;
  return decision;
}

void fold(const Fold& to, const PaymentCreated& event) {
  Payment& payment = to.payment;
  payment.id = event.payment;
  payment.partner = to.partner;
  payment.mode = to.mode;
  payment.amount = event.amount;
  payment.currency = event.currency;
  payment.status = event.method ? PaymentStatus::requires_confirmation : PaymentStatus::requires_payment_method;
  payment.capture_method = event.capture_method;
  payment.confirmation_method = event.confirmation_method;
  payment.customer = event.customer;
  payment.method = event.method;
  payment.details = event.details;
  payment.created_us = event.payment.core.created_us();
}

}  // namespace tollgate::payment_internal

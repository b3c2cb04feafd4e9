// Payment methods. One belongs to at most one customer; once detached it can never be used again.
#include "customer/objects.h"

namespace tollgate {
namespace customer_internal {

CustomerDecision decide_on(const CreatePaymentMethod& command, const CustomerContext& context) {
  if (context.method != nullptr) return refuse(Refusal::unexpected_state);
  if (command.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");

  PaymentMethodCreated created{.method = command.method, .metadata = command.metadata};
  created.method.customer = {};
  created.method.created_us = context.now_us;
  std::erase_if(created.metadata, [](const auto& entry) { return entry.second.empty(); });
  return happened(std::move(created));
}

CustomerDecision attach(const std::optional<MethodSnapshot>& inline_method, CustomerId customer, const CustomerContext& context) {
  const PaymentMethod* own = context.method;
  const MethodSnapshot* method = own != nullptr  ? &own->method
                                 : inline_method ? &*inline_method
                                                 : nullptr;

  if (method == nullptr) return refuse(Refusal::method_missing_id, "payment_method");
  if (own != nullptr && own->detached) return refuse(Refusal::method_detached, "payment_method");
  if (belongs_to_another(*method, customer)) return refuse(Refusal::method_in_use, "payment_method");
  // Attached already: said once more, so that the request's key has a record to keep its answer by.

  PaymentMethodAttached attached{.method = *method, .metadata = own != nullptr ? own->metadata : Metadata{}};
  attached.method.customer = customer;
  return happened(std::move(attached));
}

CustomerDecision decide_on(const AttachPaymentMethod& command, const CustomerContext& context) {
  if (!exists(context.customer) || context.customer->id != command.customer)
    return refuse(Refusal::customer_missing, "customer");
  return attach(command.inline_method, command.customer, context);
}

CustomerDecision decide_on(const UpdatePaymentMethod& command, const CustomerContext& context) {
  if (context.method == nullptr) return refuse(Refusal::method_missing_id, "payment_method");
  if (context.method->detached) return refuse(Refusal::method_detached, "payment_method");
  if (command.sealed_billing_base && *command.sealed_billing_base != context.method->method.sealed_billing) return refuse(Refusal::busy);

  PaymentMethodUpdated updated{.method = context.method->method, .metadata = context.method->metadata};
  if (command.exp_month) updated.method.card.exp_month = *command.exp_month;
  if (command.exp_year) updated.method.card.exp_year = *command.exp_year;
  if (command.sealed_billing) updated.method.sealed_billing = *command.sealed_billing;
  merge_metadata(updated.metadata, command.metadata, command.clear_metadata);
  if (updated.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(updated));
}

CustomerDecision decide_on(const DetachPaymentMethod&, const CustomerContext& context) {
  if (context.method == nullptr) return refuse(Refusal::method_missing_id, "payment_method");
  // One that no customer has is as good as detached: there is nothing to take it from.
  const MethodSnapshot& method = context.method->method;
  if (context.method->detached || method.customer.empty()) return refuse(Refusal::method_detached, "payment_method");

  PaymentMethodDetached detached{.method = method.id, .customer = method.customer};
  if (!exists(context.customer) || context.customer->default_method != method.id) return happened(std::move(detached));
  CustomerUpdated updated{*context.customer};
  updated.customer.default_method = {};
  return happened(std::move(detached), std::move(updated));
}

}  // namespace customer_internal

bool apply(PaymentMethod& method, const CustomerEvent& event, uint64_t sequence, int64_t) {
  // One made in passing is new here when it is attached or updated.
  const auto concerns = [&method](const PaymentMethodId& id) { return method.version == 0 || method.method.id == id; };
  if (const auto* created = std::get_if<PaymentMethodCreated>(&event)) {
    if (!concerns(created->method.id)) return false;
    TOLLGATE_ASSERT(method.version == 0);
    method = {.method = created->method, .metadata = created->metadata};
  } else if (const auto* attached = std::get_if<PaymentMethodAttached>(&event)) {
    if (!concerns(attached->method.id)) return false;
    // A payment or setup that succeeded attaches its card. If that was detached or given to another customer while it
    // was on its way, it stays so.
    if (!method.detached && !customer_internal::belongs_to_another(method.method, attached->method.customer)) {
      method.method = attached->method;
      if (!attached->metadata.empty()) method.metadata = attached->metadata;
    }
  } else if (const auto* updated = std::get_if<PaymentMethodUpdated>(&event)) {
    if (!concerns(updated->method.id)) return false;
    TOLLGATE_ASSERT(!method.detached);
    method.method = updated->method;
    method.metadata = updated->metadata;
  } else if (const auto* detached = std::get_if<PaymentMethodDetached>(&event)) {
    if (detached->method != method.method.id) return false;
    method.detached = true;
    method.method.customer = {};
  } else {
    return false;
  }
  method.version = sequence;
  return true;
}

}  // namespace tollgate

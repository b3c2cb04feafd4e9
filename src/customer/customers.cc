#include "customer/objects.h"

namespace tollgate {
namespace customer_internal {

CustomerDecision decide_on(const CreateCustomer& command, const CustomerContext& context) {
  if (context.customer != nullptr) return refuse(Refusal::unexpected_state);
  if (command.customer.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  const PaymentMethodId default_method = command.customer.default_method;
  if (!default_method.empty() && default_method != command.method)
    return refuse(Refusal::customer_mismatch, "invoice_settings[default_payment_method]");
  CustomerDecision attached;
  if (!command.method.empty()) attached = attach(command.inline_method, command.customer.id, context);
  if (attached.refusal) return attached;

  CustomerCreated created{command.customer};
  created.customer.created_us = created.customer.id.core.created_us();
  created.customer.deleted = false;
  created.customer.default_method = {};
  created.customer.version = 0;
  std::erase_if(created.customer.metadata, [](const auto& entry) { return entry.second.empty(); });
  if (attached.events.empty()) return happened(std::move(created));
  CustomerUpdated with_default{created.customer};
  CustomerDecision decision = happened(std::move(created));
  decision.events.push_back(std::move(attached.events.front()));
  if (default_method.empty()) return decision;
  // Its own record, behind the one that makes the method the customer's.
  with_default.customer.default_method = default_method;
  decision.events.emplace_back(std::move(with_default));
  return decision;
}

CustomerDecision decide_on(const UpdateCustomer& command, const CustomerContext& context) {
  if (!exists(context.customer)) return refuse(Refusal::customer_missing);
  if (command.sealed_personal_base && *command.sealed_personal_base != context.customer->sealed_personal) return refuse(Refusal::busy);
  if (command.default_method && !command.default_method->empty()) {
    if (context.method == nullptr)
      return refuse(Refusal::method_missing_id, "invoice_settings[default_payment_method]");
    if (context.method->detached) return refuse(Refusal::method_detached, "invoice_settings[default_payment_method]");
    if (context.method->method.customer != context.customer->id) {
      return refuse(Refusal::customer_mismatch, "invoice_settings[default_payment_method]");
    }
  }

  CustomerUpdated updated{*context.customer};
  Customer& customer = updated.customer;
  if (command.sealed_personal) customer.sealed_personal = *command.sealed_personal;
  if (command.description) customer.description = *command.description;
  if (command.default_method) customer.default_method = *command.default_method;
  merge_metadata(customer.metadata, command.metadata, command.clear_metadata);
  if (customer.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(updated));
}

CustomerDecision decide_on(const DeleteCustomer& command, const CustomerContext& context) {
  if (!exists(context.customer)) return refuse(Refusal::customer_missing);

  CustomerDecision decision;
  decision.events.reserve(command.methods.size() + 1);
  for (const PaymentMethodId& method : command.methods) {
    decision.events.emplace_back(PaymentMethodDetached{.method = method, .customer = context.customer->id});
  }
  decision.events.emplace_back(CustomerDeleted{context.customer->id});
  return decision;
}

}  // namespace customer_internal

bool apply(Customer& customer, const CustomerEvent& event, uint64_t sequence, int64_t) {
  if (const auto* created = std::get_if<CustomerCreated>(&event)) {
    if (customer.version != 0 && created->customer.id != customer.id) return false;
    TOLLGATE_ASSERT(customer.version == 0);
    customer = created->customer;
  } else if (const auto* updated = std::get_if<CustomerUpdated>(&event)) {
    if (updated->customer.id != customer.id) return false;
    TOLLGATE_ASSERT(!customer.deleted);
    customer = updated->customer;
  } else if (const auto* deleted = std::get_if<CustomerDeleted>(&event)) {
    if (deleted->customer != customer.id) return false;
    customer.deleted = true;
    // Nothing of the person stays in the state; what the log holds is readable only with their key.
    customer.sealed_personal.clear();
    customer.description.clear();
    customer.metadata.clear();
    customer.default_method = {};
  } else {
    return false;
  }
  customer.version = sequence;
  return true;
}

}  // namespace tollgate

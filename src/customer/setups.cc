// Setup intents: a card is verified, to be charged later without its holder. Created, changed, confirmed and canceled
// here; what the verification comes to is in setup_verification.cc.
#include "customer/objects.h"

namespace tollgate::customer_internal {

CustomerDecision decide_on(const CreateSetupIntent& command, const CustomerContext& context) {
  const SetupIntent& wanted = command.setup;
  if (context.setup != nullptr) return refuse_state(*context.setup);
  if (!wanted.customer.empty() && (!exists(context.customer) || context.customer->id != wanted.customer)) {
    return refuse(Refusal::customer_missing, "customer");
  }
  if (command.confirm && !wanted.method) return refuse(Refusal::method_missing, "payment_method");
  if (wanted.method && belongs_to_another(*wanted.method, wanted.customer))
    return refuse(Refusal::customer_mismatch, "customer");
  if (wanted.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");

  SetupIntentCreated created;
  SetupIntent& setup = created.setup;
  setup.id = wanted.id;
  setup.created_us = wanted.id.core.created_us();
  setup.status = wanted.method ? SetupStatus::requires_confirmation : SetupStatus::requires_payment_method;
  setup.customer = wanted.customer;
  setup.method = wanted.method;
  setup.usage = wanted.usage;
  setup.description = wanted.description;
  setup.return_url = command.return_url.empty() ? wanted.return_url : command.return_url;
  setup.metadata = wanted.metadata;
  std::erase_if(setup.metadata, [](const auto& entry) { return entry.second.empty(); });
  if (!command.confirm) return happened(std::move(created));
  return happened(std::move(created), SetupVerificationRequested{.setup = wanted.id, .operation = 1});
}

CustomerDecision decide_on(const UpdateSetupIntent& command, const CustomerContext& context) {
  if (context.setup == nullptr) return refuse(Refusal::setup_missing);
  const SetupIntent& setup = *context.setup;
  if (setup.status == SetupStatus::canceled) return refuse_state(setup);
  if (command.customer || command.method) {
    if (setup.operation_open) return refuse_state(setup, Refusal::busy);
    if (!waits_for_partner(setup.status)) return refuse_state(setup);
  }
  if (!room_for_change(setup.history.size(), setup.operation)) return refuse(Refusal::too_many);
  if (command.customer && !command.customer->empty() &&
      (!exists(context.customer) || context.customer->id != *command.customer)) {
    return refuse(Refusal::customer_missing, "customer");
  }

  SetupIntentUpdated updated{.setup = setup.id,
                             .customer = command.customer.value_or(setup.customer),
                             .method = command.method ? command.method : setup.method,
                             .description = command.description.value_or(setup.description),
                             .metadata = setup.metadata};
  merge_metadata(updated.metadata, command.metadata, command.clear_metadata);
  if (waits_for_partner(setup.status) && updated.method && belongs_to_another(*updated.method, updated.customer)) {
    return refuse(Refusal::customer_mismatch, "customer");
  }
  if (updated.metadata.size() > metadata_keys_max) return refuse(Refusal::too_many, "metadata");
  return happened(std::move(updated));
}

CustomerDecision decide_on(const ConfirmSetupIntent& command, const CustomerContext& context) {
  if (context.setup == nullptr) return refuse(Refusal::setup_missing);
  const SetupIntent& setup = *context.setup;
  const auto& method = command.method ? command.method : setup.method;
  if (setup.operation_open) return refuse_state(setup, Refusal::busy);
  if (!waits_for_partner(setup.status)) return refuse_state(setup);
  if (!method) return refuse(Refusal::method_missing, "payment_method");
  if (belongs_to_another(*method, setup.customer)) return refuse(Refusal::customer_mismatch, "customer");
  if (setup.operation >= operations_per_payment_max) return refuse(Refusal::too_many);
  return happened(SetupVerificationRequested{.setup = setup.id,
                                             .operation = static_cast<uint16_t>(setup.operation + 1),
                                             .method = command.method,
                                             .return_url = command.return_url});
}

CustomerDecision decide_on(const CancelSetupIntent& command, const CustomerContext& context) {
  if (context.setup == nullptr) return refuse(Refusal::setup_missing);
  if (context.setup->operation_open) return refuse_state(*context.setup, Refusal::busy);
  if (!waits_for_partner(context.setup->status)) return refuse_state(*context.setup);
  return happened(SetupCanceled{.setup = context.setup->id, .reason = command.reason});
}

}  // namespace tollgate::customer_internal

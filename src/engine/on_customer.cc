// Commands on customers, payment methods and setup intents.
#include <algorithm>
#include <unordered_set>

#include "engine/effects.h"
#include "engine/processor.h"
#include "tollgate/base/assert.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/projection/index.h"

namespace tollgate::engine {
namespace {

// They are detached in one command when the customer is deleted, and all other partners of the engine thread wait for it.
constexpr std::size_t methods_per_customer_max = 1'000;

std::optional<MethodSnapshot>* method_slot(CustomerCommand& command) {
  if (auto* create = std::get_if<CreateSetupIntent>(&command)) return &create->setup.method;
  if (auto* update = std::get_if<UpdateSetupIntent>(&command)) return &update->method;
  if (auto* confirm = std::get_if<ConfirmSetupIntent>(&command)) return &confirm->method;
  return nullptr;
}

// Where a method goes that is no object of its own yet, of the commands that attach one.
std::optional<MethodSnapshot>* inline_slot(CustomerCommand& command) {
  if (auto* attach = std::get_if<AttachPaymentMethod>(&command)) return &attach->inline_method;
  if (auto* create = std::get_if<CreateCustomer>(&command)) return &create->inline_method;
  return nullptr;
}

// The refund, payment or object that the API answers with.
std::string subject_of(const OnCustomerObject& target) {
  return std::visit(
      [&]<class C>(const C& command) -> std::string {
        if constexpr (std::is_same_v<C, CreateCustomer>) return command.customer.id.text();
        else if constexpr (std::is_same_v<C, UpdateCustomer> || std::is_same_v<C, DeleteCustomer>) return target.customer.text();
        else if constexpr (std::is_same_v<C, CreatePaymentMethod>) return command.method.id.text();
        else if constexpr (std::is_same_v<C, AttachPaymentMethod> || std::is_same_v<C, UpdatePaymentMethod> ||
                           std::is_same_v<C, DetachPaymentMethod>) return target.method.text();
        else if constexpr (std::is_same_v<C, CreateSetupIntent>) return command.setup.id.text();
        else return target.setup.text();
      },
      target.command);
}

bool about_method(const CustomerCommand& command) {
  return std::holds_alternative<AttachPaymentMethod>(command) || std::holds_alternative<UpdatePaymentMethod>(command) ||
         std::holds_alternative<DetachPaymentMethod>(command);
}

// The rows of the list of a customer's methods.
std::string methods_prefix(const Command& command, CustomerId id) {
  std::string prefix = keys::stream(command.partner, command.mode);
  prefix.push_back(static_cast<char>(IndexKind::methods_by_customer));
  prefix.append(id.core.view());
  return prefix;
}

}  // namespace

StatusOr<bool> Processor::customer_exists(Work& work, CustomerId id) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto customer,
                            store_.customers.load(StateStore::customer_key(work.command.partner, work.command.mode, id)));
  return customer && !customer->deleted;
}

StatusOr<std::shared_ptr<PaymentMethod>> Processor::find_method(Work& work, PaymentMethodId id) {
  const Command& command = work.command;
  TOLLGATE_ASSIGN_OR_RETURN(auto method, store_.methods.load(StateStore::method_key(command.partner, command.mode, id)));
  if (method || id.ordinal == 0) return method;
  // Made in passing: it lives in the payment or setup intent of the same core until it is attached.
  const auto wrap = [](const MethodSnapshot& snapshot) {
    auto made = std::make_shared<PaymentMethod>();
    made->method = snapshot;
    return made;
  };
  TOLLGATE_ASSIGN_OR_RETURN(const auto payment,
                            store_.payments.load(StateStore::payment_key(command.partner, command.mode, PaymentId{id.core})));
  if (payment) {
    if (payment->method && payment->method->id == id) return wrap(*payment->method);
    for (const Attempt& attempt : payment->attempts)
      if (attempt.method.id == id) return wrap(attempt.method);
    return std::shared_ptr<PaymentMethod>();
  }
  TOLLGATE_ASSIGN_OR_RETURN(const auto setup, store_.setups.load(StateStore::setup_key(command.partner, command.mode, SetupIntentId{id.core})));
  if (setup && setup->method && setup->method->id == id) return wrap(*setup->method);
  return std::shared_ptr<PaymentMethod>();
}

StatusOr<bool> Processor::resolve_method(Work& work, PaymentMethodId id, CustomerId customer, std::optional<MethodSnapshot>& into) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto method, find_method(work, id));
  RefusalDetail& refusal = work.result.refusal;
  refusal.param = "payment_method";
  if (!method) refusal.refusal = Refusal::method_missing_id;
  else if (method->detached) refusal.refusal = Refusal::method_detached;
  else if (!method->method.customer.empty() && method->method.customer != customer) refusal.refusal = Refusal::customer_mismatch;
  if (refusal.refusal != Refusal::none) {
    work.result.kind = CommandResult::Kind::refused;
    return false;
  }
  refusal.param.clear();
  into = method->method;
  return true;
}

StatusOr<bool> Processor::has_room_for_method(Work& work, CustomerId id) {
  const std::string prefix = methods_prefix(work.command, id);
  std::size_t count = 0;
  TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::index, prefix, keys::after_prefix(prefix), Order::forward,
                                     [&](std::string_view, std::string_view) { return ++count < methods_per_customer_max; }));
  for (const Row& row : store_.rows) count += row.table == Table::index && row.value && row.key.starts_with(prefix);
  return count < methods_per_customer_max;
}

StatusOr<std::vector<PaymentMethodId>> Processor::methods_of(Work& work, CustomerId id) {
  const Command& command = work.command;
  const std::string prefix = methods_prefix(command, id);
  std::vector<PaymentMethodId> found;
  std::unordered_set<std::string> names;
  const auto add = [&](std::string_view key) {
    PaymentMethodId method;
    std::memcpy(method.core.bytes.data(), key.data() + key.size() - 14, 12);
    method.ordinal = load_be16(key.data() + key.size() - 2);
    if (names.emplace(key.substr(key.size() - 14)).second) found.push_back(method);
  };
  TOLLGATE_RETURN_IF_ERROR(log_.scan(Table::index, prefix, keys::after_prefix(prefix), Order::forward,
                                     [&](std::string_view key, std::string_view) { add(key); return true; }));
  // And those attached in this round.
  for (const Row& row : store_.rows)
    if (row.table == Table::index && row.value && row.key.starts_with(prefix)) add(row.key);
  std::vector<PaymentMethodId> attached;
  for (const PaymentMethodId& method : found) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto state, store_.methods.load(StateStore::method_key(command.partner, command.mode, method)));
    if (state && !state->detached && state->method.customer == id) attached.push_back(method);
  }
  return attached;
}

Status Processor::on_customer_object(Work& work, OnCustomerObject& target) {
  const Command& command = work.command;
  work.subject = subject_of(target);
  CustomerContext context;
  context.now_us = work.now_us;
  std::shared_ptr<Customer> customer;
  std::shared_ptr<PaymentMethod> method;
  std::shared_ptr<SetupIntent> setup;
  // With the setup intent as it is, whatever the reason: that is what the same request is answered with when it comes again.
  const auto refuse_and_keep = [&] {
    work.result.kind = CommandResult::Kind::refused;
    if (setup) work.result.setup = store_.setups.share(StateStore::setup_key(command.partner, command.mode, setup->id), setup);
    keep_refusal(work);
    return absl::OkStatus();
  };

  if (!target.setup.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(setup, store_.setups.load(StateStore::setup_key(command.partner, command.mode, target.setup)));
    context.setup = setup.get();
    work.waits_on = StateStore::setup_key(command.partner, command.mode, target.setup);
  }
  if (auto* create = std::get_if<CreateSetupIntent>(&target.command))
    work.waits_on = StateStore::setup_key(command.partner, command.mode, create->setup.id);
  CustomerId customer_id = target.customer;
  if (customer_id.empty() && setup) customer_id = setup->customer;
  if (!customer_id.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(customer, store_.customers.load(StateStore::customer_key(command.partner, command.mode, customer_id)));
    context.customer = customer.get();
  }
  // A success attaches the setup intent's payment method, unless it is somebody else's by now.
  if (setup && setup->method && std::holds_alternative<ApplySetupOutcome>(target.command)) {
    TOLLGATE_ASSIGN_OR_RETURN(method, store_.methods.load(StateStore::method_key(command.partner, command.mode, setup->method->id)));
    context.method = method.get();
  }
  if (!target.method.empty()) {
    if (auto* slot = method_slot(target.command)) {
      TOLLGATE_ASSIGN_OR_RETURN(const bool usable, resolve_method(work, target.method, customer_id, *slot));
      if (!usable) return refuse_and_keep();
    } else if (about_method(target.command) || std::holds_alternative<CreateCustomer>(target.command)) {
      TOLLGATE_ASSIGN_OR_RETURN(method, find_method(work, target.method));
      TOLLGATE_ASSIGN_OR_RETURN(const auto own, store_.methods.load(StateStore::method_key(command.partner, command.mode, target.method)));
      if (auto* made = inline_slot(target.command); made != nullptr && method && !own) {
        *made = method->method;
        method = nullptr;
      }
      context.method = method.get();
    } else if (std::holds_alternative<UpdateCustomer>(target.command)) {
      TOLLGATE_ASSIGN_OR_RETURN(method, find_method(work, target.method));
      context.method = method.get();
    }
  }
  if (auto* slot = method_slot(target.command); slot != nullptr && *slot && (*slot)->id.empty()) {
    const std::size_t history = setup ? setup->history.size() : 0;
    (*slot)->id = {work.waits_on.core, static_cast<uint16_t>(std::min<std::size_t>(history + 1, PaymentMethodId::ordinal_max))};
    (*slot)->created_us = work.now_us;
  }
  if (auto* removed = std::get_if<DeleteCustomer>(&target.command)) {
    TOLLGATE_ASSIGN_OR_RETURN(removed->methods, methods_of(work, target.customer));
  }

  CustomerDecision decision = decide(target.command, context);
  if (decision.refusal) {
    work.result.refusal = std::move(*decision.refusal);
    return refuse_and_keep();
  }
  if (declined_too_often(work, decision.events, setup.get())) return refuse_and_keep();
  if (const auto* attached = decision.events.empty() ? nullptr : std::get_if<PaymentMethodAttached>(&decision.events.back())) {
    TOLLGATE_ASSIGN_OR_RETURN(const bool room, has_room_for_method(work, attached->method.customer));
    // What a verification came to stands without it.
    if (!room && std::holds_alternative<ApplySetupOutcome>(target.command)) {
      decision.events.pop_back();
    } else if (!room) {
      work.result.refusal = {.refusal = Refusal::too_many, .param = "customer"};
      return refuse_and_keep();
    }
  }
  std::vector<Event> events;
  for (const CustomerEvent& event : decision.events) events.push_back(widen(event));
  if (!add_records(work, events)) {
    work.result.refusal = {.refusal = Refusal::too_many, .param = "metadata"};
    return refuse_and_keep();
  }
  for (std::size_t i = 0; i < events.size(); ++i)
    TOLLGATE_RETURN_IF_ERROR(apply_customer_event(work, decision.events[i], work.headers[i], events[i]));

  // The objects as they are now, for the answer.
  const auto share_customer = [&](CustomerId id) {
    return store_.customers.share(StateStore::customer_key(command.partner, command.mode, id), customer);
  };
  if (const auto* create = std::get_if<CreateCustomer>(&target.command)) work.result.customer = share_customer(create->customer.id);
  else if (customer) work.result.customer = share_customer(customer_id);
  if (const auto* create = std::get_if<CreatePaymentMethod>(&target.command))
    work.result.method = store_.methods.share(StateStore::method_key(command.partner, command.mode, create->method.id), method);
  else if (about_method(target.command))
    work.result.method = store_.methods.share(StateStore::method_key(command.partner, command.mode, target.method), method);
  const EntityKey waits_on = work.waits_on;
  if (!waits_on.core.empty() && work.operation == 0) work.result.setup = store_.setups.share(waits_on, setup);
  if (const auto* outcome = std::get_if<ApplySetupOutcome>(&target.command)) {
    CommandResult result;
    result.setup = store_.setups.share(waits_on, setup);
    wake_waiter(waits_on, outcome->operation, std::move(result));
  }
  finish(work);
  return absl::OkStatus();
}

Status Processor::apply_customer_event(Work& work, const CustomerEvent& event, const RecordHeader& header, const Event& wide) {
  const Command& command = work.command;
  const auto fold = [&]<class Id>(auto& entities, const EntityKey& key, const Id&) -> Status {
    TOLLGATE_ASSIGN_OR_RETURN(auto state, entities.load(key));
    state = entities.writable(key, std::move(state));
    TOLLGATE_ASSERT(apply(*state, event, header.sequence, header.time_us));
    return absl::OkStatus();
  };
  const auto customer = [&](CustomerId id) { return fold(store_.customers, StateStore::customer_key(command.partner, command.mode, id), id); };
  const auto method = [&](PaymentMethodId id) { return fold(store_.methods, StateStore::method_key(command.partner, command.mode, id), id); };
  Indexed before;
  const auto setup = [&](SetupIntentId id) -> Status {
    const EntityKey key = StateStore::setup_key(command.partner, command.mode, id);
    TOLLGATE_ASSIGN_OR_RETURN(const auto state, store_.setups.load(key));
    if (state) before = Indexed::of(*state);
    if (const auto* failed = std::get_if<SetupFailed>(&event); failed != nullptr && state && state->method)
      count_decline(work, failed->code, state->method->card);
    return fold(store_.setups, key, id);
  };
  TOLLGATE_RETURN_IF_ERROR(std::visit(
      [&]<class E>(const E& e) -> Status {
        if constexpr (std::is_same_v<E, CustomerCreated> || std::is_same_v<E, CustomerUpdated>) return customer(e.customer.id);
        else if constexpr (std::is_same_v<E, CustomerDeleted>) return customer(e.customer);
        else if constexpr (std::is_same_v<E, PaymentMethodDetached>) return method(e.method);
        else if constexpr (std::is_same_v<E, PaymentMethodCreated> || std::is_same_v<E, PaymentMethodAttached> ||
                           std::is_same_v<E, PaymentMethodUpdated>) return method(e.method.id);
        else if constexpr (std::is_same_v<E, SetupIntentCreated>) return setup(e.setup.id);
        else return setup(e.setup);
      },
      event));
  append_index_rows(store_.rows, header, wide, before, nullptr);

  if (const auto* requested = std::get_if<SetupVerificationRequested>(&event)) {
    const EntityKey key = StateStore::setup_key(command.partner, command.mode, requested->setup);
    TOLLGATE_ASSIGN_OR_RETURN(const auto state, store_.setups.load(key));
    work.partition.operations.open(header.sequence);
    if (work.input.handler) work.operation = requested->operation;
    auto request = request_of(event, *state, command.partner, command.mode, work.partition.id());
    if (const auto* target = std::get_if<OnCustomerObject>(&command.target)) request->cvc = target->cvc;
    requests_.push_back(std::move(*request));
  } else {
    std::visit(
        [&]<class E>(const E& e) {
          if constexpr (requires { e.setup; e.operation; }) {
            const auto state = store_.setups.load(StateStore::setup_key(command.partner, command.mode, e.setup));
            if (state.ok() && *state) work.partition.operations.close((*state)->requested_sequence);
          }
        },
        event);
  }
  return absl::OkStatus();
}

Status Processor::on_partner(Work& work, OnPartner& target) {
  const Command& command = work.command;
  const EntityKey key{command.partner, Mode::none, {}, 0};
  work.subject = command.partner.text();
  TOLLGATE_ASSIGN_OR_RETURN(auto partner, store_.partners.load(key));
  PartnerDecision decision = decide(partner.get(), target.command, work.now_us);
  if (decision.refusal) {
    if (partner) work.result.partner = store_.partners.share(key, partner);
    refuse(work, std::move(*decision.refusal));
    return absl::OkStatus();
  }
  std::vector<Event> events;
  for (const PartnerEvent& event : decision.events) events.push_back(widen(event));
  if (!add_records(work, events)) {
    refuse(work, Refusal::too_many, "metadata");
    return absl::OkStatus();
  }
  if (!events.empty()) {
    partner = store_.partners.writable(key, std::move(partner));
    for (std::size_t i = 0; i < events.size(); ++i)
      apply(*partner, decision.events[i], work.headers[i].sequence, work.headers[i].time_us);
    changed_partners_.push_back(store_.partners.share(key, partner));
  }
  work.result.partner = store_.partners.share(key, partner);
  finish(work);
  return absl::OkStatus();
}

}  // namespace tollgate::engine

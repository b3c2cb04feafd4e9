#include "projection/public_events.h"

#include <type_traits>
#include <variant>
#include <vector>

#include "tollgate/base/assert.h"
#include "tollgate/projection/index.h"

namespace tollgate {
namespace projection {
namespace {

OperationKind kind_of(const Payment* payment, uint16_t ordinal) {
  TOLLGATE_ASSERT(payment != nullptr);
  const Operation* operation = payment->operation(ordinal);
  TOLLGATE_ASSERT(operation != nullptr);
  return operation->kind;
}

bool starts_a_charge(OperationKind kind) { return kind == OperationKind::authorize || kind == OperationKind::sale; }

void attempt_failed(PublicTypes& to) {
  to.add(PublicType::charge_failed);
  to.add(PublicType::payment_intent_payment_failed);
}

// What is not named here is nobody's business but ours.
template <class E>
void add_types(PublicTypes&, const E&, const Payment*) {}

void add_types(PublicTypes& to, const PaymentCreated&, const Payment*) { to.add(PublicType::payment_intent_created); }
void add_types(PublicTypes& to, const AuthenticationRequired&, const Payment*) {
  to.add(PublicType::payment_intent_requires_action);
}
void add_types(PublicTypes& to, const AuthenticationCompleted& event, const Payment*) {
  if (!event.succeeded) attempt_failed(to);
}
// A sale is approved and captured at once: its PaymentCaptured tells both.
void add_types(PublicTypes& to, const AuthorizationApproved& event, const Payment* payment) {
  if (kind_of(payment, event.operation) != OperationKind::authorize) return;
  to.add(PublicType::payment_intent_amount_capturable_updated);
  to.add(PublicType::charge_succeeded);
}
void add_types(PublicTypes& to, const AuthorizationDeclined&, const Payment*) { attempt_failed(to); }
void add_types(PublicTypes& to, const OperationInDoubt& event, const Payment* payment) {
  if (starts_a_charge(kind_of(payment, event.operation))) to.add(PublicType::payment_intent_processing);
}
// Only a reversed authorization ends its attempt; a reversed increment leaves the authorization as it was.
void add_types(PublicTypes& to, const OperationReversed& event, const Payment* payment) {
  if (starts_a_charge(kind_of(payment, event.operation))) attempt_failed(to);
}
void add_types(PublicTypes& to, const AuthorizationIncremented&, const Payment*) {
  to.add(PublicType::payment_intent_amount_capturable_updated);
}
void add_types(PublicTypes& to, const PaymentCaptured& event, const Payment* payment) {
  if (kind_of(payment, event.operation) == OperationKind::sale) {
    to.add(PublicType::charge_succeeded);
    to.add(PublicType::payment_intent_succeeded);
    return;
  }
  to.add(PublicType::charge_captured);
  if (payment->status == PaymentStatus::succeeded) to.add(PublicType::payment_intent_succeeded);
}
// A payment whose rest is given back after a part was captured has succeeded with that part.
void add_types(PublicTypes& to, const PaymentCanceled&, const Payment* payment) {
  TOLLGATE_ASSERT(payment != nullptr);
  const bool succeeded = payment->status == PaymentStatus::succeeded;
  to.add(succeeded ? PublicType::payment_intent_succeeded : PublicType::payment_intent_canceled);
}
void add_types(PublicTypes& to, const AuthorizationExpired&, const Payment* payment) {
  TOLLGATE_ASSERT(payment != nullptr);
  if (payment->status == PaymentStatus::succeeded) return to.add(PublicType::payment_intent_succeeded);
  to.add(PublicType::charge_expired);
  to.add(PublicType::payment_intent_canceled);
}
void add_types(PublicTypes& to, const RefundAccepted&, const Payment*) {
  to.add(PublicType::refund_created);
  to.add(PublicType::charge_refunded);
}
void add_types(PublicTypes& to, const RefundSettled&, const Payment*) { to.add(PublicType::refund_updated); }
// One that the acquirer refused was never announced: its failure is the first that is heard of it.
void add_types(PublicTypes& to, const RefundFailed& event, const Payment*) {
  to.add(event.operation == 0 ? PublicType::refund_updated : PublicType::refund_created);
  to.add(PublicType::refund_failed);
}
void add_types(PublicTypes& to, const RefundUpdated&, const Payment*) { to.add(PublicType::refund_updated); }

void add_types(PublicTypes& to, const CustomerCreated&, const Payment*) { to.add(PublicType::customer_created); }
void add_types(PublicTypes& to, const CustomerUpdated&, const Payment*) { to.add(PublicType::customer_updated); }
void add_types(PublicTypes& to, const CustomerDeleted&, const Payment*) { to.add(PublicType::customer_deleted); }
void add_types(PublicTypes& to, const PaymentMethodAttached&, const Payment*) {
  to.add(PublicType::payment_method_attached);
}
void add_types(PublicTypes& to, const PaymentMethodUpdated&, const Payment*) {
  to.add(PublicType::payment_method_updated);
}
void add_types(PublicTypes& to, const PaymentMethodDetached&, const Payment*) {
  to.add(PublicType::payment_method_detached);
}
void add_types(PublicTypes& to, const SetupIntentCreated&, const Payment*) { to.add(PublicType::setup_intent_created); }
void add_types(PublicTypes& to, const SetupAuthenticationRequired&, const Payment*) {
  to.add(PublicType::setup_intent_requires_action);
}
void add_types(PublicTypes& to, const SetupSucceeded&, const Payment*) { to.add(PublicType::setup_intent_succeeded); }
void add_types(PublicTypes& to, const SetupFailed&, const Payment*) { to.add(PublicType::setup_intent_setup_failed); }
void add_types(PublicTypes& to, const SetupCanceled&, const Payment*) { to.add(PublicType::setup_intent_canceled); }

}  // namespace

const char* name_of(PublicType type) {
  switch (type) {
    case PublicType::payment_intent_created: return "payment_intent.created";
    case PublicType::payment_intent_requires_action: return "payment_intent.requires_action";
    case PublicType::payment_intent_processing: return "payment_intent.processing";
    case PublicType::payment_intent_amount_capturable_updated: return "payment_intent.amount_capturable_updated";
    case PublicType::payment_intent_succeeded: return "payment_intent.succeeded";
    case PublicType::payment_intent_payment_failed: return "payment_intent.payment_failed";
    case PublicType::payment_intent_canceled: return "payment_intent.canceled";
    case PublicType::charge_succeeded: return "charge.succeeded";
    case PublicType::charge_failed: return "charge.failed";
    case PublicType::charge_captured: return "charge.captured";
    case PublicType::charge_expired: return "charge.expired";
    case PublicType::charge_refunded: return "charge.refunded";
    case PublicType::refund_created: return "refund.created";
    case PublicType::refund_updated: return "refund.updated";
    case PublicType::refund_failed: return "refund.failed";
    case PublicType::customer_created: return "customer.created";
    case PublicType::customer_updated: return "customer.updated";
    case PublicType::customer_deleted: return "customer.deleted";
    case PublicType::payment_method_attached: return "payment_method.attached";
    case PublicType::payment_method_updated: return "payment_method.updated";
    case PublicType::payment_method_detached: return "payment_method.detached";
    case PublicType::setup_intent_created: return "setup_intent.created";
    case PublicType::setup_intent_requires_action: return "setup_intent.requires_action";
    case PublicType::setup_intent_succeeded: return "setup_intent.succeeded";
    case PublicType::setup_intent_setup_failed: return "setup_intent.setup_failed";
    case PublicType::setup_intent_canceled: return "setup_intent.canceled";
  }
  return "";
}

PublicTypes public_types(const Event& event, const Payment* payment) {
  PublicTypes types;
  std::visit([&](const auto& fact) { add_types(types, fact, payment); }, event);
  return types;
}

bool matches(std::string_view filter, std::string_view name) {
  if (filter.empty() || filter == "*") return true;
  if (!filter.ends_with(".*")) return filter == name;
  return name.starts_with(filter.substr(0, filter.size() - 1));
}

}  // namespace projection

std::vector<const char*> public_event_types(const Event& event, const Payment* payment) {
  const auto types = projection::public_types(event, payment);
  std::vector<const char*> names;
  names.reserve(types.count);
  for (const auto type : types) names.push_back(projection::name_of(type));
  return names;
}

}  // namespace tollgate

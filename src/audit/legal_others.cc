#include <algorithm>

#include "audit/legal.h"
#include "tollgate/record/field_types.h"
#include "tollgate/record/names.h"

namespace tollgate::audit {

namespace {

using Why = const char*;  // nullptr: legal

bool waits_for_partner(const SetupIntent& setup) {
  return setup.status == SetupStatus::requires_payment_method || setup.status == SetupStatus::requires_confirmation ||
         setup.status == SetupStatus::requires_action;
}
bool awaits(const SetupIntent& setup, uint16_t operation) { return setup.operation_open && setup.operation == operation; }

Why why(const SetupIntent& setup, const SetupIntentUpdated& event) {
  if (setup.status == SetupStatus::canceled) return "the setup intent is canceled";
  if (waits_for_partner(setup)) return nullptr;
  return setup.method == event.method && setup.customer == event.customer ? nullptr : "what is being verified cannot change any more";
}
Why why(const SetupIntent& setup, const SetupVerificationRequested& event) {
  if (!waits_for_partner(setup) || setup.operation_open) return "the setup intent does not wait for a confirmation";
  if (event.operation != setup.operation + 1) return "its operation is not the next one";
  return event.method || setup.method ? nullptr : "there is no payment method";
}
Why why(const SetupIntent& setup, const SetupAuthenticationRequired& event) {
  return awaits(setup, event.operation) ? nullptr : "its operation does not wait for an answer";
}
Why why(const SetupIntent& setup, const SetupSucceeded& event) {
  return awaits(setup, event.operation) ? nullptr : "its operation does not wait for an answer";
}
Why why(const SetupIntent& setup, const SetupFailed& event) {
  if (event.operation == 0) return setup.status == SetupStatus::requires_action ? nullptr : "the setup intent does not wait for the cardholder";
  return awaits(setup, event.operation) ? nullptr : "its operation does not wait for an answer";
}
Why why(const SetupIntent& setup, const SetupCanceled&) {
  return waits_for_partner(setup) ? nullptr : "the setup intent does not wait for its partner";
}
Why why_not_created(const SetupIntent& setup) {
  if (setup.version != 0 || !setup.history.empty()) return "it has a history before its first record";
  return setup.operation == 0 && !setup.operation_open ? nullptr : "it has an operation before its first record";
}

bool has_key(const Partner& partner, const std::string& id) {
  return std::any_of(partner.keys.begin(), partner.keys.end(), [&](const ApiKey& key) { return key.id == id; });
}

std::string text(Why no) { return no == nullptr ? std::string() : std::string(no); }

// Stops at the first enum field without a name.
struct EnumCheck {
  std::string bad;
  template <class F>
  void operator()(int, const char* name, const F& field) {
    if (bad.empty()) check(name, field);
  }
  template <class F>
  void check(const char* name, const F& field) {
    if constexpr (std::is_enum_v<F>) {
      if (name_of(field).empty()) bad = name;
    } else if constexpr (wire::is_optional<F>) {
      if (field) check(name, *field);
    } else if constexpr (wire::is_vector<F>) {
      if constexpr (HasFields<typename F::value_type> || std::is_enum_v<typename F::value_type>) {
        for (const auto& item : field) {
          if (bad.empty()) check(name, item);
        }
      }
    } else if constexpr (HasFields<F>) {
      F::fields(field, *this);
      if (!bad.empty()) bad = std::string(name) + "." + bad;
    }
  }
};

}  // namespace

std::string illegal(const Customer* state, const CustomerEvent& event) {
  if (std::holds_alternative<CustomerCreated>(event)) {
    if (state != nullptr) return "the customer exists already";
    return std::get<CustomerCreated>(event).customer.version == 0 ? "" : "it has a history before its first record";
  }
  if (state == nullptr) return "there is no such customer";
  return state->deleted ? "the customer is deleted" : "";
}

std::string illegal(const PaymentMethod* state, const CustomerEvent& event) {
  if (std::holds_alternative<PaymentMethodCreated>(event)) return state == nullptr ? "" : "the payment method exists already";
  // One that a payment made in passing is new here when it is attached or updated.
  if (std::holds_alternative<PaymentMethodAttached>(event)) return "";
  if (const auto* updated = std::get_if<PaymentMethodUpdated>(&event); updated != nullptr && state == nullptr)
    return updated->method.id.ordinal == 0 ? "there is no such payment method" : "";
  if (state == nullptr) return "there is no such payment method";
  return state->detached ? "the payment method is detached" : "";
}

std::string illegal(const SetupIntent* state, const CustomerEvent& event) {
  return text(std::visit(
      [&]<class E>(const E& e) -> Why {
        if constexpr (std::is_same_v<E, SetupIntentCreated>) return state != nullptr ? "the setup intent exists already" : why_not_created(e.setup);
        else if (state == nullptr) return "there is no such setup intent";
        else if constexpr (requires { why(*state, e); }) return why(*state, e);
        else return "it is not about a setup intent";
      },
      event));
}

std::string illegal(const Partner* state, const PartnerEvent& event) {
  return text(std::visit(
      [&]<class E>(const E& e) -> Why {
        if (e.partner.empty()) return "it names no partner";
        if constexpr (std::is_same_v<E, PartnerCreated>) {
          if (state != nullptr) return "the partner exists already";
          return e.partition == 0 ? "its partition is the directory's own" : nullptr;
        } else {
          if (state == nullptr) return "there is no such partner";
          if (state->status == PartnerStatus::closed) return "the partner is closed";
          if constexpr (std::is_same_v<E, KeyCreated>) return has_key(*state, e.key.id) ? "the key exists already" : nullptr;
          if constexpr (std::is_same_v<E, KeyExpirySet> || std::is_same_v<E, KeyRevoked>) return has_key(*state, e.key_id) ? nullptr : "there is no such key";
          return nullptr;
        }
      },
      event));
}

std::string unknown_enum(const Event& event) {
  EnumCheck check;
  std::visit([&](const auto& e) { std::decay_t<decltype(e)>::fields(e, check); }, event);
  return std::move(check.bad);
}

}  // namespace tollgate::audit

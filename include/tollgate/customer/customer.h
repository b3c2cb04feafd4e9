// Customers, payment methods and setup intents: what a partner keeps to charge a card again. Pure folds and decisions, as
// for payments (payment/commands.h). Personal data is ciphertext here.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tollgate/payment/commands.h"
#include "tollgate/payment/types.h"

namespace tollgate {

struct Customer {
  CustomerId id;
  int64_t created_us = 0;
  bool deleted = false;
  std::string sealed_personal;  // name, email, phone, address, shipping; ciphertext
  std::string description;
  Metadata metadata;
  PaymentMethodId default_method;  // invoice_settings.default_payment_method
  uint64_t version = 0;            // sequence of the last record

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "created_us", self.created_us);
    v(3, "deleted", self.deleted);
    v(4, "sealed_personal", self.sealed_personal);
    v(5, "description", self.description);
    v(6, "metadata", self.metadata);
    v(7, "default_method", self.default_method);
    v(8, "version", self.version);
  }
  bool operator==(const Customer&) const = default;
};

struct PaymentMethod {
  MethodSnapshot method;  // method.customer: whose it is
  bool detached = false;  // terminal: it can never be used again
  Metadata metadata;
  uint64_t version = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "method", self.method);
    v(2, "detached", self.detached);
    v(3, "metadata", self.metadata);
    v(4, "version", self.version);
  }
  bool operator==(const PaymentMethod&) const = default;
};

enum class SetupStatus : uint8_t {
  requires_payment_method = 1, requires_confirmation, requires_action, processing, canceled, succeeded
};

struct SetupIntent {
  SetupIntentId id;
  int64_t created_us = 0;
  SetupStatus status = SetupStatus::requires_payment_method;
  CustomerId customer;
  std::optional<MethodSnapshot> method;
  FutureUsage usage = FutureUsage::off_session;
  std::string description;
  std::string return_url;
  Metadata metadata;
  uint16_t operation = 0;  // ordinal of the newest verification at the acquirer
  bool operation_open = false;
  bool authenticated = false;
  uint64_t requested_sequence = 0;
  uint64_t resolved_sequence = 0;
  DeclineCode last_decline = DeclineCode::none;
  CancellationReason cancellation_reason = CancellationReason::none;
  uint64_t version = 0;
  std::vector<uint64_t> history;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "created_us", self.created_us);
    v(3, "status", self.status);
    v(4, "customer", self.customer);
    v(5, "method", self.method);
    v(6, "usage", self.usage);
    v(7, "description", self.description);
    v(8, "return_url", self.return_url);
    v(9, "metadata", self.metadata);
    v(10, "operation", self.operation);
    v(11, "operation_open", self.operation_open);
    v(12, "authenticated", self.authenticated);
    v(13, "requested_sequence", self.requested_sequence);
    v(14, "resolved_sequence", self.resolved_sequence);
    v(15, "last_decline", self.last_decline);
    v(16, "cancellation_reason", self.cancellation_reason);
    v(17, "version", self.version);
    v(18, "history", self.history);
  }
  bool operator==(const SetupIntent&) const = default;
};

// ---- events ----

struct CustomerCreated {
  static constexpr uint16_t event_type = 40;
  static constexpr const char* event_name = "customer_created";
  Customer customer;
  template <class Self, class V>
  static void fields(Self& self, V& v) { v(1, "customer", self.customer); }
};
// The customer after the update, whole.
struct CustomerUpdated {
  static constexpr uint16_t event_type = 41;
  static constexpr const char* event_name = "customer_updated";
  Customer customer;
  template <class Self, class V>
  static void fields(Self& self, V& v) { v(1, "customer", self.customer); }
};
// Its payment methods are detached by PaymentMethodDetached events of the same batch.
struct CustomerDeleted {
  static constexpr uint16_t event_type = 42;
  static constexpr const char* event_name = "customer_deleted";
  CustomerId customer;
  template <class Self, class V>
  static void fields(Self& self, V& v) { v(1, "customer", self.customer); }
};
struct PaymentMethodCreated {
  static constexpr uint16_t event_type = 43;
  static constexpr const char* event_name = "payment_method_created";
  MethodSnapshot method;
  Metadata metadata;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "method", self.method);
    v(2, "metadata", self.metadata);
  }
};
// Whole, because a method made in passing by a payment becomes an object of its own here.
struct PaymentMethodAttached {
  static constexpr uint16_t event_type = 44;
  static constexpr const char* event_name = "payment_method_attached";
  MethodSnapshot method;
  Metadata metadata;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "method", self.method);
    v(2, "metadata", self.metadata);
  }
};
struct PaymentMethodUpdated {
  static constexpr uint16_t event_type = 45;
  static constexpr const char* event_name = "payment_method_updated";
  MethodSnapshot method;
  Metadata metadata;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "method", self.method);
    v(2, "metadata", self.metadata);
  }
};
struct PaymentMethodDetached {
  static constexpr uint16_t event_type = 46;
  static constexpr const char* event_name = "payment_method_detached";
  PaymentMethodId method;
  CustomerId customer;  // whose it was
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "method", self.method);
    v(2, "customer", self.customer);
  }
};
struct SetupIntentCreated {
  static constexpr uint16_t event_type = 47;
  static constexpr const char* event_name = "setup_intent_created";
  SetupIntent setup;
  template <class Self, class V>
  static void fields(Self& self, V& v) { v(1, "setup", self.setup); }
};
// Durable before the acquirer is asked to verify the card (a zero-amount authorization).
struct SetupVerificationRequested {
  static constexpr uint16_t event_type = 48;
  static constexpr const char* event_name = "setup_verification_requested";
  SetupIntentId setup;
  uint16_t operation = 0;
  std::optional<MethodSnapshot> method;
  bool authenticated = false;
  std::string return_url;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "operation", self.operation);
    v(3, "method", self.method);
    v(4, "authenticated", self.authenticated);
    v(5, "return_url", self.return_url);
  }
};
struct SetupAuthenticationRequired {
  static constexpr uint16_t event_type = 49;
  static constexpr const char* event_name = "setup_authentication_required";
  SetupIntentId setup;
  uint16_t operation = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "operation", self.operation);
  }
};
struct SetupSucceeded {
  static constexpr uint16_t event_type = 50;
  static constexpr const char* event_name = "setup_succeeded";
  SetupIntentId setup;
  uint16_t operation = 0;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "operation", self.operation);
  }
};
// No money is at stake in a verification, so one with no answer fails as not_reached and may be tried again.
struct SetupFailed {
  static constexpr uint16_t event_type = 51;
  static constexpr const char* event_name = "setup_failed";
  SetupIntentId setup;
  uint16_t operation = 0;  // 0: the cardholder failed the challenge
  DeclineCode code = DeclineCode::generic_decline;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "operation", self.operation);
    v(3, "code", self.code);
  }
};
struct SetupCanceled {
  static constexpr uint16_t event_type = 52;
  static constexpr const char* event_name = "setup_canceled";
  SetupIntentId setup;
  CancellationReason reason = CancellationReason::none;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "reason", self.reason);
  }
};
// The values after the update, whole.
struct SetupIntentUpdated {
  static constexpr uint16_t event_type = 53;
  static constexpr const char* event_name = "setup_intent_updated";
  SetupIntentId setup;
  CustomerId customer;
  std::optional<MethodSnapshot> method;
  std::string description;
  Metadata metadata;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "setup", self.setup);
    v(2, "customer", self.customer);
    v(3, "method", self.method);
    v(4, "description", self.description);
    v(5, "metadata", self.metadata);
  }
};

using CustomerEvent = std::variant<CustomerCreated, CustomerUpdated, CustomerDeleted, PaymentMethodCreated,
                                   PaymentMethodAttached, PaymentMethodUpdated, PaymentMethodDetached, SetupIntentCreated,
                                   SetupVerificationRequested, SetupAuthenticationRequired, SetupSucceeded, SetupFailed,
                                   SetupCanceled, SetupIntentUpdated>;

// ---- commands ----

struct CreateCustomer {
  Customer customer;       // id chosen by the caller, new; its default method: `method`, or none
  PaymentMethodId method;  // to be attached; empty: none
  std::optional<MethodSnapshot> inline_method;  // as in AttachPaymentMethod
};
// A `..._base` is what the new sealed data was merged with: if that has changed since, the command is refused as busy.
struct UpdateCustomer {
  std::optional<std::string> sealed_personal;
  std::optional<std::string> sealed_personal_base;
  std::optional<std::string> description;
  std::optional<PaymentMethodId> default_method;
  bool clear_metadata = false;
  Metadata metadata;
};
struct DeleteCustomer {
  std::vector<PaymentMethodId> methods;  // attached ones, as read by the engine
};
struct CreatePaymentMethod {
  MethodSnapshot method;  // id chosen by the caller, new
  Metadata metadata;
};
struct AttachPaymentMethod {
  CustomerId customer;
  // The method as a payment made it in passing, when it is no object of its own yet (filled in by the engine).
  std::optional<MethodSnapshot> inline_method;
};
struct UpdatePaymentMethod {
  std::optional<uint8_t> exp_month;
  std::optional<uint16_t> exp_year;
  std::optional<std::string> sealed_billing;
  std::optional<std::string> sealed_billing_base;
  bool clear_metadata = false;
  Metadata metadata;
};
struct DetachPaymentMethod {};
struct CreateSetupIntent {
  SetupIntent setup;  // id chosen by the caller, new; status is decided
  bool confirm = false;
  std::string return_url;
};
struct UpdateSetupIntent {
  std::optional<CustomerId> customer;
  std::optional<MethodSnapshot> method;
  std::optional<std::string> description;
  bool clear_metadata = false;
  Metadata metadata;
};
struct ConfirmSetupIntent {
  std::optional<MethodSnapshot> method;
  std::string return_url;
};
struct CancelSetupIntent {
  CancellationReason reason = CancellationReason::none;
};
struct CompleteSetupAuthentication {
  bool succeeded = false;
};
struct ApplySetupOutcome {
  uint16_t operation = 0;
  Outcome outcome = Outcome::unknown;
  DeclineCode code = DeclineCode::none;
};

using CustomerCommand = std::variant<CreateCustomer, UpdateCustomer, DeleteCustomer, CreatePaymentMethod, AttachPaymentMethod,
                                     UpdatePaymentMethod, DetachPaymentMethod, CreateSetupIntent, UpdateSetupIntent,
                                     ConfirmSetupIntent, CancelSetupIntent, CompleteSetupAuthentication, ApplySetupOutcome>;

// What a command of this file may look at: the object that it is about and those it refers to. nullptr: does not exist.
struct CustomerContext {
  int64_t now_us = 0;
  const Customer* customer = nullptr;     // the customer that the command is about or refers to
  // The payment method that it is about; of a CreateCustomer: the one to be attached; of an UpdateCustomer: the default method that it names; of a setup intent's outcome:
  // the method as it is now, if it is an object of its own.
  const PaymentMethod* method = nullptr;
  const SetupIntent* setup = nullptr;     // the setup intent that it is about
};

struct CustomerDecision {
  std::vector<CustomerEvent> events;
  std::optional<RefusalDetail> refusal;
};

[[nodiscard]] CustomerDecision decide(const CustomerCommand& command, const CustomerContext& context);

// Each event concerns one object: exactly one of these folds it, the others leave it alone (false).
bool apply(Customer& customer, const CustomerEvent& event, uint64_t sequence, int64_t time_us);
bool apply(PaymentMethod& method, const CustomerEvent& event, uint64_t sequence, int64_t time_us);
bool apply(SetupIntent& setup, const CustomerEvent& event, uint64_t sequence, int64_t time_us);

}  // namespace tollgate

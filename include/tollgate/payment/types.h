// A payment intent and what belongs to it, as the domain sees it. A Payment is a fold of its events (events.h) and
// nothing else; the API's objects are rendered from it. Amounts are minor units of the payment's currency. Times are
// UTC microseconds since 1970; 0 means "not yet".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tollgate/base/fields.h"
#include "tollgate/base/id.h"
#include "tollgate/money/money.h"

namespace tollgate {

// In the order in which the partner set them; keys are unique.
using Metadata = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t metadata_keys_max = 50;

// Sets, replaces and deletes (empty value) entries; the order of the rest is kept.
void merge_metadata(Metadata& into, const Metadata& changes, bool clear_first);

inline constexpr std::size_t refunds_per_payment_max = 2'000;
inline constexpr std::size_t attempts_per_payment_max = 100;
inline constexpr std::size_t operations_per_payment_max = 3'000;

// Changes that charge nothing have no bound of their own, and each leaves a record: an update is refused once the object's history holds so
// many of them. What operations leave behind, about so much for each, does not count, and an operation is never refused for it.
inline constexpr std::size_t changes_per_object_max = 1'000;
inline constexpr std::size_t records_per_operation = 3;
[[nodiscard]] constexpr bool room_for_change(std::size_t records, std::size_t operations) {
  return records < changes_per_object_max + records_per_operation * operations;
}

enum class PaymentStatus : uint8_t {
  requires_payment_method = 1, requires_confirmation, requires_action, processing, requires_capture, canceled, succeeded
};
enum class CaptureMethod : uint8_t { automatic = 1, automatic_async, manual };
enum class ConfirmationMethod : uint8_t { automatic = 1, manual };
enum class FutureUsage : uint8_t { none = 0, on_session, off_session };
enum class CancellationReason : uint8_t {
  none = 0, duplicate, fraudulent, requested_by_customer, abandoned, failed_invoice, void_invoice, automatic, expired
};
enum class RefundReason : uint8_t { none = 0, duplicate, fraudulent, requested_by_customer };
enum class RefundStatus : uint8_t { pending = 1, succeeded, failed, canceled, requires_action };

enum class CardBrand : uint8_t { unknown = 0, visa, mastercard, amex, discover, diners, jcb, unionpay };
enum class CardFunding : uint8_t { unknown = 0, credit, debit, prepaid };
enum class Check : uint8_t { none = 0, pass, fail, unavailable, unchecked };

// What may be known of a card outside the vault.
struct Card {
  CardBrand brand = CardBrand::unknown;
  CardFunding funding = CardFunding::unknown;
  std::string last4;
  uint8_t exp_month = 0;
  uint16_t exp_year = 0;
  std::string country;      // ISO 3166-1 alpha-2
  std::string fingerprint;  // keyed: the same card of the same partner and mode, nothing to be looked up from outside
  std::string bin;          // the first six digits; empty: not known

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "brand", self.brand);
    v(2, "funding", self.funding);
    v(3, "last4", self.last4);
    v(4, "exp_month", self.exp_month);
    v(5, "exp_year", self.exp_year);
    v(6, "country", self.country);
    v(7, "fingerprint", self.fingerprint);
    v(8, "bin", self.bin);
  }
  bool operator==(const Card&) const = default;
};

// A payment method as a payment uses it: a copy, so that what was charged stays known when the method is changed.
struct MethodSnapshot {
  PaymentMethodId id;
  std::string card_token;      // of the vault ("tok_..."), or the name of a test card ("pm_card_visa"): never a number
  Card card;
  std::string sealed_billing;  // billing details, ciphertext (vault/vault.h: seal)
  CustomerId customer;         // empty: attached to none
  int64_t created_us = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "card_token", self.card_token);
    v(3, "card", self.card);
    v(4, "sealed_billing", self.sealed_billing);
    v(5, "customer", self.customer);
    v(6, "created_us", self.created_us);
  }
  bool operator==(const MethodSnapshot&) const = default;
};

// Why the issuer, the acquirer or a check said no.
enum class DeclineCode : uint8_t {
  none = 0, generic_decline, insufficient_funds, lost_card, stolen_card, expired_card, incorrect_cvc, processing_error,
  card_velocity_exceeded, fraudulent, authentication_required, authentication_failed, incorrect_number, do_not_honor,
  card_not_supported, currency_not_supported, test_mode_live_card, not_reached
};

// What one call to the acquirer is for.
enum class OperationKind : uint8_t { authorize = 1, sale, increment, capture, cancel, refund };
// open: called, or about to be. in_doubt: no one knows what the acquirer did; the resolver owns it.
// reversing: found no answer or a wrong one, the acquirer was told to undo it.
enum class OperationState : uint8_t { open = 1, approved, declined, in_doubt, reversing, reversed };
// What two people said of an operation whose outcome nobody knew. reversed: of one that is being undone, nothing of it stands any more.
enum class HandOutcome : uint8_t { none = 0, approved, declined, never_happened, reversed };

// One thing asked of the acquirer. Its reference there is derived from (partner, payment, ordinal): reference_of().
struct Operation {
  uint16_t ordinal = 0;  // from 1, in order, over all kinds
  OperationKind kind = OperationKind::authorize;
  OperationState state = OperationState::open;
  int64_t amount = 0;
  uint16_t attempt = 0;        // whose charge it belongs to
  uint16_t refund = 0;         // kind refund: which
  bool final_capture = false;  // kind capture: what remains of the authorization is released
  uint64_t requested_sequence = 0;
  uint64_t resolved_sequence = 0;  // last record of the batch that gave it its outcome, 0 while it has none
  uint64_t doubted_sequence = 0;   // record that put it in doubt: what the partner was answered then
  int64_t requested_us = 0;
  DeclineCode code = DeclineCode::none;  // why it did not come about; while it is being reversed: what it will end with
  bool late_approval = false;            // reversed, then an approval arrived: until that is reversed too
  CancellationReason reason = CancellationReason::none;  // kind cancel
  HandOutcome by_hand = HandOutcome::none;  // resolved by hand, as this
  bool answered_since = false;              // by hand, and the acquirer's own answer has come since
  bool contradicted = false;                // that answer says something else

  // The resolver's: the acquirer is asked until there is one outcome, and after a resolution by hand until it has said so itself.
  [[nodiscard]] bool is_asked_about() const {
    return state == OperationState::in_doubt || state == OperationState::reversing || late_approval ||
           (by_hand != HandOutcome::none && !answered_since);
  }

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "ordinal", self.ordinal);
    v(2, "kind", self.kind);
    v(3, "state", self.state);
    v(4, "amount", self.amount);
    v(5, "attempt", self.attempt);
    v(6, "refund", self.refund);
    v(7, "final_capture", self.final_capture);
    v(8, "requested_sequence", self.requested_sequence);
    v(9, "resolved_sequence", self.resolved_sequence);
    v(10, "requested_us", self.requested_us);
    v(11, "doubted_sequence", self.doubted_sequence);
    v(12, "code", self.code);
    v(13, "late_approval", self.late_approval);
    v(14, "reason", self.reason);
    v(15, "by_hand", self.by_hand);
    v(16, "answered_since", self.answered_since);
    v(17, "contradicted", self.contradicted);
  }
  bool operator==(const Operation&) const = default;
};

enum class AttemptState : uint8_t { pending = 1, requires_action, authorized, captured, declined, canceled, expired };

// One attempt to pay: the API's charge, once the acquirer has answered it.
struct Attempt {
  uint16_t ordinal = 0;  // from 1
  AttemptState state = AttemptState::pending;
  MethodSnapshot method;
  bool off_session = false;
  bool authenticated = false;  // 3-D Secure completed
  int64_t created_us = 0;
  int64_t amount_authorized = 0;
  int64_t amount_captured = 0;
  int64_t amount_refunded = 0;  // succeeded and pending refunds
  DeclineCode decline = DeclineCode::none;
  std::string authorization_code;
  std::string network_transaction_id;
  int64_t capture_before_us = 0;
  Check cvc_check = Check::none;
  bool error_on_requires_action = false;  // a challenge is a decline: the partner cannot show one
  std::string acquirer;          // name of the acquirer that it went to, for all that is asked about it later; empty: the sandbox
  std::string acquirer_payment;  // what that acquirer calls it; empty: it has no name of its own for it, or it is not known

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "ordinal", self.ordinal);
    v(2, "state", self.state);
    v(3, "method", self.method);
    v(4, "off_session", self.off_session);
    v(5, "authenticated", self.authenticated);
    v(6, "created_us", self.created_us);
    v(7, "amount_authorized", self.amount_authorized);
    v(8, "amount_captured", self.amount_captured);
    v(9, "amount_refunded", self.amount_refunded);
    v(10, "decline", self.decline);
    v(11, "authorization_code", self.authorization_code);
    v(12, "network_transaction_id", self.network_transaction_id);
    v(13, "capture_before_us", self.capture_before_us);
    v(14, "cvc_check", self.cvc_check);
    v(15, "error_on_requires_action", self.error_on_requires_action);
    v(16, "acquirer", self.acquirer);
    v(17, "acquirer_payment", self.acquirer_payment);
  }
  bool operator==(const Attempt&) const = default;
};

struct Refund {
  uint16_t ordinal = 0;  // from 1
  uint16_t attempt = 0;
  RefundStatus status = RefundStatus::pending;
  int64_t amount = 0;
  RefundReason reason = RefundReason::none;
  Metadata metadata;
  int64_t created_us = 0;
  uint16_t transaction = 0;          // ordinal of the balance transaction that took the money
  uint16_t failure_transaction = 0;  // ordinal of the one that gave it back

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "ordinal", self.ordinal);
    v(2, "attempt", self.attempt);
    v(3, "status", self.status);
    v(4, "amount", self.amount);
    v(5, "reason", self.reason);
    v(6, "metadata", self.metadata);
    v(7, "created_us", self.created_us);
    v(8, "transaction", self.transaction);
    v(9, "failure_transaction", self.failure_transaction);
  }
  bool operator==(const Refund&) const = default;
};

enum class TransactionType : uint8_t { charge = 1, refund, refund_failure };

// The API's balance transaction: what one movement did to the partner's balance. net = amount - fee.
struct Transaction {
  uint16_t ordinal = 0;  // from 1
  TransactionType type = TransactionType::charge;
  int64_t amount = 0;  // negative for a refund
  int64_t fee = 0;
  uint16_t attempt = 0;
  uint16_t refund = 0;
  int64_t created_us = 0;
  int64_t available_on_us = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "ordinal", self.ordinal);
    v(2, "type", self.type);
    v(3, "amount", self.amount);
    v(4, "fee", self.fee);
    v(5, "attempt", self.attempt);
    v(6, "refund", self.refund);
    v(7, "created_us", self.created_us);
    v(8, "available_on_us", self.available_on_us);
  }
  bool operator==(const Transaction&) const = default;
};

// What the partner set and may change with an update while the payment waits for a confirmation.
struct PaymentDetails {
  std::string description;
  std::string statement_descriptor;
  std::string statement_descriptor_suffix;
  std::string transfer_group;
  FutureUsage setup_future_usage = FutureUsage::none;
  std::string return_url;
  Metadata metadata;
  std::string sealed_personal;  // shipping and receipt_email, ciphertext (vault/vault.h: seal)

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "description", self.description);
    v(2, "statement_descriptor", self.statement_descriptor);
    v(3, "statement_descriptor_suffix", self.statement_descriptor_suffix);
    v(4, "transfer_group", self.transfer_group);
    v(5, "setup_future_usage", self.setup_future_usage);
    v(6, "return_url", self.return_url);
    v(7, "metadata", self.metadata);
    v(8, "sealed_personal", self.sealed_personal);
  }
  bool operator==(const PaymentDetails&) const = default;
};

struct Payment {
  PaymentId id;
  PartnerId partner;
  Mode mode = Mode::test;
  int64_t amount = 0;
  Currency currency;
  PaymentStatus status = PaymentStatus::requires_payment_method;
  CaptureMethod capture_method = CaptureMethod::automatic;
  ConfirmationMethod confirmation_method = ConfirmationMethod::automatic;
  CustomerId customer;
  std::optional<MethodSnapshot> method;  // set and not yet declined
  PaymentDetails details;
  std::vector<Attempt> attempts;
  std::vector<Operation> operations;
  std::vector<Refund> refunds;
  std::vector<Transaction> transactions;
  DeclineCode last_decline = DeclineCode::none;  // of the newest attempt, while the payment waits for another
  uint16_t last_decline_attempt = 0;
  bool off_session = false;
  int64_t created_us = 0;
  int64_t canceled_us = 0;
  CancellationReason cancellation_reason = CancellationReason::none;
  std::vector<uint64_t> history;  // sequences of this payment's records, in order
  std::optional<PaymentDetails> details_if_incremented;  // while an increment is open: what its approval brings

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "id", self.id);
    v(2, "partner", self.partner);
    v(3, "mode", self.mode);
    v(4, "amount", self.amount);
    v(5, "currency", self.currency);
    v(6, "status", self.status);
    v(7, "capture_method", self.capture_method);
    v(8, "confirmation_method", self.confirmation_method);
    v(9, "customer", self.customer);
    v(10, "method", self.method);
    v(11, "details", self.details);
    v(12, "attempts", self.attempts);
    v(13, "operations", self.operations);
    v(14, "refunds", self.refunds);
    v(15, "transactions", self.transactions);
    v(16, "last_decline", self.last_decline);
    v(17, "last_decline_attempt", self.last_decline_attempt);
    v(18, "off_session", self.off_session);
    v(19, "created_us", self.created_us);
    v(20, "canceled_us", self.canceled_us);
    v(21, "cancellation_reason", self.cancellation_reason);
    v(22, "history", self.history);
    v(23, "details_if_incremented", self.details_if_incremented);
  }
  bool operator==(const Payment&) const = default;

  // Of the current (newest) attempt; 0 where there is none.
  [[nodiscard]] int64_t amount_capturable() const;
  [[nodiscard]] int64_t amount_received() const;
  [[nodiscard]] const Attempt* newest_attempt() const { return attempts.empty() ? nullptr : &attempts.back(); }
  [[nodiscard]] const Operation* operation(uint16_t ordinal) const;
  // The authorization, increment, capture or cancel that has no outcome yet (never a refund); nullptr if there is none.
  [[nodiscard]] const Operation* open_operation() const;
};

// "acct_.../pi_.../7": what the acquirer knows an operation by. The same on every repeat, different for every operation.
[[nodiscard]] std::string reference_of(PartnerId partner, PaymentId payment, uint16_t operation);

}  // namespace tollgate

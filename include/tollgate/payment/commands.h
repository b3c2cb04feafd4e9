// What may be asked of a payment, and how it is decided. decide() and apply() are pure: no clock, no randomness, no files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tollgate/payment/events.h"
#include "tollgate/payment/types.h"

namespace tollgate {

// How an acquirer's answer reads, whoever the acquirer is. What cannot be told is `unknown`, never `declined`.
enum class Outcome : uint8_t { approved = 1, declined, unknown, authentication_required, pending };

// ---- commands of partners ----

// The partner's way to say "charge it now": part of a create, or a command of its own.
struct Confirmation {
  std::optional<MethodSnapshot> method;  // absent: the payment's own
  bool off_session = false;
  bool error_on_requires_action = false;
  std::string return_url;
  FutureUsage setup_future_usage = FutureUsage::none;
};

struct CreatePayment {
  PaymentId payment;  // chosen by the caller, new
  int64_t amount = 0;
  Currency currency;
  CaptureMethod capture_method = CaptureMethod::automatic;
  ConfirmationMethod confirmation_method = ConfirmationMethod::automatic;
  CustomerId customer;
  std::optional<MethodSnapshot> method;
  PaymentDetails details;
  std::optional<Confirmation> confirm;
};
// Absent: as it is. Metadata entries with an empty value delete the key; clear_metadata deletes all first.
struct UpdatePayment {
  std::optional<int64_t> amount;
  std::optional<Currency> currency;
  std::optional<CaptureMethod> capture_method;
  std::optional<CustomerId> customer;
  std::optional<MethodSnapshot> method;
  bool clear_method = false;  // payment_method set to ""
  std::optional<std::string> description;
  std::optional<std::string> statement_descriptor;
  std::optional<std::string> statement_descriptor_suffix;
  std::optional<std::string> transfer_group;
  std::optional<FutureUsage> setup_future_usage;
  std::optional<std::string> sealed_personal;
  std::optional<std::string> sealed_personal_base;  // what it was merged with: if that has changed since, the command is refused as busy
  bool clear_metadata = false;
  Metadata metadata;
};
struct ConfirmPayment {
  Confirmation confirm;
  std::optional<UpdatePayment> changes;  // made first, and only together with the confirmation
};
struct CapturePayment {
  std::optional<int64_t> amount_to_capture;  // absent: all that is capturable
  bool final_capture = true;
  bool clear_metadata = false;
  Metadata metadata;
  std::optional<std::string> statement_descriptor;
  std::optional<std::string> statement_descriptor_suffix;
};
struct CancelPayment {
  CancellationReason reason = CancellationReason::none;
};
struct IncrementAuthorization {
  int64_t amount = 0;  // the new total
  std::optional<std::string> description;
  std::optional<std::string> statement_descriptor;
  bool clear_metadata = false;
  Metadata metadata;
};
struct CreateRefund {
  std::optional<uint16_t> attempt;  // absent: the one that was captured
  std::optional<int64_t> amount;    // absent: all that is left
  RefundReason reason = RefundReason::none;
  Metadata metadata;
};
struct UpdateRefund {
  uint16_t refund = 0;
  bool clear_metadata = false;
  Metadata metadata;
};
// The cardholder came back from the 3-D Secure challenge.
struct CompleteAuthentication {
  uint16_t attempt = 0;
  bool succeeded = false;
};

// ---- commands of the node itself ----

// The acquirer's answer to an operation, to an inquiry about it (unknown: still nothing known), or to its reversal (`reversal`:
// approved means undone, unknown means try again).
struct ApplyOutcome {
  uint16_t operation = 0;
  Outcome outcome = Outcome::unknown;
  bool reversal = false;
  // Of an inquiry: the acquirer has never seen the reference. The operation is then reversed, so that a late arrival cannot stand.
  bool not_found = false;
  int64_t amount = 0;  // as the acquirer echoes it; differs from what was asked: in doubt
  Currency currency;
  DeclineCode code = DeclineCode::none;
  std::string authorization_code;
  std::string network_transaction_id;
  Check cvc_check = Check::none;
  DoubtCause doubt = DoubtCause::no_answer;
  std::string acquirer_payment;  // what the acquirer calls the payment
};
// A pending refund's end, reported later. succeeded = false also for one that had succeeded and came back.
struct SettleRefund {
  uint16_t refund = 0;
  bool succeeded = true;
  DeclineCode code = DeclineCode::none;
};
struct ExpireAuthorization {};
// What an operator says of an operation in doubt, and another one has approved: it stands for the acquirer's answer. Refused where the
// operation is not in doubt (unexpected_state; param "outcome" where it is, and this cannot be said of it).
struct ResolveByHand {
  uint16_t operation = 0;
  HandOutcome outcome = HandOutcome::none;
  std::string reference, reason, resolved_by, approved_by, approval;
  std::string acquirer_payment;  // what the acquirer calls the payment; empty: not known
};

using PaymentCommand = std::variant<CreatePayment, UpdatePayment, ConfirmPayment, CapturePayment, CancelPayment,
                                    IncrementAuthorization, CreateRefund, UpdateRefund, CompleteAuthentication,
                                    ApplyOutcome, SettleRefund, ExpireAuthorization, ResolveByHand>;

// ---- the decision ----

// A business refusal is an answer: numbers are permanent, and it is kept under the request's idempotency key, except
// those that ask to be tried again: is_kept().
enum class Refusal : uint16_t {
  none = 0,
  payment_missing = 1,
  unexpected_state = 2,          // payment_intent_unexpected_state; `state` of the detail says which
  amount_too_large = 3,          // over the authorization, the captured amount or what is left
  amount_too_small = 4,
  currency_not_enabled = 5,
  method_missing = 6,            // confirm without a payment method
  already_captured = 7,          // payment_intent_unexpected_state
  already_refunded = 8,          // charge_already_refunded
  authorization_expired = 9,     // charge_expired_for_capture
  busy = 10,                     // lock_timeout: another operation of this payment is at the acquirer; not kept
  authentication_required = 11,  // error_on_requires_action
  partner_suspended = 12,
  partner_closed = 13,
  too_many = 14,                 // a bound of types.h is reached
  customer_missing = 15,
  method_in_use = 16,            // attached to another customer
  method_detached = 17,
  live_not_configured = 18,      // live key, no acquirer
  customer_mismatch = 19,        // the method belongs to another customer
  setup_unexpected_state = 20,
  nothing_to_refund = 21,
  limit_exceeded = 22,           // the partner's amount limit
  method_missing_id = 23,        // no such payment method
  setup_missing = 24,
  refund_missing = 25,
  partner_exists = 26,
  partner_unexpected_state = 27,
  key_missing = 28,
  too_many_keys = 29,
  declines_exceeded = 30,        // too many declines of this card, or of its BIN: not asked again for a while
  amount_per_day_exceeded = 31,  // the partner's limit of a day; not kept
};

[[nodiscard]] constexpr bool is_kept(Refusal refusal) {
  return refusal != Refusal::busy && refusal != Refusal::amount_per_day_exceeded;
}

struct RefusalDetail {
  Refusal refusal = Refusal::none;
  std::string param;                // the API parameter at fault, may be empty
  int64_t amount_allowed = 0;       // what would have been possible
  uint8_t state = 0;                // PaymentStatus or SetupStatus

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "refusal", self.refusal);
    v(2, "param", self.param);
    v(3, "amount_allowed", self.amount_allowed);
    v(4, "state", self.state);
  }
  bool operator==(const RefusalDetail&) const = default;
};

// rate of the amount in basis points and a fixed part in minor units, per currency group of the partner
struct Fee {
  int32_t basis_points = 0;
  int64_t fixed = 0;
};

// All that a decision may know besides the state.
struct PaymentContext {
  PartnerId partner;
  Mode mode = Mode::test;
  int64_t now_us = 0;
  Fee fee;                                   // of the payment's currency
  int64_t availability_delay_us = 0;         // from capture to available
  int64_t authorization_validity_us = 0;     // 7 days
  int64_t amount_max = tollgate::amount_max; // per payment
  std::string acquirer;                      // where an authorization would go; empty: the sandbox
};

struct PaymentDecision {
  std::vector<PaymentEvent> events;  // empty with no refusal: nothing to do (a repeated outcome)
  std::optional<RefusalDetail> refusal;
};

// Whether `state` (nullptr: the payment does not exist) allows the command. Guards first, in a stated order, one named
// refusal each; then only code that cannot fail.
[[nodiscard]] PaymentDecision decide(const Payment* state, const PaymentCommand& command, const PaymentContext& context);

// Folds one event. `sequence` and `time_us` are the record's. Replaying the log calls exactly this. The event must follow from
// `state` (asserted): a log that was checked by its hashes and invariants.
void apply(Payment& state, const PaymentEvent& event, PartnerId partner, Mode mode, uint64_t sequence, int64_t time_us);

// The invariants of one payment; empty if all hold, else which does not, for people.
[[nodiscard]] std::string broken_invariant(const Payment& payment);

}  // namespace tollgate

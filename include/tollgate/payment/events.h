// The facts of a payment, one struct each. A name says what happened; numbers of types (event_type) are permanent.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "tollgate/ledger/posting.h"
#include "tollgate/payment/types.h"

namespace tollgate {

struct PaymentCreated {
  static constexpr uint16_t event_type = 1;
  static constexpr const char* event_name = "payment_created";
  PaymentId payment;
  int64_t amount = 0;
  Currency currency;
  CaptureMethod capture_method = CaptureMethod::automatic;
  ConfirmationMethod confirmation_method = ConfirmationMethod::automatic;
  CustomerId customer;
  std::optional<MethodSnapshot> method;
  PaymentDetails details;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "amount", self.amount);
    v(3, "currency", self.currency);
    v(4, "capture_method", self.capture_method);
    v(5, "confirmation_method", self.confirmation_method);
    v(6, "customer", self.customer);
    v(7, "method", self.method);
    v(8, "details", self.details);
  }
};

// The values after the update, whole.
struct PaymentUpdated {
  static constexpr uint16_t event_type = 2;
  static constexpr const char* event_name = "payment_updated";
  PaymentId payment;
  int64_t amount = 0;
  Currency currency;
  CaptureMethod capture_method = CaptureMethod::automatic;
  CustomerId customer;
  std::optional<MethodSnapshot> method;
  PaymentDetails details;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "amount", self.amount);
    v(3, "currency", self.currency);
    v(4, "capture_method", self.capture_method);
    v(5, "customer", self.customer);
    v(6, "method", self.method);
    v(7, "details", self.details);
  }
};

// Durable before the acquirer is called. kind is authorize (manual capture) or sale (automatic: authorize and capture
// in one call). A new attempt, or the same one again after its 3-D Secure challenge (authenticated).
struct AuthorizationRequested {
  static constexpr uint16_t event_type = 3;
  static constexpr const char* event_name = "authorization_requested";
  PaymentId payment;
  uint16_t operation = 0;
  OperationKind kind = OperationKind::sale;
  uint16_t attempt = 0;
  int64_t amount = 0;
  std::optional<MethodSnapshot> method;  // absent: the payment's
  bool off_session = false;
  bool authenticated = false;
  std::string return_url;                           // empty: as it was
  bool error_on_requires_action = false;            // of this attempt
  FutureUsage setup_future_usage = FutureUsage::none;  // none: as it was
  std::string acquirer;                                // that it goes to; empty: the sandbox

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "kind", self.kind);
    v(4, "attempt", self.attempt);
    v(5, "amount", self.amount);
    v(6, "method", self.method);
    v(7, "off_session", self.off_session);
    v(8, "authenticated", self.authenticated);
    v(9, "return_url", self.return_url);
    v(10, "error_on_requires_action", self.error_on_requires_action);
    v(11, "setup_future_usage", self.setup_future_usage);
    v(12, "acquirer", self.acquirer);
  }
};

// The issuer wants the cardholder to prove who they are: the operation ended without a charge.
struct AuthenticationRequired {
  static constexpr uint16_t event_type = 4;
  static constexpr const char* event_name = "authentication_required";
  PaymentId payment;
  uint16_t operation = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
  }
};

// What the cardholder's challenge came to. Failed: the attempt is declined with authentication_failed.
struct AuthenticationCompleted {
  static constexpr uint16_t event_type = 5;
  static constexpr const char* event_name = "authentication_completed";
  PaymentId payment;
  uint16_t attempt = 0;
  bool succeeded = false;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "attempt", self.attempt);
    v(3, "succeeded", self.succeeded);
  }
};

struct AuthorizationApproved {
  static constexpr uint16_t event_type = 6;
  static constexpr const char* event_name = "authorization_approved";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;
  std::string authorization_code;
  std::string network_transaction_id;
  int64_t capture_before_us = 0;  // manual capture only; the expiry timer
  Check cvc_check = Check::none;
  std::string acquirer_payment;  // what the acquirer calls it

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
    v(4, "authorization_code", self.authorization_code);
    v(5, "network_transaction_id", self.network_transaction_id);
    v(6, "capture_before_us", self.capture_before_us);
    v(7, "cvc_check", self.cvc_check);
    v(8, "acquirer_payment", self.acquirer_payment);
  }
};

// The issuer or the acquirer said no: definite, never a guess. Also the end of an attempt whose authorization was reversed
// (not_reached, processing_error).
struct AuthorizationDeclined {
  static constexpr uint16_t event_type = 7;
  static constexpr const char* event_name = "authorization_declined";
  PaymentId payment;
  uint16_t operation = 0;
  DeclineCode code = DeclineCode::generic_decline;
  Check cvc_check = Check::none;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "code", self.code);
    v(4, "cvc_check", self.cvc_check);
  }
};

enum class DoubtCause : uint8_t { no_answer = 1, amount_mismatch, currency_mismatch, malformed_answer, restart };

// No one knows what the acquirer did: the resolver inquires, reverses if it must, and keeps trying. Of any kind of operation.
struct OperationInDoubt {
  static constexpr uint16_t event_type = 8;
  static constexpr const char* event_name = "operation_in_doubt";
  PaymentId payment;
  uint16_t operation = 0;
  DoubtCause cause = DoubtCause::no_answer;
  std::string acquirer_payment;  // of an authorization or a sale: what the acquirer calls it, if it got that far

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "cause", self.cause);
    v(4, "acquirer_payment", self.acquirer_payment);
  }
};

// Durable before the acquirer is told to undo an authorization, sale or increment that is in doubt.
struct ReversalRequested {
  static constexpr uint16_t event_type = 9;
  static constexpr const char* event_name = "reversal_requested";
  PaymentId payment;
  uint16_t operation = 0;
  DeclineCode code = DeclineCode::processing_error;  // what the operation will have ended with

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "code", self.code);
  }
};

// The acquirer acknowledged the reversal: nothing of the operation stands. `code` is what the attempt ends with.
struct OperationReversed {
  static constexpr uint16_t event_type = 10;
  static constexpr const char* event_name = "operation_reversed";
  PaymentId payment;
  uint16_t operation = 0;
  DeclineCode code = DeclineCode::processing_error;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "code", self.code);
  }
};

struct CaptureRequested {
  static constexpr uint16_t event_type = 11;
  static constexpr const char* event_name = "capture_requested";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;
  bool final_capture = true;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
    v(4, "final_capture", self.final_capture);
  }
};

// Money is owed by the acquirer. Follows AuthorizationApproved at once for a sale.
struct PaymentCaptured {
  static constexpr uint16_t event_type = 12;
  static constexpr const char* event_name = "payment_captured";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;
  bool final_capture = true;
  int64_t fee = 0;
  uint16_t transaction = 0;
  int64_t available_on_us = 0;
  Postings postings;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
    v(4, "final_capture", self.final_capture);
    v(5, "fee", self.fee);
    v(6, "transaction", self.transaction);
    v(7, "available_on_us", self.available_on_us);
    v(8, "postings", self.postings);
  }
};

// An operation on a standing authorization (increment, capture, cancel) was refused by the acquirer: the authorization is as before.
struct OperationDeclined {
  static constexpr uint16_t event_type = 13;
  static constexpr const char* event_name = "operation_declined";
  PaymentId payment;
  uint16_t operation = 0;
  DeclineCode code = DeclineCode::generic_decline;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "code", self.code);
  }
};

struct IncrementRequested {
  static constexpr uint16_t event_type = 14;
  static constexpr const char* event_name = "increment_requested";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;  // the new total
  // As they will be when it is approved, whole; a declined increment changes nothing.
  std::string description;
  Metadata metadata;
  std::string statement_descriptor;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
    v(4, "description", self.description);
    v(5, "metadata", self.metadata);
    v(6, "statement_descriptor", self.statement_descriptor);
  }
};

struct AuthorizationIncremented {
  static constexpr uint16_t event_type = 15;
  static constexpr const char* event_name = "authorization_incremented";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;  // the new total

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
  }
};

// The partner asked to cancel a payment whose authorization must first be undone at the acquirer.
struct CancelRequested {
  static constexpr uint16_t event_type = 16;
  static constexpr const char* event_name = "cancel_requested";
  PaymentId payment;
  uint16_t operation = 0;
  CancellationReason reason = CancellationReason::none;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "reason", self.reason);
  }
};

// What was still to be captured is given back: canceled, or, if a part had been captured, succeeded with that part. operation
// 0: there was nothing to undo at the acquirer.
struct PaymentCanceled {
  static constexpr uint16_t event_type = 17;
  static constexpr const char* event_name = "payment_canceled";
  PaymentId payment;
  uint16_t operation = 0;
  CancellationReason reason = CancellationReason::none;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "reason", self.reason);
  }
};

// The issuer holds an authorization until capture_before_us only: canceled, or, if a part had been captured, succeeded with it.
struct AuthorizationExpired {
  static constexpr uint16_t event_type = 18;
  static constexpr const char* event_name = "authorization_expired";
  PaymentId payment;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
  }
};

// Reserves the amount: what is asked of the acquirer can never add up to more than was captured.
struct RefundRequested {
  static constexpr uint16_t event_type = 19;
  static constexpr const char* event_name = "refund_requested";
  PaymentId payment;
  uint16_t operation = 0;
  uint16_t refund = 0;
  uint16_t attempt = 0;
  int64_t amount = 0;
  RefundReason reason = RefundReason::none;
  Metadata metadata;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "refund", self.refund);
    v(4, "attempt", self.attempt);
    v(5, "amount", self.amount);
    v(6, "reason", self.reason);
    v(7, "metadata", self.metadata);
  }
};

// The acquirer took the refund: money leaves the partner's balance. `pending`: its success is reported later (RefundSettled).
struct RefundAccepted {
  static constexpr uint16_t event_type = 20;
  static constexpr const char* event_name = "refund_accepted";
  PaymentId payment;
  uint16_t operation = 0;
  uint16_t refund = 0;
  bool pending = false;
  uint16_t transaction = 0;
  Postings postings;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "refund", self.refund);
    v(4, "pending", self.pending);
    v(5, "transaction", self.transaction);
    v(6, "postings", self.postings);
  }
};

// A pending refund reached the cardholder.
struct RefundSettled {
  static constexpr uint16_t event_type = 21;
  static constexpr const char* event_name = "refund_settled";
  PaymentId payment;
  uint16_t refund = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "refund", self.refund);
  }
};

// The reservation is released; money that had left comes back (transaction and postings, absent if none had).
struct RefundFailed {
  static constexpr uint16_t event_type = 22;
  static constexpr const char* event_name = "refund_failed";
  PaymentId payment;
  uint16_t operation = 0;  // 0: failed after it had been accepted
  uint16_t refund = 0;
  DeclineCode code = DeclineCode::generic_decline;
  uint16_t transaction = 0;
  Postings postings;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "refund", self.refund);
    v(4, "code", self.code);
    v(5, "transaction", self.transaction);
    v(6, "postings", self.postings);
  }
};

struct RefundUpdated {
  static constexpr uint16_t event_type = 23;
  static constexpr const char* event_name = "refund_updated";
  PaymentId payment;
  uint16_t refund = 0;
  Metadata metadata;  // after the update, whole

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "refund", self.refund);
    v(3, "metadata", self.metadata);
  }
};

// An approval reached us after its operation had been reversed: it is reversed again, and stands here for reconciliation.
struct LateApproval {
  static constexpr uint16_t event_type = 24;
  static constexpr const char* event_name = "late_approval";
  PaymentId payment;
  uint16_t operation = 0;
  int64_t amount = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "amount", self.amount);
  }
};

// The acquirer acknowledged that the late approval was undone as well.
struct LateApprovalReversed {
  static constexpr uint16_t event_type = 25;
  static constexpr const char* event_name = "late_approval_reversed";
  PaymentId payment;
  uint16_t operation = 0;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
  }
};

// Two people said what became of an operation in doubt. What follows from it stands in the next record, as if the acquirer had answered so.
struct OperationResolvedByHand {
  static constexpr uint16_t event_type = 26;
  static constexpr const char* event_name = "operation_resolved_by_hand";
  PaymentId payment;
  uint16_t operation = 0;
  HandOutcome outcome = HandOutcome::none;
  std::string reference;    // the acquirer's own, of the operation or of what it told
  std::string reason;       // in words
  std::string resolved_by;  // admin user
  std::string approved_by;  // another one
  std::string approval;     // its id: partition 0 has who asked for it and who decided

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "outcome", self.outcome);
    v(4, "reference", self.reference);
    v(5, "reason", self.reason);
    v(6, "resolved_by", self.resolved_by);
    v(7, "approved_by", self.approved_by);
    v(8, "approval", self.approval);
  }
};

// The acquirer's own answer to an operation that had been resolved by hand, once. What was decided stays as it is: if it contradicts, people
// have to settle it, except that an approval of what had been declined is reversed (LateApproval, the next record).
struct ResolutionAnswered {
  static constexpr uint16_t event_type = 27;
  static constexpr const char* event_name = "resolution_answered";
  PaymentId payment;
  uint16_t operation = 0;
  bool approved = false;
  int64_t amount = 0;  // approved
  DeclineCode code = DeclineCode::none;
  bool contradicts = false;

  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "payment", self.payment);
    v(2, "operation", self.operation);
    v(3, "approved", self.approved);
    v(4, "amount", self.amount);
    v(5, "code", self.code);
    v(6, "contradicts", self.contradicts);
  }
};

using PaymentEvent =
    std::variant<PaymentCreated, PaymentUpdated, AuthorizationRequested, AuthenticationRequired, AuthenticationCompleted,
                 AuthorizationApproved, AuthorizationDeclined, OperationInDoubt, ReversalRequested, OperationReversed,
                 CaptureRequested, PaymentCaptured, OperationDeclined, IncrementRequested, AuthorizationIncremented,
                 CancelRequested, PaymentCanceled, AuthorizationExpired, RefundRequested, RefundAccepted, RefundSettled,
                 RefundFailed, RefundUpdated, LateApproval, LateApprovalReversed, OperationResolvedByHand, ResolutionAnswered>;

}  // namespace tollgate

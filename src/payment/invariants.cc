// What must always hold of a payment. Audits, the simulator and the tests call it after every record, so that also the
// state between two records of one batch (a sale's authorization and its capture) must satisfy it.
#include <fmt/format.h>

#include "payment/operations.h"

namespace tollgate {

using namespace payment_internal;

namespace {

std::string broken_operations(const Payment& payment) {
  std::size_t unresolved_count = 0;
  std::size_t refunds = 0;
  for (std::size_t i = 0; i < payment.operations.size(); ++i) {
    const Operation& operation = payment.operations[i];
    if (operation.ordinal != i + 1) return fmt::format("operation {} has ordinal {}", i + 1, operation.ordinal);
    if (operation.attempt < 1 || operation.attempt > payment.attempts.size())
      return fmt::format("operation {} has no attempt", i + 1);
    if (operation.amount < 1) return fmt::format("operation {} has no amount", i + 1);
    if (operation.requested_sequence == 0) return fmt::format("operation {} was never requested", i + 1);
    if (unresolved(operation.state) != (operation.resolved_sequence == 0)) {
      return fmt::format("operation {} has an outcome and none", i + 1);
    }
    if (operation.resolved_sequence != 0 && operation.resolved_sequence <= operation.requested_sequence) {
      return fmt::format("operation {} was answered before it was requested", i + 1);
    }
    const bool doubted = operation.state == OperationState::in_doubt || operation.state == OperationState::reversing;
    if (doubted && operation.doubted_sequence == 0) return fmt::format("operation {} is in doubt since never", i + 1);
    const bool undone = operation.state == OperationState::reversing || operation.state == OperationState::reversed;
    if (undone && !reversible(operation.kind)) return fmt::format("operation {} cannot be reversed", i + 1);
    if (operation.late_approval && !is_undone(operation)) {
      return fmt::format("operation {} was approved late, and is not reversed", i + 1);
    }
    if (operation.by_hand != HandOutcome::none && (operation.state == OperationState::open || operation.doubted_sequence == 0)) {
      return fmt::format("operation {} was resolved by hand, and was never in doubt", i + 1);
    }
    if (operation.by_hand == HandOutcome::none ? operation.answered_since : operation.contradicted && !operation.answered_since) {
      return fmt::format("operation {} has an answer to a resolution by hand, and none", i + 1);
    }
    if (operation.kind == OperationKind::refund) {
      ++refunds;
      if (operation.refund < 1 || operation.refund > payment.refunds.size())
        return fmt::format("operation {} has no refund", i + 1);
    } else if (unresolved(operation.state)) {
      ++unresolved_count;
    }
  }
  if (unresolved_count > 1) return "two operations are open at once";
  if (refunds != payment.refunds.size()) return "a refund without its operation, or with two";
  if (payment.details_if_incremented) {
    const Operation* open = payment.open_operation();
    if (open == nullptr || open->kind != OperationKind::increment)
      return "details wait for an increment that is not open";
  }
  return {};
}

std::string broken_attempts(const Payment& payment) {
  for (std::size_t i = 0; i < payment.attempts.size(); ++i) {
    const Attempt& attempt = payment.attempts[i];
    const bool newest = i + 1 == payment.attempts.size();
    if (attempt.ordinal != i + 1) return fmt::format("attempt {} has ordinal {}", i + 1, attempt.ordinal);
    if (attempt.amount_captured < 0 || attempt.amount_captured > attempt.amount_authorized) {
      return fmt::format("attempt {} captured {} of {}", i + 1, attempt.amount_captured, attempt.amount_authorized);
    }
    if (attempt.amount_refunded < 0 || attempt.amount_refunded > attempt.amount_captured) {
      return fmt::format("attempt {} refunded {} of {}", i + 1, attempt.amount_refunded, attempt.amount_captured);
    }
    if ((attempt.state == AttemptState::declined) != (attempt.decline != DeclineCode::none)) {
      return fmt::format("attempt {} is declined without a reason, or has one and is not", i + 1);
    }
    const bool stood = attempt.state == AttemptState::authorized || attempt.state == AttemptState::captured ||
                       attempt.state == AttemptState::expired;
    if (stood && attempt.amount_authorized < 1) return fmt::format("attempt {} stands without an amount", i + 1);
    if (attempt.state == AttemptState::captured && attempt.amount_captured < 1)
      return fmt::format("attempt {} captured nothing", i + 1);
    if (!stood && attempt.amount_captured > 0) return fmt::format("attempt {} is over and captured money", i + 1);
    if (attempt.state == AttemptState::expired && attempt.amount_captured > 0)
      return fmt::format("attempt {} expired and captured money", i + 1);
    if (!newest && attempt.state != AttemptState::declined && attempt.state != AttemptState::canceled) {
      return fmt::format("attempt {} is not over, and there is another", i + 1);
    }
  }
  return {};
}

std::string broken_refunds(const Payment& payment) {
  // Most payments have none: this runs after every record.
  std::vector<int64_t> reserved(payment.refunds.empty() ? 0 : payment.attempts.size() + 1, 0);
  for (std::size_t i = 0; i < payment.refunds.size(); ++i) {
    const Refund& refund = payment.refunds[i];
    if (refund.ordinal != i + 1) return fmt::format("refund {} has ordinal {}", i + 1, refund.ordinal);
    if (refund.attempt < 1 || refund.attempt > payment.attempts.size())
      return fmt::format("refund {} has no attempt", i + 1);
    if (refund.amount < 1) return fmt::format("refund {} has no amount", i + 1);
    const bool stands = refund.status == RefundStatus::pending || refund.status == RefundStatus::succeeded;
    if (stands) reserved[refund.attempt] += refund.amount;
    if (refund.status == RefundStatus::succeeded && refund.transaction == 0)
      return fmt::format("refund {} moved nothing", i + 1);
    if (stands && refund.failure_transaction != 0) return fmt::format("refund {} came back and stands", i + 1);
    if (!stands && (refund.transaction != 0) != (refund.failure_transaction != 0)) {
      return fmt::format("refund {} failed, and its money did not come back", i + 1);
    }
  }
  for (const Attempt& attempt : payment.attempts) {
    const int64_t sum = reserved.empty() ? 0 : reserved[attempt.ordinal];
    if (sum != attempt.amount_refunded)
      return fmt::format("refunds of attempt {} add up to {}, not {}", attempt.ordinal, sum, attempt.amount_refunded);
  }
  return {};
}

std::string broken_transactions(const Payment& payment) {
  std::vector<int64_t> captured(payment.transactions.empty() ? 0 : payment.attempts.size() + 1, 0);
  std::size_t refund_transactions = 0;
  for (std::size_t i = 0; i < payment.transactions.size(); ++i) {
    const Transaction& transaction = payment.transactions[i];
    if (transaction.ordinal != i + 1) return fmt::format("transaction {} has ordinal {}", i + 1, transaction.ordinal);
    if (transaction.attempt < 1 || transaction.attempt > payment.attempts.size())
      return fmt::format("transaction {} has no attempt", i + 1);
    if (transaction.type == TransactionType::charge) {
      if (transaction.amount < 1 || transaction.fee < 0 || transaction.fee > transaction.amount) {
        return fmt::format("transaction {} takes a fee of {} from {}", i + 1, transaction.fee, transaction.amount);
      }
      captured[transaction.attempt] += transaction.amount;
      continue;
    }
    ++refund_transactions;
    if (transaction.refund < 1 || transaction.refund > payment.refunds.size())
      return fmt::format("transaction {} has no refund", i + 1);
    const Refund& refund = payment.refunds[transaction.refund - 1u];
    const bool back = transaction.type == TransactionType::refund_failure;
    if (transaction.amount != (back ? refund.amount : -refund.amount) || transaction.fee != 0) {
      return fmt::format("transaction {} moves {} for a refund of {}", i + 1, transaction.amount, refund.amount);
    }
    if ((back ? refund.failure_transaction : refund.transaction) != transaction.ordinal) {
      return fmt::format("transaction {} is not that of its refund", i + 1);
    }
  }
  for (const Refund& refund : payment.refunds) {
    refund_transactions -= (refund.transaction != 0) + (refund.failure_transaction != 0);
  }
  if (refund_transactions != 0) return "a refund names a transaction that is not there";
  for (const Attempt& attempt : payment.attempts) {
    const int64_t sum = captured.empty() ? 0 : captured[attempt.ordinal];
    if (sum != attempt.amount_captured)
      return fmt::format("transactions of attempt {} add up to {}, not {}", attempt.ordinal, sum, attempt.amount_captured);
  }
  return {};
}

std::string broken_status(const Payment& payment) {
  const Operation* open = payment.open_operation();
  const Attempt* attempt = payment.newest_attempt();
  const auto in = [attempt](auto... states) { return attempt != nullptr && ((attempt->state == states) || ...); };
  if ((payment.status == PaymentStatus::canceled) != (payment.canceled_us != 0))
    return "canceled at no time, or not canceled and has one";
  switch (payment.status) {
    case PaymentStatus::requires_payment_method:
      if (open != nullptr) return "waits for a payment method while an operation is open";
      if (payment.method) return "waits for a payment method and has one";
      if (attempt != nullptr && !in(AttemptState::declined, AttemptState::canceled))
        return "waits for a payment method while an attempt stands";
      return {};
    case PaymentStatus::requires_confirmation:
      if (open != nullptr) return "waits for a confirmation while an operation is open";
      if (!payment.method) return "waits for a confirmation without a payment method";
      if (in(AttemptState::pending) && attempt->authenticated) return {};
      if (attempt != nullptr && !in(AttemptState::declined, AttemptState::canceled))
        return "waits for a confirmation while an attempt stands";
      return {};
    case PaymentStatus::requires_action:
      if (open != nullptr) return "waits for the cardholder while an operation is open";
      if (!in(AttemptState::requires_action)) return "waits for the cardholder without a challenge";
      return {};
    case PaymentStatus::processing:
      if (in(AttemptState::authorized)) {
        const Operation& sale = payment.operations.back();
        return sale.kind == OperationKind::sale && sale.state == OperationState::approved
                   ? ""
                   : "is processing while authorized";
      }
      if (!in(AttemptState::pending)) return "is processing without an attempt";
      if (open == nullptr || !charges_card(open->kind)) return "is processing without an authorization";
      if (open->attempt != attempt->ordinal) return "authorizes an attempt that is over";
      return {};
    case PaymentStatus::requires_capture:
      if (!in(AttemptState::authorized)) return "waits for its capture without an authorization";
      if (payment.amount_capturable() < 1) return "waits for its capture with nothing left";
      if (open != nullptr && charges_card(open->kind)) return "authorizes twice";
      if (open != nullptr && open->kind == OperationKind::capture && open->amount > payment.amount_capturable()) {
        return "captures more than is left";
      }
      return {};
    case PaymentStatus::canceled:
      if (open != nullptr) return "is canceled while an operation is open";
      if (!payment.refunds.empty() || !payment.transactions.empty()) return "is canceled and moved money";
      if (attempt != nullptr && !in(AttemptState::declined, AttemptState::canceled, AttemptState::expired))
        return "is canceled while an attempt stands";
      return {};
    case PaymentStatus::succeeded:
      if (open != nullptr) return "has succeeded while an operation is open";
      if (!in(AttemptState::captured)) return "has succeeded without a capture";
      return {};
  }
  return fmt::format("has status {}", static_cast<int>(payment.status));
}

}  // namespace

std::string broken_invariant(const Payment& payment) {
  std::string broken;
  if (payment.id.empty() || payment.partner.empty() || payment.currency.empty())
    broken = "has no id, partner or currency";
  if (broken.empty() && (payment.amount < 1 || payment.amount > amount_max))
    broken = fmt::format("has an amount of {}", payment.amount);
  if (broken.empty() && payment.history.empty()) broken = "has no history";
  for (std::size_t i = 1; broken.empty() && i < payment.history.size(); ++i) {
    if (payment.history[i - 1] >= payment.history[i]) broken = "has a history that goes back";
  }
  if (broken.empty()) broken = broken_operations(payment);
  if (broken.empty()) broken = broken_attempts(payment);
  if (broken.empty()) broken = broken_refunds(payment);
  if (broken.empty()) broken = broken_transactions(payment);
  if (broken.empty()) broken = broken_status(payment);
  return broken.empty() ? broken : fmt::format("{} {}", payment.id.text(), broken);
}

}  // namespace tollgate

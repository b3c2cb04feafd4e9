#include "api/replay.h"

#include <algorithm>

namespace tollgate::api {
namespace {

Status recall_payment(const Views& views, const Stream& stream, PaymentId id, CommandResult& result) {
  const IdempotencyEntry& entry = result.entry;
  uint64_t sequence = entry.sequence;
  if (entry.acquirer_operation != 0) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto now, views.payment(stream, id));
    const Operation* operation = now->operation(entry.acquirer_operation);
    if (operation == nullptr) return data_loss("payment {} has no operation {}", id.text(), entry.acquirer_operation);
    // What was in doubt was answered then, and not again when it was resolved.
    sequence = operation->doubted_sequence != 0 ? operation->doubted_sequence : operation->resolved_sequence;
    if (sequence == 0) return unavailable("the operation is open");
    result.operation = entry.acquirer_operation;
    result.refund = operation->refund;
  }
  auto then = views.payment_at(stream, id, sequence);
  // A refused create left no payment behind.
  if (absl::IsNotFound(then.status()) && result.kind == CommandResult::Kind::refused) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(result.payment, std::move(then));
  return absl::OkStatus();
}

// The record of the setup intent that ended `operation`; 0 if there is none yet.
StatusOr<uint64_t> outcome_sequence(const Views& views, const Stream& stream, const SetupIntent& setup, uint16_t operation) {
  for (const uint64_t sequence : setup.history) {
    TOLLGATE_ASSIGN_OR_RETURN(const Record record, views.record(stream.partition, sequence));
    const bool ends = std::visit(
        [operation]<class E>(const E& event) {
          if constexpr (std::is_same_v<E, SetupSucceeded> || std::is_same_v<E, SetupFailed> || std::is_same_v<E, SetupAuthenticationRequired>)
            return event.operation == operation;
          else
            return false;
        },
        record.event);
    if (ends) return sequence;
  }
  return 0;
}

Status recall_setup(const Views& views, const Stream& stream, SetupIntentId id, CommandResult& result) {
  const IdempotencyEntry& entry = result.entry;
  uint64_t sequence = entry.sequence;
  if (entry.acquirer_operation != 0) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto now, views.setup(stream, id));
    TOLLGATE_ASSIGN_OR_RETURN(sequence, outcome_sequence(views, stream, *now, entry.acquirer_operation));
    if (sequence == 0) return unavailable("the verification is open");
    result.operation = entry.acquirer_operation;
  }
  auto then = views.setup_at(stream, id, sequence);
  if (absl::IsNotFound(then.status()) && result.kind == CommandResult::Kind::refused) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(result.setup, std::move(then));
  return absl::OkStatus();
}

// Of a customer: the record holds it whole.
Status recall_customer(const Record& record, CommandResult& result) {
  auto customer = std::make_shared<Customer>();
  const bool folded = std::visit(
      [&]<class E>(const E& event) {
        if constexpr (std::is_same_v<E, CustomerUpdated>) customer->id = event.customer.id;
        if constexpr (std::is_same_v<E, CustomerCreated> || std::is_same_v<E, CustomerUpdated>)
          return apply(*customer, CustomerEvent(event), record.header.sequence, record.header.time_us);
        else
          return false;
      },
      record.event);
  if (!folded) return data_loss("record {} is no customer", record.header.sequence);
  result.customer = std::move(customer);
  return absl::OkStatus();
}

Status recall_method(const Views& views, const Stream& stream, PaymentMethodId id, const Record& record, CommandResult& result) {
  auto method = std::make_shared<PaymentMethod>();
  const bool folded = std::visit(
      [&]<class E>(const E& event) {
        if constexpr (std::is_same_v<E, PaymentMethodCreated> || std::is_same_v<E, PaymentMethodAttached> ||
                      std::is_same_v<E, PaymentMethodUpdated>)
          return apply(*method, CustomerEvent(event), record.header.sequence, record.header.time_us);
        else
          return false;
      },
      record.event);
  if (folded) {
    result.method = std::move(method);
    return absl::OkStatus();
  }
  // A detachment, the last thing that happens to a method: as it is now, it was then.
  TOLLGATE_ASSIGN_OR_RETURN(result.method, views.method(stream, id));
  return absl::OkStatus();
}

}  // namespace

Status recall(const Views& views, const Stream& stream, CommandResult& result) {
  const IdempotencyEntry& entry = result.entry;
  result.refusal = entry.refusal;
  const bool refused = entry.refusal.refusal != Refusal::none;
  result.kind = refused ? CommandResult::Kind::refused : CommandResult::Kind::done;
  if (const auto payment = PaymentId::parse(entry.subject)) return recall_payment(views, stream, *payment, result);
  if (const auto refund = RefundId::parse(entry.subject)) {
    result.refund = refund->ordinal;
    return recall_payment(views, stream, PaymentId{refund->core}, result);
  }
  if (const auto setup = SetupIntentId::parse(entry.subject)) return recall_setup(views, stream, *setup, result);
  if (refused) return absl::OkStatus();
  TOLLGATE_ASSIGN_OR_RETURN(Record record, views.record(stream.partition, entry.sequence));
  if (const auto method = PaymentMethodId::parse(entry.subject)) return recall_method(views, stream, *method, record, result);
  // Created with a payment method: that is attached by the record behind the customer's own.
  if (std::holds_alternative<PaymentMethodAttached>(record.event)) {
    TOLLGATE_ASSIGN_OR_RETURN(record, views.record(stream.partition, entry.sequence - 1));
  }
  return recall_customer(record, result);
}

}  // namespace tollgate::api

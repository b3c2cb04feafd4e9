#include "payment/bench.h"

#include <type_traits>

namespace tollgate::testing {

MethodSnapshot card(uint16_t ordinal, CustomerId customer) {
  MethodSnapshot method;
  method.id = {IdCore::make(1'749'000'000'000'000, ordinal, 7), 0};
  method.card_token = "pm_card_visa";
  method.card = {
      .brand = CardBrand::visa, .funding = CardFunding::credit, .last4 = "4242", .exp_month = 12, .exp_year = 2030};
  method.customer = customer;
  method.created_us = 1'749'000'000'000'000;
  return method;
}

PaymentId payment_id(uint16_t number, int64_t now_us) { return {IdCore::make(now_us, number, 0x5eed)}; }

void Bench::check(bool holds, const std::string& what) {
  if (!holds && broken.empty()) broken = what;
}

PaymentDecision Bench::submit(const PaymentCommand& command) {
  const std::optional<PaymentStatus> before = payment ? std::optional(payment->status) : std::nullopt;
  PaymentDecision decision = decide(payment ? &*payment : nullptr, command, context);
  check(!decision.refusal || decision.events.empty(), "a refusal has events");
  check(!decision.refusal || decision.refusal->refusal != Refusal::none, "a refusal has no name");
  for (const PaymentEvent& event : decision.events) fold(event);
  if (before == PaymentStatus::canceled || before == PaymentStatus::succeeded) {
    check(payment->status == *before, "a terminal status was left");
  }
  if (payment) check(replay() == *payment, "the log folds to another state");
  return decision;
}

void Bench::fold(const PaymentEvent& event) {
  if (!payment) payment.emplace();
  apply(*payment, event, context.partner, context.mode, ++sequence_, context.now_us);
  log_.push_back({event, sequence_, context.now_us});
  check(payment->history.back() == sequence_, "the history misses a record");
  const std::string wrong = broken_invariant(*payment);
  check(wrong.empty(), wrong);
  if (const auto* captured = std::get_if<PaymentCaptured>(&event)) post(captured->postings, captured->available_on_us);
  if (const auto* accepted = std::get_if<RefundAccepted>(&event)) post(accepted->postings, 0);
  if (const auto* failed = std::get_if<RefundFailed>(&event)) post(failed->postings, 0);

  // What the books say of this one payment is what the payment says of itself.
  int64_t owed = 0, fees = 0;
  for (const Transaction& transaction : payment->transactions) {
    owed += transaction.amount;
    fees += transaction.fee;
  }
  check(books.total(Account::acquirer_receivable, payment->currency) == owed,
        "the books owe another amount than the transactions");
  check(books.total(Account::fee_income, payment->currency) == -fees,
        "the books have other fees than the transactions");
}

void Bench::post(const Postings& postings, int64_t available_on_us) {
  check(balanced(postings), "postings do not sum to zero");
  if (postings.empty()) return;
  check(apply(books, postings, available_on_us, sequence_), "the books refused postings");
  const std::string wrong = broken_invariant(books);
  check(wrong.empty(), wrong);
}

ApplyOutcome Bench::answer(Outcome outcome, uint16_t operation) const {
  ApplyOutcome to;
  to.outcome = outcome;
  to.operation = operation;
  for (const Operation& candidate : payment->operations) {
    if (operation == 0 && candidate.resolved_sequence == 0) to.operation = candidate.ordinal;
  }
  if (const Operation* found = payment->operation(to.operation)) to.amount = found->amount;
  to.currency = payment->currency;
  if (outcome == Outcome::approved) to.authorization_code = "A1B2C3";
  return to;
}

void Bench::release_funds() {
  const auto event = decide_available(books, context.now_us);
  if (!event) return;
  check(balanced(event->postings), "postings do not sum to zero");
  check(apply(books, *event, ++sequence_), "the books refused funds that are due");
  const std::string wrong = broken_invariant(books);
  check(wrong.empty(), wrong);
}

Payment Bench::replay() const {
  Payment folded;
  for (const Entry& entry : log_)
    apply(folded, entry.event, context.partner, context.mode, entry.sequence, entry.time_us);
  return folded;
}

}  // namespace tollgate::testing

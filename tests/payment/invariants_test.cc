// Each invariant must be able to fail: a good payment, broken in one place.
#include <functional>

#include "payment/bench.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

Payment succeeded_with_refund() {
  Bench bench;
  CreatePayment create;
  create.payment = payment_id(1, bench.context.now_us);
  create.amount = 1'000;
  create.currency = *Currency::parse("usd");
  create.method = card(1);
  create.confirm.emplace();
  bench.submit(create);
  bench.submit(bench.answer(Outcome::approved));
  bench.submit(CreateRefund{.attempt = {}, .amount = 400, .reason = {}, .metadata = {}});
  bench.submit(bench.answer(Outcome::approved));
  REQUIRE(bench.broken == "");
  return *bench.payment;
}

TEST_CASE("every broken invariant is told") {
  const std::vector<std::pair<const char*, std::function<void(Payment&)>>> damages = {
      {"no id", [](Payment& p) { p.id = {}; }},
      {"no currency", [](Payment& p) { p.currency = {}; }},
      {"no amount", [](Payment& p) { p.amount = 0; }},
      {"an amount too large", [](Payment& p) { p.amount = amount_max + 1; }},
      {"no history", [](Payment& p) { p.history.clear(); }},
      {"a history that goes back", [](Payment& p) { std::swap(p.history[0], p.history[1]); }},
      {"a record twice", [](Payment& p) { p.history[1] = p.history[0]; }},
      {"captured more than authorized", [](Payment& p) { p.attempts[0].amount_authorized = 999; }},
      {"refunded more than captured", [](Payment& p) { p.attempts[0].amount_refunded = 1'001; }},
      {"refunds that do not add up", [](Payment& p) { p.attempts[0].amount_refunded = 399; }},
      {"a refund that says another amount", [](Payment& p) { p.refunds[0].amount = 300; }},
      {"a refund that failed and kept the money", [](Payment& p) { p.refunds[0].status = RefundStatus::failed; }},
      {"a refund without its transaction", [](Payment& p) { p.refunds[0].transaction = 0; }},
      {"a transaction of another amount", [](Payment& p) { p.transactions[0].amount = 900; }},
      {"a fee larger than the amount", [](Payment& p) { p.transactions[0].fee = 1'001; }},
      {"a negative fee", [](Payment& p) { p.transactions[0].fee = -1; }},
      {"a fee on a refund", [](Payment& p) { p.transactions[1].fee = 1; }},
      {"a gap in the transactions", [](Payment& p) { p.transactions[1].ordinal = 3; }},
      {"a lost transaction", [](Payment& p) { p.transactions.pop_back(); }},
      {"a gap in the operations", [](Payment& p) { p.operations[1].ordinal = 3; }},
      {"an operation reopened", [](Payment& p) { p.operations[0].state = OperationState::open; }},
      {"an operation open after success",
       [](Payment& p) {
         p.operations[0].state = OperationState::open;
         p.operations[0].resolved_sequence = 0;
       }},
      {"answered before it was requested", [](Payment& p) { p.operations[0].resolved_sequence = 1; }},
      {"an operation of no attempt", [](Payment& p) { p.operations[0].attempt = 2; }},
      {"a refund without its operation", [](Payment& p) { p.operations[1].kind = OperationKind::capture; }},
      {"a late approval of what stands", [](Payment& p) { p.operations[0].late_approval = true; }},
      {"resolved by hand, and never in doubt", [](Payment& p) { p.operations[0].by_hand = HandOutcome::approved; }},
      {"an answer to a resolution by hand that there was not", [](Payment& p) { p.operations[0].answered_since = true; }},
      {"a reversed refund", [](Payment& p) { p.operations[1].state = OperationState::reversed; }},
      {"two attempts that stand",
       [](Payment& p) {
         p.attempts.push_back(p.attempts[0]);
         p.attempts[1].ordinal = 2;
       }},
      {"a declined attempt without a reason", [](Payment& p) { p.attempts[0].state = AttemptState::declined; }},
      {"a canceled attempt that captured", [](Payment& p) { p.attempts[0].state = AttemptState::canceled; }},
      {"canceled after money moved",
       [](Payment& p) {
         p.status = PaymentStatus::canceled;
         p.canceled_us = 1;
       }},
      {"canceled at a time, and not canceled", [](Payment& p) { p.canceled_us = 1; }},
      {"waits for capture with nothing left", [](Payment& p) { p.status = PaymentStatus::requires_capture; }},
      {"processing nothing", [](Payment& p) { p.status = PaymentStatus::processing; }},
      {"waits for no challenge", [](Payment& p) { p.status = PaymentStatus::requires_action; }},
      {"waits for a confirmation after success", [](Payment& p) { p.status = PaymentStatus::requires_confirmation; }},
      {"waits for a method after success", [](Payment& p) { p.status = PaymentStatus::requires_payment_method; }},
      {"no status", [](Payment& p) { p.status = static_cast<PaymentStatus>(0); }},
      {"details of no increment", [](Payment& p) { p.details_if_incremented.emplace(); }},
  };
  const Payment good = succeeded_with_refund();
  REQUIRE(broken_invariant(good) == "");
  for (const auto& [name, damage] : damages) {
    INFO(name);
    Payment broken = good;
    damage(broken);
    CHECK(broken_invariant(broken) != "");
  }
}

}  // namespace
}  // namespace tollgate::testing

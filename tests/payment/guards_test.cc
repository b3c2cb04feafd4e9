// Bounds and details that are too long for a table.
#include "payment/bench.h"
#include "support/catch.h"
#include "tollgate/base/clock.h"

namespace tollgate::testing {
namespace {

const Currency usd = *Currency::parse("usd");

CreatePayment created(const Bench& bench, int64_t amount, bool confirm) {
  CreatePayment command;
  command.payment = payment_id(1, bench.context.now_us);
  command.amount = amount;
  command.currency = usd;
  command.method = card(1);
  if (confirm) command.confirm.emplace();
  return command;
}

Refusal refusal_of(const PaymentDecision& decision) {
  return decision.refusal ? decision.refusal->refusal : Refusal::none;
}

TEST_CASE("a payment knows when it was made from its id, and what each record said") {
  Bench bench;
  CreatePayment command = created(bench, 1'000, true);
  command.payment = payment_id(1, bench.context.now_us - 5 * us_per_ms);
  command.details.return_url = "https://shop.example/a";
  command.details.metadata = {{"kept", "1"}, {"dropped", ""}};
  command.confirm->return_url = "https://shop.example/b";
  bench.submit(command);
  bench.context.now_us += us_per_second;
  ApplyOutcome answer = bench.answer(Outcome::approved);
  answer.cvc_check = Check::pass;
  answer.network_transaction_id = "NTI";
  bench.submit(answer);
  REQUIRE(bench.broken == "");
  const Payment& payment = *bench.payment;
  CHECK(payment.created_us == command.payment.core.created_us());
  CHECK(payment.details.return_url == "https://shop.example/b");
  CHECK(payment.details.metadata == Metadata{{"kept", "1"}});
  CHECK(payment.history == std::vector<uint64_t>{1, 2, 3, 4});
  const Operation& sale = payment.operations.front();
  CHECK(sale.requested_sequence == 2);
  CHECK(sale.resolved_sequence == 4);  // its capture, the last record of the outcome
  CHECK(sale.doubted_sequence == 0);
  const Attempt& attempt = payment.attempts.front();
  CHECK(attempt.authorization_code == "A1B2C3");
  CHECK(attempt.network_transaction_id == "NTI");
  CHECK(attempt.cvc_check == Check::pass);
  CHECK(attempt.capture_before_us == 0);
  const Transaction& transaction = payment.transactions.front();
  CHECK(transaction.created_us == bench.context.now_us);
  CHECK(transaction.available_on_us % us_per_day == 0);
  CHECK(transaction.available_on_us >= bench.context.now_us + 2 * us_per_day);
  CHECK(transaction.available_on_us < bench.context.now_us + 3 * us_per_day);
}

TEST_CASE("what the partner was answered in doubt stays known") {
  Bench bench;
  bench.submit(created(bench, 1'000, true));
  bench.submit(bench.answer(Outcome::unknown));
  CHECK(bench.payment->operations.front().doubted_sequence == 3);
  CHECK(bench.payment->operations.front().resolved_sequence == 0);
  bench.submit(bench.answer(Outcome::approved));
  CHECK(bench.payment->operations.front().doubted_sequence == 3);
  CHECK(bench.payment->operations.front().resolved_sequence == 5);
  CHECK(bench.broken == "");
}

TEST_CASE("an authorization is held for its validity and no longer") {
  Bench bench;
  CreatePayment command = created(bench, 1'000, true);
  command.capture_method = CaptureMethod::manual;
  bench.submit(command);
  bench.submit(bench.answer(Outcome::approved));
  const int64_t until_us = bench.context.now_us + bench.context.authorization_validity_us;
  CHECK(bench.payment->attempts.front().capture_before_us == until_us);
  bench.context.now_us = until_us - 1;
  CHECK(bench.submit(ExpireAuthorization{}).events.empty());
  bench.context.now_us = until_us;
  CHECK(refusal_of(bench.submit(CapturePayment{})) == Refusal::authorization_expired);
  CHECK(bench.submit(ExpireAuthorization{}).events.size() == 1);
  CHECK(bench.payment->status == PaymentStatus::canceled);
  CHECK(bench.payment->canceled_us == until_us);
}

TEST_CASE("a capture of all that is left says that it is the final one") {
  Bench bench;
  CreatePayment command = created(bench, 1'000, true);
  command.capture_method = CaptureMethod::manual;
  bench.submit(command);
  bench.submit(bench.answer(Outcome::approved));
  const PaymentDecision part = bench.submit(CapturePayment{.amount_to_capture = 999, .final_capture = false});
  CHECK_FALSE(std::get<CaptureRequested>(part.events.front()).final_capture);
  bench.submit(bench.answer(Outcome::approved));
  const PaymentDecision rest = bench.submit(CapturePayment{.amount_to_capture = 1, .final_capture = false});
  CHECK(std::get<CaptureRequested>(rest.events.front()).final_capture);
  const PaymentDecision captured = bench.submit(bench.answer(Outcome::approved));
  CHECK(std::get<PaymentCaptured>(captured.events.front()).final_capture);
  CHECK(bench.broken == "");
}

TEST_CASE("a payment takes a bounded number of attempts") {
  Bench bench;
  bench.submit(created(bench, 1'000, false));
  for (std::size_t i = 0; i < attempts_per_payment_max; ++i) {
    REQUIRE_FALSE(bench.submit(ConfirmPayment{{.method = card(1)}}).refusal);
    bench.submit(bench.answer(Outcome::declined));
  }
  CHECK(refusal_of(bench.submit(ConfirmPayment{{.method = card(1)}})) == Refusal::too_many);
  CHECK(bench.broken == "");
  CHECK_FALSE(bench.submit(CancelPayment{}).refusal);
}

// Without a bench, which folds the whole log after every step.
TEST_CASE("a payment takes a bounded number of refunds, and its transactions fit their ids") {
  Bench bench;
  bench.submit(created(bench, 1'000'000, true));
  bench.submit(bench.answer(Outcome::approved));
  REQUIRE(bench.broken == "");
  Payment payment = *bench.payment;
  uint64_t sequence = payment.history.back();
  const auto submit = [&](const PaymentCommand& command) {
    PaymentDecision decision = decide(&payment, command, bench.context);
    for (const PaymentEvent& event : decision.events)
      apply(payment, event, payment.partner, payment.mode, ++sequence, 1);
    return refusal_of(decision);
  };
  std::size_t refunds = 0;
  for (Refusal refusal = Refusal::none;; ++refunds) {
    refusal = submit(CreateRefund{.attempt = {}, .amount = 1, .reason = {}, .metadata = {}});
    if (refusal != Refusal::none) {
      CHECK(refusal == Refusal::too_many);
      break;
    }
    const Operation& operation = payment.operations.back();
    ApplyOutcome answer{.operation = operation.ordinal, .outcome = Outcome::approved, .amount = 1, .currency = usd};
    REQUIRE(submit(answer) == Refusal::none);
    REQUIRE(submit(SettleRefund{.refund = operation.refund, .succeeded = false, .code = {}}) == Refusal::none);
  }
  CHECK(refunds > 1'900);
  CHECK(refunds <= refunds_per_payment_max);
  CHECK(payment.transactions.size() <= TransactionId::ordinal_max);
  CHECK(broken_invariant(payment) == "");
}

TEST_CASE("a payment takes a bounded number of updates, and its money moves on behind them") {
  Bench bench;
  bench.submit(created(bench, 1'000, false));
  Payment payment = *bench.payment;
  uint64_t sequence = payment.history.back();
  const auto submit = [&](const PaymentCommand& command) {
    PaymentDecision decision = decide(&payment, command, bench.context);
    for (const PaymentEvent& event : decision.events) apply(payment, event, payment.partner, payment.mode, ++sequence, 1);
    return refusal_of(decision);
  };
  const auto update_until_refused = [&] {
    Refusal refusal = Refusal::none;
    while (payment.history.size() < 2 * changes_per_object_max) {
      refusal = submit(UpdatePayment{.amount = {}, .description = "again"});
      if (refusal != Refusal::none) break;
    }
    return refusal;
  };
  CHECK(update_until_refused() == Refusal::too_many);
  CHECK(payment.history.size() == changes_per_object_max);

  REQUIRE(submit(ConfirmPayment{{.method = card(1)}}) == Refusal::none);
  REQUIRE(submit(ApplyOutcome{.operation = 1, .outcome = Outcome::approved, .amount = 1'000, .currency = usd}) == Refusal::none);
  CHECK(payment.status == PaymentStatus::succeeded);
  CHECK(update_until_refused() == Refusal::too_many);
  REQUIRE(submit(CreateRefund{.attempt = {}, .amount = 1, .reason = {}, .metadata = {}}) == Refusal::none);
  CHECK(submit(UpdateRefund{.refund = 1, .metadata = {{"a", "1"}}}) == Refusal::none);
  CHECK(update_until_refused() == Refusal::too_many);
  CHECK(submit(UpdateRefund{.refund = 1, .metadata = {{"a", "1"}}}) == Refusal::too_many);
  CHECK(submit(ApplyOutcome{.operation = 2, .outcome = Outcome::approved, .amount = 1, .currency = usd}) == Refusal::none);
  CHECK(broken_invariant(payment) == "");
}

TEST_CASE("metadata has a bounded number of keys") {
  Metadata full;
  for (std::size_t i = 0; i < metadata_keys_max; ++i) full.emplace_back("key" + std::to_string(i), "value");
  const Metadata one_more = {{"one", "more"}};
  Bench bench;
  CreatePayment command = created(bench, 1'000, false);
  command.capture_method = CaptureMethod::manual;
  command.details.metadata = full;
  command.details.metadata.emplace_back("one", "more");
  CHECK(refusal_of(bench.submit(command)) == Refusal::too_many);
  command.details.metadata = full;
  REQUIRE_FALSE(bench.submit(command).refusal);
  CHECK(refusal_of(bench.submit(UpdatePayment{.amount = {}, .metadata = one_more})) == Refusal::too_many);
  bench.submit(ConfirmPayment{});
  bench.submit(bench.answer(Outcome::approved));
  CHECK(refusal_of(bench.submit(CapturePayment{.amount_to_capture = {}, .metadata = one_more})) == Refusal::too_many);
  CHECK(refusal_of(bench.submit(IncrementAuthorization{.amount = 2'000, .metadata = one_more})) == Refusal::too_many);
  CHECK_FALSE(bench.submit(UpdatePayment{.amount = {}, .metadata = {{"key3", ""}}}).refusal);
  CHECK_FALSE(bench.submit(UpdatePayment{.amount = {}, .metadata = one_more}).refusal);
  CHECK(bench.payment->details.metadata.size() == metadata_keys_max);
  CHECK(bench.broken == "");
}

TEST_CASE("of two updates that sealed personal data over the same base the second is told to come again") {
  Bench bench;
  REQUIRE_FALSE(bench.submit(created(bench, 1'000, false)).refusal);
  UpdatePayment update;
  update.sealed_personal = "first";
  update.sealed_personal_base = "";
  CHECK_FALSE(bench.submit(update).refusal);
  update.sealed_personal = "second";
  CHECK(refusal_of(bench.submit(update)) == Refusal::busy);
  CHECK(bench.payment->details.sealed_personal == "first");
}

TEST_CASE("metadata entries are set, replaced and deleted, and keep their order") {
  Metadata metadata = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  merge_metadata(metadata, {{"b", ""}, {"c", "4"}, {"d", "5"}, {"x", ""}}, false);
  CHECK(metadata == Metadata{{"a", "1"}, {"c", "4"}, {"d", "5"}});
  merge_metadata(metadata, {{"e", "6"}}, true);
  CHECK(metadata == Metadata{{"e", "6"}});
}

TEST_CASE("the acquirer knows every operation by a reference of its own") {
  const PaymentId payment = payment_id(1, 1'750'000'000'000'000);
  const std::string reference = reference_of(PartnerId{42}, payment, 7);
  CHECK(reference == PartnerId{42}.text() + "/" + payment.text() + "/7");
  CHECK(reference_of(PartnerId{42}, payment, 8) != reference);
  CHECK(reference_of(PartnerId{43}, payment, 7) != reference);
}

TEST_CASE("a refusal says the state and what would have been possible") {
  Bench bench;
  bench.submit(created(bench, 1'000, false));
  const auto refusal = bench.submit(CapturePayment{}).refusal;
  REQUIRE(refusal);
  CHECK(refusal->refusal == Refusal::unexpected_state);
  CHECK(refusal->state == static_cast<uint8_t>(PaymentStatus::requires_confirmation));
}

}  // namespace
}  // namespace tollgate::testing

// The sandbox's bank: what it books, and what it tells.
#include "acquirer/fixture.h"

namespace tollgate::test {
namespace {

using Action = AcquirerAction;

}  // namespace

TEST_CASE("a repeated reference moves nothing and gives the same answer, also after a restart") {
  Bank bank;
  const auto sale = request(Action::sale, 1, 1, 2'500);
  const auto first = bank.ask(sale);
  CHECK(first.authorization_code.size() == 6);
  CHECK(first.network_transaction_id.size() == 15);
  const auto again = bank.ask(sale);
  bank.reopen();
  const auto later = bank.ask(sale);
  for (const auto& answer : {again, later}) {
    CHECK(answer.outcome == Outcome::approved);
    CHECK(answer.authorization_code == first.authorization_code);
    CHECK(answer.network_transaction_id == first.network_transaction_id);
  }
  const auto entry = bank.entry(1, 1);
  CHECK(entry.times_seen == 3);
  CHECK(entry.times_moved == 1);
  CHECK(entry.violations == 0);
  CHECK(bank.totals(1).net == 2'500);
  CHECK(bank.ask(request(Action::sale, 2, 1, 2'500)).network_transaction_id != first.network_transaction_id);
}

TEST_CASE("a repeat that says something else is answered as the first one and counts as a violation") {
  Bank bank;
  bank.ask(request(Action::sale, 1, 1, 100));
  const auto answer = bank.ask(request(Action::sale, 1, 1, 900));
  CHECK(answer.amount == 100);
  CHECK(bank.entry(1, 1).violations == 1);
  CHECK(bank.totals(1).net == 100);
}

TEST_CASE("a reference twice in one batch is done once") {
  Bank bank;
  const auto sale = request(Action::sale, 1, 1, 100);
  CHECK(bank.send({sale, sale}).size() == 2);
  CHECK(bank.entry(1, 1).times_seen == 2);
  CHECK(bank.totals(1).net == 100);
}

TEST_CASE("an authorization is incremented, captured in parts, and its rest released") {
  Bank bank;
  CHECK(bank.ask(request(Action::authorize, 1, 1, 1'000)).outcome == Outcome::approved);
  CHECK(bank.totals(1).net == 0);
  CHECK(bank.ask(on_charge(Action::increment, 1, 2, 1'500)).outcome == Outcome::approved);
  CHECK(bank.ask(on_charge(Action::capture, 1, 3, 600)).outcome == Outcome::approved);
  CHECK(bank.ask(on_charge(Action::capture, 1, 4, 400)).outcome == Outcome::approved);
  CHECK(bank.ask(on_charge(Action::cancel, 1, 5, 0)).outcome == Outcome::approved);
  const auto charge = bank.entry(1, 1);
  CHECK(charge.authorized == 1'000);
  CHECK(charge.captured == 1'000);
  CHECK(charge.violations == 0);
  CHECK(bank.ask(on_charge(Action::capture, 1, 6, 1)).outcome == Outcome::declined);
  CHECK(bank.entry(1, 1).violations == 1);
}

TEST_CASE("more than was authorized or captured, and anything on what does not stand, is declined and counted") {
  Bank bank;
  bank.ask(request(Action::authorize, 1, 1, 1'000));
  CHECK(bank.ask(on_charge(Action::capture, 1, 2, 1'001)).outcome == Outcome::declined);
  CHECK(bank.ask(on_charge(Action::increment, 1, 3, 1'000)).outcome == Outcome::declined);
  CHECK(bank.ask(on_charge(Action::refund, 1, 4, 1)).outcome == Outcome::declined);
  CHECK(bank.ask(on_charge(Action::capture, 1, 5, 1'000)).outcome == Outcome::approved);
  CHECK(bank.ask(on_charge(Action::refund, 1, 6, 700)).outcome == Outcome::approved);
  CHECK(bank.ask(on_charge(Action::refund, 1, 7, 301)).outcome == Outcome::declined);
  CHECK(bank.totals(1).violations == 4);
  CHECK(bank.totals(1).net == 300);
  CHECK(bank.totals(1).times_moved_max == 1);

  bank.ask(request(Action::sale, 2, 1, 1'000, "pm_card_chargeDeclined"));
  CHECK(bank.ask(on_charge(Action::refund, 2, 2, 10)).outcome == Outcome::declined);
  CHECK(bank.ask(on_charge(Action::capture, 3, 2, 10)).outcome == Outcome::declined);  // there is no payment 3
  CHECK(bank.entry(3, 2).violations == 1);
  CHECK(bank.totals(2).net == 0);

  auto foreign = on_charge(Action::refund, 1, 8, 10);
  foreign.currency = *Currency::parse("eur");
  CHECK(bank.ask(foreign).outcome == Outcome::declined);
}

TEST_CASE("two refunds of one charge in one batch share what is left of it") {
  Bank bank;
  bank.ask(request(Action::sale, 1, 1, 1'000));
  const auto answers = bank.send({on_charge(Action::refund, 1, 2, 600), on_charge(Action::refund, 1, 3, 600)});
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].second.outcome == Outcome::approved);
  CHECK(answers[1].second.outcome == Outcome::declined);
  CHECK(bank.totals(1).net == 400);
}

TEST_CASE("an issuer may decline an increment") {
  Bank bank;
  bank.ask(request(Action::authorize, 1, 1, 1'000, "pm_card_tollgate_incrementDeclined"));
  const auto answer = bank.ask(on_charge(Action::increment, 1, 2, 2'000));
  CHECK(answer.outcome == Outcome::declined);
  CHECK(bank.entry(1, 1).authorized == 1'000);
  CHECK(bank.entry(1, 1).violations == 0);
}

TEST_CASE("an inquiry tells what was decided, and nothing is known of what never arrived") {
  Bank bank;
  const auto sale = request(Action::sale, 1, 1, 100);
  const auto charged = bank.ask(sale);
  const auto found = bank.ask(about(Action::inquire, sale));
  CHECK(found.outcome == Outcome::approved);
  CHECK(found.amount == 100);
  CHECK(found.authorization_code == charged.authorization_code);
  const auto declined = request(Action::sale, 2, 1, 100, "pm_card_chargeDeclinedStolenCard");
  bank.ask(declined);
  CHECK(bank.ask(about(Action::inquire, declined)).code == DeclineCode::stolen_card);
  const auto unseen = bank.ask(about(Action::inquire, request(Action::sale, 3, 1, 100)));
  CHECK(unseen.outcome == Outcome::unknown);
  CHECK(unseen.not_found);
  CHECK(bank.entry(1, 1).times_seen == 1);
}

TEST_CASE("a reversal undoes each kind of operation, and the money is where it was") {
  Bank bank;
  const auto sale = request(Action::sale, 1, 1, 100);
  bank.ask(sale);
  CHECK(bank.ask(about(Action::reverse, sale)).outcome == Outcome::approved);
  CHECK(bank.ask(about(Action::reverse, sale)).outcome == Outcome::approved);
  CHECK(bank.entry(1, 1).reversed);
  CHECK(bank.totals(1).net == 0);
  CHECK(bank.totals(1).approved_charges == 0);
  CHECK(bank.ask(about(Action::inquire, sale)).outcome == Outcome::declined);
  CHECK(bank.ask(about(Action::inquire, sale)).code == DeclineCode::not_reached);

  bank.ask(request(Action::authorize, 2, 1, 1'000));
  const auto increment = on_charge(Action::increment, 2, 2, 1'200);
  const auto capture = on_charge(Action::capture, 2, 3, 900);
  const auto refund = on_charge(Action::refund, 2, 4, 300);
  for (const auto& operation : {increment, capture, refund}) CHECK(bank.ask(operation).outcome == Outcome::approved);
  bank.ask(about(Action::reverse, refund));
  CHECK(bank.entry(2, 1).refunded == 0);
  bank.ask(about(Action::reverse, capture));
  CHECK(bank.entry(2, 1).captured == 0);
  bank.ask(about(Action::reverse, increment));
  CHECK(bank.entry(2, 1).authorized == 1'000);
  const auto cancel = on_charge(Action::cancel, 2, 5, 0);
  bank.ask(cancel);
  CHECK(bank.entry(2, 1).authorized == 0);
  bank.ask(about(Action::reverse, cancel));
  CHECK(bank.entry(2, 1).authorized == 1'000);
  CHECK(bank.ask(on_charge(Action::capture, 2, 6, 1'000)).outcome == Outcome::approved);
  CHECK(bank.totals(2).violations == 0);
}

TEST_CASE("what was reversed before it arrived is refused when it arrives, also after a restart") {
  Bank bank;
  const auto sale = request(Action::sale, 1, 1, 100);
  CHECK(bank.ask(about(Action::reverse, sale)).outcome == Outcome::approved);
  bank.reopen();
  CHECK(bank.ask(about(Action::inquire, sale)).outcome == Outcome::declined);
  const auto answer = bank.ask(sale);
  CHECK(answer.outcome == Outcome::declined);
  CHECK(answer.code == DeclineCode::not_reached);
  const auto entry = bank.entry(1, 1);
  CHECK(entry.tombstone);
  CHECK(entry.times_seen == 1);
  CHECK(entry.times_moved == 0);
  CHECK(bank.totals(1).net == 0);
}

TEST_CASE("undoing an authorization of which something was captured is a violation") {
  Bank bank;
  const auto authorization = request(Action::authorize, 1, 1, 100);
  bank.ask(authorization);
  bank.ask(on_charge(Action::capture, 1, 2, 100));
  bank.ask(about(Action::reverse, authorization));
  CHECK(bank.entry(1, 1).violations == 1);
}

TEST_CASE("a pending refund succeeds later, and its end is reported") {
  Bank bank({.refund_pending_us = 20'000});
  bank.ask(request(Action::sale, 1, 1, 1'000, "pm_card_pendingRefund"));
  const auto refund = on_charge(Action::refund, 1, 2, 400);
  CHECK(bank.ask(refund).outcome == Outcome::pending);
  CHECK(bank.totals(1).net == 600);
  const auto settled = bank.settled.wait_for(1);
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].succeeded);
  CHECK(settled[0].refund.reference == refund.reference);
  CHECK(settled[0].refund.payment == refund.payment);
  CHECK(settled[0].refund.operation == 2);
  CHECK(settled[0].refund.partition == 3);
  CHECK(settled[0].refund.amount == 400);
  CHECK(bank.ask(about(Action::inquire, refund)).outcome == Outcome::approved);
  CHECK(bank.totals(1).net == 600);
}

TEST_CASE("a refund that fails later gives the money back to the merchant") {
  Bank bank({.refund_pending_us = 20'000});
  bank.ask(request(Action::sale, 1, 1, 1'000, "pm_card_refundFail"));
  CHECK(bank.ask(on_charge(Action::refund, 1, 2, 400)).outcome == Outcome::approved);
  const auto settled = bank.settled.wait_for(1);
  REQUIRE(settled.size() == 1);
  CHECK_FALSE(settled[0].succeeded);
  CHECK(settled[0].code != DeclineCode::none);
  CHECK(bank.totals(1).net == 1'000);
  CHECK(bank.totals(1).violations == 0);
}

TEST_CASE("refunds that were pending when the process ended are reported by the next one, and those reported are again") {
  Bank bank({.refund_pending_us = 50'000});
  bank.ask(request(Action::sale, 1, 1, 1'000, "pm_card_pendingRefund"));
  bank.ask(on_charge(Action::refund, 1, 2, 400));
  bank.reopen();
  REQUIRE(bank.settled.wait_for(1).size() == 1);
  bank.reopen();
  const auto settled = bank.settled.wait_for(2);
  REQUIRE(settled.size() == 2);
  CHECK(settled[1].refund.reference == reference(1, 2));
  CHECK(bank.totals(1).net == 600);
}

TEST_CASE("many pending refunds are all reported, each once") {
  Bank bank({.refund_pending_us = 10'000});
  constexpr int count = 2'500;
  for (int payment = 0; payment < count; payment += 50) {
    std::vector<AcquirerRequest> sales, refunds;
    for (int i = payment; i < payment + 50; ++i) {
      sales.push_back(request(Action::sale, i, 1, 100, "pm_card_pendingRefund"));
      refunds.push_back(on_charge(Action::refund, i, 2, 100));
    }
    bank.send(std::move(sales));
    bank.send(std::move(refunds));
  }
  CHECK(bank.settled.wait_for(count).size() == count);
}

TEST_CASE("a refund that was reversed while it was pending is not reported") {
  Bank bank({.refund_pending_us = 20'000});
  bank.ask(request(Action::sale, 1, 1, 1'000, "pm_card_pendingRefund"));
  bank.ask(request(Action::sale, 2, 1, 1'000, "pm_card_pendingRefund"));
  const auto refund = on_charge(Action::refund, 1, 2, 400);
  bank.ask(refund);
  bank.ask(about(Action::reverse, refund));
  bank.ask(on_charge(Action::refund, 2, 2, 400));
  const auto settled = bank.settled.wait_for(1);
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].refund.reference == reference(2, 2));
  CHECK(bank.totals(1).net == 1'000);
}

TEST_CASE("entries are listed in the order of their references, from behind the one that is named") {
  Bank bank;
  bank.send({request(Action::sale, 3, 1, 1), request(Action::sale, 1, 1, 1), request(Action::sale, 2, 1, 1)});
  std::vector<std::string> seen;
  REQUIRE(bank.sandbox().entries(reference(1, 1), [&](const SandboxEntry& entry) {
    seen.push_back(entry.reference);
    return true;
  }).ok());
  CHECK(seen == std::vector<std::string>{reference(2, 1), reference(3, 1)});
  CHECK(absl::IsNotFound(bank.sandbox().entry(reference(4, 1)).status()));
}

TEST_CASE("with a latency the answers come later, from another thread, and all of them") {
  Bank bank({.latency_us = 5'000});
  CHECK(bank.send({request(Action::sale, 1, 1, 1), request(Action::sale, 2, 1, 1)}).empty());
  CHECK(bank.answers.wait_for(2).size() == 2);
}

}  // namespace tollgate::test

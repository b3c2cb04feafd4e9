// Limits on what goes to an acquirer: amounts of a day, declines of a card and of a BIN.
#include "harness.h"

namespace tollgate::engine {
namespace {

constexpr int64_t hour_us = 3'600 * us_per_second;

struct LimitedHarness : Harness {
  void set(PartnerLimits limits) {
    auto partner = std::make_shared<Partner>(*directory.find(PartnerId{7}));
    partner->config.limits = limits;
    directory.put(std::move(partner));
  }
  CreatePayment with_card(int64_t amount, const std::string& fingerprint, const std::string& bin, CaptureMethod capture = CaptureMethod::automatic) {
    CreatePayment create = purchase(amount, capture);
    create.method->card.fingerprint = fingerprint;
    create.method->card.bin = bin;
    return create;
  }
  // What came of it: a refusal, or none if the acquirer was asked (and has then answered so).
  Refusal pay(const CreatePayment& create, AcquirerAnswer answered, const std::string& key = {}) {
    const std::size_t requests_before = requests.size();
    const auto reply = on_payment(create.payment, create, key);
    round();
    if (reply->arrived) {
      CHECK(requests.size() == requests_before);
      CHECK(reply->result.kind == CommandResult::Kind::refused);
      last = reply->result.refusal;
      return reply->result.refusal.refusal;
    }
    // Inquiries of earlier ones may wait still: this one's request is the last.
    REQUIRE(requests.size() == requests_before + 1);
    std::rotate(requests.begin(), requests.end() - 1, requests.end());
    answer(answered);
    CHECK(reply->arrived);
    return Refusal::none;
  }
  Refusal approved(int64_t amount) { return pay(purchase(amount), {.outcome = Outcome::approved}); }
  Refusal declined(const std::string& fingerprint, const std::string& bin, DeclineCode code = DeclineCode::generic_decline) {
    return pay(with_card(100, fingerprint, bin), {.outcome = Outcome::declined, .code = code});
  }
  RefusalDetail last;
};

}  // namespace

TEST_CASE("the amount of a day is exact, and a new day begins at midnight") {
  LimitedHarness h;
  h.set({.amount_per_day = 1'000});
  CHECK(h.approved(600) == Refusal::none);
  CHECK(h.approved(401) == Refusal::amount_per_day_exceeded);
  CHECK(h.last.amount_allowed == 400);
  CHECK(h.approved(400) == Refusal::none);
  CHECK(h.approved(1) == Refusal::amount_per_day_exceeded);
  h.clock.advance(us_per_day - h.clock.now_us() % us_per_day);
  CHECK(h.approved(1'000) == Refusal::none);
  CHECK(h.approved(1) == Refusal::amount_per_day_exceeded);
}

TEST_CASE("what a day has seen is still known after a restart") {
  LimitedHarness h;
  h.set({.amount_per_day = 1'000});
  CHECK(h.approved(900) == Refusal::none);
  h.restart();
  CHECK(h.approved(101) == Refusal::amount_per_day_exceeded);
  CHECK(h.approved(100) == Refusal::none);
}

TEST_CASE("a decline or a reversal gives back what it had taken of the day") {
  LimitedHarness h;
  h.set({.amount_per_day = 1'000});
  CHECK(h.pay(h.purchase(1'000), {.outcome = Outcome::declined, .code = DeclineCode::insufficient_funds}) == Refusal::none);
  CHECK(h.approved(1'000) == Refusal::none);
  CHECK(h.approved(1) == Refusal::amount_per_day_exceeded);
  h.set({.amount_per_day = 2'000});
  const CreatePayment doubtful = h.purchase(1'000);
  CHECK(h.pay(doubtful, {.outcome = Outcome::unknown}) == Refusal::none);
  CHECK(h.approved(1) == Refusal::amount_per_day_exceeded);  // it may have been charged
  h.answer({.outcome = Outcome::unknown, .not_found = true});
  h.answer({.outcome = Outcome::approved});  // of the reversal
  CHECK(h.approved(1'000) == Refusal::none);
}

TEST_CASE("what is given back to another day is not given to this one") {
  LimitedHarness h;
  h.set({.amount_per_day = 1'000});
  CHECK(h.pay(h.purchase(800), {.outcome = Outcome::unknown}) == Refusal::none);
  h.clock.advance(us_per_day);
  CHECK(h.approved(900) == Refusal::none);
  REQUIRE(h.requests.size() == 1);
  h.answer({.outcome = Outcome::unknown, .not_found = true});
  h.answer({.outcome = Outcome::approved});
  CHECK(h.approved(101) == Refusal::amount_per_day_exceeded);
}

TEST_CASE("an increment takes of the day what it adds") {
  LimitedHarness h;
  h.set({.amount_per_day = 1'000});
  const PaymentId payment = h.paid(600, CaptureMethod::manual);
  const auto more = h.on_payment(payment, IncrementAuthorization{.amount = 1'001});
  h.round();
  REQUIRE(more->arrived);
  CHECK(more->result.refusal.refusal == Refusal::amount_per_day_exceeded);
  CHECK(more->result.refusal.amount_allowed == 400);
  const auto declined = h.on_payment(payment, IncrementAuthorization{.amount = 1'000});
  h.round();
  h.answer({.outcome = Outcome::declined, .code = DeclineCode::generic_decline});
  CHECK(declined->arrived);
  const auto fits = h.on_payment(payment, IncrementAuthorization{.amount = 1'000});
  h.round();
  h.approve();
  CHECK(fits->result.payment->amount == 1'000);
  CHECK(h.approved(1) == Refusal::amount_per_day_exceeded);
}

TEST_CASE("the day's refusal is not kept under the key: the same request may be made tomorrow") {
  LimitedHarness h;
  h.set({.amount_per_day = 100});
  CHECK(h.approved(100) == Refusal::none);
  const CreatePayment create = h.purchase(50);
  CHECK(h.pay(create, {.outcome = Outcome::approved}, "key") == Refusal::amount_per_day_exceeded);
  h.clock.advance(us_per_day);
  CHECK(h.pay(create, {.outcome = Outcome::approved}, "key") == Refusal::none);
}

TEST_CASE("a card is declined here once it was declined so often, and may be tried again when the window is over") {
  LimitedHarness h;
  h.set({.declines_per_card = 3, .decline_window_s = 3'600});
  for (int i = 0; i < 3; ++i) CHECK(h.declined("card", "424242") == Refusal::none);
  CHECK(h.declined("card", "424242") == Refusal::declines_exceeded);
  CHECK(h.declined("other", "424242") == Refusal::none);
  h.clock.advance(hour_us);
  CHECK(h.declined("card", "424242") == Refusal::none);
}

TEST_CASE("many cards of one BIN are declined here, whatever card comes next") {
  LimitedHarness h;
  h.set({.declines_per_bin = 20, .decline_window_s = 3'600});
  for (int i = 0; i < 20; ++i) CHECK(h.declined("card" + std::to_string(i), "424242") == Refusal::none);
  CHECK(h.declined("new", "424242") == Refusal::declines_exceeded);
  CHECK(h.declined("new", "555555") == Refusal::none);
}

TEST_CASE("what says nothing about the card is no decline of it") {
  LimitedHarness h;
  h.set({.declines_per_card = 1, .declines_per_bin = 1, .decline_window_s = 3'600});
  for (const DeclineCode code : {DeclineCode::processing_error, DeclineCode::authentication_required, DeclineCode::currency_not_supported})
    CHECK(h.declined("card", "424242", code) == Refusal::none);
  CHECK(h.pay(h.with_card(100, "card", "424242"), {.outcome = Outcome::approved}) == Refusal::none);
  CHECK(h.declined("card", "424242", DeclineCode::incorrect_cvc) == Refusal::none);
  CHECK(h.declined("card", "424242", DeclineCode::incorrect_cvc) == Refusal::declines_exceeded);
}

TEST_CASE("a refusal for declines is kept under the key, and confirms and setup intents are held to it as well") {
  LimitedHarness h;
  h.set({.declines_per_card = 1, .decline_window_s = 3'600});
  CHECK(h.declined("card", "424242") == Refusal::none);
  const CreatePayment create = h.with_card(100, "card", "424242");
  CHECK(h.pay(create, {}, "key") == Refusal::declines_exceeded);
  h.clock.advance(2 * hour_us);
  const auto again = h.on_payment(create.payment, create, "key");
  h.round();
  CHECK(again->result.kind == CommandResult::Kind::replayed);

  CHECK(h.declined("card", "424242") == Refusal::none);
  CreatePayment unconfirmed = h.with_card(100, "card", "424242");
  unconfirmed.confirm.reset();
  (void)h.on_payment(unconfirmed.payment, unconfirmed);
  h.round();
  const auto confirmed = h.on_payment(unconfirmed.payment, ConfirmPayment{});
  h.round();
  REQUIRE(confirmed->arrived);
  CHECK(confirmed->result.refusal.refusal == Refusal::declines_exceeded);
  CHECK(h.requests.empty());

  CreateSetupIntent setup;
  setup.setup.id = SetupIntentId{h.ids.next(h.clock.now_us())};
  setup.setup.method = create.method;
  setup.confirm = true;
  OnCustomerObject target;
  target.command = setup;
  const auto verified = h.on_object(std::move(target));
  h.round();
  REQUIRE(verified->arrived);
  CHECK(verified->result.refusal.refusal == Refusal::declines_exceeded);
  CHECK(h.requests.empty());
}

TEST_CASE("a failed verification of a setup intent counts as a decline of its card") {
  LimitedHarness h;
  h.set({.declines_per_card = 1, .decline_window_s = 3'600});
  CreateSetupIntent setup;
  setup.setup.id = SetupIntentId{h.ids.next(h.clock.now_us())};
  setup.setup.method = h.with_card(100, "card", "424242").method;
  setup.confirm = true;
  OnCustomerObject target;
  target.command = setup;
  (void)h.on_object(std::move(target));
  h.round();
  h.answer({.outcome = Outcome::declined, .code = DeclineCode::stolen_card});
  CHECK(h.declined("card", "424242") == Refusal::declines_exceeded);
}

}  // namespace tollgate::engine

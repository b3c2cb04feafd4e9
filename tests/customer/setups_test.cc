#include "customer/desk.h"

namespace tollgate::testing {
namespace {

TEST_CASE("a setup that succeeds attaches its card to the customer") {
  Desk desk;
  desk.add_customer(1);
  desk.add_setup(1, 1, snapshot(1), true);
  CHECK(desk.setup(1).status == SetupStatus::processing);
  CHECK(desk.setup(1).operation == 1);
  CHECK(desk.setup(1).operation_open);
  const CustomerDecision decision = desk.answer(1, Outcome::approved, 1);
  REQUIRE(decision.events.size() == 2);
  CHECK(std::holds_alternative<SetupSucceeded>(decision.events[0]));
  CHECK(std::holds_alternative<PaymentMethodAttached>(decision.events[1]));
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
  CHECK_FALSE(desk.setup(1).operation_open);
  CHECK(desk.setup(1).requested_sequence == 3);
  CHECK(desk.setup(1).resolved_sequence == 4);
  CHECK(desk.setup(1).history == std::vector<uint64_t>{2, 3, 4});
  CHECK(desk.method(1).method.customer == customer_id(1));
}

TEST_CASE("a success attaches nothing where there is no one to attach to") {
  Desk desk;
  desk.add_customer(1);
  desk.add_customer(2);
  SECTION("no customer") {
    desk.add_setup(1, 0, snapshot(1), true);
    CHECK(desk.answer(1, Outcome::approved).events.size() == 1);
  }
  SECTION("the customer was deleted meanwhile") {
    desk.add_setup(1, 1, snapshot(1), true);
    desk.done(DeleteCustomer{}, {1});
    CHECK(desk.answer(1, Outcome::approved, 1).events.size() == 1);
  }
  SECTION("the card is the customer's already") {
    desk.add_setup(1, 1, snapshot(1, customer_id(1)), true);
    CHECK(desk.answer(1, Outcome::approved, 1).events.size() == 1);
  }
  SECTION("the card was given to another meanwhile") {
    desk.add_method(1);
    desk.add_setup(1, 1, snapshot(1), true);
    desk.attach(1, 2);
    CHECK(desk.answer(1, Outcome::approved, 1, 1).events.size() == 1);
    CHECK(desk.method(1).method.customer == customer_id(2));
  }
  SECTION("the card was detached meanwhile") {
    desk.add_method(1);
    desk.add_setup(1, 1, snapshot(1), true);
    desk.attach(1, 2);
    desk.done(DetachPaymentMethod{}, {2, 1});
    CHECK(desk.answer(1, Outcome::approved, 1, 1).events.size() == 1);
  }
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
}

TEST_CASE("a declined or unanswered verification may be tried again") {
  Desk desk;
  desk.add_setup(1, 0, snapshot(1), true);
  const auto [outcome, code] = GENERATE(std::pair{Outcome::declined, DeclineCode::generic_decline},
                                        std::pair{Outcome::unknown, DeclineCode::not_reached},
                                        std::pair{Outcome::pending, DeclineCode::not_reached});
  desk.answer(1, outcome);
  CHECK(desk.setup(1).status == SetupStatus::requires_payment_method);
  CHECK(desk.setup(1).last_decline == code);
  CHECK_FALSE(desk.setup(1).method);
  CHECK(desk.refusal(ConfirmSetupIntent{}, {0, 0, 1}) == Refusal::method_missing);
  desk.done(ConfirmSetupIntent{snapshot(2), "https://shop.example"}, {0, 0, 1});
  CHECK(desk.setup(1).operation == 2);
  CHECK(desk.setup(1).last_decline == DeclineCode::none);
  CHECK(desk.setup(1).return_url == "https://shop.example");
  desk.answer(1, Outcome::approved);
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
}

TEST_CASE("3-D Secure of a setup") {
  Desk desk;
  desk.add_setup(1, 0, snapshot(1), true);
  desk.answer(1, Outcome::authentication_required);
  CHECK(desk.setup(1).status == SetupStatus::requires_action);
  SECTION("proven") {
    desk.done(CompleteSetupAuthentication{true}, {0, 0, 1});
    CHECK(desk.setup(1).authenticated);
    CHECK(desk.setup(1).operation == 2);
    desk.answer(1, Outcome::approved);
    CHECK(desk.setup(1).status == SetupStatus::succeeded);
  }
  SECTION("failed") {
    desk.done(CompleteSetupAuthentication{false}, {0, 0, 1});
    CHECK(desk.setup(1).status == SetupStatus::requires_payment_method);
    CHECK(desk.setup(1).last_decline == DeclineCode::authentication_failed);
    CHECK(desk.refusal(CompleteSetupAuthentication{true}, {0, 0, 1}) == Refusal::setup_unexpected_state);
  }
  SECTION("asked again after it was proven") {
    desk.done(CompleteSetupAuthentication{true}, {0, 0, 1});
    desk.answer(1, Outcome::authentication_required);
    CHECK(desk.setup(1).status == SetupStatus::requires_payment_method);
    CHECK(desk.setup(1).last_decline == DeclineCode::authentication_required);
  }
  SECTION("confirmed again instead") {
    desk.done(ConfirmSetupIntent{}, {0, 0, 1});
    CHECK(desk.setup(1).status == SetupStatus::processing);
    CHECK_FALSE(desk.setup(1).authenticated);
  }
}

TEST_CASE("answers that are late or repeated change nothing") {
  Desk desk;
  desk.add_setup(1, 0, snapshot(1), true);
  desk.answer(1, Outcome::authentication_required);
  CHECK(desk.answer(1, Outcome::approved).events.empty());
  desk.done(CompleteSetupAuthentication{true}, {0, 0, 1});
  CHECK(desk.submit(ApplySetupOutcome{1, Outcome::approved, DeclineCode::none}, {0, 0, 1}).events.empty());
  desk.answer(1, Outcome::approved);
  CHECK(desk.answer(1, Outcome::declined).events.empty());
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
}

TEST_CASE("guards of setup intents") {
  Desk desk;
  desk.add_customer(1);
  CreateSetupIntent create;
  create.setup.id = setup_id(1);
  create.confirm = true;
  CHECK(desk.refusal(create) == Refusal::method_missing);
  create.setup.customer = customer_id(1);
  CHECK(desk.refusal(create) == Refusal::customer_missing);
  create.setup.method = snapshot(1, customer_id(2));
  CHECK(desk.refusal(create, {1}) == Refusal::customer_mismatch);
  for (const CustomerCommand& command :
       std::vector<CustomerCommand>{ConfirmSetupIntent{}, UpdateSetupIntent{}, CancelSetupIntent{},
                                    CompleteSetupAuthentication{}, ApplySetupOutcome{}}) {
    CHECK(desk.refusal(command) == Refusal::setup_missing);
  }
  create.setup.method = snapshot(1);
  desk.done(create, {1});
  CHECK(desk.refusal(create, {1, 0, 1}) == Refusal::setup_unexpected_state);
  CHECK(desk.refusal(ConfirmSetupIntent{}, {1, 0, 1}) == Refusal::busy);
  CHECK(desk.refusal(CancelSetupIntent{}, {1, 0, 1}) == Refusal::busy);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .method = snapshot(2)}, {1, 0, 1}) == Refusal::busy);
  CHECK(desk.refusal(CompleteSetupAuthentication{true}, {1, 0, 1}) == Refusal::busy);
  desk.answer(1, Outcome::approved, 1);
  CHECK(desk.refusal(ConfirmSetupIntent{}, {1, 0, 1}) == Refusal::setup_unexpected_state);
  CHECK(desk.refusal(CancelSetupIntent{}, {1, 0, 1}) == Refusal::setup_unexpected_state);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .method = snapshot(2)}, {1, 0, 1}) ==
        Refusal::setup_unexpected_state);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .description = "kept"}, {1, 0, 1}) == Refusal::none);
  CHECK(desk.setup(1).description == "kept");
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
}

TEST_CASE("a setup is updated while it waits, and canceled for good") {
  Desk desk;
  desk.add_customer(1);
  desk.add_setup(1, 0, {}, false);
  CHECK(desk.setup(1).status == SetupStatus::requires_payment_method);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = customer_id(1)}, {0, 0, 1}) == Refusal::customer_missing);
  desk.done(UpdateSetupIntent{.customer = customer_id(1), .method = snapshot(1), .metadata = {{"a", "1"}}}, {1, 0, 1});
  CHECK(desk.setup(1).status == SetupStatus::requires_confirmation);
  CHECK(desk.setup(1).customer == customer_id(1));
  CHECK(desk.setup(1).metadata == Metadata{{"a", "1"}});
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .method = snapshot(2, customer_id(2))}, {1, 0, 1}) ==
        Refusal::customer_mismatch);
  desk.done(CancelSetupIntent{CancellationReason::abandoned}, {1, 0, 1});
  CHECK(desk.setup(1).status == SetupStatus::canceled);
  CHECK(desk.setup(1).cancellation_reason == CancellationReason::abandoned);
  CHECK(desk.refusal(CancelSetupIntent{}, {1, 0, 1}) == Refusal::setup_unexpected_state);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .description = "no"}, {1, 0, 1}) ==
        Refusal::setup_unexpected_state);
}

TEST_CASE("a setup takes a bounded number of updates, and is confirmed behind them") {
  Desk desk;
  desk.add_setup(1, 0, snapshot(1), false);
  const UpdateSetupIntent update{.customer = {}, .description = "again"};
  while (desk.setup(1).history.size() < changes_per_object_max) desk.done(update, {0, 0, 1});
  CHECK(desk.refusal(update, {0, 0, 1}) == Refusal::too_many);
  desk.done(ConfirmSetupIntent{}, {0, 0, 1});
  desk.answer(1, Outcome::approved);
  CHECK(desk.setup(1).status == SetupStatus::succeeded);
}

TEST_CASE("another card than the cardholder was asked about: the challenge is over") {
  Desk desk;
  desk.add_setup(1, 0, snapshot(1), true);
  desk.answer(1, Outcome::authentication_required);
  desk.done(UpdateSetupIntent{.customer = {}, .description = "same card"}, {0, 0, 1});
  CHECK(desk.setup(1).status == SetupStatus::requires_action);
  desk.done(UpdateSetupIntent{.customer = {}, .method = snapshot(2)}, {0, 0, 1});
  CHECK(desk.setup(1).status == SetupStatus::requires_confirmation);
  CHECK(desk.refusal(CompleteSetupAuthentication{true}, {0, 0, 1}) == Refusal::setup_unexpected_state);
}

}  // namespace
}  // namespace tollgate::testing

// Captures, increments, cancels and refunds at a Stripe-compatible upstream.
#include "acquirer/stripe_support.h"

namespace tollgate::stripe_test {
namespace {

constexpr const char* retrieve = "GET /v1/payment_intents/pi_1?expand[0]=latest_charge\n";
const std::string untouched = intent({.status = "requires_capture", .amount = 5'000, .capturable = 5'000});

AcquirerRequest capture(Action action, int64_t amount, bool final_capture, int64_t before = 0) {
  AcquirerRequest request = live(Action::capture, action);
  request.amount = amount;
  request.final_capture = final_capture;
  request.captured_before = before;
  return request;
}
std::string captured(int64_t received, bool ended) {
  return intent({.status = ended ? "succeeded" : "requires_capture", .amount = 5'000, .capturable = ended ? 0 : 5'000 - received, .received = received});
}
AcquirerRequest increment(Action action) {
  AcquirerRequest request = live(Action::increment, action);
  request.amount = 6'000;
  return request;
}

}  // namespace

TEST_CASE("a capture is approved with what it took, counted from what earlier ones had taken") {
  CHECK(talk(capture(Action::capture, 700, true), {ok(captured(700, true))}).answer.amount == 700);
  const auto later = talk(capture(Action::capture, 300, false, 700), {ok(captured(1'000, false))});
  CHECK(later.answer.outcome == Outcome::approved);
  CHECK(later.answer.amount == 300);
  CHECK(later.paths() == "POST /v1/payment_intents/pi_1/capture\n");
  // Something else than was asked for is told as it is.
  CHECK(talk(capture(Action::capture, 300, true, 700), {ok(captured(5'000, true))}).answer.amount == 4'300);
}

TEST_CASE("a capture that does not come about") {
  const auto request = capture(Action::capture, 700, true);
  CHECK(talk(request, {not_sent()}).answer.code == DeclineCode::not_reached);
  CHECK(talk(request, {with_status(429)}).answer.code == DeclineCode::not_reached);
  CHECK(talk(request, {with_status(402, failure("card_error", "card_declined"))}).answer.code == DeclineCode::generic_decline);
  CHECK(talk(request, {with_status(500)}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {with_status(409)}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {too_late()}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {cut(), not_sent()}).answer.outcome == Outcome::unknown);
  // Refused: the intent has the last word.
  const Said refused = with_status(400, failure("invalid_request_error", "charge_expired_for_capture"));
  CHECK(talk(request, {refused, ok(intent({.status = "canceled", .amount = 5'000}))}).answer.code == DeclineCode::processing_error);
  CHECK(talk(request, {refused, ok(captured(700, true))}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {refused, ok(intent({.status = "requires_capture", .amount = 5'000, .capturable = 5'000, .more = R"(,"processing":{})"}))}).answer.outcome ==
        Outcome::unknown);
  CHECK(talk(request, {refused, not_sent()}).answer.outcome == Outcome::declined);
  // Taken, but not done: it may be on its way there.
  CHECK(talk(request, {ok(untouched), ok(untouched)}).answer.outcome == Outcome::unknown);
}

TEST_CASE("an inquiry about a capture is the same call with the same key, and then the intent itself") {
  const auto request = capture(Action::inquire, 700, true);
  const std::string post_get = std::string("POST /v1/payment_intents/pi_1/capture\n") + retrieve;
  CHECK(talk(request, {ok(captured(700, true))}).answer.outcome == Outcome::approved);
  // An answer from before it was known there.
  const auto old = talk(request, {ok(untouched), ok(captured(700, true))});
  CHECK(old.paths() == post_get);
  CHECK(old.answer.outcome == Outcome::approved);
  const auto working = talk(request, {ok(untouched), ok(intent({.status = "requires_capture", .amount = 5'000, .capturable = 5'000, .more = R"(,"processing":{})"}))});
  CHECK(working.answer.outcome == Outcome::unknown);
  CHECK_FALSE(working.answer.not_found);
  // Taken once, no longer worked on, and not there: the upstream found out that nothing had come of it.
  CHECK(talk(request, {ok(untouched), ok(untouched)}).answer.not_found);
  CHECK(talk(request, {with_status(400, failure("invalid_request_error")), ok(untouched)}).answer.outcome == Outcome::declined);
  CHECK(talk(request, {with_status(409), ok(captured(700, true))}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {with_status(409), ok(untouched)}).answer.outcome == Outcome::unknown);
  for (const Said& said : {with_status(401), with_status(404), with_status(429), with_status(500), not_sent()}) {
    const auto unknown = talk(request, {said});
    CHECK(unknown.answer.outcome == Outcome::unknown);
    CHECK_FALSE(unknown.answer.not_found);
  }
}

TEST_CASE("when the upstream has forgotten the key, an inquiry only looks") {
  auto request = capture(Action::inquire, 700, true);
  request.sent_us = now_us - 21 * 3'600 * us_per_second;
  CHECK(talk(request, {ok(captured(700, true))}).paths() == retrieve);
  CHECK(talk(request, {ok(captured(700, true))}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {ok(untouched)}).answer.not_found);
}

TEST_CASE("what people have resolved is only looked at: what was not done is not done now") {
  auto request = capture(Action::inquire, 700, true);
  request.look_only = true;
  const auto looked = talk(request, {ok(untouched)});
  CHECK(looked.paths() == retrieve);
  CHECK(looked.answer.not_found);
  CHECK(talk(request, {ok(captured(700, true))}).answer.outcome == Outcome::approved);
  auto raise = increment(Action::inquire);
  raise.look_only = true;
  CHECK(talk(raise, {ok(untouched)}).paths() == retrieve);
  AcquirerRequest back = live(Action::refund, Action::inquire);
  back.look_only = true;
  const auto listed = talk(back, {ok(R"({"object":"list","data":[],"has_more":false})")});
  CHECK(listed.answer.not_found);
  CHECK(listed.paths().find("POST") == std::string::npos);
}

TEST_CASE("a capture resolved by hand is told apart from those before it and since") {
  auto request = capture(Action::inquire, 300, false, 700);
  request.look_only = true;
  request.captured_since = 500;
  const auto done = talk(request, {ok(captured(1'500, false))});
  CHECK(done.answer.outcome == Outcome::approved);
  CHECK(done.answer.amount == 300);
  CHECK(talk(request, {ok(captured(1'200, true))}).answer.not_found);
}

TEST_CASE("an increment is done when the intent has the new amount; it cannot be undone, only not have happened") {
  const std::string raised = intent({.status = "requires_capture", .amount = 6'000, .capturable = 6'000});
  CHECK(talk(increment(Action::increment), {ok(raised)}).answer.amount == 6'000);
  CHECK(talk(increment(Action::increment), {with_status(402, failure("card_error", "card_declined"))}).answer.outcome == Outcome::declined);
  CHECK(talk(increment(Action::inquire), {ok(untouched), ok(raised)}).answer.outcome == Outcome::approved);
  CHECK(talk(increment(Action::inquire), {ok(untouched), ok(untouched)}).answer.not_found);
  CHECK(talk(increment(Action::reverse), {ok(untouched)}).answer.outcome == Outcome::approved);
  CHECK(talk(increment(Action::reverse), {ok(raised)}).answer.outcome == Outcome::unknown);
  CHECK(talk(increment(Action::reverse), {ok(intent({.status = "canceled", .amount = 6'000}))}).answer.outcome == Outcome::approved);
}

TEST_CASE("a cancel is done when nothing is held any more") {
  AcquirerRequest request = direct(Action::cancel);
  request.amount = 5'000;
  const std::string canceled = intent({.status = "canceled", .amount = 5'000});
  const auto done = talk(request, {ok(canceled)});
  CHECK(done.answer.outcome == Outcome::approved);
  CHECK(done.answer.amount == 5'000);
  const Said refused = with_status(400, failure("invalid_request_error", "payment_intent_unexpected_state"));
  CHECK(talk(request, {refused, ok(canceled)}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {refused, ok(captured(5'000, true))}).answer.outcome == Outcome::declined);
  request.captured_before = 700;
  request.amount = 4'300;
  CHECK(talk(request, {ok(captured(700, true))}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {refused, ok(captured(5'000, true))}).answer.outcome == Outcome::declined);
}

TEST_CASE("an operation on what the upstream never named is not sent") {
  for (const Action subject : {Action::capture, Action::increment, Action::cancel, Action::refund}) {
    AcquirerRequest request = direct(subject);
    request.acquirer_payment.clear();
    const auto talked = talk(request, {});
    CHECK(talked.answer.outcome == Outcome::declined);
    request.action = Action::inquire;
    CHECK(talk(request, {}).answer.outcome == Outcome::unknown);
  }
}

TEST_CASE("a refund is approved when it has succeeded, and asked about while it is pending") {
  const auto request = direct(Action::refund);
  const auto done = talk(request, {ok(refund("succeeded"))});
  CHECK(done.answer.outcome == Outcome::approved);
  CHECK(done.answer.amount == 1'099);
  CHECK(talk(request, {ok(refund("pending"))}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {ok(refund("requires_action"))}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {ok(refund("failed"))}).answer.outcome == Outcome::declined);
  CHECK(talk(request, {ok(refund("succeeded", 1'000))}).answer.amount == 1'000);
  CHECK(talk(request, {ok(refund("succeeded", 1'099, "someone/elses/1"))}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {ok(refund("succeeded", 1'099, "", "pi_2"))}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {not_sent()}).answer.code == DeclineCode::not_reached);
  CHECK(talk(request, {with_status(400, failure("invalid_request_error", "charge_already_refunded"))}).answer.outcome == Outcome::declined);
  CHECK(talk(request, {with_status(500)}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {cut(), ok(refund("succeeded"))}).answer.outcome == Outcome::approved);
}

TEST_CASE("an inquiry about a refund looks for it by our reference, on every page, before it would make it") {
  const auto request = inquiry(Action::refund);
  const std::string another = refund("succeeded", 5, "acct_x/pi_x/9");
  const std::string page = "GET /v1/refunds?payment_intent=pi_1&limit=100";
  const auto second = talk(request, {ok(list(another, true)), ok(list(refund("succeeded")))});
  CHECK(second.paths() == page + "\n" + page + "&starting_after=re_1\n");
  CHECK(second.answer.outcome == Outcome::approved);
  CHECK(talk(request, {ok(list(refund("pending")))}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {ok(list(refund("failed")))}).answer.outcome == Outcome::declined);
  const auto made = talk(request, {ok(list(another)), ok(refund("succeeded"))});
  CHECK(made.paths() == page + "\nPOST /v1/refunds\n");
  CHECK(made.answer.outcome == Outcome::approved);
  CHECK(talk(request, {ok(list("")), with_status(400, failure("invalid_request_error", "charge_already_refunded"))}).answer.outcome == Outcome::declined);
  CHECK(talk(request, {ok(list("")), with_status(401)}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {ok(list("")), not_sent()}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {with_status(404)}).answer.outcome == Outcome::unknown);
  // Too long ago for the key: it is never made again.
  auto old = request;
  old.sent_us = now_us - 21 * 3'600 * us_per_second;
  const auto looked = talk(old, {ok(list(another))});
  CHECK(looked.paths() == page + "\n");
  CHECK(looked.answer.not_found);
}

}  // namespace tollgate::stripe_test

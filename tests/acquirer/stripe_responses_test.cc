// What is read out of answers, and that nothing is read out of what is no answer.
#include "acquirer/stripe_support.h"

namespace tollgate::stripe_test {

using stripe::Taken;

TEST_CASE("how a request was taken follows from the status and, where that does not say it, from the error") {
  struct Case {
    int status;
    std::string body;
    Taken taken;
  };
  const Case cases[] = {
      {200, "{}", Taken::done},
      {201, "", Taken::done},
      {402, failure("card_error", "card_declined", "insufficient_funds"), Taken::declined},
      {402, "garbage", Taken::declined},
      {400, failure("invalid_request_error", "parameter_missing"), Taken::refused},
      {400, "garbage", Taken::refused},
      {400, failure("idempotency_error"), Taken::conflict},
      {401, failure("invalid_request_error"), Taken::refused},
      {403, "", Taken::refused},
      {404, failure("invalid_request_error", "resource_missing"), Taken::refused},
      {409, failure("idempotency_error", "idempotency_key_in_use"), Taken::conflict},
      {409, failure("invalid_request_error", "lock_timeout"), Taken::busy},
      {429, failure("invalid_request_error", "lock_timeout"), Taken::busy},
      {429, "", Taken::busy},
      {424, "", Taken::broken},
      {500, failure("api_error"), Taken::broken},
      {503, failure("api_error"), Taken::broken},
      {302, "", Taken::broken},
      {0, "", Taken::broken},
  };
  for (const Case& c : cases) {
    INFO(c.status << " " << c.body);
    CHECK(stripe::taken_of(c.status, c.body) == c.taken);
  }
}

TEST_CASE("an intent is read whole") {
  const auto read = stripe::read_intent(intent({.status = "succeeded", .amount = 500, .received = 500, .refunded = 20}));
  REQUIRE(read);
  CHECK(read->id == "pi_1");
  CHECK(read->status == stripe::IntentStatus::succeeded);
  CHECK(read->amount == 500);
  CHECK(read->amount_received == 500);
  CHECK(read->amount_refunded == 20);
  CHECK(read->currency == test::usd());
  CHECK(read->reference == test::reference(1, 3));
  CHECK(read->authorization_code == "123456");
  CHECK(read->network_transaction_id == "ntid");
  CHECK(read->cvc_check == Check::pass);
  CHECK_FALSE(read->failed);
  CHECK_FALSE(read->working);
  CHECK(stripe::read_intent(intent({.more = R"(,"processing":{"type":"card","card":{}})"}))->working);
  CHECK(stripe::read_intent(intent({.status = "processing"}))->working);
  const auto failed = stripe::read_intent(intent({.more = R"(,"last_payment_error":{"code":"card_declined","decline_code":"lost_card"})"}));
  REQUIRE(failed);
  CHECK(failed->failed);
  CHECK(failed->decline == DeclineCode::lost_card);
}

TEST_CASE("what is no intent, or one with an amount that is no whole number of minor units, is not read") {
  const auto whole = [](std::string_view amount) {
    return fmt::format(R"({{"id":"pi_1","object":"payment_intent","amount":{},"amount_capturable":0,"amount_received":0,"currency":"usd","status":"succeeded"}})",
                       amount);
  };
  CHECK(stripe::read_intent(whole("0")));
  CHECK(stripe::read_intent(whole("99999999999999")));
  for (const char* amount : {"-1", "10.0", "1e3", "\"100\"", "null", "true", "99999999999999999999", "100000000000000", "[1]"}) {
    INFO(amount);
    CHECK_FALSE(stripe::read_intent(whole(amount)));
  }
  for (const char* body : {"", "null", "[]", "\"x\"", "{", "{\"object\":\"payment_intent\"}", "{\"object\":\"refund\",\"id\":\"re_1\"}"}) {
    INFO(body);
    CHECK_FALSE(stripe::read_intent(body));
    CHECK_FALSE(stripe::read_refund(body));
    CHECK_FALSE(stripe::read_setup(body));
    CHECK_FALSE(stripe::read_intents(body));
  }
  CHECK_FALSE(stripe::read_intent(intent({.status = "wonderful"})));
  CHECK_FALSE(stripe::read_intent(intent({.currency = "xxxx"})));
  // An id becomes part of a path.
  for (const char* id : {"", "pi_1/cancel", "pi 1", "../x", "pi_1?x=1"}) CHECK_FALSE(stripe::read_intent(intent({.id = id})));
  // Deep nesting is refused or read, never a crash.
  CHECK_FALSE(stripe::read_intent(std::string(500'000, '[')));
}

TEST_CASE("a page of a list is read whole or not at all, and must lead on") {
  const auto page = stripe::read_refunds(list(refund("succeeded") + "," + refund("pending"), true));
  REQUIRE(page);
  CHECK(page->items.size() == 2);
  CHECK(page->has_more);
  CHECK_FALSE(stripe::read_refunds(list(refund("succeeded") + ",{}")));
  CHECK_FALSE(stripe::read_refunds(list("", true)));
  CHECK(stripe::read_refunds(list(""))->items.empty());
}

TEST_CASE("decline codes are mapped, the more telling one first, and an unknown one is a decline all the same") {
  using stripe::decline_code_of;
  CHECK(decline_code_of("card_declined", "insufficient_funds") == DeclineCode::insufficient_funds);
  CHECK(decline_code_of("expired_card", "") == DeclineCode::expired_card);
  CHECK(decline_code_of("incorrect_cvc", "incorrect_cvc") == DeclineCode::incorrect_cvc);
  CHECK(decline_code_of("authentication_required", "authentication_required") == DeclineCode::authentication_required);
  CHECK(decline_code_of("card_declined", "pickup_card") == DeclineCode::stolen_card);
  CHECK(decline_code_of("card_declined", "never_heard_of") == DeclineCode::generic_decline);
  CHECK(decline_code_of("", "") == DeclineCode::generic_decline);
  // What is refused without a word of a card is a matter between us and the upstream.
  CHECK(stripe::read_error(failure("invalid_request_error", "parameter_missing")).decline == DeclineCode::processing_error);
  CHECK(stripe::read_error("garbage").decline == DeclineCode::processing_error);
}

}  // namespace tollgate::stripe_test

// Authorizations and sales at a Stripe-compatible upstream: what each course of a conversation comes to.
#include "acquirer/stripe_support.h"

namespace tollgate::stripe_test {
namespace {

const std::string fresh = intent({});
const std::string sold = intent({.status = "succeeded", .received = 1'099});
const std::string held = intent({.status = "requires_capture", .capturable = 1'099});
const std::string canceled = intent({.status = "canceled"});
const std::string declined_there =
    intent({.more = R"(,"last_payment_error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"})"});

constexpr const char* create = "POST /v1/payment_intents\n";
constexpr const char* confirm = "POST /v1/payment_intents/pi_1/confirm\n";
constexpr const char* retrieve = "GET /v1/payment_intents/pi_1?expand[0]=latest_charge\n";
constexpr const char* cancel = "POST /v1/payment_intents/pi_1/cancel\n";
constexpr const char* refunds = "POST /v1/refunds\n";

struct Course {
  const char* what;
  AcquirerRequest request;
  std::vector<Said> said;
  std::string sent;
  Outcome outcome;
  DeclineCode code = DeclineCode::none;
  bool not_found = false;
  bool reached = true;
};

void check(const std::vector<Course>& courses) {
  for (const Course& course : courses) {
    INFO(course.what);
    const Talked talked = talk(course.request, course.said);
    CHECK(talked.paths() == course.sent);
    CHECK(talked.answer.outcome == course.outcome);
    CHECK(talked.answer.code == course.code);
    CHECK(talked.answer.not_found == course.not_found);
    CHECK(talked.answer.reached == course.reached);
  }
}

const std::string both = std::string(create) + confirm;

}  // namespace

TEST_CASE("a sale and an authorization: the intent first, then its confirmation with the card") {
  const Talked sale = talk(direct(Action::sale), {ok(fresh), ok(sold)});
  CHECK(sale.paths() == both);
  CHECK(sale.answer.outcome == Outcome::approved);
  CHECK(sale.answer.amount == 1'099);
  CHECK(sale.answer.currency == test::usd());
  CHECK(sale.answer.acquirer_payment == "pi_1");
  CHECK(sale.answer.authorization_code == "123456");
  CHECK(sale.answer.network_transaction_id == "ntid");
  CHECK(sale.answer.cvc_check == Check::pass);
  CHECK(sale.sent[0].find(number) == std::string::npos);
  CHECK(sale.sent[1].find(number) != std::string::npos);
  const Talked authorization = talk(direct(Action::authorize), {ok(fresh), ok(held)});
  CHECK(authorization.answer.outcome == Outcome::approved);
  CHECK(authorization.answer.amount == 1'099);
}

TEST_CASE("until the confirmation leaves, nothing can have been charged") {
  const auto sale = direct(Action::sale);
  using O = Outcome;
  using D = DeclineCode;
  check({
      {"not reached", sale, {not_sent()}, create, O::declined, D::not_reached, false, false},
      {"cut, tried again, not reached", sale, {cut(), not_sent()}, std::string(create) + create, O::declined, D::not_reached, false, false},
      {"cut twice", sale, {cut(), cut()}, std::string(create) + create, O::declined, D::not_reached, false, false},
      {"no time left", sale, {too_late()}, create, O::declined, D::not_reached, false, false},
      {"broken", sale, {with_status(500)}, create, O::declined, D::not_reached, false, false},
      {"busy", sale, {with_status(429)}, create, O::declined, D::not_reached},
      {"refused", sale, {with_status(400, failure("invalid_request_error"))}, create, O::declined, D::processing_error},
      {"wrong key", sale, {with_status(401)}, create, O::declined, D::processing_error},
      {"no intent", sale, {ok("{}")}, create, O::declined, D::processing_error, false, false},
      {"another amount", sale, {ok(intent({.amount = 1'100}))}, create, O::declined, D::processing_error, false, false},
      {"another currency", sale, {ok(intent({.currency = "eur"}))}, create, O::declined, D::processing_error, false, false},
      // Not by this conversation: whoever did more with it, it must be asked about.
      {"confirmed already", sale, {ok(sold)}, create, O::unknown},
  });
}

TEST_CASE("the confirmation's answer: approved, declined, or unknown, never mixed") {
  const auto sale = direct(Action::sale), authorization = direct(Action::authorize);
  using O = Outcome;
  using D = DeclineCode;
  check({
      {"declined", sale, {ok(fresh), with_status(402, failure("card_error", "card_declined", "lost_card"))}, both, O::declined, D::lost_card},
      {"declined, 200", sale, {ok(fresh), ok(declined_there)}, both, O::declined, D::insufficient_funds},
      {"a challenge", sale, {ok(fresh), with_status(402, failure("card_error", "authentication_required", "authentication_required"))}, both, O::declined,
       D::authentication_required},
      {"a challenge all the same", sale, {ok(fresh), ok(intent({.status = "requires_action"})), ok(canceled)}, both + cancel, O::declined,
       D::authentication_required},
      {"a challenge that cannot be called off", sale, {ok(fresh), ok(intent({.status = "requires_action"})), with_status(500)}, both + cancel, O::unknown,
       D::none, false, false},
      {"never sent", sale, {ok(fresh), not_sent()}, both, O::declined, D::not_reached, false, false},
      {"too many requests", sale, {ok(fresh), with_status(429)}, both, O::declined, D::not_reached},
      {"refused for its form", sale, {ok(fresh), with_status(400, failure("invalid_request_error", "parameter_unknown"))}, both, O::declined,
       D::processing_error},
      {"its state is another", sale, {ok(fresh), with_status(400, failure("invalid_request_error", "payment_intent_unexpected_state"))}, both, O::unknown},
      {"the key is in use", sale, {ok(fresh), with_status(409, failure("idempotency_error", "idempotency_key_in_use"))}, both, O::unknown},
      {"the key had other parameters", sale, {ok(fresh), with_status(400, failure("idempotency_error"))}, both, O::unknown},
      {"broken", sale, {ok(fresh), with_status(502)}, both, O::unknown, D::none, false, false},
      {"no time left", sale, {ok(fresh), too_late()}, both, O::unknown, D::none, false, false},
      {"cut, and the repeat tells", sale, {ok(fresh), cut(), ok(sold)}, both + confirm, O::approved},
      {"cut, and the repeat is declined", sale, {ok(fresh), cut(), with_status(402, failure("card_error", "expired_card"))}, both + confirm, O::declined,
       D::expired_card},
      // The first may still arrive.
      {"cut, and the repeat is not sent", sale, {ok(fresh), cut(), not_sent()}, both + confirm, O::unknown, D::none, false, false},
      {"cut, and the repeat is too much", sale, {ok(fresh), cut(), with_status(429)}, both + confirm, O::unknown},
      {"cut, and the repeat is refused", sale, {ok(fresh), cut(), with_status(401)}, both + confirm, O::unknown},
      {"cut twice", sale, {ok(fresh), cut(), cut()}, both + confirm, O::unknown, D::none, false, false},
      {"processing there", sale, {ok(fresh), ok(intent({.status = "processing"}))}, both, O::unknown},
      {"held, but a sale was asked for", sale, {ok(fresh), ok(held)}, both, O::unknown},
      {"sold, but a hold was asked for", authorization, {ok(fresh), ok(sold)}, both, O::unknown},
      {"not confirmed at all", sale, {ok(fresh), ok(fresh)}, both, O::unknown},
      {"another intent", sale, {ok(fresh), ok(intent({.status = "succeeded", .received = 1'099, .id = "pi_2"}))}, both, O::unknown, D::none, false, false},
      {"no intent", sale, {ok(fresh), ok("[]")}, both, O::unknown, D::none, false, false},
  });
  // Whatever became of it, what the upstream calls it is known from here on.
  CHECK(talk(sale, {ok(fresh), too_late()}).answer.acquirer_payment == "pi_1");
  // A decline for the security code says that it was checked.
  CHECK(talk(sale, {ok(fresh), with_status(402, failure("card_error", "incorrect_cvc", "incorrect_cvc"))}).answer.cvc_check == Check::fail);
}

TEST_CASE("another amount or currency than was asked for is told as it is, and never becomes the one that was asked for") {
  CHECK(talk(direct(Action::sale), {ok(fresh), ok(intent({.status = "succeeded", .received = 1'000}))}).answer.amount == 1'000);
  CHECK(talk(direct(Action::authorize), {ok(fresh), ok(intent({.status = "requires_capture", .capturable = 5}))}).answer.amount == 5);
  const auto euros = talk(direct(Action::sale), {ok(fresh), ok(intent({.status = "succeeded", .received = 1'099, .currency = "eur"}))});
  CHECK(euros.answer.currency == *Currency::parse("eur"));
}

TEST_CASE("a card that the vault no longer has is declined before anything is sent of it") {
  stripe::Context context;
  context.card_number = [] { return StatusOr<Secret>(not_found("erased")); };
  const auto conversation = stripe::conversation_about(direct(Action::sale), std::move(context));
  REQUIRE(conversation->begin().send);
  const auto step = conversation->hear({.status = 200, .body = fresh});
  CHECK_FALSE(step.send);
  CHECK(step.answer.outcome == Outcome::declined);
  CHECK(step.answer.code == DeclineCode::incorrect_number);
}

TEST_CASE("an inquiry finds the intent by its name, else by the same create with the same key, and asks without the card") {
  const auto sale = inquiry(Action::sale);
  auto named = sale;
  named.acquirer_payment = "pi_1";
  const std::string ask = std::string(create) + retrieve;
  using O = Outcome;
  using D = DeclineCode;
  check({
      {"approved", sale, {ok(fresh), ok(sold)}, ask, O::approved},
      {"approved, by name", named, {ok(sold)}, retrieve, O::approved},
      {"declined", sale, {ok(fresh), ok(declined_there)}, ask, O::declined, D::insufficient_funds},
      {"never confirmed", sale, {ok(fresh), ok(fresh)}, ask, O::unknown, D::none, true},
      {"waits for a confirmation", named, {ok(intent({.status = "requires_confirmation"}))}, retrieve, O::unknown, D::none, true},
      {"canceled", named, {ok(canceled)}, retrieve, O::declined, D::not_reached},
      {"still processing", named, {ok(intent({.status = "processing"}))}, retrieve, O::unknown},
      {"a challenge", named, {ok(intent({.status = "requires_action"})), ok(canceled)}, std::string(retrieve) + cancel, O::declined,
       D::authentication_required},
      {"the original was refused, and so is its repeat", sale, {with_status(400, failure("invalid_request_error"))}, create, O::unknown, D::none, true},
      // Anything else may be a matter of the key, and says nothing of the original.
      {"wrong key", sale, {with_status(401)}, create, O::unknown},
      {"another account's", named, {with_status(404, failure("invalid_request_error", "resource_missing"))}, retrieve, O::unknown},
      {"not sent", sale, {not_sent()}, create, O::unknown, D::none, false, false},
      {"cut twice", named, {cut(), cut()}, std::string(retrieve) + retrieve, O::unknown, D::none, false, false},
      {"busy", named, {with_status(429)}, retrieve, O::unknown},
      {"garbage", named, {ok("garbage")}, retrieve, O::unknown},
  });
  for (const std::string& line : talk(sale, {ok(fresh), ok(sold)}).sent) CHECK(line.find(number) == std::string::npos);
}

TEST_CASE("when the upstream has forgotten the key, an inquiry looks through its intents and makes none") {
  auto old = inquiry(Action::sale);
  old.sent_us = now_us - 21 * 3'600 * us_per_second;
  const auto another = [](const char* id) {
    return fmt::format(R"({{"id":"{}","object":"payment_intent","amount":1,"amount_capturable":0,"amount_received":0,"currency":"usd","status":"canceled","metadata":{{}}}})", id);
  };
  const std::string first = "GET /v1/payment_intents?created[gte]=1799920800&created[lte]=1799928000&limit=100";
  const auto found = talk(old, {ok(list(another("pi_8") + "," + another("pi_9"), true)), ok(list(sold)), ok(sold)});
  CHECK(found.paths() == first + "\n" + first + "&starting_after=pi_9\n" + retrieve);
  CHECK(found.answer.outcome == Outcome::approved);
  const auto nothing = talk(old, {ok(list(another("pi_9")))});
  CHECK(nothing.answer.not_found);
  CHECK(talk(old, {with_status(500)}).answer.outcome == Outcome::unknown);
  old.action = Action::reverse;
  CHECK(talk(old, {ok(list(""))}).answer.outcome == Outcome::approved);
}

TEST_CASE("a reversal cancels what can be canceled, refunds what was charged, and is done when it stands nowhere") {
  auto sale = reversal(Action::sale);
  auto named = sale;
  named.acquirer_payment = "pi_1";
  const std::string get_cancel = std::string(retrieve) + cancel, get_refund = std::string(retrieve) + refunds;
  using O = Outcome;
  using D = DeclineCode;
  check({
      {"never arrived: an intent that is canceled keeps it from standing", sale, {ok(fresh), ok(fresh), ok(canceled)}, std::string(create) + get_cancel, O::approved},
      {"held", named, {ok(held), ok(canceled)}, get_cancel, O::approved},
      {"declined there", named, {ok(declined_there), ok(canceled)}, get_cancel, O::approved},
      {"canceled before", named, {ok(canceled)}, retrieve, O::approved},
      {"sold", named, {ok(sold), ok(refund("succeeded"))}, get_refund, O::approved},
      {"sold, the refund takes its time", named, {ok(sold), ok(refund("pending"))}, get_refund, O::approved},
      {"sold, the refund fails", named, {ok(sold), ok(refund("failed"))}, get_refund, O::unknown},
      {"sold and refunded before", named, {ok(intent({.status = "succeeded", .received = 1'099, .refunded = 1'099}))}, retrieve, O::approved},
      {"still processing", named, {ok(intent({.status = "processing"}))}, retrieve, O::unknown},
      {"not canceled", named, {ok(held), with_status(429)}, get_cancel, O::unknown},
      {"not canceled, but sold meanwhile", named, {ok(fresh), with_status(400, failure("invalid_request_error", "payment_intent_unexpected_state"))},
       get_cancel, O::unknown},
      {"canceled, they say, but it is not", named, {ok(held), ok(held)}, get_cancel, O::unknown},
      {"cut twice", named, {ok(held), cut(), cut()}, get_cancel + cancel, O::unknown, D::none, false, false},
  });
}

TEST_CASE("a card is verified without an amount") {
  const auto setup = [](std::string_view status, std::string_view more = "") {
    return fmt::format(R"({{"id":"seti_1","object":"setup_intent","status":"{}"{}}})", status, more);
  };
  const auto request = direct(Action::verify);
  CHECK(talk(request, {ok(setup("succeeded"))}).answer.outcome == Outcome::approved);
  CHECK(talk(request, {ok(setup("requires_action"))}).answer.code == DeclineCode::authentication_required);
  CHECK(talk(request, {ok(setup("requires_payment_method", R"(,"last_setup_error":{"code":"expired_card"})"))}).answer.code == DeclineCode::expired_card);
  CHECK(talk(request, {with_status(402, failure("card_error", "card_declined", "do_not_honor"))}).answer.code == DeclineCode::do_not_honor);
  CHECK(talk(request, {not_sent()}).answer.code == DeclineCode::not_reached);
  CHECK(talk(request, {with_status(500)}).answer.outcome == Outcome::unknown);
  CHECK(talk(request, {cut(), ok("{}")}).answer.outcome == Outcome::unknown);
}

}  // namespace tollgate::stripe_test

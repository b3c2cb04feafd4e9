// What is sent for each operation, to the byte. A change here is a change of what upstreams recognise as a repeat.
#include "acquirer/stripe_support.h"

namespace tollgate::stripe_test {
namespace {

std::string text(const stripe::WireRequest& wire) {
  return fmt::format("{} {}\n{}\n{}", wire.post ? "POST" : "GET", wire.target, wire.idempotency_key, wire.body.reveal());
}

const stripe::CardData card{number, 7, 2031, "12 3&"};

struct Golden {
  std::string made;
  const char* expected;
};

}  // namespace

TEST_CASE("requests are the same bytes on every repeat, and as they always were") {
  AcquirerRequest partial = direct(Action::capture), off_session = direct(Action::sale);
  partial.final_capture = false;
  off_session.off_session = true;
  AcquirerRequest yen = direct(Action::authorize);
  yen.currency = *Currency::parse("jpy");
  const Golden golden[] = {
      {text(stripe::create_intent(direct(Action::sale))),
       "POST /v1/payment_intents\ntollgate/acct_00000000001/pi_10001/3/create\n"
       "amount=1099&currency=usd&capture_method=automatic&payment_method_types%5B0%5D=card&"
       "metadata%5Btollgate_reference%5D=acct_00000000001%2Fpi_10001%2F3"},
      {text(stripe::create_intent(yen)),
       "POST /v1/payment_intents\ntollgate/acct_00000000001/pi_10001/3/create\n"
       "amount=1099&currency=jpy&capture_method=manual&payment_method_types%5B0%5D=card&"
       "metadata%5Btollgate_reference%5D=acct_00000000001%2Fpi_10001%2F3&"
       "payment_method_options%5Bcard%5D%5Brequest_incremental_authorization%5D=if_available&"
       "payment_method_options%5Bcard%5D%5Brequest_multicapture%5D=if_available"},
      {text(stripe::confirm_intent(direct(Action::sale), "pi_1", card)),
       "POST /v1/payment_intents/pi_1/confirm\ntollgate/acct_00000000001/pi_10001/3/confirm\n"
       "payment_method_data%5Btype%5D=card&payment_method_data%5Bcard%5D%5Bnumber%5D=4242424242424242&"
       "payment_method_data%5Bcard%5D%5Bexp_month%5D=7&payment_method_data%5Bcard%5D%5Bexp_year%5D=2031&"
       "payment_method_data%5Bcard%5D%5Bcvc%5D=12%203%26&error_on_requires_action=true&expand%5B0%5D=latest_charge"},
      {text(stripe::confirm_intent(off_session, "pi_1", {number, 7, 2031, ""})),
       "POST /v1/payment_intents/pi_1/confirm\ntollgate/acct_00000000001/pi_10001/3/confirm\n"
       "payment_method_data%5Btype%5D=card&payment_method_data%5Bcard%5D%5Bnumber%5D=4242424242424242&"
       "payment_method_data%5Bcard%5D%5Bexp_month%5D=7&payment_method_data%5Bcard%5D%5Bexp_year%5D=2031&"
       "error_on_requires_action=true&off_session=true&expand%5B0%5D=latest_charge"},
      {text(stripe::retrieve_intent("pi_1")), "GET /v1/payment_intents/pi_1?expand[0]=latest_charge\n\n"},
      {text(stripe::change_intent(direct(Action::capture), "pi_1")),
       "POST /v1/payment_intents/pi_1/capture\ntollgate/acct_00000000001/pi_10001/3/capture\namount_to_capture=1099"},
      {text(stripe::change_intent(partial, "pi_1")),
       "POST /v1/payment_intents/pi_1/capture\ntollgate/acct_00000000001/pi_10001/3/capture\namount_to_capture=1099&final_capture=false"},
      {text(stripe::change_intent(direct(Action::increment), "pi_1")),
       "POST /v1/payment_intents/pi_1/increment_authorization\ntollgate/acct_00000000001/pi_10001/3/increment\namount=1099"},
      {text(stripe::change_intent(direct(Action::cancel), "pi_1")),
       "POST /v1/payment_intents/pi_1/cancel\ntollgate/acct_00000000001/pi_10001/3/cancel\n"},
      {text(stripe::abandon_intent("pi_1")), "POST /v1/payment_intents/pi_1/cancel\n\ncancellation_reason=abandoned"},
      {text(stripe::create_refund(direct(Action::refund), "pi_1")),
       "POST /v1/refunds\ntollgate/acct_00000000001/pi_10001/3/refund\n"
       "payment_intent=pi_1&amount=1099&metadata%5Btollgate_reference%5D=acct_00000000001%2Fpi_10001%2F3"},
      {text(stripe::refund_all(direct(Action::sale), "pi_1")),
       "POST /v1/refunds\ntollgate/acct_00000000001/pi_10001/3/reverse\n"
       "payment_intent=pi_1&metadata%5Btollgate_reference%5D=acct_00000000001%2Fpi_10001%2F3"},
      {text(stripe::list_refunds("pi_1", "")), "GET /v1/refunds?payment_intent=pi_1&limit=100\n\n"},
      {text(stripe::list_refunds("pi_1", "re_9")), "GET /v1/refunds?payment_intent=pi_1&limit=100&starting_after=re_9\n\n"},
      {text(stripe::list_intents(5, 9, "pi_2")), "GET /v1/payment_intents?created[gte]=5&created[lte]=9&limit=100&starting_after=pi_2\n\n"},
      {text(stripe::verify_card(direct(Action::verify), {number, 7, 2031, "123"})),
       "POST /v1/setup_intents\ntollgate/acct_00000000001/pi_10001/3/verify\n"
       "confirm=true&payment_method_types%5B0%5D=card&usage=off_session&payment_method_data%5Btype%5D=card&"
       "payment_method_data%5Bcard%5D%5Bnumber%5D=4242424242424242&payment_method_data%5Bcard%5D%5Bexp_month%5D=7&"
       "payment_method_data%5Bcard%5D%5Bexp_year%5D=2031&payment_method_data%5Bcard%5D%5Bcvc%5D=123&"
       "metadata%5Btollgate_reference%5D=acct_00000000001%2Fpi_10001%2F3"},
  };
  for (const Golden& one : golden) CHECK(one.made == one.expected);
}

TEST_CASE("an inquiry and a reversal make the same intent as the operation did") {
  for (const Action subject : {Action::sale, Action::authorize}) {
    const std::string made = text(stripe::create_intent(direct(subject)));
    CHECK(text(stripe::create_intent(inquiry(subject))) == made);
    CHECK(text(stripe::create_intent(reversal(subject))) == made);
  }
  for (const Action subject : {Action::capture, Action::increment, Action::cancel})
    CHECK(text(stripe::change_intent(inquiry(subject), "pi_1")) == text(stripe::change_intent(direct(subject), "pi_1")));
}

}  // namespace tollgate::stripe_test

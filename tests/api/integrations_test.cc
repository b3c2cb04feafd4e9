// What deployed integrations send and check besides what the SDK of the day does.
#include "api/gateway.h"
#include "api/required_fields.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";
constexpr const char* held_form = "amount=1000&currency=usd&confirm=true&payment_method=pm_card_visa&capture_method=manual&expand[]=latest_charge";

std::string path_of(const Answer& payment) { return "/v1/payment_intents/" + payment["id"].get<std::string>(); }

}  // namespace

TEST_CASE("booleans are taken in any case, as SDKs of other languages write them") {
  Gateway gateway;
  const std::string form = "amount=2000&currency=usd&payment_method=pm_card_visa&capture_method=manual";
  for (const char* yes : {"true", "True", "TRUE"}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + yes)["status"] == "requires_capture");
  for (const char* no : {"false", "False"}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + no)["status"] == "requires_confirmation");
  for (const char* none : {"1", "0", "yes", "tru", "truee", "True "}) CHECK(gateway.post("/v1/payment_intents", form + "&confirm=" + none).param() == "confirm");
  const std::string alone = "amount=2000&currency=usd&confirm=True&payment_method=pm_card_authenticationRequired&off_session=";
  CHECK(gateway.post("/v1/payment_intents", alone + "True").code() == "authentication_required");
  CHECK(gateway.post("/v1/payment_intents", alone + "recurring").code() == "authentication_required");
  CHECK(gateway.post("/v1/payment_intents", alone + "False")["status"] == "requires_action");
  CHECK(gateway.post("/v1/payment_intents", alone + "maybe").param() == "off_session");
}

TEST_CASE("a payment that was captured already answers a capture with its state") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  const Answer refused = gateway.post(path_of(paid) + "/capture");
  CHECK(refused.status == 400);
  CHECK(refused.code() == "payment_intent_unexpected_state");
  CHECK(refused.error()["payment_intent"]["status"] == "succeeded");
}

TEST_CASE("an update does not get below what may be charged in the payment's currency") {
  Gateway gateway;
  const auto refused = [&](const Answer& created, const char* form) {
    CAPTURE(form);
    const Answer answer = gateway.post(path_of(created), form);
    CHECK(answer.status == 400);
    CHECK(answer.code() == "amount_too_small");
    CHECK(answer.param() == "amount");
  };
  const Answer forints = gateway.post("/v1/payment_intents", "amount=20000&currency=huf");
  refused(forints, "amount=100");
  const Answer dollars = gateway.post("/v1/payment_intents", "amount=60&currency=usd");
  refused(dollars, "amount=1");
  refused(dollars, "currency=huf");
  refused(dollars, "currency=huf&amount=17499");
  CHECK(gateway.get(path_of(dollars)).body == dollars.body);
  CHECK(gateway.post(path_of(dollars), "amount=50")["amount"] == 50);
  CHECK(gateway.post(path_of(dollars), "currency=huf&amount=17500")["currency"] == "huf");
}

TEST_CASE("a customer is created with a card, and has it as the default") {
  Gateway gateway;
  const std::string made = gateway.post("/v1/payment_methods", "type=card&card[token]=tok_visa")["id"];
  const std::string both = "name=Ada&payment_method=" + made + "&invoice_settings[default_payment_method]=" + made;
  const Answer customer = gateway.post("/v1/customers", both, "once");
  REQUIRE(customer.status == 200);
  CHECK(first_flaw(customer.body) == "");
  CHECK(customer["invoice_settings"]["default_payment_method"] == made);
  const std::string path = "/v1/customers/" + customer["id"].get<std::string>();
  CHECK(gateway.get(path).body == customer.body);
  CHECK(gateway.get(path + "/payment_methods")["data"][0]["id"] == made);
  CHECK(gateway.post("/v1/customers", both, "once").text == customer.text);
  CHECK(gateway.get("/v1/events?type=payment_method.attached")["data"][0]["data"]["object"]["customer"] == customer["id"]);
  CHECK(gateway.post("/v1/payment_intents", paid_form + ("&customer=" + customer["id"].get<std::string>()) + "&payment_method=" + made).param() == "payment_method");

  // A test card by its name, attached and nothing more; the key's answer is the customer.
  const Answer attached = gateway.post("/v1/customers", "payment_method=pm_card_visa", "named");
  CHECK(attached["invoice_settings"]["default_payment_method"].is_null());
  CHECK(gateway.post("/v1/customers", "payment_method=pm_card_visa", "named").text == attached.text);
  CHECK(gateway.get("/v1/customers/" + attached["id"].get<std::string>() + "/payment_methods")["data"].size() == 1);
  const Answer named = gateway.post("/v1/customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
  const Answer cards = gateway.get("/v1/customers/" + named["id"].get<std::string>() + "/payment_methods");
  CHECK(named["invoice_settings"]["default_payment_method"] == cards["data"][0]["id"]);
  // One that a payment made in passing.
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  CHECK(gateway.post("/v1/customers", "payment_method=" + paid["payment_method"].get<std::string>()).status == 200);

  const std::size_t before = gateway.get("/v1/customers?limit=100")["data"].size();
  const auto refused = [&](const std::string& form, const char* code, const char* param) {
    CAPTURE(form);
    const Answer answer = gateway.post("/v1/customers", form);
    CHECK(answer.status == 400);
    CHECK(answer.code() == code);
    CHECK(answer.param() == param);
  };
  refused("payment_method=" + made, "payment_method_unexpected_state", "payment_method");
  refused("payment_method=pm_0000000000000000100", "resource_missing", "payment_method");
  refused("payment_method=nothing", "resource_missing", "payment_method");
  refused("invoice_settings[default_payment_method]=" + made, "payment_method_customer_mismatch", "invoice_settings[default_payment_method]");
  CHECK(gateway.get("/v1/customers?limit=100")["data"].size() == before);
}

TEST_CASE("what a customer is told of languages and taxes changes nothing, and no exemption is promised") {
  Gateway gateway;
  const Answer customer = gateway.post("/v1/customers", "preferred_locales[]=de&preferred_locales[]=en&tax_exempt=none");
  REQUIRE(customer.status == 200);
  const std::string path = "/v1/customers/" + customer["id"].get<std::string>();
  CHECK(gateway.post(path, "preferred_locales[0]=fr&tax_exempt=none").status == 200);
  for (const std::string& where : {std::string("/v1/customers"), path}) CHECK(gateway.post(where, "tax_exempt=exempt").param() == "tax_exempt");
}

TEST_CASE("what was released of an authorization counts as refunded on its charge") {
  Gateway gateway;
  const auto refunded = [](const Json& charge) { return Json{charge["amount_refunded"], charge["refunded"], charge["captured"], charge["amount_captured"]}; };
  const auto charge_of = [&](const Answer& payment) { return gateway.get("/v1/charges/" + payment["latest_charge"]["id"].get<std::string>()).body; };
  const Answer held = gateway.post("/v1/payment_intents", held_form);
  const std::string path = path_of(held);
  CHECK(refunded(held["latest_charge"]) == Json{0, false, false, 0});
  SECTION("all of it by a cancel") {
    gateway.post(path + "/cancel");
    CHECK(refunded(charge_of(held)) == Json{1000, true, false, 0});
    CHECK(gateway.get("/v1/refunds?payment_intent=" + held["id"].get<std::string>())["data"].empty());
    CHECK(gateway.post("/v1/refunds", "payment_intent=" + held["id"].get<std::string>()).status == 400);
  }
  SECTION("all of it by its expiry") {
    gateway.clock.advance(8 * us_per_day);
    gateway.get_until(path, [](const Answer& answer) { return answer["status"] == "canceled"; });
    CHECK(refunded(charge_of(held)) == Json{1000, true, false, 0});
  }
  SECTION("the rest by a final capture of less, and what was captured can still be refunded") {
    gateway.post(path + "/capture", "amount_to_capture=400");
    CHECK(refunded(charge_of(held)) == Json{600, false, true, 400});
    const std::string refund = "payment_intent=" + held["id"].get<std::string>() + "&amount=";
    CHECK(gateway.post("/v1/refunds", refund + "401").code() == "amount_too_large");
    CHECK(gateway.post("/v1/refunds", refund + "100")["status"] == "succeeded");
    CHECK(refunded(charge_of(held)) == Json{700, false, true, 400});
    CHECK(gateway.post("/v1/refunds", refund + "300")["status"] == "succeeded");
    CHECK(refunded(charge_of(held)) == Json{1000, true, true, 400});
    const Answer events = gateway.get("/v1/events?type=charge.refunded");
    CHECK(refunded(events["data"][1]["data"]["object"]) == Json{700, false, true, 400});
  }
  SECTION("nothing while more may be captured, and the rest when that ends") {
    gateway.post(path + "/capture", "amount_to_capture=400&final_capture=false");
    CHECK(refunded(charge_of(held)) == Json{0, false, true, 400});
    gateway.post(path + "/capture", "amount_to_capture=100&final_capture=false");
    CHECK(refunded(charge_of(held)) == Json{0, false, true, 500});
    gateway.post(path + "/cancel");
    CHECK(refunded(charge_of(held)) == Json{500, false, true, 500});
  }
  SECTION("nothing if all was captured") {
    gateway.post(path + "/capture");
    CHECK(refunded(charge_of(held)) == Json{0, false, true, 1000});
  }
}

TEST_CASE("what a confirmation brings with it is the payment's, and only if it is confirmed") {
  Gateway gateway;
  const Answer created = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&payment_method=pm_card_visa&receipt_email=a@b.test&setup_future_usage=off_session");
  const std::string path = path_of(created);
  const std::string secret = created["client_secret"];
  const std::string confirm = "receipt_email=ada@l.test&shipping[name]=Ada&shipping[address][line1]=1+Main&capture_method=manual&radar_options[session]=rse_1"
                              "&payment_method_options[card][setup_future_usage]=none&mandate_data[customer_acceptance][type]=online"
                              "&mandate_data[customer_acceptance][online][ip_address]=127.0.0.1&client_secret=" + secret;
  CHECK(gateway.post(path + "/confirm", confirm + "x").param() == "client_secret");
  CHECK(gateway.post(path + "/confirm", confirm + "&payment_method=pm_0000000000000000100").param() == "payment_method");
  CHECK(gateway.get(path).body == created.body);
  const Answer held = gateway.post(path + "/confirm", confirm, "confirmed");
  REQUIRE(held.status == 200);
  CHECK(first_flaw(held.body) == "");
  CHECK(held["status"] == "requires_capture");
  CHECK(held["capture_method"] == "manual");
  CHECK(held["receipt_email"] == "ada@l.test");
  CHECK(held["shipping"]["name"] == "Ada");
  CHECK(held["setup_future_usage"].is_null());
  CHECK(gateway.post(path + "/confirm", confirm, "confirmed").text == held.text);
  CHECK(gateway.get(path)["shipping"]["address"]["line1"] == "1 Main");
  CHECK(gateway.post(path + "/confirm", "receipt_email=other@l.test").code() == "payment_intent_unexpected_state");
  CHECK(gateway.get(path)["receipt_email"] == "ada@l.test");
}

TEST_CASE("a decline leaves what the confirmation brought with it, for the next one") {
  Gateway gateway;
  const std::string path = path_of(gateway.post("/v1/payment_intents", "amount=2000&currency=usd"));
  const Answer declined = gateway.post(path + "/confirm", "payment_method=pm_card_chargeDeclined&receipt_email=ada@l.test");
  CHECK(declined.status == 402);
  CHECK(declined.error()["payment_intent"]["receipt_email"] == "ada@l.test");
  CHECK(gateway.post(path + "/confirm", "payment_method=pm_card_visa")["receipt_email"] == "ada@l.test");
}

TEST_CASE("options that come to the same are taken, by payments and by setups") {
  Gateway gateway;
  const std::string payment = std::string("/v1/payment_intents?") + paid_form, setup = "/v1/setup_intents?confirm=true&payment_method=pm_card_visa";
  const auto taken = [&](const std::string& where, const std::string& form) {
    CAPTURE(where, form);
    const std::size_t query = where.find('?');
    CHECK(gateway.post(where.substr(0, query), where.substr(query + 1) + "&" + form)["status"] == "succeeded");
  };
  for (const std::string& where : {payment, setup}) {
    taken(where, "payment_method_types[]=card&payment_method_types[]=link");
    for (const char* asked : {"automatic", "any", "challenge"}) taken(where, std::string("payment_method_options[card][request_three_d_secure]=") + asked);
    taken(where, "payment_method_options[card][moto]=false&payment_method_options[card][network]=visa");
    taken(where, "payment_method_options[link][persistent_token]=x&payment_method_options[klarna][a][b]=c&payment_method_options[paypal]=");
    taken(where, "mandate_data[customer_acceptance][type]=offline");
  }
  taken(payment, "payment_method_options[card][installments][enabled]=true&payment_method_options[card][require_cvc_recollection]=False");
  taken(payment, "radar_options[session]=rse_1");
  const Answer held = gateway.post("/v1/payment_intents", std::string(paid_form) + "&payment_method_options[card][capture_method]=manual");
  CHECK(held["status"] == "requires_capture");
  const Answer kept = gateway.post("/v1/payment_intents", "amount=900&currency=usd&payment_method_options[card][setup_future_usage]=off_session");
  CHECK(kept["setup_future_usage"] == "off_session");
  CHECK(gateway.post(path_of(kept), "payment_method_options[card][setup_future_usage]=none&radar_options[session]=x")["setup_future_usage"].is_null());
}

TEST_CASE("options that would be done differently are refused by name") {
  Gateway gateway;
  const auto refused = [&](const std::string& path, const std::string& form, const std::string& param) {
    CAPTURE(path, form);
    const Answer answer = gateway.post(path, form);
    CHECK(answer.status == 400);
    CHECK(answer.param() == param);
  };
  for (const char* path : {"/v1/payment_intents", "/v1/setup_intents"}) {
    const std::string form = std::string(path) == "/v1/payment_intents" ? std::string(paid_form) + "&" : "confirm=true&payment_method=pm_card_visa&";
    refused(path, form + "payment_method_types[]=link", "payment_method_types");
    refused(path, form + "payment_method_types[]=card&payment_method_types[]=sepa_debit", "payment_method_types");
    refused(path, form + "payment_method_options[card][moto]=true", "payment_method_options[card][moto]");
    refused(path, form + "payment_method_options[card][network]=cartes_bancaires", "payment_method_options[card][network]");
    refused(path, form + "payment_method_options[card][three_d_secure][version]=2.2.0", "payment_method_options[card][three_d_secure][version]");
    refused(path, form + "payment_method_options[link]=yes", "payment_method_options[link]");
    refused(path, form + "mandate_data=yes", "mandate_data");
    refused(path, form + "automatic_payment_methods[allow_redirects]=never", "automatic_payment_methods[enabled]");
  }
  refused("/v1/payment_intents", "amount=900&currency=usd&mandate_data[a]=b", "mandate_data");
  refused("/v1/setup_intents", "mandate_data[a]=b", "mandate_data");
  refused("/v1/payment_intents", std::string(paid_form) + "&payment_method_options[card][require_cvc_recollection]=true",
          "payment_method_options[card][require_cvc_recollection]");
  refused("/v1/payment_intents", std::string(paid_form) + "&payment_method_options[card][installments][plan][count]=3",
          "payment_method_options[card][installments][plan][count]");
  refused("/v1/setup_intents", "payment_method_options[card][capture_method]=manual", "payment_method_options[card][capture_method]");
}

TEST_CASE("a setup intent that is confirmed without a payment method says so in its own words") {
  Gateway gateway;
  const Answer setup = gateway.post("/v1/setup_intents");
  const std::string confirm = "/v1/setup_intents/" + setup["id"].get<std::string>() + "/confirm";
  CHECK(gateway.post(confirm).code() == "setup_intent_unexpected_state");
  CHECK(gateway.post(confirm).error()["setup_intent"]["id"] == setup["id"]);
  CHECK(gateway.post("/v1/setup_intents", "confirm=true").code() == "setup_intent_unexpected_state");
  CHECK(gateway.post(confirm, "payment_method=pm_card_visa&client_secret=x").param() == "client_secret");
  CHECK(gateway.post(confirm, "payment_method=pm_card_visa&client_secret=" + setup["client_secret"].get<std::string>())["status"] == "succeeded");
}

TEST_CASE("a declined setup intent says which card was declined") {
  Gateway gateway;
  const Answer declined = gateway.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds", "declined");
  CHECK(declined.status == 402);
  CHECK(first_flaw(declined.body) == "");
  const Json& error = declined.error();
  CHECK(error["payment_method"]["card"]["last4"] == "9995");
  CHECK(error["setup_intent"]["payment_method"].is_null());
  CHECK(error["setup_intent"]["last_setup_error"]["payment_method"] == error["payment_method"]);
  const std::string path = "/v1/setup_intents/" + error["setup_intent"]["id"].get<std::string>();
  CHECK(gateway.get(path)["last_setup_error"] == error["setup_intent"]["last_setup_error"]);
  CHECK(gateway.get("/v1/setup_intents")["data"][0]["last_setup_error"] == error["setup_intent"]["last_setup_error"]);
  CHECK(gateway.get("/v1/events?type=setup_intent.setup_failed")["data"][0]["data"]["object"]["last_setup_error"]["payment_method"] == error["payment_method"]);
  // Another card is to be tried: the last one declined is still the first, also for who asks again.
  const Answer other = gateway.post(path, "payment_method=pm_card_visa");
  CHECK(other["last_setup_error"]["payment_method"]["id"] == error["payment_method"]["id"]);
  CHECK(gateway.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds", "declined").text == declined.text);
  const Answer again = gateway.post(path + "/confirm", "payment_method=pm_card_chargeDeclined");
  CHECK(again.error()["payment_method"]["card"]["last4"] == "0002");
  CHECK(gateway.get(path)["last_setup_error"]["payment_method"]["card"]["last4"] == "0002");
  CHECK(gateway.post(path + "/confirm", "payment_method=pm_card_visa")["last_setup_error"].is_null());
}

TEST_CASE("what is always null or empty here may be expanded") {
  Gateway gateway;
  const Answer customer = gateway.post("/v1/customers", "expand[]=sources&expand[]=subscriptions&expand[]=tax_ids&expand[]=cash_balance&expand[]=test_clock&expand[]=default_source");
  REQUIRE(customer.status == 200);
  CHECK(customer["sources"] == Json{{"object", "list"}, {"data", Json::array()}, {"has_more", false}, {"url", "/v1/customers/" + customer["id"].get<std::string>() + "/sources"}});
  CHECK(customer["tax_ids"]["data"].empty());
  CHECK(customer["cash_balance"].is_null());
  CHECK_FALSE(gateway.get("/v1/customers/" + customer["id"].get<std::string>()).body.contains("sources"));
  const Answer paid = gateway.post("/v1/payment_intents", std::string(paid_form) + "&expand[]=invoice&expand[]=latest_charge.application_fee&expand[]=latest_charge.transfer");
  REQUIRE(paid.status == 200);
  CHECK(paid["latest_charge"]["application_fee"].is_null());
  const std::string charge = paid["latest_charge"]["id"];
  CHECK(gateway.get("/v1/charges/" + charge + "?expand[]=invoice&expand[]=source_transfer&expand[]=transfer").status == 200);
  CHECK(gateway.post("/v1/refunds", "charge=" + charge + "&expand[]=transfer_reversal&expand[]=source_transfer_reversal").status == 200);
  CHECK(gateway.post("/v1/setup_intents", "expand[]=single_use_mandate&expand[]=mandate&expand[]=latest_attempt&expand[]=application&expand[]=on_behalf_of").status == 200);
  CHECK(gateway.get("/v1/customers?expand[]=data.subscriptions")["data"][0]["subscriptions"]["data"].empty());
  CHECK(gateway.post("/v1/customers", "expand[]=sources.data.x").param() == "expand");
}

TEST_CASE("of types of balance transactions that never occur there are none, and a type that is none is told") {
  Gateway gateway;
  gateway.post("/v1/payment_intents", paid_form);
  const std::string list = "/v1/balance_transactions?type=";
  CHECK(gateway.get(list + "charge")["data"].size() == 1);
  for (const std::string type : {"payout", "payment", "stripe_fee", "transfer", "topup", "payout&currency=usd", "adjustment&limit=50"}) {
    CAPTURE(type);
    const Answer none = gateway.get(list + type);
    REQUIRE(none.status == 200);
    CHECK(none["data"].empty());
    CHECK(none["has_more"] == false);
  }
  CHECK(gateway.get(list + "payout&starting_after=txn_0000000000000000101").code() == "resource_missing");
  CHECK(gateway.get(list + "pay_out").param() == "type");
  CHECK(gateway.get("/v1/balance/history?type=payout")["data"].empty());
}

// Payments, charges and refunds through the whole gateway.
#include "api/gateway.h"
#include "api/required_fields.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";

void check_flawless(const Answer& answer) { CHECK(first_flaw(answer.body) == ""); }

}  // namespace

TEST_CASE("a payment is created, confirmed, captured and refunded") {
  Gateway gateway;
  SECTION("in one request") {
    const Answer paid = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa&metadata[order]=6735"
                                                            "&description=Chairs&expand[]=latest_charge.balance_transaction&expand[]=payment_method");
    REQUIRE(paid.status == 200);
    check_flawless(paid);
    CHECK(paid["status"] == "succeeded");
    CHECK(paid["amount_received"] == 2000);
    CHECK(paid["metadata"]["order"] == "6735");
    CHECK(paid["livemode"] == false);
    CHECK(paid["client_secret"].get<std::string>().starts_with(paid["id"].get<std::string>() + "_secret_"));
    const Json& charge = paid["latest_charge"];
    CHECK(charge["captured"] == true);
    CHECK(charge["paid"] == true);
    CHECK(charge["status"] == "succeeded");
    CHECK(charge["payment_method_details"]["card"]["last4"] == "4242");
    CHECK(charge["outcome"]["type"] == "authorized");
    CHECK(charge["balance_transaction"]["fee"] == 88);
    CHECK(charge["balance_transaction"]["net"] == 1912);
    CHECK(charge["balance_transaction"]["status"] == "pending");
    CHECK(paid["payment_method"]["card"]["brand"] == "visa");
    CHECK(paid["payment_method"]["card"]["fingerprint"].get<std::string>().size() == 16);

    const std::string id = paid["id"];
    const Answer again = gateway.get("/v1/payment_intents/" + id);
    CHECK(again["latest_charge"] == charge["id"]);
    const Answer refund = gateway.post("/v1/refunds", "payment_intent=" + id + "&amount=500&reason=requested_by_customer&metadata[a]=b");
    REQUIRE(refund.status == 200);
    check_flawless(refund);
    CHECK(refund["status"] == "succeeded");
    CHECK(refund["charge"] == charge["id"]);
    CHECK(refund["reason"] == "requested_by_customer");
    CHECK(gateway.post("/v1/refunds", "charge=" + charge["id"].get<std::string>() + "&amount=1501").code() == "amount_too_large");
    CHECK(gateway.post("/v1/refunds", "charge=" + charge["id"].get<std::string>())["amount"] == 1500);
    CHECK(gateway.post("/v1/refunds", "payment_intent=" + id).code() == "charge_already_refunded");
    const Answer refunded = gateway.get("/v1/charges/" + charge["id"].get<std::string>() + "?expand[]=refunds.data.balance_transaction");
    check_flawless(refunded);
    CHECK(refunded["refunded"] == true);
    CHECK(refunded["amount_refunded"] == 2000);
    CHECK(refunded["refunds"]["data"].size() == 2);
    CHECK(refunded["refunds"]["data"][0]["balance_transaction"]["amount"] == -1500);
    const Answer updated = gateway.post("/v1/refunds/" + refund["id"].get<std::string>(), "metadata[a]=&metadata[c]=d");
    CHECK(updated["metadata"] == Json{{"c", "d"}});
    CHECK(gateway.get("/v1/refunds/" + refund["id"].get<std::string>()).body == updated.body);
  }
  SECTION("step by step") {
    const Answer created = gateway.post("/v1/payment_intents", "amount=3000&currency=eur&capture_method=manual&automatic_payment_methods[enabled]=true");
    check_flawless(created);
    CHECK(created["status"] == "requires_payment_method");
    const std::string path = "/v1/payment_intents/" + created["id"].get<std::string>();
    CHECK(gateway.post(path + "/confirm").code() == "payment_intent_unexpected_state");
    const Answer updated = gateway.post(path, "amount=3100&description=New&metadata[k]=v&shipping[name]=Ada&shipping[address][line1]=1+Main&receipt_email=a@b.test");
    CHECK(updated["amount"] == 3100);
    CHECK(updated["shipping"]["name"] == "Ada");
    CHECK(updated["receipt_email"] == "a@b.test");
    const Answer merged = gateway.post(path, "shipping[phone]=555&description=");
    CHECK(merged["shipping"]["name"] == "Ada");
    CHECK(merged["shipping"]["phone"] == "555");
    CHECK(merged["description"].is_null());
    const Answer confirmed = gateway.post(path + "/confirm", "payment_method=pm_card_mastercard");
    CHECK(confirmed["status"] == "requires_capture");
    CHECK(confirmed["amount_capturable"] == 3100);
    const Answer incremented = gateway.post(path + "/increment_authorization", "amount=4000");
    CHECK(incremented["amount"] == 4000);
    CHECK(gateway.post(path + "/capture", "amount_to_capture=4001").code() == "amount_too_large");
    const Answer part = gateway.post(path + "/capture", "amount_to_capture=1000&final_capture=false");
    CHECK(part["status"] == "requires_capture");
    const Answer captured = gateway.post(path + "/capture");
    check_flawless(captured);
    CHECK(captured["status"] == "succeeded");
    CHECK(captured["amount_received"] == 4000);
    const Answer again = gateway.post(path + "/capture");
    CHECK(again.status == 400);
    CHECK(again.error()["payment_intent"]["id"] == created["id"]);
    CHECK(gateway.post(path + "/cancel").code() == "payment_intent_unexpected_state");
  }
  SECTION("and canceled instead") {
    const Answer held = gateway.post("/v1/payment_intents", "amount=3000&currency=usd&capture_method=manual&confirm=true&payment_method=pm_card_visa");
    const Answer canceled = gateway.post("/v1/payment_intents/" + held["id"].get<std::string>() + "/cancel", "cancellation_reason=abandoned");
    check_flawless(canceled);
    CHECK(canceled["status"] == "canceled");
    CHECK(canceled["cancellation_reason"] == "abandoned");
    CHECK(canceled["canceled_at"].is_number_integer());
    CHECK(canceled["amount_capturable"] == 0);
  }
}

TEST_CASE("a declined card is a card error with the payment in it") {
  Gateway gateway;
  const Answer declined = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds");
  CHECK(declined.status == 402);
  check_flawless(declined);
  const Json& error = declined.error();
  CHECK(error["type"] == "card_error");
  CHECK(error["code"] == "card_declined");
  CHECK(error["decline_code"] == "insufficient_funds");
  CHECK(error["payment_intent"]["status"] == "requires_payment_method");
  CHECK(error["payment_intent"]["last_payment_error"]["decline_code"] == "insufficient_funds");
  CHECK(error["payment_method"]["card"]["last4"] == "9995");
  CHECK(declined.header("Stripe-Should-Retry") == "false");
  const Answer charge = gateway.get("/v1/charges/" + error["charge"].get<std::string>());
  check_flawless(charge);
  CHECK(charge["status"] == "failed");
  CHECK(charge["failure_code"] == "card_declined");
  CHECK(charge["paid"] == false);
  const Answer paid = gateway.post("/v1/payment_intents/" + error["payment_intent"]["id"].get<std::string>() + "/confirm", "payment_method=tok_visa");
  CHECK(paid["status"] == "succeeded");
  CHECK(paid["last_payment_error"].is_null());
}

TEST_CASE("a card number goes through the vault and is charged") {
  Gateway gateway;
  const std::string card = "amount=2000&currency=usd&confirm=true&payment_method_data[type]=card&payment_method_data[card][number]=";
  const Answer paid = gateway.post("/v1/payment_intents", card + "4242+4242+4242+4242&payment_method_data[card][exp_month]=08&payment_method_data[card][exp_year]=40"
      "&payment_method_data[card][cvc]=123&payment_method_data[billing_details][name]=Ada+L&payment_method_data[billing_details][address][city]=London&expand[]=latest_charge");
  REQUIRE(paid.status == 200);
  check_flawless(paid);
  CHECK(paid["latest_charge"]["payment_method_details"]["card"]["exp_year"] == 2040);
  CHECK(paid["latest_charge"]["payment_method_details"]["card"]["checks"]["cvc_check"] == "pass");
  CHECK(paid["latest_charge"]["billing_details"]["address"]["city"] == "London");
  // The same card by its name has the same fingerprint.
  const Answer named = gateway.post("/v1/payment_intents", std::string(paid_form) + "&expand[]=payment_method");
  CHECK(named["payment_method"]["card"]["fingerprint"] == paid["latest_charge"]["payment_method_details"]["card"]["fingerprint"]);

  struct Row {
    const char* card;
    const char* code;
    const char* param;
  };
  const Row rows[] = {
      {"4242424242424241&payment_method_data[card][exp_month]=8&payment_method_data[card][exp_year]=40", "incorrect_number", "number"},
      {"4242424242424242&payment_method_data[card][exp_month]=13&payment_method_data[card][exp_year]=40", "invalid_expiry_month", "exp_month"},
      {"4242424242424242&payment_method_data[card][exp_month]=8&payment_method_data[card][exp_year]=2001", "invalid_expiry_year", "exp_year"},
      {"4242424242424242&payment_method_data[card][exp_month]=8&payment_method_data[card][exp_year]=40&payment_method_data[card][cvc]=99", "invalid_cvc", "cvc"},
      {"4929000000006&payment_method_data[card][exp_month]=8&payment_method_data[card][exp_year]=40", "card_declined", "number"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.card);
    const Answer refused = gateway.post("/v1/payment_intents", card + row.card);
    CHECK(refused.status == 402);
    CHECK(refused.code() == row.code);
    CHECK(refused.param() == row.param);
    CHECK(refused.text.find("424242") == std::string::npos);
  }
  const Answer unfinished = gateway.post("/v1/payment_intents", card + "4242424242424242");
  CHECK(unfinished.code() == "parameter_missing");
  CHECK(unfinished.param() == "payment_method_data[card][exp_month]");
}

TEST_CASE("an outcome in doubt is processing, and is told when it is known") {
  Gateway gateway;
  const Answer doubtful = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_tollgate_answerLost", "doubt-1");
  REQUIRE(doubtful.status == 200);
  check_flawless(doubtful);
  CHECK(doubtful["status"] == "processing");
  const std::string path = "/v1/payment_intents/" + doubtful["id"].get<std::string>();
  const Answer settled = gateway.get_until(path, [](const Answer& answer) { return answer["status"] != "processing"; });
  CHECK(settled["status"] == "succeeded");
  // The key's answer stays what it was.
  const Answer replayed = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_tollgate_answerLost", "doubt-1");
  CHECK(replayed.header("Idempotent-Replayed") == "true");
  CHECK(replayed.text == doubtful.text);
}

TEST_CASE("a payment that needs authentication gives an address, and the page there ends it") {
  Gateway gateway;
  const bool completes = GENERATE(true, false);
  const Answer waiting = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_threeDSecure2Required&return_url=https://shop.test/done?o%3D1");
  REQUIRE(waiting.status == 200);
  check_flawless(waiting);
  CHECK(waiting["status"] == "requires_action");
  const Json& action = waiting["next_action"];
  CHECK(action["type"] == "redirect_to_url");
  CHECK(action["redirect_to_url"]["return_url"] == "https://shop.test/done?o=1");
  std::string url = action["redirect_to_url"]["url"];
  REQUIRE(url.starts_with("http://pay.test/sandbox/3ds/"));
  url.erase(0, std::string("http://pay.test").size());

  Options nobody{{{"Authorization", ""}}};
  const Answer page = gateway.send(Method::get, url, {}, nobody);
  CHECK(page.status == 200);
  CHECK(page.content_type.starts_with("text/html"));
  CHECK(page.text.find("20.00 USD") != std::string::npos);
  CHECK(page.text.find("Corner Shop") != std::string::npos);
  CHECK_FALSE(page.header("Content-Security-Policy").empty());
  std::string other = url;
  other.back() = other.back() == 'x' ? 'y' : 'x';
  CHECK(gateway.send(Method::get, other, {}, nobody).status == 404);
  CHECK(gateway.send(Method::post, url, "result=perhaps", nobody).status == 400);

  const Answer done = gateway.send(Method::post, url, completes ? "result=complete" : "result=fail", nobody);
  CHECK(done.status == 303);
  const std::string location = done.header("Location");
  CHECK(location.starts_with("https://shop.test/done?o=1&payment_intent=" + waiting["id"].get<std::string>() + "&payment_intent_client_secret="));
  CHECK(location.ends_with(completes ? "&redirect_status=succeeded" : "&redirect_status=failed"));
  const Answer ended = gateway.get("/v1/payment_intents/" + waiting["id"].get<std::string>());
  CHECK(ended["status"] == (completes ? "succeeded" : "requires_payment_method"));
  if (!completes) CHECK(ended["last_payment_error"]["code"] == "payment_intent_authentication_failure");
  CHECK(gateway.send(Method::post, url, "result=complete", nobody).status == 404);
}

TEST_CASE("without a cardholder a needed authentication is a decline") {
  Gateway gateway;
  for (const char* extra : {"&off_session=true", "&error_on_requires_action=true"}) {
    const Answer declined = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_authenticationRequired" + std::string(extra));
    CHECK(declined.status == 402);
    CHECK(declined.code() == "authentication_required");
  }
}

TEST_CASE("a refund may be pending first, or fail later") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_pendingRefund");
  const Answer refund = gateway.post("/v1/refunds", "payment_intent=" + paid["id"].get<std::string>());
  CHECK(refund["status"] == "pending");
  gateway.get_until("/v1/refunds/" + refund["id"].get<std::string>(), [](const Answer& answer) { return answer["status"] == "succeeded"; });
  const Answer other = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_refundFail");
  const Answer fails = gateway.post("/v1/refunds", "payment_intent=" + other["id"].get<std::string>());
  CHECK(fails["status"] == "succeeded");
  const Answer failed = gateway.get_until("/v1/refunds/" + fails["id"].get<std::string>() + "?expand[]=failure_balance_transaction",
                                          [](const Answer& answer) { return answer["status"] == "failed"; });
  check_flawless(failed);
  CHECK(failed["failure_balance_transaction"]["amount"] == 2000);
}

TEST_CASE("older versions have their older form") {
  Gateway gateway;
  const Options old{{{"Stripe-Version", "2022-08-01"}}};
  const Answer paid = gateway.send(Method::post, "/v1/payment_intents", std::string(paid_form) + "&expand[]=charges.data.balance_transaction", old);
  REQUIRE(paid.status == 200);
  check_flawless(paid);
  CHECK(paid.header("Stripe-Version") == "2022-08-01");
  CHECK_FALSE(paid.body.contains("latest_charge"));
  CHECK(paid["charges"]["object"] == "list");
  CHECK(paid["charges"]["data"].size() == 1);
  CHECK(paid["charges"]["data"][0]["refunds"]["object"] == "list");
  CHECK(paid["charges"]["data"][0]["balance_transaction"]["object"] == "balance_transaction");
  const Options now{{{"Stripe-Version", "2023-08-16"}}};
  const Answer current = gateway.send(Method::get, "/v1/payment_intents/" + paid["id"].get<std::string>(), {}, now);
  CHECK(current["latest_charge"] == paid["charges"]["data"][0]["id"]);
  CHECK_FALSE(current.body.contains("charges"));
}

TEST_CASE("what a payment cannot be is refused by name") {
  Gateway gateway;
  struct Row {
    const char* form;
    int status;
    const char* code;
    const char* param;
  };
  const Row rows[] = {
      {"currency=usd", 400, "parameter_missing", "amount"},
      {"amount=2000", 400, "parameter_missing", "currency"},
      {"amount=2000&currency=xxx", 400, "", "currency"},
      {"amount=49&currency=usd", 400, "amount_too_small", "amount"},
      {"amount=0&currency=jpy", 400, "amount_too_small", "amount"},
      {"amount=-5&currency=usd", 400, "parameter_invalid_integer", "amount"},
      {"amount=100000000&currency=usd", 400, "amount_too_large", "amount"},
      {"amount=abc&currency=usd", 400, "parameter_invalid_integer", "amount"},
      {"amount=2000&currency=usd&foo=1", 400, "parameter_unknown", "foo"},
      {"amount=2000&currency=usd&payment_method_data[card][foo]=1&payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242"
       "&payment_method_data[card][exp_month]=1&payment_method_data[card][exp_year]=40", 400, "parameter_unknown", "payment_method_data[card][foo]"},
      {"amount=2000&currency=usd&customer=cus_x", 400, "resource_missing", "customer"},
      {"amount=2000&currency=usd&customer=cus_00000000000000001", 400, "resource_missing", "customer"},
      {"amount=2000&currency=usd&payment_method=pm_0000000000000000100", 400, "resource_missing", "payment_method"},
      {"amount=2000&currency=usd&payment_method=pm_card_nothing", 400, "resource_missing", "payment_method"},
      {"amount=2000&currency=usd&capture_method=later", 400, "", "capture_method"},
      {"amount=2000&currency=usd&confirm=true", 400, "payment_intent_unexpected_state", "payment_method"},
      {"amount=2000&currency=usd&return_url=https://a.test", 400, "", "return_url"},
      {"amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa&return_url=javascript://x", 400, "url_invalid", "return_url"},
      {"amount=2000&currency=usd&payment_method_types[]=sepa_debit", 400, "", "payment_method_types"},
      {"amount=2000&currency=usd&receipt_email=nobody", 400, "email_invalid", "receipt_email"},
      {"amount=2000&currency=usd&statement_descriptor=12345678901234567890123", 400, "", "statement_descriptor"},
      {"amount=2000&currency=usd&shipping[phone]=5", 400, "parameter_missing", "shipping[address]"},
      {"amount=2000&currency=usd&expand[]=nothing", 400, "", "expand"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.form);
    const Answer refused = gateway.post("/v1/payment_intents", row.form);
    CHECK(refused.status == row.status);
    CHECK(refused.code() == row.code);
    CHECK(refused.param() == row.param);
    CHECK(refused.error()["type"] == "invalid_request_error");
  }
  const Answer missing = gateway.get("/v1/payment_intents/pi_00000000000000001");
  CHECK(missing.status == 404);
  CHECK(missing.code() == "resource_missing");
  CHECK(gateway.get("/v1/payment_intents/nonsense").status == 404);
  CHECK(gateway.post("/v1/payment_intents/pi_00000000000000001/confirm").status == 404);
  CHECK(gateway.get("/v1/charges/ch_0000000000000000101").status == 404);
  CHECK(gateway.get("/v1/refunds/re_0000000000000000101").status == 404);
}

TEST_CASE("the timeline tells everything that happened and who asked for it") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", paid_form, "key-1");
  const Answer timeline = gateway.get("/v1/payment_intents/" + paid["id"].get<std::string>() + "/timeline");
  REQUIRE(timeline.status == 200);
  const Json& entries = timeline["data"];
  std::vector<std::string> types;
  for (const Json& entry : entries) types.push_back(entry["type"]);
  CHECK(types == std::vector<std::string>{"payment_created", "authorization_requested", "authorization_approved", "payment_captured"});
  CHECK(entries[0]["request"]["id"] == paid.header("Request-Id"));
  CHECK(entries[0]["request"]["idempotency_key"] == "key-1");
  CHECK(entries[0]["request"]["operation"] == "POST /v1/payment_intents");
  CHECK(entries[0]["data"]["amount"] == 2000);
  CHECK(entries[3]["amount"] == 2000);
  CHECK(entries[3]["operation"] == 1);
  for (std::size_t i = 1; i < entries.size(); ++i) CHECK(entries[i]["sequence"] > entries[i - 1]["sequence"]);
}

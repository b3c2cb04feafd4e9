// Customers, payment methods, setup intents, events, balances and lists.
#include <set>

#include "api/gateway.h"
#include "api/lists.h"
#include "api/required_fields.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";

void check_flawless(const Answer& answer) { CHECK(first_flaw(answer.body) == ""); }

std::vector<std::string> ids_of(const Answer& list) {
  REQUIRE(list.status == 200);
  std::vector<std::string> ids;
  for (const Json& item : list["data"]) ids.push_back(item["id"]);
  return ids;
}

}  // namespace

TEST_CASE("a customer is created, changed, found and erased") {
  Gateway gateway;
  const Answer created = gateway.post("/v1/customers", "name=Ada+Lovelace&email=ada@l.test&phone=555&address[line1]=1+Main&address[country]=GB&description=First"
                                                       "&shipping[name]=Ada&shipping[address][city]=London&metadata[a]=1&metadata[b]=2");
  REQUIRE(created.status == 200);
  check_flawless(created);
  CHECK(created["name"] == "Ada Lovelace");
  CHECK(created["address"]["country"] == "GB");
  CHECK(created["shipping"]["address"]["city"] == "London");
  const std::string path = "/v1/customers/" + created["id"].get<std::string>();
  CHECK(gateway.get(path).body == created.body);
  const Answer updated = gateway.post(path, "email=&address[line2]=Flat+2&metadata[a]=&metadata[c]=3");
  CHECK(updated["email"].is_null());
  CHECK(updated["name"] == "Ada Lovelace");
  CHECK(updated["address"]["line1"] == "1 Main");
  CHECK(updated["address"]["line2"] == "Flat 2");
  CHECK(updated["metadata"] == Json{{"b", "2"}, {"c", "3"}});
  gateway.post(path, "email=ada@l.test");
  gateway.post("/v1/customers", "email=other@l.test");
  const Answer found = gateway.get("/v1/customers?email=ada@l.test");
  REQUIRE(found["data"].size() == 1);
  CHECK(found["data"][0]["id"] == created["id"]);
  CHECK(found["has_more"] == false);
  CHECK(gateway.get("/v1/customers?email=nobody@l.test")["data"].empty());

  const Answer paid = gateway.post("/v1/payment_intents", std::string(paid_form) + "&customer=" + created["id"].get<std::string>() + "&receipt_email=ada@l.test&expand[]=customer");
  CHECK(paid["customer"]["email"] == "ada@l.test");
  const Answer removed = gateway.del(path);
  CHECK(removed.body == Json{{"id", created["id"]}, {"object", "customer"}, {"deleted", true}});
  CHECK(gateway.get(path)["deleted"] == true);
  CHECK(gateway.del(path).status == 200);
  CHECK(gateway.post(path, "name=x").status == 404);
  // The person's data is gone everywhere, with the key that it was sealed under.
  CHECK(gateway.get("/v1/payment_intents/" + paid["id"].get<std::string>())["receipt_email"].is_null());
  CHECK(gateway.get("/v1/customers/cus_00000000000000001").status == 404);
}

TEST_CASE("a customer is found by email among however many, by the address that it has now") {
  Gateway gateway;
  const auto make = [&](const std::string& form) { return gateway.post("/v1/customers", form)["id"].get<std::string>(); };
  const std::string oldest = make("email=ada@l.test");
  // More than a list looks at one by one.
  for (std::size_t i = 0; i <= api::filtered_items_max; ++i) REQUIRE(gateway.post("/v1/customers", "description=x").status == 200);
  CHECK(ids_of(gateway.get("/v1/customers?email=ada@l.test")) == std::vector{oldest});
  CHECK(ids_of(gateway.get("/v1/customers?email=ADA@l.test")).empty());
  CHECK(ids_of(gateway.get("/v1/customers?email=nobody@l.test")).empty());

  const std::string path = "/v1/customers/" + oldest;
  REQUIRE(gateway.post(path, "email=countess@l.test").status == 200);
  CHECK(ids_of(gateway.get("/v1/customers?email=ada@l.test")).empty());
  CHECK(ids_of(gateway.get("/v1/customers?email=countess@l.test")) == std::vector{oldest});
  REQUIRE(gateway.post(path, "email=ada@l.test").status == 200);
  CHECK(ids_of(gateway.get("/v1/customers?email=ada@l.test")) == std::vector{oldest});

  // The other mode is another world.
  gateway.key = gateway.live_key;
  CHECK(ids_of(gateway.get("/v1/customers?email=ada@l.test")).empty());
  gateway.key = gateway.test_key;
  REQUIRE(gateway.del(path).status == 200);
  CHECK(ids_of(gateway.get("/v1/customers?email=ada@l.test")).empty());
  const auto left = gateway.vault->find(EmailIndex::kind, gateway.partner, Mode::test, "ada@l.test", {});
  REQUIRE(left.ok());
  CHECK(left->empty());
}

TEST_CASE("customers with one email address are paged in both directions") {
  Gateway gateway;
  constexpr std::size_t count = 25;
  std::vector<std::string> newest_first;
  for (std::size_t i = 0; i < count; ++i) {
    newest_first.insert(newest_first.begin(), gateway.post("/v1/customers", "email=shop@l.test")["id"].get<std::string>());
    gateway.post("/v1/customers", "email=other@l.test");
  }
  // One that was found by it once is skipped, not counted.
  const std::string changed = "/v1/customers/" + newest_first[3];
  REQUIRE(gateway.post(changed, "email=gone@l.test").status == 200);
  newest_first.erase(newest_first.begin() + 3);

  std::vector<std::string> seen;
  std::string cursor;
  for (bool more = true; more;) {
    const Answer page = gateway.get("/v1/customers?email=shop@l.test&limit=10" + (cursor.empty() ? "" : "&starting_after=" + cursor));
    const auto ids = ids_of(page);
    REQUIRE_FALSE(ids.empty());
    seen.insert(seen.end(), ids.begin(), ids.end());
    cursor = ids.back();
    more = page["has_more"];
  }
  CHECK(seen == newest_first);
  const Answer before = gateway.get("/v1/customers?email=shop@l.test&limit=10&ending_before=" + newest_first.back());
  CHECK(ids_of(before) == std::vector<std::string>(newest_first.end() - 11, newest_first.end() - 1));
  CHECK(before["has_more"] == true);
  const Answer all = gateway.get("/v1/customers?email=shop@l.test&limit=100&ending_before=" + newest_first.back());
  CHECK(ids_of(all).size() == newest_first.size() - 1);
  CHECK(all["has_more"] == false);
  CHECK(gateway.get("/v1/customers?email=shop@l.test&starting_after=cus_00000000000000001").code() == "resource_missing");
  CHECK(ids_of(gateway.get("/v1/customers?email=shop@l.test&created[gt]=4000000000")).empty());
}

TEST_CASE("customers of data that is older than the index are found once it was gone through") {
  Gateway gateway;
  gateway.vault->forgetful = true;
  std::vector<std::string> made;
  for (std::size_t i = 0; i < EmailIndex::customers_per_step + 10; ++i)
    made.push_back(gateway.post("/v1/customers", fmt::format("email={}@l.test", i))["id"].get<std::string>());
  REQUIRE(gateway.del("/v1/customers/" + made[7]).status == 200);
  gateway.vault->forgetful = false;
  // The index that believes to be whole does not know them; one that is not is not asked.
  CHECK(ids_of(gateway.get("/v1/customers?email=3@l.test")).empty());
  gateway.forget_emails("generation 2");
  REQUIRE_FALSE(gateway.emails->whole());
  CHECK(ids_of(gateway.get("/v1/customers?email=3@l.test")) == std::vector{made[3]});
  const auto first = gateway.emails->step();
  REQUIRE(first.ok());
  CHECK(*first);
  CHECK_FALSE(gateway.emails->whole());
  const auto last = gateway.emails->step();
  REQUIRE(last.ok());
  CHECK_FALSE(*last);
  REQUIRE(gateway.emails->whole());
  CHECK(gateway.emails->looked_at() == made.size());
  for (const std::size_t i : {std::size_t{0}, std::size_t{3}, made.size() - 1})
    CHECK(ids_of(gateway.get(fmt::format("/v1/customers?email={}@l.test", i))) == std::vector{made[i]});
  const auto erased = gateway.vault->find(EmailIndex::kind, gateway.partner, Mode::test, "7@l.test", {});
  REQUIRE(erased.ok());
  CHECK(erased->empty());
  // It stays so.
  gateway.forget_emails("generation 2");
  CHECK(gateway.emails->whole());
}

TEST_CASE("personal data that cannot be read is an error, and never taken for data that is not there") {
  Gateway gateway;
  const Answer customer = gateway.post("/v1/customers", "name=Ada&email=ada@l.test");
  const std::string customer_path = "/v1/customers/" + customer["id"].get<std::string>();
  const Answer method = gateway.post("/v1/payment_methods", "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2040"
                                                            "&billing_details[name]=Ada");
  const std::string method_path = "/v1/payment_methods/" + method["id"].get<std::string>();
  const Answer payment = gateway.post("/v1/payment_intents", std::string(paid_form) + "&receipt_email=ada@l.test", "once");
  const std::string payment_path = "/v1/payment_intents/" + payment["id"].get<std::string>();
  const std::vector<std::string> paths = {
      customer_path, method_path, payment_path, "/v1/charges/" + payment["latest_charge"].get<std::string>(), "/v1/customers", "/v1/events",
      "/v1/customers?email=ada@l.test", "/v1/payment_intents", "/v1/charges", payment_path + "?expand[]=latest_charge"};
  std::vector<std::string> texts;
  for (const std::string& path : paths) texts.push_back(gateway.get(path).text);

  gateway.vault->unreadable = true;
  for (const std::string& path : paths) {
    INFO(path);
    CHECK(gateway.get(path).status == 500);
  }
  // A change of one part must not lose the others.
  CHECK(gateway.post(customer_path, "phone=555").status == 500);
  CHECK(gateway.post(method_path, "billing_details[phone]=555").status == 500);
  CHECK(gateway.post(payment_path, "receipt_email=b@l.test").status == 500);
  CHECK(gateway.post("/v1/payment_intents", std::string(paid_form) + "&receipt_email=ada@l.test", "once").status == 500);

  gateway.vault->unreadable = false;
  for (std::size_t i = 0; i < paths.size(); ++i) CHECK(gateway.get(paths[i]).text == texts[i]);
  CHECK(gateway.post("/v1/payment_intents", std::string(paid_form) + "&receipt_email=ada@l.test", "once").text == payment.text);
}

TEST_CASE("payment methods are created, attached, charged and detached") {
  Gateway gateway;
  const Answer method = gateway.post("/v1/payment_methods", "type=card&card[number]=5555555555554444&card[exp_month]=8&card[exp_year]=2040&card[cvc]=123"
                                                            "&billing_details[name]=Ada&metadata[a]=b");
  REQUIRE(method.status == 200);
  check_flawless(method);
  CHECK(method["card"]["brand"] == "mastercard");
  CHECK(method["card"]["last4"] == "4444");
  CHECK(method["billing_details"]["name"] == "Ada");
  const std::string id = method["id"], path = "/v1/payment_methods/" + id;
  CHECK(gateway.get(path).body == method.body);
  const std::string customer = gateway.post("/v1/customers")["id"], other = gateway.post("/v1/customers")["id"];
  CHECK(gateway.post(path + "/attach").param() == "customer");
  CHECK(gateway.post(path + "/attach", "customer=" + customer)["customer"] == customer);
  CHECK(gateway.post(path + "/attach", "customer=" + other).status == 400);
  const Answer card = gateway.post("/v1/payment_methods/pm_card_visa/attach", "customer=" + customer);
  CHECK(card["customer"] == customer);
  CHECK(card["card"]["last4"] == "4242");
  CHECK(ids_of(gateway.get("/v1/payment_methods?type=card&customer=" + customer)) == std::vector<std::string>{card["id"], id});
  CHECK(ids_of(gateway.get("/v1/customers/" + customer + "/payment_methods")) == std::vector<std::string>{card["id"], id});
  CHECK(gateway.get("/v1/customers/" + customer + "/payment_methods?type=sepa_debit")["data"].empty());
  const Answer updated = gateway.post(path, "billing_details[email]=a@b.test&card[exp_month]=9&metadata[a]=");
  CHECK(updated["billing_details"]["name"] == "Ada");
  CHECK(updated["billing_details"]["email"] == "a@b.test");
  CHECK(updated["card"]["exp_month"] == 9);
  CHECK(updated["metadata"].empty());
  const Answer kept = gateway.post("/v1/customers/" + customer, "invoice_settings[default_payment_method]=" + id + "&expand[]=invoice_settings.default_payment_method");
  REQUIRE(kept.status == 200);
  CHECK(kept["invoice_settings"]["default_payment_method"]["id"] == id);

  CHECK(gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&off_session=true&payment_method=" + id + "&customer=" + customer)["status"] == "succeeded");
  CHECK(gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=" + id + "&customer=" + other).status == 400);
  CHECK(gateway.post(path + "/detach", "", "detach")["customer"].is_null());
  CHECK(gateway.post(path + "/detach", "", "detach").header("Idempotent-Replayed") == "true");
  CHECK(gateway.post(path + "/detach").status == 400);
  CHECK(gateway.get("/v1/customers/" + customer)["invoice_settings"]["default_payment_method"].is_null());
  CHECK(ids_of(gateway.get("/v1/payment_methods?customer=" + customer)) == std::vector<std::string>{card["id"]});
  CHECK(gateway.post("/v1/payment_methods", "type=card&card[token]=tok_mastercard")["card"]["brand"] == "mastercard");
  CHECK(gateway.post("/v1/payment_methods", "type=sepa_debit").param() == "type");
  CHECK(gateway.post("/v1/payment_methods", "type=card").param() == "card");
}

TEST_CASE("a card that is to be kept is attached by the payment that proves it") {
  Gateway gateway;
  const std::string customer = gateway.post("/v1/customers")["id"];
  const Answer paid = gateway.post("/v1/payment_intents", std::string(paid_form) + "&setup_future_usage=off_session&customer=" + customer);
  CHECK(paid["setup_future_usage"] == "off_session");
  const Answer kept = gateway.get("/v1/customers/" + customer + "/payment_methods");
  CHECK(ids_of(kept) == std::vector<std::string>{paid["payment_method"]});
  CHECK(gateway.get("/v1/payment_methods/" + paid["payment_method"].get<std::string>() + "?expand[]=customer")["customer"]["id"] == customer);
}

TEST_CASE("setup intents verify a card and keep it") {
  Gateway gateway;
  const std::string customer = gateway.post("/v1/customers")["id"];
  const Answer created = gateway.post("/v1/setup_intents", "customer=" + customer + "&payment_method_types[]=card&metadata[a]=b&usage=on_session");
  check_flawless(created);
  CHECK(created["status"] == "requires_payment_method");
  CHECK(created["usage"] == "on_session");
  const std::string path = "/v1/setup_intents/" + created["id"].get<std::string>();
  CHECK(gateway.post(path, "description=Keep")["description"] == "Keep");
  const Answer done = gateway.post(path + "/confirm", "payment_method=pm_card_visa&expand[]=payment_method");
  check_flawless(done);
  CHECK(done["status"] == "succeeded");
  CHECK(done["payment_method"]["customer"] == customer);
  CHECK(gateway.post(path + "/cancel").code() == "setup_intent_unexpected_state");
  const Answer declined = gateway.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclined");
  CHECK(declined.status == 402);
  CHECK(declined.error()["setup_intent"]["last_setup_error"]["code"] == "card_declined");
  const Answer waiting = gateway.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_threeDSecure2Required&return_url=https://shop.test/kept");
  CHECK(waiting["status"] == "requires_action");
  std::string url = waiting["next_action"]["redirect_to_url"]["url"];
  url.erase(0, std::string("http://pay.test").size());
  CHECK(gateway.get(url).status == 200);
  const Answer back = gateway.send(Method::post, url, "result=complete", {{{"Authorization", ""}}});
  CHECK(back.status == 303);
  CHECK(back.header("Location").starts_with("https://shop.test/kept?setup_intent=" + waiting["id"].get<std::string>()));
  CHECK(gateway.get("/v1/setup_intents/" + waiting["id"].get<std::string>())["status"] == "succeeded");
  const Answer failing = gateway.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_threeDSecure2Required&return_url=https://shop.test/kept");
  url = failing["next_action"]["redirect_to_url"]["url"];
  url.erase(0, std::string("http://pay.test").size());
  CHECK(gateway.send(Method::post, url, "result=fail", {{{"Authorization", ""}}}).status == 303);
  CHECK(gateway.get("/v1/setup_intents/" + failing["id"].get<std::string>())["last_setup_error"]["code"] == "setup_intent_authentication_failure");
  const Answer canceled = gateway.post("/v1/setup_intents/" + gateway.post("/v1/setup_intents")["id"].get<std::string>() + "/cancel", "cancellation_reason=abandoned");
  CHECK(canceled["status"] == "canceled");
  CHECK(gateway.get("/v1/setup_intents")["data"].size() == 5);
  CHECK(ids_of(gateway.get("/v1/setup_intents?customer=" + customer)) == std::vector<std::string>{created["id"]});
  CHECK(ids_of(gateway.get("/v1/setup_intents?payment_method=" + done["payment_method"]["id"].get<std::string>())) == std::vector<std::string>{created["id"]});
}

TEST_CASE("lists page in both directions and filter") {
  Gateway gateway;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), gateway.post("/v1/payment_intents", "amount=2000&currency=usd")["id"]);
  const Answer first = gateway.get("/v1/payment_intents?limit=2");
  check_flawless(first);
  CHECK(first["object"] == "list");
  CHECK(first["url"] == "/v1/payment_intents");
  CHECK(ids_of(first) == std::vector<std::string>{ids[0], ids[1]});
  CHECK(first["has_more"] == true);
  CHECK(ids_of(gateway.get("/v1/payment_intents?limit=3&starting_after=" + ids[1])) == std::vector<std::string>{ids[2], ids[3], ids[4]});
  CHECK(ids_of(gateway.get("/v1/payment_intents?limit=2&ending_before=" + ids[3])) == std::vector<std::string>{ids[1], ids[2]});
  CHECK(gateway.get("/v1/payment_intents?created[gte]=4000000000")["data"].empty());
  CHECK(gateway.get("/v1/payment_intents?created[lte]=4000000000&created[gt]=5")["data"].size() == 5);
  CHECK(gateway.get("/v1/payment_intents?limit=0").code() == "parameter_invalid_integer");
  CHECK(gateway.get("/v1/payment_intents?limit=101").code() == "parameter_invalid_integer");
  CHECK(gateway.get("/v1/payment_intents?starting_after=ch_1").param() == "starting_after");
  CHECK(gateway.get("/v1/payment_intents?limit=1&starting_after=" + ids[0] + "&ending_before=" + ids[1]).status == 400);
  CHECK(gateway.get("/v1/payment_intents?foo=1").code() == "parameter_unknown");
  CHECK(gateway.get("/v1/payment_intents?created[foo]=1").param() == "created[foo]");
}

TEST_CASE("balance transactions are listed by type and currency among however many others") {
  Gateway gateway;
  const auto pay = [&](const std::string& currency) {
    return gateway.post("/v1/payment_intents", "amount=2000&confirm=true&payment_method=pm_card_visa&currency=" + currency)["id"].get<std::string>();
  };
  const std::string first = pay("eur");
  REQUIRE(gateway.post("/v1/refunds", "payment_intent=" + first + "&amount=100").status == 200);
  for (int i = 0; i < 30; ++i) pay("usd");
  const auto count = [&](const std::string& filter) { return gateway.get("/v1/balance_transactions?limit=100&" + filter)["data"].size(); };
  CHECK(count("type=charge") == 31);
  CHECK(count("type=refund") == 1);
  CHECK(count("type=refund_failure") == 0);
  CHECK(count("currency=eur") == 2);
  CHECK(count("currency=usd") == 30);
  CHECK(count("currency=eur&type=refund") == 1);
  CHECK(count("currency=usd&type=refund") == 0);
  CHECK(count("currency=jpy") == 0);
  const Answer refund = gateway.get("/v1/balance_transactions?type=refund&limit=1");
  CHECK(refund["has_more"] == false);
  CHECK(refund["data"][0]["amount"] == -100);
}

TEST_CASE("charges, refunds and balance transactions are listed by what they belong to") {
  Gateway gateway;
  const std::string customer = gateway.post("/v1/customers")["id"];
  const Answer declined = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined&customer=" + customer);
  const std::string payment = declined.error()["payment_intent"]["id"];
  const Answer paid = gateway.post("/v1/payment_intents/" + payment + "/confirm", "payment_method=pm_card_visa");
  const std::string failed_charge = declined.error()["charge"], charge = paid["latest_charge"];
  gateway.post("/v1/payment_intents", paid_form);
  const std::string refund_1 = gateway.post("/v1/refunds", "payment_intent=" + payment + "&amount=100")["id"];
  const std::string refund_2 = gateway.post("/v1/refunds", "charge=" + charge + "&amount=200")["id"];
  CHECK(gateway.get("/v1/charges")["data"].size() == 3);
  CHECK(ids_of(gateway.get("/v1/charges?payment_intent=" + payment)) == std::vector<std::string>{charge, failed_charge});
  CHECK(ids_of(gateway.get("/v1/charges?customer=" + customer)) == std::vector<std::string>{charge, failed_charge});
  CHECK(ids_of(gateway.get("/v1/payment_intents?customer=" + customer)) == std::vector<std::string>{payment});
  CHECK(ids_of(gateway.get("/v1/refunds")) == std::vector<std::string>{refund_2, refund_1});
  CHECK(ids_of(gateway.get("/v1/refunds?payment_intent=" + payment + "&limit=1")) == std::vector<std::string>{refund_2});
  CHECK(ids_of(gateway.get("/v1/refunds?charge=" + charge + "&starting_after=" + refund_2)) == std::vector<std::string>{refund_1});
  CHECK(gateway.get("/v1/refunds?charge=" + failed_charge)["data"].empty());
  const Answer all = gateway.get("/v1/balance_transactions?expand[]=data.source");
  check_flawless(all);
  CHECK(all["data"].size() == 4);
  CHECK(all["data"][0]["source"]["id"] == refund_2);
  CHECK(gateway.get("/v1/balance_transactions?type=refund")["data"].size() == 2);
  CHECK(gateway.get("/v1/balance_transactions?type=charge&limit=1")["has_more"] == true);
  CHECK(gateway.get("/v1/balance_transactions?currency=eur")["data"].empty());
  CHECK(gateway.get("/v1/balance_transactions?currency=eur")["has_more"] == false);
  CHECK(gateway.get("/v1/balance_transactions?currency=eur&starting_after=txn_0000000000000000101").code() == "resource_missing");
  CHECK(gateway.get("/v1/balance_transactions?currency=usd")["data"].size() == gateway.get("/v1/balance_transactions")["data"].size());
  const Answer of_refund = gateway.get("/v1/balance_transactions?source=" + refund_1);
  REQUIRE(of_refund["data"].size() == 1);
  CHECK(of_refund["data"][0]["amount"] == -100);
  CHECK(gateway.get("/v1/balance_transactions/" + of_refund["data"][0]["id"].get<std::string>()).body == of_refund["data"][0]);

  const Answer balance = gateway.get("/v1/balance");
  check_flawless(balance);
  CHECK(balance["available"][0]["amount"] == -300);
  CHECK(balance["pending"][0]["amount"] == 2 * (2000 - 88));
  CHECK(balance["pending"][0]["source_types"]["card"] == 2 * (2000 - 88));
}

TEST_CASE("a partner with no payments has a balance of nothing") {
  Gateway gateway;
  const Answer balance = gateway.get("/v1/balance");
  check_flawless(balance);
  CHECK(balance["available"] == Json::parse(R"([{"amount":0,"currency":"usd","source_types":{"card":0}}])"));
}

TEST_CASE("events say what happened, in the version of the request that caused it") {
  Gateway gateway;
  const Answer paid = gateway.send(Method::post, "/v1/payment_intents", paid_form, {{{"Stripe-Version", "2022-08-01"}, {"Idempotency-Key", "e-1"}}});
  gateway.post("/v1/refunds", "payment_intent=" + paid["id"].get<std::string>());
  gateway.post("/v1/customers", "name=Ada");
  const Answer events = gateway.get("/v1/events?limit=100");
  check_flawless(events);
  std::vector<std::string> types;
  for (const Json& event : events["data"]) types.push_back(event["type"]);
  CHECK(types == std::vector<std::string>{"customer.created", "charge.refunded", "refund.created", "payment_intent.succeeded", "charge.succeeded", "payment_intent.created"});
  const Json& succeeded = events["data"][3];
  CHECK(succeeded["api_version"] == "2022-08-01");
  CHECK(succeeded["request"]["id"] == paid.header("Request-Id"));
  CHECK(succeeded["request"]["idempotency_key"] == "e-1");
  CHECK(succeeded["data"]["object"]["id"] == paid["id"]);
  CHECK(succeeded["data"]["object"]["charges"]["data"].size() == 1);
  CHECK(succeeded["data"]["object"]["charges"]["data"][0]["amount_refunded"] == 0);
  CHECK(events["data"][4]["data"]["object"]["object"] == "charge");
  CHECK(events["data"][2]["data"]["object"]["object"] == "refund");
  CHECK(events["data"][5]["data"]["object"]["status"] == "requires_confirmation");
  CHECK(gateway.get("/v1/events/" + succeeded["id"].get<std::string>()).body == succeeded);
  // Page by page, the same list.
  std::vector<std::string> walked;
  std::string after;
  for (int page = 0; page < 10; ++page) {
    const Answer part = gateway.get("/v1/events?limit=1" + (after.empty() ? "" : "&starting_after=" + after));
    for (const Json& event : part["data"]) walked.push_back(event["type"]);
    if (part["has_more"] == false) break;
    after = part["data"].back()["id"];
  }
  CHECK(walked == types);
  CHECK(gateway.get("/v1/events?type=charge.*")["data"].size() == 2);
  const Answer two = gateway.get("/v1/events?types[]=charge.succeeded&types[]=customer.created");
  CHECK(two["data"].size() == 2);
  CHECK(two["data"][0]["type"] == "customer.created");
  CHECK(gateway.get("/v1/events?types[]=charge.*&types[]=charge.refunded")["data"].size() == 2);
  CHECK(gateway.get("/v1/events/evt_000000000000000").status == 404);
}

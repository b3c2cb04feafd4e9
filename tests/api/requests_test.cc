// What holds for every request: keys, versions, idempotency, headers, bodies, scopes.

#include "api/gateway.h"
#include "api/required_fields.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {
constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";
}

TEST_CASE("a request without a good key is refused with 401") {
  Gateway gateway;
  for (const std::string& header : {std::string(), std::string("Bearer sk_test_wrong"), "Bearer " + gateway.test_key + "x", std::string("Basic !!")}) {
    const Answer refused = gateway.send(Method::get, "/v1/balance", {}, {{{"Authorization", header}}});
    CHECK(refused.status == 401);
    CHECK(refused.error()["type"] == "invalid_request_error");
    CHECK(refused.header("WWW-Authenticate").starts_with("Basic"));
    CHECK(refused.text.find("sk_test_wrong") == std::string::npos);
    CHECK(refused.text.find(gateway.test_key) == std::string::npos);
  }
  CHECK(gateway.get("/v1/balance").status == 200);
}

TEST_CASE("unknown paths and methods are told") {
  Gateway gateway;
  CHECK(gateway.get("/v1/nothing").status == 404);
  CHECK(gateway.get("/").status == 404);
  const Answer wrong = gateway.del("/v1/payment_intents");
  CHECK(wrong.status == 404);
  CHECK(wrong.error()["type"] == "invalid_request_error");
  CHECK(wrong.error()["message"].get<std::string>().starts_with("Unrecognized request URL (DELETE: /v1/payment_intents)"));
  CHECK(gateway.send(Method::put, "/v1/customers/cus_1").status == 404);
  CHECK(gateway.send(Method::other, "/v1/payment_intents").status == 405);
  for (const char* path : {"/v1/payment_intents/search?query=x", "/v1/customers/search?query=x", "/v1/charges/search?query=x"}) {
    const Answer search = gateway.get(path);
    CHECK(search.status == 404);
    CHECK(search.code() == "");
    CHECK(search.error()["message"].get<std::string>().starts_with("Unrecognized request URL"));
  }
  CHECK(gateway.send(Method::get, "/v1/nothing", {}, {{{"Authorization", ""}}}).status == 401);
}

TEST_CASE("a read-only key reads and does not write") {
  Gateway gateway;
  gateway.key = gateway.read_key;
  CHECK(gateway.get("/v1/payment_intents").status == 200);
  const Answer refused = gateway.post("/v1/payment_intents", paid_form);
  CHECK(refused.status == 403);
  CHECK(gateway.del("/v1/customers/cus_00000000000000001").status == 403);
}

TEST_CASE("a suspended partner reads and does not write") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  gateway.command(ChangePartnerStatus{PartnerStatus::suspended, "review"});
  CHECK(gateway.get("/v1/payment_intents/" + paid["id"].get<std::string>()).status == 200);
  const Answer refused = gateway.post("/v1/payment_intents", paid_form);
  CHECK(refused.status == 403);
  CHECK(refused.code() == "account_suspended");
}

TEST_CASE("live mode needs an acquirer and knows no test cards") {
  Gateway gateway;
  gateway.key = gateway.live_key;
  CHECK(gateway.post("/v1/payment_intents", paid_form).code() == "resource_missing");
  const Answer refused = gateway.post("/v1/payment_intents", "amount=2000&currency=usd");
  CHECK(refused.status == 403);
  CHECK(refused.code() == "testmode_charges_only");
  gateway.key = gateway.test_key;
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  gateway.key = gateway.live_key;
  CHECK(gateway.get("/v1/payment_intents/" + paid["id"].get<std::string>()).status == 404);
  CHECK(gateway.get("/v1/payment_intents")["data"].empty());
}

TEST_CASE("the first call pins the version, and a header overrides it") {
  Gateway gateway;
  CHECK(gateway.send(Method::get, "/v1/balance", {}, {{{"Stripe-Version", "2022-08-01"}}}).header("Stripe-Version") == "2022-08-01");
  // At once, although the pin is a command on its way to the log.
  CHECK(gateway.get("/v1/balance").header("Stripe-Version") == "2022-08-01");
  gateway.get_until("/v1/balance", [&](const Answer&) { return !gateway.directory->find(gateway.partner)->config.api_version.empty(); });
  CHECK(gateway.directory->find(gateway.partner)->config.api_version == "2022-08-01");
  CHECK(gateway.send(Method::get, "/v1/balance", {}, {{{"Stripe-Version", "2026-07-29.dahlia"}}}).header("Stripe-Version") == "2026-07-29.dahlia");
  CHECK(gateway.get("/v1/balance").header("Stripe-Version") == "2022-08-01");
  for (const char* bad : {"yesterday", "2019-12-03", "2026-07-29.<x>"}) {
    const Answer refused = gateway.send(Method::get, "/v1/balance", {}, {{{"Stripe-Version", bad}}});
    CHECK(refused.status == 400);
    CHECK(refused.header("Stripe-Version") == "2022-08-01");
  }
}

TEST_CASE("a repeated request is answered with the same bytes") {
  Gateway gateway;
  struct Row {
    const char* path;
    std::string form;
  };
  const Answer held = gateway.post("/v1/payment_intents", "amount=3000&currency=usd&capture_method=manual&confirm=true&payment_method=pm_card_visa");
  const Answer paid = gateway.post("/v1/payment_intents", paid_form);
  const Answer customer = gateway.post("/v1/customers", "name=Ada");
  const std::string held_path = "/v1/payment_intents/" + held["id"].get<std::string>();
  const std::string capture = held_path + "/capture", cancel = held_path + "/cancel", customer_path = "/v1/customers/" + customer["id"].get<std::string>();
  const Row rows[] = {
      {"/v1/payment_intents", std::string(paid_form) + "&expand[]=latest_charge&expand[]=payment_method"},
      {"/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined"},
      {"/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_threeDSecure2Required"},
      {"/v1/payment_intents", "amount=2000&currency=usd&confirm=true"},
      {"/v1/payment_intents", "amount=2000&currency=usd&description=x"},
      {"/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242"
                              "&payment_method_data[card][exp_month]=8&payment_method_data[card][exp_year]=40&payment_method_data[billing_details][name]=Ada"},
      {"/v1/refunds", "payment_intent=" + paid["id"].get<std::string>() + "&amount=100"},
      {"/v1/refunds", "payment_intent=" + paid["id"].get<std::string>() + "&amount=100000"},
      {capture.c_str(), "amount_to_capture=1000"},
      {cancel.c_str(), ""},
      {"/v1/customers", "name=Grace&email=grace@h.test&metadata[a]=b"},
      {customer_path.c_str(), "phone=555&description=Countess"},
      {"/v1/payment_methods", "type=card&card[token]=tok_visa&billing_details[email]=x@y.test"},
      {"/v1/payment_methods/pm_card_visa/attach", "customer=" + customer["id"].get<std::string>()},
      {"/v1/setup_intents", "confirm=true&payment_method=pm_card_visa&customer=" + customer["id"].get<std::string>()},
      {"/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclined"},
  };
  int number = 0;
  for (const Row& row : rows) {
    CAPTURE(row.path, row.form);
    const Options options{{{"Idempotency-Key", "key-" + std::to_string(++number)}, {"Stripe-Version", "2022-08-01"}}};
    const std::string form = row.form.find("latest_charge") == std::string::npos ? row.form : std::string(paid_form) + "&expand[]=charges.data.customer";
    const Answer first = gateway.send(Method::post, row.path, form, options);
    CHECK(first.header("Idempotency-Key") == options.headers.at("Idempotency-Key"));
    CHECK(first.header("Original-Request") == first.header("Request-Id"));
    CHECK(first.header("Idempotent-Replayed").empty());
    CHECK(first.header("Stripe-Should-Retry") == "false");
    // Things go on before the repeat, and it comes in another version.
    gateway.post("/v1/refunds", "payment_intent=" + paid["id"].get<std::string>() + "&amount=50");
    if (first.status == 200 && first["object"] == "payment_intent") gateway.post("/v1/payment_intents/" + first["id"].get<std::string>(), "metadata[later]=1");
    Options again = options;
    again.headers["Stripe-Version"] = "2026-07-29.dahlia";
    const Answer second = gateway.send(Method::post, row.path, form, again);
    CHECK(second.status == first.status);
    CHECK(second.text == first.text);
    CHECK(second.header("Idempotent-Replayed") == "true");
    CHECK(second.header("Original-Request") == first.header("Request-Id"));
    CHECK(second.header("Request-Id") != first.header("Request-Id"));
    CHECK(second.header("Stripe-Version") == "2022-08-01");
  }
}

TEST_CASE("a key that is used for another request says what differs") {
  Gateway gateway;
  gateway.post("/v1/payment_intents", paid_form, "k");
  const Answer amount = gateway.post("/v1/payment_intents", "amount=2001&currency=usd&confirm=true&payment_method=pm_card_visa&description=x", "k");
  CHECK(amount.status == 400);
  CHECK(amount.error()["type"] == "idempotency_error");
  const std::string message = amount.error()["message"];
  CHECK(message.find("different: amount") != std::string::npos);
  CHECK(message.find("not in the first request: description") != std::string::npos);
  CHECK(message.find("currency") == std::string::npos);
  const Answer path = gateway.post("/v1/customers", "name=x", "k");
  CHECK(path.error()["message"].get<std::string>().find("POST /v1/payment_intents") != std::string::npos);
  // A form and the same JSON are one request.
  const Answer json = gateway.send(Method::post, "/v1/payment_intents", R"({"amount":2000,"currency":"usd","confirm":true,"payment_method":"pm_card_visa"})",
                                   {{{"Idempotency-Key", "k"}, {"Content-Type", "application/json; charset=utf-8"}}});
  CHECK(json.status == 200);
  CHECK(json.header("Idempotent-Replayed") == "true");
  // What was never begun is not kept.
  CHECK(gateway.post("/v1/payment_intents", "amount=x", "fresh").status == 400);
  CHECK(gateway.post("/v1/payment_intents", paid_form, "fresh").status == 200);
  CHECK(gateway.send(Method::post, "/v1/payment_intents", paid_form, {{{"Idempotency-Key", ""}}}).status == 400);
  CHECK(gateway.post("/v1/payment_intents", paid_form, std::string(256, 'k')).status == 400);
  CHECK(gateway.post("/v1/payment_intents", paid_form, std::string(255, 'k')).status == 200);
}

TEST_CASE("a key whose request is still being worked on is a conflict to be tried again") {
  Gateway gateway;
  const Options options{{{"Idempotency-Key", "slow"}}};
  // The answer is lost: the first request waits for the acquirer's deadline.
  const std::string form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_tollgate_answerLost";
  const auto first = gateway.start(Method::post, "/v1/payment_intents", form, options);
  const Answer second = gateway.send(Method::post, "/v1/payment_intents", form, options);
  CHECK(second.status == 409);
  CHECK(second.code() == "idempotency_key_in_use");
  CHECK(second.header("Stripe-Should-Retry") == "true");
  gateway.sink.run_until([&] { return first->status != 0; });
  CHECK(first->status == 200);
}

TEST_CASE("bodies of other types are refused") {
  Gateway gateway;
  CHECK(gateway.send(Method::post, "/v1/customers", "x", {{{"Content-Type", "multipart/form-data"}}}).status == 400);
  CHECK(gateway.send(Method::post, "/v1/customers", R"({"name":"J","metadata":{"a":"b"}})", {{{"Content-Type", "application/json"}}})["name"] == "J");
  CHECK(gateway.send(Method::post, "/v1/customers", R"({"name":)", {{{"Content-Type", "application/json"}}}).status == 400);
  CHECK(gateway.send(Method::get, "/v1/balance", {}, {{{"Content-Type", "application/x-www-form-urlencoded"}}}).status == 200);
}

TEST_CASE("another account's name is refused") {
  Gateway gateway;
  CHECK(gateway.send(Method::get, "/v1/balance", {}, {{{"Stripe-Account", gateway.partner.text()}}}).status == 200);
  CHECK(gateway.send(Method::get, "/v1/balance", {}, {{{"Stripe-Account", "acct_00000000001"}}}).status == 403);
  const Answer account = gateway.get("/v1/account");
  CHECK(first_flaw(account.body) == "");
  CHECK(account["id"] == gateway.partner.text());
  CHECK(gateway.get("/v1/accounts/" + gateway.partner.text()).body == account.body);
  CHECK(gateway.get("/v1/accounts/acct_00000000001").status == 403);
}

TEST_CASE("an overloaded engine is told as 503") {
  struct FullPort final : CommandPort {
    void submit(Command, ResultSink& sink, ResultHandler handler) override {
      std::vector<ResultSink::Item> items(1);
      items[0].handler = std::move(handler);
      items[0].result.kind = CommandResult::Kind::overloaded;
      sink.deliver(std::move(items));
    }
  };
  Gateway gateway;
  FullPort port;
  const auto log = open_memory_log();
  const Views views(*log);
  Api api(port, views, *gateway.directory, *gateway.vault, gateway.clock, {});
  const std::string authorization = "Bearer " + gateway.test_key;
  HttpRequest request;
  request.method = Method::post;
  request.path = "/v1/payment_intents";
  request.body = paid_form;
  request.authorization = authorization;
  HttpResponse answer;
  bool answered = false;
  api.handle(request, gateway.sink, [&](HttpResponse response) {
    answer = std::move(response);
    answered = true;
  });
  gateway.sink.run_until([&] { return answered; });
  CHECK(answer.status == 503);
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : answer.headers) headers[std::string(name)] = value;
  CHECK(headers["Retry-After"] == "1");
  CHECK(headers["Stripe-Should-Retry"] == "true");
}

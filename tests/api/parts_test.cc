// The small parts: writer, text, versions, expansions, errors, routes, request prints.
#include <nlohmann/json.hpp>

#include "api/auth.h"
#include "api/expand.h"
#include "api/idempotency.h"
#include "api/lists.h"
#include "api/refusals.h"
#include "api/router.h"
#include "api/server_timing.h"
#include "tollgate/base/siphash.h"
#include "api/text.h"
#include "api/versions.h"
#include "api/writer.h"
#include "support/catch.h"

using namespace tollgate;
using namespace tollgate::api;

TEST_CASE("Server-Timing tells milliseconds to the microsecond, of stages that took any time") {
  observe::StageTimes stages;
  CHECK(server_timing(stages, 0) == "total;dur=0.000");
  stages[observe::Stage::sync] = 1'002;
  CHECK(server_timing(stages, 7) == "total;dur=0.007");  // it did not go through the engine
  stages.submitted_us = 1;
  stages[observe::Stage::decide] = 45;
  CHECK(server_timing(stages, 12'345'678) == "decide;dur=0.045, sync;dur=1.002, total;dur=12345.678");
}

TEST_CASE("the writer puts commas where they belong and escapes what must be") {
  std::string text;
  Writer out(text);
  out.begin_object();
  out.text("plain", "a:{[,");
  out.text("escaped", std::string_view("q\" b\\ n\n \x01 \0 \xc3\xa9", 15));
  out.text("broken", "x\xff\xc3y\xed\xa0\x80");
  out.array("list");
  out.number(1);
  out.begin_object();
  out.end_object();
  out.text("t");
  out.begin_array();
  out.end_array();
  out.end_array();
  out.object("inner");
  out.null("n");
  out.boolean("b", true);
  out.number("min", INT64_MIN);
  out.end_object();
  out.members(R"("x":1,"y":2)");
  out.text_or_null("z", "");
  out.end_object();
  const auto parsed = nlohmann::json::parse(text);
  CHECK(parsed["plain"] == "a:{[,");
  CHECK(parsed["escaped"] == std::string("q\" b\\ n\n \x01 \0 \xc3\xa9", 15));
  CHECK(parsed["broken"].get<std::string>().starts_with("x\xef\xbf\xbd\xef\xbf\xbdy\xef\xbf\xbd"));
  CHECK(parsed["list"].size() == 4);
  CHECK(parsed["inner"]["min"] == INT64_MIN);
  CHECK(parsed["z"].is_null());
}

TEST_CASE("malformed UTF-8 is found wherever it stands") {
  for (const char* good : {"", "plain ascii text", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "12345678\xc3\xa9"}) CHECK(is_utf8(good));
  for (const char* bad : {"\xff", "\xc0\x80", "\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "1234567\x80"}) CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("what is shown of a text hides card numbers and is bounded") {
  CHECK(shown("pi_123") == "pi_123");
  CHECK(shown("4242424242424242") == "****");
  CHECK(shown("n=4242 4242-4242 4242!").find("4242") == std::string::npos);
  CHECK(shown("12345678901") == "12345678901");
  CHECK(shown(std::string(500, 'a')).size() < 100);
}

TEST_CASE("only addresses that a browser may be sent to are return addresses") {
  for (const char* good : {"https://shop.test/done?x=1#y", "http://localhost:3000", "myapp://paid"}) CHECK(is_redirect_url(good));
  for (const char* bad : {"", "shop.test", "//shop.test", "javascript://x%0aalert(1)", "JavaScript://x", "data://x", "https://", "https://a b",
                          "https://a\r\nSet-Cookie: x", "https://a/\"><script>"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_redirect_url(bad));
  }
}

TEST_CASE("versions are dates, with a name since 2024, and not before the oldest") {
  for (const char* good : {"2020-08-27", "2022-11-15", "2026-07-29.dahlia", "2099-12-31"}) CHECK(ApiVersion::parse(good));
  for (const char* bad : {"", "2020-08-26", "2022-13-01", "2022-00-10", "2022-11-32", "2022-1-15", "20221115", "2022-11-15.", "2022-11-15x",
                          "2022-11-15.UP", "2022-11-15.a b", "2022-11-15.a\r\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(ApiVersion::parse(bad));
  }
  CHECK(form_of(*ApiVersion::parse("2022-11-14")).charges_on_payment_intent);
  CHECK_FALSE(form_of(*ApiVersion::parse("2022-11-15")).charges_on_payment_intent);
  CHECK_FALSE(form_of(ApiVersion::current()).charges_on_payment_intent);
}

TEST_CASE("expansions are checked against what there is") {
  Expansions expansions;
  CHECK_FALSE(expansions.add("latest_charge.balance_transaction", Kind::payment_intent, false));
  CHECK_FALSE(expansions.add("customer", Kind::payment_intent, false));
  const Expand root = expansions.root();
  CHECK(root.into("customer"));
  CHECK(root.into("latest_charge").into("balance_transaction"));
  CHECK_FALSE(root.into("latest_charge").into("customer"));
  CHECK_FALSE(root.into("payment_method"));

  Expansions list;
  CHECK_FALSE(list.add("data.customer.invoice_settings.default_payment_method", Kind::payment_intent, true));
  CHECK(list.add("customer", Kind::payment_intent, true));
  for (const char* bad : {"amount", "", "customer.", "latest_charge.foo", "data.customer", "application.x",
                          "latest_charge.payment_intent.latest_charge.payment_intent.customer"}) {
    CAPTURE(bad);
    const auto error = Expansions().add(bad, Kind::payment_intent, false);
    REQUIRE(error);
    CHECK(error->param == "expand");
  }
}

TEST_CASE("routes are found by method and path") {
  const Router router;
  const auto confirm = router.match(Method::post, "/v1/payment_intents/pi_1/confirm");
  REQUIRE(confirm.route != nullptr);
  CHECK(confirm.route->pattern == "/v1/payment_intents/{}/confirm");
  CHECK(confirm.ids[0] == "pi_1");
  CHECK(router.match(Method::get, "/v1/balance").route != nullptr);
  CHECK(router.match(Method::get, "/v1/customers/cus_1/payment_methods/pm_2").ids[1] == "pm_2");
  for (const char* path : {"", "/", "/v1", "/v1/", "/v1/nothing", "/v1/payment_intents/", "/v1//payment_intents", "/v1/payment_intents/pi_1/explode",
                           "/v1/payment_intents/search", "/v1/customers/search", "/v1/charges/search", "/v1/payment_intents/search/timeline",
                           "/a/b/c/d/e/f/g/h/i/j", "v1/balance"}) {
    CAPTURE(path);
    const auto match = router.match(Method::get, path);
    CHECK(match.route == nullptr);
    CHECK(match.allowed.empty());
  }
  const auto other = router.match(Method::del, "/v1/payment_intents");
  CHECK(other.route == nullptr);
  CHECK(other.allowed == "POST, GET");
}

TEST_CASE("a key comes as a bearer token or as the user of basic authentication") {
  CHECK(key_of("Bearer sk_test_1") == "sk_test_1");
  CHECK(key_of("bearer  sk_test_1") == "sk_test_1");
  CHECK(key_of("Basic c2tfdGVzdF8xOg==") == "sk_test_1");
  CHECK(key_of("Basic c2tfdGVzdF8x") == "sk_test_1");
  CHECK(key_of("").empty());
  CHECK(key_of("sk_test_1").empty());
  CHECK(key_of("Basic !!!").empty());
  CHECK(key_of("Digest x").empty());
}

TEST_CASE("every refusal and every decline has words of its own kind") {
  for (int i = 1; i <= static_cast<int>(DeclineCode::not_reached); ++i) {
    const DeclineWords words = words_of(static_cast<DeclineCode>(i));
    CHECK_FALSE(words.code.empty());
    CHECK_FALSE(words.message.empty());
    CHECK(card_error(static_cast<DeclineCode>(i), {}).status == 402);
  }
  CHECK(words_of(DeclineCode::insufficient_funds).decline_code == "insufficient_funds");
  CHECK(words_of(DeclineCode::incorrect_cvc).code == "incorrect_cvc");
  CHECK(words_of(DeclineCode::authentication_required).code == "authentication_required");
}

TEST_CASE("an error is rendered in the shape that clients know") {
  ApiError error{.status = 402, .type = ErrorType::card, .code = "card_declined", .message = "No \"luck\"", .param = "a[b]",
                 .decline_code = "do_not_honor", .charge = "ch_1", .members = R"("payment_intent":{"id":"pi_1"})"};
  const auto parsed = nlohmann::json::parse(render(error));
  CHECK(parsed == nlohmann::json::parse(R"({"error":{"charge":"ch_1","code":"card_declined","decline_code":"do_not_honor",
    "message":"No \"luck\"","param":"a[b]","payment_intent":{"id":"pi_1"},"type":"card_error"}})"));
}

TEST_CASE("siphash gives the published values") {
  // The key 00..0f and the messages (), (00), (00 01), ... of the algorithm's reference.
  const std::string key("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
  CHECK(siphash(key, "") == 0x726fdb47dd0e0e31ULL);
  CHECK(siphash(key, std::string_view("\x00", 1)) == 0x74f839c593dc67fdULL);
  CHECK(siphash(key, std::string_view("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e", 15)) == 0xa129ca6149be45e5ULL);
}

TEST_CASE("the print of a request is keyed and tells what differs") {
  const auto print = [](std::string_view key, std::string_view operation, std::string_view form) {
    ParamTree tree;
    tree.reserve(form.size());
    REQUIRE_FALSE(tree.add_form(form));
    return print_of(key, operation, tree);
  };
  const std::string key(43, 'k');
  const auto first = print(key, "POST /v1/x", "a=1&b=2");
  CHECK(first.fingerprint.size() == 16);
  CHECK(first.parameters.size() == 8);
  CHECK(print(key, "POST /v1/x", "b=2&a=1").fingerprint == first.fingerprint);
  CHECK(print(key, "POST /v1/y", "a=1&b=2").fingerprint != first.fingerprint);
  const auto other_key = print(std::string(43, 'l'), "POST /v1/x", "a=1&b=2");
  CHECK(other_key.fingerprint != first.fingerprint);
  CHECK(other_key.parameters != first.parameters);
  const auto other = print(key, "POST /v1/x", "a=1&b=3");
  CHECK(other.parameters.substr(0, 4) == first.parameters.substr(0, 4));
  CHECK(other.parameters.substr(4, 2) == first.parameters.substr(4, 2));
  CHECK(other.parameters.substr(6) != first.parameters.substr(6));
}

TEST_CASE("a page of items in memory is what a list would show") {
  std::vector<uint16_t> items{1, 2, 3, 4, 5};
  const auto key = [](uint16_t i) { return ItemKey{i * us_per_second, {IdCore{}, i}}; };
  PageQuery query;
  query.limit = 2;
  auto page = page_of(items, query, key);
  CHECK(page.items == std::vector<uint16_t>{5, 4});
  CHECK(page.has_more);
  query.after = PaymentMethodId{IdCore{}, 4};
  page = page_of(items, query, key);
  CHECK(page.items == std::vector<uint16_t>{3, 2});
  query.after = PaymentMethodId{IdCore{}, 2};
  page = page_of(items, query, key);
  CHECK(page.items == std::vector<uint16_t>{1});
  CHECK_FALSE(page.has_more);
  query.after.reset();
  query.before = PaymentMethodId{IdCore{}, 1};
  page = page_of(items, query, key);
  CHECK(page.items == std::vector<uint16_t>{3, 2});
  CHECK(page.has_more);
  query = {};
  query.created_from_us = 2 * us_per_second;
  query.created_to_us = 4 * us_per_second;
  CHECK(page_of(items, query, key).items == std::vector<uint16_t>{3, 2});
}

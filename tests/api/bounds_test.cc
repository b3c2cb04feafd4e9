// What one partner can make one answer, and one object, come to.
#include "gateway.h"
#include "support/catch.h"
#include "tollgate/payment/types.h"

namespace tollgate::testing {
namespace {

const Options old_form{{{"Stripe-Version", "2020-08-27"}}};

std::string large_metadata() {
  std::string form;
  for (std::size_t i = 0; i < metadata_keys_max; ++i) form += fmt::format("&metadata[key{}]={}", i, std::string(500, 'x'));
  return form;
}

// A payment whose card was declined so many times.
std::string declined(Gateway& gateway, int times, const std::string& more = {}) {
  const Answer made = gateway.post("/v1/payment_intents", "amount=100&currency=usd" + more);
  REQUIRE(made.status == 200);
  const std::string id = made["id"];
  for (int i = 0; i < times; ++i)
    REQUIRE(gateway.post("/v1/payment_intents/" + id + "/confirm", "payment_method=pm_card_chargeDeclined").status == 402);
  return id;
}

// One with so many records.
std::string updated(Gateway& gateway, std::size_t records, const std::string& change) {
  const std::string id = gateway.post("/v1/payment_intents", "amount=100&currency=usd")["id"];
  for (std::size_t i = 1; i < records; ++i) REQUIRE(gateway.post("/v1/payment_intents/" + id, change).status == 200);
  return id;
}

std::vector<std::string> ids_of(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& item : list) ids.push_back(item["id"]);
  return ids;
}

TEST_CASE("a payment in the old form shows its ten newest charges and says that there are more") {
  Gateway gateway;
  const std::string id = declined(gateway, 12);
  const Answer payment = gateway.send(Method::get, "/v1/payment_intents/" + id, {}, old_form);
  const Json& charges = payment["charges"];
  CHECK(charges["data"].size() == 10);
  CHECK(charges["has_more"] == true);
  CHECK(charges["total_count"] == 12);
  const Answer listed = gateway.get("/v1/charges?limit=10&payment_intent=" + id);
  CHECK(ids_of(charges["data"]) == ids_of(listed["data"]));
  const std::string few = declined(gateway, 10);
  CHECK(gateway.send(Method::get, "/v1/payment_intents/" + few, {}, old_form)["charges"]["has_more"] == false);
}

TEST_CASE("an answer that would be larger than may be says to ask for less") {
  Gateway gateway;
  const std::string id = declined(gateway, 99, large_metadata());
  const std::string list = "/v1/charges?expand[]=data.payment_intent&payment_intent=" + id;
  const Answer refused = gateway.send(Method::get, list + "&limit=100", {}, old_form);
  CHECK(refused.status == 400);
  CHECK(refused.code() == "answer_too_large");
  CHECK(refused.error()["message"].get<std::string>().find("smaller `limit`") != std::string::npos);
  const Answer given = gateway.send(Method::get, list + "&limit=10", {}, old_form);
  CHECK(given.status == 200);
  CHECK(given["data"].size() == 10);
  CHECK(given["data"][0]["payment_intent"]["charges"]["data"].size() == 10);
  CHECK(gateway.get(list + "&limit=100").status == 200);
}

TEST_CASE("an object takes so many updates, and is charged behind them all the same") {
  Gateway gateway;
  const std::string id = updated(gateway, changes_per_object_max, "description=again"), path = "/v1/payment_intents/" + id;
  const Answer refused = gateway.post(path, "description=once more");
  CHECK(refused.status == 400);
  CHECK(refused.error()["message"] == "The object has reached the number of entries that it may have.");
  CHECK(gateway.post(path + "/confirm", "payment_method=pm_card_visa")["status"] == "succeeded");
  CHECK(gateway.post("/v1/refunds", "payment_intent=" + id).status == 200);
}

TEST_CASE("a timeline is read in parts, oldest first") {
  Gateway gateway;
  const std::string path = "/v1/payment_intents/" + updated(gateway, 7, "description=again") + "/timeline";
  const Answer whole = gateway.get(path);
  REQUIRE(whole["data"].size() == 7);
  CHECK(whole["has_more"] == false);
  Json parts = Json::array();
  std::string cursor;
  for (bool more = true; more;) {
    const Answer part = gateway.get(path + "?limit=3" + cursor);
    REQUIRE(part.status == 200);
    REQUIRE(part["data"].size() <= 3);
    for (const Json& entry : part["data"]) parts.push_back(entry);
    more = part["has_more"];
    cursor = fmt::format("&starting_after={}", parts.back()["sequence"].get<int64_t>());
  }
  CHECK(parts == whole["data"]);
  const Answer behind = gateway.get(path + "?" + cursor);
  CHECK(behind["data"].empty());
  CHECK(behind["has_more"] == false);
  CHECK(gateway.get(path + "?limit=0").status == 400);
  CHECK(gateway.get(path + "?limit=1001").status == 400);
  CHECK(gateway.get(path + "?starting_after=pi_1").status == 400);
}

TEST_CASE("a timeline of large records is refused as a whole, and given in parts") {
  Gateway gateway;
  const std::string path = "/v1/payment_intents/" + updated(gateway, 700, large_metadata().substr(1)) + "/timeline";
  const Answer refused = gateway.get(path);
  CHECK(refused.status == 400);
  CHECK(refused.code() == "answer_too_large");
  const Answer part = gateway.get(path + "?limit=100");
  CHECK(part.status == 200);
  CHECK(part["data"].size() == 100);
}

}  // namespace
}  // namespace tollgate::testing

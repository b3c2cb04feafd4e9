// ?as_of=: what was answered then is answered again.
#include <future>

#include "api/gateway.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

std::string id_of(const Answer& answer) { return answer["id"].get<std::string>(); }

// The sequence of the newest record of a payment: a moment.
std::string newest_record(Gateway& gateway, const std::string& payment) {
  const Answer timeline = gateway.get("/v1/payment_intents/" + payment + "/timeline");
  return "as_of=seq:" + std::to_string(timeline["data"].back()["sequence"].get<uint64_t>());
}

// As RFC 3339 has it, to the microsecond.
std::string time_of(int64_t time_us) {
  const std::time_t seconds = static_cast<std::time_t>(time_us / us_per_second);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", std::gmtime(&seconds));
  return fmt::format("as_of={}.{:06}Z", text, time_us % us_per_second);
}

// Ids of a thread never go back: a test that sets the clock ahead has a thread of its own, so that the next ones do not get ids of the future.
template <class Test>
void on_a_thread_of_its_own(Test&& test) {
  std::async(std::launch::async, std::forward<Test>(test)).get();
}

void check_refused(const Answer& answer, const std::string& code = "") {
  INFO(answer.text);
  CHECK(answer.status == 400);
  CHECK(answer.param() == "as_of");
  if (!code.empty()) CHECK(answer.code() == code);
}

}  // namespace

TEST_CASE("a payment, its charge, its refunds and its timeline are read as they were after each of its records") {
  Gateway gateway;
  const std::string payment = id_of(gateway.post("/v1/payment_intents", "amount=2000&currency=usd&capture_method=manual&payment_method=pm_card_visa&description=first"));
  const std::string path = "/v1/payment_intents/" + payment;
  struct Then {
    std::string moment, moment_in_time;
    std::map<std::string, Json> answers;
    std::string charge;
  };
  std::vector<Then> all;
  const auto note = [&] {
    Then then;
    then.moment = newest_record(gateway, payment);
    const Answer timeline = gateway.get(path + "/timeline");
    then.moment_in_time = time_of(timeline["data"].back()["time_us"].get<int64_t>());
    const Answer now = gateway.get(path);
    if (now["latest_charge"].is_string()) then.charge = now["latest_charge"];
    std::vector<std::string> targets{path, path + "/timeline", "/v1/refunds?payment_intent=" + payment, "/v1/charges?payment_intent=" + payment, "/v1/payment_intents", "/v1/charges",
                                     "/v1/refunds", "/v1/balance", "/v1/balance_transactions", "/v1/balance_transactions?type=refund"};
    if (!then.charge.empty()) {
      targets.push_back("/v1/charges/" + then.charge);
      targets.push_back("/v1/charges/" + then.charge + "?expand[]=balance_transaction&expand[]=payment_intent");
    }
    for (const std::string& target : targets) then.answers[target] = gateway.get(target).body;
    all.push_back(std::move(then));
  };
  note();
  gateway.post(path, "description=second&metadata[a]=1");
  note();
  gateway.post(path + "/confirm");
  note();
  gateway.post(path + "/capture", "amount_to_capture=1500");
  note();
  const std::string refund = id_of(gateway.post("/v1/refunds", "payment_intent=" + payment + "&amount=100"));
  note();
  gateway.post("/v1/refunds", "payment_intent=" + payment + "&amount=200");
  gateway.post("/v1/payment_intents", "amount=300&currency=eur&confirm=true&payment_method=pm_card_visa");
  for (const Then& then : all) {
    for (const auto& [target, body] : then.answers) {
      const char* const joint = target.find('?') == std::string::npos ? "?" : "&";
      for (const std::string& moment : {then.moment, then.moment_in_time}) {
        INFO(target << joint << moment);
        Answer again = gateway.get(target + joint + moment);
        REQUIRE(again.status == 200);
        // Of a currency that came later nothing was owed.
        if (target == "/v1/balance")
          for (const char* const part : {"available", "pending"})
            for (std::size_t i = 0; i < again.body[part].size();) {
              if (again.body[part][i]["amount"] == 0 && again.body[part].size() > body[part].size()) again.body[part].erase(i);
              else ++i;
            }
        CHECK(again.body == body);
      }
    }
  }
  // Before they were there they are not there.
  CHECK(gateway.get("/v1/refunds/" + refund + "?" + all[3].moment).status == 404);
  CHECK(gateway.get("/v1/refunds/" + refund + "?" + all[4].moment).status == 200);
  CHECK(gateway.get("/v1/charges/" + all.back().charge + "?" + all[1].moment).status == 404);
  CHECK(gateway.get(path + "?as_of=1000000000").status == 404);
  CHECK(gateway.get("/v1/payment_intents?as_of=1000000000")["data"].empty());
  CHECK(gateway.get("/v1/balance?as_of=seq:0")["available"][0]["amount"] == 0);
}

TEST_CASE("a balance is what it was before its funds became available, however far back") {
  on_a_thread_of_its_own([] {
    Gateway gateway;
    const auto available = [](const Answer& balance) { return balance["available"][0]["amount"].get<int64_t>(); };
    const std::string first = id_of(gateway.post("/v1/payment_intents", "amount=5000&currency=usd&confirm=true&payment_method=pm_card_visa"));
    const Answer pending = gateway.get("/v1/balance");
    const std::string then = newest_record(gateway, first);
    REQUIRE(available(pending) == 0);
    gateway.clock.advance(30 * us_per_day);
    const Answer freed = gateway.get_until("/v1/balance", [&](const Answer& now) { return available(now) != 0; });
    const std::string free = time_of(gateway.clock.now_us());
    gateway.clock.advance(us_per_second);
    for (int i = 0; i < 3; ++i) {
      CHECK(gateway.get("/v1/balance?" + then).body == pending.body);
      CHECK(gateway.get("/v1/balance?" + free).body == freed.body);
      gateway.post("/v1/payment_intents", "amount=700&currency=usd&confirm=true&payment_method=pm_card_visa");
    }
  });
}

TEST_CASE("lists as of a moment are paged as lists are") {
  Gateway gateway;
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(id_of(gateway.post("/v1/payment_intents", "amount=1000&currency=usd&confirm=true&payment_method=pm_card_visa")));
  const std::string moment = newest_record(gateway, ids[4]);
  std::vector<std::string> seen;
  std::string after;
  for (bool more = true; more;) {
    const Answer page = gateway.get("/v1/payment_intents?limit=2&" + moment + (after.empty() ? "" : "&starting_after=" + after));
    REQUIRE(page.status == 200);
    for (const Json& item : page["data"]) seen.push_back(after = item["id"]);
    more = page["has_more"];
  }
  CHECK(seen == std::vector<std::string>{ids[4], ids[3], ids[2], ids[1], ids[0]});
  CHECK(gateway.get("/v1/charges?limit=100&" + moment)["data"].size() == 5);
  CHECK(gateway.get("/v1/balance_transactions?limit=100&" + moment)["data"].size() == 5);
}

TEST_CASE("a customer and a payment method are read as they were, deleted and detached ones as well") {
  Gateway gateway;
  const auto moment = [&] {
    // A payment's record marks the moment.
    return newest_record(gateway, id_of(gateway.post("/v1/payment_intents", "amount=100&currency=usd")));
  };
  const std::string before = moment();
  const Answer created = gateway.post("/v1/customers", "name=Ada&description=first");
  const std::string customer = "/v1/customers/" + id_of(created), method = "/v1/payment_methods/" + id_of(gateway.post("/v1/payment_methods", "type=card&card[token]=tok_visa&metadata[a]=1"));
  const std::string made = moment();
  const Json method_made = gateway.get(method).body;
  gateway.post(method + "/attach", "customer=" + id_of(created));
  gateway.post(customer, "name=Ada+Lovelace");
  const std::string attached = moment();
  const Json method_attached = gateway.get(method).body, customer_renamed = gateway.get(customer).body;
  gateway.post(method, "card[exp_month]=11&metadata[b]=2");
  gateway.post(customer, "description=second");
  const std::string updated = moment();
  const Json method_updated = gateway.get(method).body;
  gateway.post(method + "/detach");
  const std::string detached = moment();
  const Json method_detached = gateway.get(method).body, customer_detached = gateway.get(customer).body;
  CHECK(gateway.get(method + "?" + before).status == 404);
  CHECK(gateway.get(method + "?" + made).body == method_made);
  CHECK(gateway.get(method + "?" + attached).body == method_attached);
  CHECK(gateway.get(customer + "/payment_methods/" + method.substr(20) + "?" + attached).body == method_attached);
  CHECK(gateway.get(customer + "/payment_methods/" + method.substr(20) + "?" + made).status == 404);
  CHECK(gateway.get(method + "?" + updated).body == method_updated);
  CHECK(gateway.get(method + "?" + detached).body == method_detached);
  CHECK(gateway.get(method + "?expand[]=customer&" + attached)["customer"] == customer_renamed);
  CHECK(gateway.get(customer + "?" + before).status == 404);
  CHECK(gateway.get(customer + "?" + made).body == created.body);
  CHECK(gateway.get(customer + "?" + attached).body == customer_renamed);
  CHECK(gateway.get(customer + "?" + detached).body == customer_detached);
  // An erased person cannot be read back: what was sealed stays sealed.
  gateway.del(customer);
  const Answer erased = gateway.get(customer + "?" + made);
  CHECK(erased["description"] == "first");
  CHECK(erased["name"].is_null());
  CHECK(gateway.get(customer)["deleted"] == true);
}

TEST_CASE("a method that a payment made in passing, and a setup intent, are read as they were") {
  Gateway gateway;
  const Answer setup = gateway.post("/v1/setup_intents", "description=first");
  const std::string path = "/v1/setup_intents/" + id_of(setup);
  const Answer paid = gateway.post("/v1/payment_intents", "amount=100&currency=usd&confirm=true&payment_method_data[type]=card&payment_method_data[card][token]=tok_visa");
  const std::string moment = newest_record(gateway, id_of(paid)), method = "/v1/payment_methods/" + paid["payment_method"].get<std::string>();
  const Json method_then = gateway.get(method).body;
  gateway.post(path, "description=second");
  gateway.post(path + "/confirm", "payment_method=pm_card_visa");
  CHECK(gateway.get(path + "?" + moment).body == setup.body);
  CHECK(gateway.get(path)["status"] == "succeeded");
  const Answer list = gateway.get("/v1/setup_intents?" + moment);
  REQUIRE(list["data"].size() == 1);
  CHECK(list["data"][0] == setup.body);
  CHECK(gateway.get(method + "?" + moment).body == method_then);
  CHECK(gateway.get(method + "?as_of=seq:1").status == 404);
}

TEST_CASE("a whole second is known to its end, and another partner's or mode's past is as much its own as its present") {
  on_a_thread_of_its_own([] {
    Gateway gateway;
    const Answer paid = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa");
    const std::string path = "/v1/payment_intents/" + id_of(paid), second = std::to_string(paid["created"].get<int64_t>() + 1);
    gateway.clock.advance(5 * us_per_second);
    gateway.post(path, "description=later");
    CHECK(gateway.get(path + "?as_of=" + second).body == paid.body);
    CHECK(gateway.get(path + "?as_of=" + std::to_string(paid["created"].get<int64_t>() - 1)).status == 404);
    gateway.key = gateway.live_key;
    CHECK(gateway.get(path + "?as_of=" + second).status == 404);
  });
}

TEST_CASE("what as_of cannot mean, and reads that cannot look back, are refused by its name") {
  Gateway gateway;
  const Answer paid = gateway.post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa");
  const Answer customer = gateway.post("/v1/customers", "name=Ada");
  const std::string path = "/v1/payment_intents/" + id_of(paid);
  for (const char* const wrong : {"", "x", "seq:", "seq:x", "seq:-1", "seq:99999999", "-1", "99999999999", "4000000000", "2999-01-01", "2025-13-01T00:00:00Z", "1e9"}) {
    INFO(wrong);
    check_refused(gateway.get(path + "?as_of=" + wrong));
    check_refused(gateway.get("/v1/balance?as_of=" + std::string(wrong)));
  }
  check_refused(gateway.get(path + "?as_of[x]=1"));
  for (const std::string& target : {std::string("/v1/customers"), std::string("/v1/payment_methods"), "/v1/customers/" + id_of(customer) + "/payment_methods", std::string("/v1/events"),
                                    std::string("/v1/account"), path + "/receipt"})
    check_refused(gateway.get(target + "?as_of=seq:1"), "as_of_unsupported");
  check_refused(gateway.post(path, "as_of=seq:1"), "as_of_unsupported");
  for (const char* const list : {"/v1/payment_intents", "/v1/charges", "/v1/setup_intents"})
    check_refused(gateway.get(std::string(list) + "?as_of=seq:1&customer=" + id_of(customer)));
}

#include "admin/fixture.h"

namespace tollgate {

TEST_CASE_METHOD(AdminFixture, "A partner is created with its configuration and a key that works, shown once") {
  const Json config = {{"name", "Café Nord"},
                       {"country", "DE"},
                       {"currencies", {"eur", "usd"}},
                       {"default_currency", "eur"},
                       {"fees", {{{"currency", "eur"}, {"basis_points", 140}, {"fixed", 25}}, {{"basis_points", 290}}}},
                       {"limits", {{"requests_per_second", 100}, {"amount_max", 500'000}}},
                       {"api_version", "2023-08-16"},
                       {"live_acquirer", "psp"},
                       {"availability_delay_days", 7},
                       {"metadata", {{"tier", "gold"}}}};
  Json body = config;
  body["keys"] = {"test", "live"};
  const auto made = post("/admin/v1/partners", body);
  REQUIRE(made.status == 200);
  const std::string id = made.body["id"];
  CHECK(made.body["status"] == "active");
  for (const char* field : {"name", "country", "currencies", "default_currency", "api_version", "live_acquirer",
                            "availability_delay_days", "metadata"}) {
    INFO(field);
    CHECK(made.body[field] == config[field]);
  }
  CHECK(made.body["fees"][0]["fixed"] == 25);
  CHECK(made.body["fees"][1]["currency"] == nullptr);
  CHECK(made.body["limits"]["amount_max"] == 500'000);
  REQUIRE(made.body["secret_keys"].size() == 2);
  CHECK_FALSE(failure_of(made.body["secret_keys"][0]["secret_key"]));
  CHECK_FALSE(failure_of(made.body["secret_keys"][1]["secret_key"]));

  const auto shown = get("/admin/v1/partners/" + id);
  CHECK(shown.status == 200);
  CHECK(shown.body["keys"].size() == 2);
  CHECK(shown.text.find("sk_") == std::string::npos);
  CHECK_FALSE(shown.body.contains("secret_keys"));
  CHECK(port->last.actor == "admin");
  CHECK(port->last.operation == "POST /admin/v1/partners");
  CHECK_FALSE(port->last.request.empty());
}

TEST_CASE_METHOD(AdminFixture, "What is wrong in a partner's configuration is named") {
  struct Wrong {
    Json body;
    const char* field;
  };
  const Wrong cases[] = {
      {{{"name", "X"}, {"nmae", "Y"}}, "nmae"},
      {Json::object(), "name"},
      {{{"name", 7}}, "name"},
      {{{"name", "X"}, {"country", "Germany"}}, "country"},
      {{{"name", "X"}, {"country", "XX"}}, "country"},
      {{{"name", "X"}, {"currencies", "usd"}}, "currencies"},
      {{{"name", "X"}, {"currencies", {"usd", "xyz"}}}, "currencies[1]"},
      {{{"name", "X"}, {"default_currency", "zzz"}}, "default_currency"},
      {{{"name", "X"}, {"fees", {{{"basis_points", 10'001}}}}}, "fees[0].basis_points"},
      {{{"name", "X"}, {"fees", {{{"rate", 1}}}}}, "fees[0].rate"},
      {{{"name", "X"}, {"fees", {{{"fixed", 1.5}}}}}, "fees[0].fixed"},
      {{{"name", "X"}, {"limits", {{"burst", -1}}}}, "limits.burst"},
      {{{"name", "X"}, {"limits", {{"burst", 18'446'744'073'709'551'615ULL}}}}, "limits.burst"},
      {{{"name", "X"}, {"limits", {{"bursts", 1}}}}, "limits.bursts"},
      {{{"name", "X"}, {"limits", 5}}, "limits"},
      {{{"name", "X"}, {"api_version", "2001-01-01"}}, "api_version"},
      {{{"name", "X"}, {"live_acquirer", "other"}}, "live_acquirer"},
      {{{"name", "X"}, {"metadata", {{"k", 1}}}}, "metadata.k"},
      {{{"name", "X"}, {"keys", {"test", "test"}}}, "keys"},
      {{{"name", "X"}, {"keys", {"prod"}}}, "keys"},
      {{{"name", "X"}, {"status", "closed"}}, "status"},
  };
  for (const Wrong& wrong : cases) {
    INFO(wrong.body.dump());
    const auto answer = post("/admin/v1/partners", wrong.body);
    CHECK(answer.status == 400);
    CHECK(answer.body["error"].value("field", "") == wrong.field);
    CHECK_FALSE(answer.body["error"].value("message", "").empty());
  }
  CHECK(directory->size() == 0);
}

TEST_CASE_METHOD(AdminFixture, "An update changes what it names and nothing else") {
  const auto made = post("/admin/v1/partners", {{"name", "Shop"}, {"currencies", {"usd"}}, {"limits", {{"burst", 5}}}});
  const std::string path = "/admin/v1/partners/" + made.body["id"].get<std::string>();
  const auto changed = post(path, {{"name", "New name"}});
  CHECK(changed.status == 200);
  CHECK(changed.body["name"] == "New name");
  CHECK(changed.body["currencies"] == Json({"usd"}));
  CHECK(changed.body["limits"]["burst"] == 5);
  CHECK(post(path, {{"id", "acct_x"}}).body["error"]["field"] == "id");
}

TEST_CASE_METHOD(AdminFixture, "An update from an old version is refused") {
  const auto made = post("/admin/v1/partners", {{"name", "Shop"}});
  const std::string path = "/admin/v1/partners/" + made.body["id"].get<std::string>();
  REQUIRE(post(path, {{"name", "Second"}, {"version", made.body["version"]}}).status == 200);
  const auto late = post(path, {{"name", "Third"}, {"version", made.body["version"]}});
  CHECK(late.status == 409);
  CHECK(late.body["error"]["code"] == "version_conflict");
  CHECK(get(path).body["name"] == "Second");
}

TEST_CASE_METHOD(AdminFixture, "A partner is suspended, resumed and closed, and closed is the end") {
  const std::string path = "/admin/v1/partners/" + create("Shop");
  const auto suspended = post(path + "/suspend", {{"reason", "chargebacks"}});
  CHECK(suspended.body["status"] == "suspended");
  CHECK(suspended.body["status_reason"] == "chargebacks");
  CHECK(post(path + "/resume").body["status"] == "active");
  CHECK(get(path).body["status_reason"] == nullptr);
  CHECK(post(path + "/resume", {{"reason", "x"}}).status == 400);
  CHECK(post(path + "/close").body["status"] == "closed");
  const auto late = post(path + "/resume");
  CHECK(late.status == 409);
  CHECK(late.body["error"]["code"] == "partner_closed");
  CHECK(post(path + "/suspend", {{"reason", std::string(501, 'x')}}).body["error"]["field"] == "reason");
}

TEST_CASE_METHOD(AdminFixture, "Lists go page by page, by status if wanted") {
  std::vector<std::string> all;
  for (int i = 0; i < 7; ++i) all.push_back(create("Shop " + std::to_string(i)));
  std::sort(all.begin(), all.end());
  CHECK(post("/admin/v1/partners/" + all[2] + "/suspend").status == 200);
  CHECK(post("/admin/v1/partners/" + all[5] + "/suspend").status == 200);
  const auto walk = [&](const std::string& filter) {
    std::vector<std::string> seen;
    std::string after;
    for (bool has_more = true; has_more;) {
      const auto page = get("/admin/v1/partners?limit=2" + filter + (after.empty() ? "" : "&after=" + after));
      REQUIRE(page.status == 200);
      CHECK(page.body["data"].size() <= 2);
      for (const Json& one : page.body["data"]) seen.push_back(one["id"]);
      after = seen.empty() ? "" : seen.back();
      has_more = page.body["has_more"];
    }
    return seen;
  };
  CHECK(walk("") == all);
  CHECK(walk("&status=suspended") == std::vector<std::string>{all[2], all[5]});
  CHECK(walk("&status=closed").empty());
  for (const char* query : {"limit=0", "limit=1001", "limit=x", "after=nobody", "status=odd", "sort=name"}) {
    INFO(query);
    CHECK(get(std::string("/admin/v1/partners?") + query).status == 400);
  }
}

}  // namespace tollgate

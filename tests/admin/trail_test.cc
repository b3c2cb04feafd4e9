#include "admin/users.h"

namespace tollgate {

TEST_CASE_METHOD(UsersFixture, "The trail says who did what, when, from where, and how it ended") {
  const Answer made = post_as(bearer["partner_manager"], "/admin/v1/partners", {{"name", "Shop"}});
  REQUIRE(made.status == 200);
  const auto item = trail().front();
  CHECK(item["user"] == "partner_manager");
  CHECK(item["role"] == "partner_manager");
  CHECK(item["action"] == "partner.create");
  CHECK(item["subject"] == made.body["id"]);
  CHECK(item["from"] == "192.0.2.7");
  CHECK(item["result"] == "done");
  CHECK(item["time_us"] == clock.now_us());
  CHECK(item["token"] == bearer["partner_manager"].substr(11, 12));
  CHECK(post_as(bearer["partner_manager"], "/admin/v1/partners/acct_00000000001/suspend").status == 404);
  const auto items = trail();
  CHECK(items[0]["result"] == "partner_not_found");
  CHECK(items[1]["action"] == "audit.read");  // above
}

TEST_CASE_METHOD(UsersFixture, "The trail names who was refused, known or not") {
  CHECK(get_as(bearer["viewer"], "/admin/v1/audit").status == 403);
  auto item = trail().front();
  CHECK(item["user"] == "viewer");
  CHECK(item["action"] == "audit.read");
  CHECK(item["result"] == "not_permitted");
  CHECK(item["refused"] == true);
  CHECK(get_as("Bearer nobody", "/admin/v1/partners").status == 401);
  item = trail().front();
  CHECK(item["user"] == "");
  CHECK(item["role"] == "");
  CHECK(item["action"] == "partner.list");
  CHECK(item["result"] == "unknown_token");
  CHECK(get_as("", "/admin/v1/partners").status == 401);
  CHECK(trail().front()["result"] == "no_token");
}

TEST_CASE_METHOD(UsersFixture, "A flood of refused accesses is counted, not recorded") {
  const std::size_t before = log.records.size();
  for (int i = 0; i < 10'000; ++i) CHECK_NOTHROW((void)get_as("Bearer nobody", "/admin/v1/partners"));
  CHECK(log.records.size() == before + 20);
  // What a known user tries is recorded all the same.
  CHECK(get_as(bearer["viewer"], "/admin/v1/users").status == 403);
  CHECK(log.records.size() == before + 21);
  CHECK(get("/admin/v1/audit").body["refusals_not_recorded"] == 9'980);
  clock.advance(10 * us_per_second);
  (void)get_as("Bearer nobody", "/admin/v1/partners");
  CHECK(trail().front()["suppressed"] == 9'980);
  CHECK(get("/admin/v1/audit").body["refusals_not_recorded"] == 0);
}

TEST_CASE_METHOD(UsersFixture, "Nothing that a caller made up gets into the trail, nor any secret") {
  const std::string secret = "4242424242424242";
  (void)get_as("Bearer " + secret, "/admin/v1/" + secret);
  (void)post("/admin/v1/partners/" + secret + "%20x/suspend", {{"reason", secret}});
  (void)post("/admin/v1/partners/" + secret + "/suspend", {{"reason", secret}});
  (void)post("/admin/v1/tokens/" + secret + "/revoke");
  (void)post("/admin/v1/users", {{"name", secret + " x"}, {"role", "viewer"}});
  (void)post("/admin/v1/" + secret, {});
  for (const std::string& record : log.records) CHECK(record.find(secret) == std::string::npos);
}

TEST_CASE_METHOD(UsersFixture, "The trail is read in pages, newest first, and of one user") {
  for (int i = 0; i < 30; ++i) (void)post_as(bearer["operator"], "/admin/v1/clock/advance", {{"seconds", 1}});
  std::vector<uint64_t> seen;
  std::string before;
  bool more = true;
  while (more) {
    const Answer page = get_as(bearer["auditor"], "/admin/v1/audit?user=operator&limit=7" + before);
    REQUIRE(page.status == 200);
    for (const Json& item : page.body["data"]) {
      CHECK(item["user"] == "operator");
      seen.push_back(item["sequence"]);
    }
    more = page.body["has_more"];
    if (more) before = "&before=" + std::to_string(page.body["next_before"].get<uint64_t>());
  }
  CHECK(seen.size() == 30);
  CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
  CHECK(get("/admin/v1/audit?before=0").status == 400);
  CHECK(get("/admin/v1/audit?before=x").status == 400);
}

TEST_CASE_METHOD(UsersFixture, "What a busy node could not record is recorded with the next action") {
  port->overloaded = true;
  CHECK(post("/admin/v1/partners", {{"name", "Shop"}}).status == 503);
  port->overloaded = false;
  create("Other");
  const auto items = trail();
  CHECK(items[0]["result"] == "done");
  CHECK(items[1]["result"] == "overloaded");
}

}  // namespace tollgate

#include "admin/trail.h"
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

TEST_CASE_METHOD(UsersFixture, "Who is refused has the answer when the trail has the record") {
  for (const std::string& authorization : {std::string("Bearer nobody"), bearer["viewer"]}) {
    HttpRequest request;
    request.path = "/admin/v1/users";
    request.authorization = authorization;
    int answered = 0;
    port->holding = true;
    api->handle(request, sink, [&](HttpResponse) { ++answered; });
    CHECK(answered == 0);
    port->holding = false;
    REQUIRE(port->held.size() == 1);
    std::exchange(port->held, {}).front()();
    CHECK(answered == 1);
  }
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
  CHECK(seen.size() == 60);  // begun and done
  CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
  CHECK(get("/admin/v1/audit?before=0").status == 400);
  CHECK(get("/admin/v1/audit?before=x").status == 400);
}

TEST_CASE_METHOD(UsersFixture, "What a busy node could not record is recorded before anything more is done") {
  port->overloaded = true;
  CHECK(post("/admin/v1/partners", {{"name", "Shop"}}).status == 503);
  port->overloaded = false;
  create("Other");
  const auto items = trail();
  CHECK(items[0]["result"] == "done");
  CHECK(items[1]["result"] == "overloaded");
  CHECK(items[1]["action"] == "partner.create");
}

TEST_CASE_METHOD(UsersFixture, "Nothing is done, and the trail is not shown, while the node cannot record it") {
  const int64_t now_us = clock.now_us();
  port->overloaded = true;
  // What leaves no event of its own is recorded before it is done.
  const Answer refused = post("/admin/v1/clock/advance", {{"seconds", 60}});
  CHECK(refused.status == 503);
  CHECK(refused.body["error"]["code"] == "not_recorded");
  CHECK(refused.headers.back() == std::pair<std::string_view, std::string>("Retry-After", "1"));
  CHECK(clock.now_us() == now_us);
  // And while that attempt waits for its record, nothing else is tried; reading goes on.
  for (int i = 0; i < 2'000; ++i) REQUIRE(post("/admin/v1/partners", {{"name", "Shop"}}).body["error"]["code"] == "not_recorded");
  CHECK(get("/admin/v1/audit").body["error"]["code"] == "not_recorded");
  CHECK(get("/admin/v1/partners").body["data"].empty());
  port->overloaded = false;
  CHECK(post("/admin/v1/clock/advance", {{"seconds", 60}}).status == 200);
  CHECK(clock.now_us() == now_us + 60 * us_per_second);
  const auto items = trail();
  CHECK(items[0]["action"] == "clock.advance");
  CHECK(items[0]["result"] == "done");
  CHECK(items[1]["result"] == "begun");
  CHECK(items[2]["action"] == "clock.advance");
  CHECK(items[2]["result"] == "not_recorded");
  CHECK(items[3]["action"] == "token.create");  // of the fixture: no attempt left a second record
}

TEST_CASE_METHOD(UsersFixture, "Reading the trail leaves a record or shows nothing") {
  port->overloaded = true;
  const Answer unread = get_as(bearer["auditor"], "/admin/v1/audit");
  CHECK(unread.status == 503);
  CHECK_FALSE(unread.body.contains("data"));
  port->overloaded = false;
  CHECK(get_as(bearer["auditor"], "/admin/v1/audit").status == 200);
}

TEST_CASE_METHOD(UsersFixture, "Refused accesses that nobody could record are told in one record when that is possible again") {
  port->overloaded = true;
  for (int i = 0; i < 5'000; ++i) CHECK(get_as("Bearer nobody", "/admin/v1/partners").status == 401);
  for (int i = 0; i < 3; ++i) CHECK(get_as(bearer["viewer"], "/admin/v1/users").status == 403);
  port->overloaded = false;
  const std::size_t before = log.records.size();
  CHECK(get_as(bearer["viewer"], "/admin/v1/partners").status == 200);  // any request of somebody who is known
  CHECK(log.records.size() == before + 1);
  clock.advance(10 * us_per_second);
  const auto items = trail();
  CHECK(items[0]["user"] == "");
  CHECK(items[0]["action"] == "several");
  CHECK(items[0]["result"] == "not_recorded_singly");
  CHECK(items[0]["suppressed"] == 5'000);
  CHECK(items[0]["refused"] == true);
  CHECK(items[1]["user"] == "viewer");
  CHECK(items[1]["role"] == "viewer");
  CHECK(items[1]["suppressed"] == 3);
  CHECK(get("/admin/v1/audit").body["refusals_not_recorded"] == 0);
}

TEST_CASE("Refused accesses of more users than are told apart are counted with those of nobody") {
  admin::RefusalBudget budget;
  for (std::size_t i = 0; i < admin::RefusalBudget::users_max; ++i) CHECK(budget.take("u" + std::to_string(i), 1) == 0u);
  int recorded = 0;
  for (int i = 0; i < 100; ++i) recorded += budget.take("more" + std::to_string(i), 1).has_value();
  CHECK(recorded == admin::RefusalBudget::burst);
  CHECK(budget.untold() == 80);
  CHECK_FALSE(budget.due(1));
  CHECK(budget.due(1 + admin::RefusalBudget::refill_us) == std::pair(std::string(), uint64_t{80}));
  CHECK(budget.untold() == 0);
}

}  // namespace tollgate

#include "admin/users.h"

namespace tollgate {
namespace {

class ApprovalsFixture : public UsersFixture {
 public:
  ApprovalsFixture() : UsersFixture(true) {
    manager = bearer["partner_manager"];
    other = add("other", "partner_manager");
    const Answer made = post_as(manager, "/admin/v1/partners", {{"name", "Shop"}, {"limits", {{"requests_per_second", 100}, {"amount_max", 5'000}}}});
    REQUIRE(made.status == 200);
    partner = "/admin/v1/partners/" + made.body["id"].get<std::string>();
  }
  Answer raise(const std::string& by, int64_t to = 200) { return post_as(by, partner, {{"limits", {{"requests_per_second", to}}}}); }
  int64_t limit() { return get(partner).body["limits"]["requests_per_second"]; }
  static std::string way(const Answer& asked, const std::string& verb) {
    return "/admin/v1/approvals/" + asked.body["approval"]["id"].get<std::string>() + "/" + verb;
  }
  std::string manager, other, partner;
};

}  // namespace

TEST_CASE_METHOD(ApprovalsFixture, "A higher limit waits until another person approves it") {
  const Answer asked = raise(manager);
  CHECK(asked.status == 202);
  CHECK(asked.body["approval"]["why"] == "a higher limit: requests_per_second");
  CHECK(limit() == 100);
  CHECK(get_as(other, "/admin/v1/approvals").body["data"][0]["requested_by"] == "partner_manager");
  const Answer done = post_as(other, way(asked, "approve"));
  CHECK(done.status == 200);
  CHECK(done.body["limits"]["requests_per_second"] == 200);
  CHECK(limit() == 200);
  CHECK(port->last.actor == "admin:partner_manager");
  CHECK(get_as(other, "/admin/v1/approvals").body["data"].empty());
  CHECK(post_as(other, way(asked, "approve")).body["error"]["code"] == "approval_not_found");
}

TEST_CASE_METHOD(ApprovalsFixture, "Nobody approves what they asked for, nor anybody without the right role") {
  const Answer asked = raise(manager);
  CHECK(post_as(manager, way(asked, "approve")).body["error"]["code"] == "own_approval");
  CHECK(post_as(bearer["viewer"], way(asked, "approve")).status == 403);
  CHECK(post_as(bearer["auditor"], way(asked, "approve")).status == 403);
  CHECK(post(way(asked, "approve")).body["error"]["code"] == "bootstrap_approves_nothing");
  CHECK(limit() == 100);
  CHECK(post_as(bearer["security_officer"], way(asked, "approve")).status == 200);
  CHECK(limit() == 200);
}

TEST_CASE_METHOD(ApprovalsFixture, "What waits says what it changes, from what to what, and to each whether they may decide") {
  const int64_t version = get(partner).body["version"];
  const Answer asked = post_as(manager, partner, {{"limits", {{"requests_per_second", 200}, {"amount_max", 5'000}}}, {"metadata", {{"tier", "gold"}}}, {"version", version}});
  CHECK(asked.status == 202);
  const Json item = get_as(other, "/admin/v1/approvals").body["data"][0];
  CHECK(item["action"] == "partner.update");
  CHECK(item["subject_name"] == "Shop");
  CHECK(item["changes"] == Json::parse(R"([{"field":"limits.requests_per_second","before":100,"after":200},{"field":"metadata.tier","before":null,"after":"gold"}])"));
  CHECK(item["outdated"] == false);
  const auto seen_by = [&](const std::string& authorization) { return get_as(authorization, "/admin/v1/approvals").body["data"][0]; };
  CHECK((seen_by(other)["own"] == false && seen_by(other)["may_approve"] == true && seen_by(other)["may_reject"] == true));
  CHECK((seen_by(manager)["own"] == true && seen_by(manager)["may_approve"] == false && seen_by(manager)["may_reject"] == true));
  CHECK((seen_by(bearer["viewer"])["may_approve"] == false && seen_by(bearer["viewer"])["may_reject"] == false));
  CHECK(seen_by("Bearer admin-token")["may_approve"] == false);
  // Somebody changes it meanwhile: what was asked would be refused.
  CHECK(post_as(manager, partner, {{"name", "Shop and Son"}}).status == 200);
  CHECK(seen_by(other)["outdated"] == true);
  CHECK(seen_by(other)["subject_name"] == "Shop and Son");
  CHECK(post_as(other, way(asked, "approve")).status == 409);
}

TEST_CASE_METHOD(ApprovalsFixture, "A user or the vault's keys that wait are named too") {
  (void)add("second", "security_officer");
  CHECK(post_as(bearer["security_officer"], "/admin/v1/users", {{"name", "third"}, {"role", "security_officer"}}).status == 202);
  CHECK(post_as(bearer["security_officer"], "/admin/v1/users/second/disable").status == 202);
  CHECK(post_as(bearer["security_officer"], "/admin/v1/vault/rotate").status == 202);
  const Json items = get_as(manager, "/admin/v1/approvals").body["data"];
  REQUIRE(items.size() == 3);
  CHECK(items[0]["action"] == "user.create");
  CHECK(items[0]["changes"][0] == Json::parse(R"({"field":"name","before":null,"after":"third"})"));
  CHECK(items[1]["subject"] == "second");
  CHECK(items[1]["changes"][0]["after"] == "disabled");
  CHECK(items[2]["permission"] == "manage_vault");
  for (const Json& item : items) CHECK(item["may_approve"] == false);  // a partner manager
}

TEST_CASE_METHOD(ApprovalsFixture, "An approval expires, and can be rejected, also by who asked") {
  const Answer asked = raise(manager);
  clock.advance(24 * 3'600 * us_per_second);
  CHECK(post_as(other, way(asked, "approve")).body["error"]["code"] == "approval_not_found");
  const Answer again = raise(manager);
  CHECK(post_as(other, way(again, "reject")).body["rejected_by"] == "other");
  CHECK(post_as(other, way(again, "approve")).status == 404);
  CHECK(post_as(manager, way(raise(manager), "reject")).status == 200);
  CHECK(limit() == 100);
}

TEST_CASE_METHOD(ApprovalsFixture, "What does not raise a limit is done at once") {
  CHECK(raise(manager, 50).status == 200);
  CHECK(post_as(manager, partner, {{"name", "New name"}}).status == 200);
  CHECK(post_as(manager, partner, {{"limits", {{"amount_max", 4'000}}}}).status == 200);
  CHECK(post_as(manager, partner, {{"limits", {{"amount_max", 0}}}}).status == 202);
  CHECK(post_as(manager, partner, {{"live_acquirer", "psp"}}).status == 200);
  CHECK(post_as(manager, partner, {{"live_acquirer", ""}}).status == 202);
}

TEST_CASE_METHOD(ApprovalsFixture, "What was asked by someone who may no longer ask is not done") {
  const Answer asked = raise(manager);
  CHECK(post("/admin/v1/users/partner_manager/disable").status == 200);
  CHECK(post_as(other, way(asked, "approve")).body["error"]["code"] == "asker_not_permitted");
  CHECK(limit() == 100);
}

TEST_CASE_METHOD(ApprovalsFixture, "One officer alone cannot become two") {
  const std::string officer = bearer["security_officer"];
  const std::string second = add("second", "security_officer");  // until now there was one
  const Answer third = post_as(officer, "/admin/v1/users", {{"name", "third"}, {"role", "security_officer"}});
  CHECK(third.status == 202);
  CHECK(post_as(officer, "/admin/v1/users/second/tokens").status == 202);
  CHECK(post_as(officer, "/admin/v1/users/second/disable").status == 202);
  CHECK(post_as(officer, "/admin/v1/users/security_officer/tokens").status == 200);
  CHECK(post_as(officer, "/admin/v1/users", {{"name", "ann"}, {"role", "viewer"}}).status == 200);
  CHECK(post_as(officer, "/admin/v1/users", {{"name", "sock"}, {"role", "partner_manager"}}).status == 202);
  CHECK(post_as(officer, "/admin/v1/users/other/tokens").status == 202);
  // A partner manager may approve, but not this.
  CHECK(post_as(manager, way(third, "approve")).status == 403);
  CHECK(post_as(second, way(third, "approve")).body["name"] == "third");
  // Nor by taking away the other's tokens.
  CHECK(post_as(officer, "/admin/v1/tokens/" + second.substr(11, 12) + "/revoke").status == 200);
  CHECK(post_as(officer, "/admin/v1/users", {{"name", "fourth"}, {"role", "security_officer"}}).status == 202);
}

TEST_CASE_METHOD(ApprovalsFixture, "A token of another is decided by those who may make it, who alone are shown it") {
  const std::string second = add("second", "security_officer");
  const Answer asked = post_as(bearer["security_officer"], "/admin/v1/users/second/tokens");
  REQUIRE(asked.status == 202);
  const auto seen_by = [&](const std::string& authorization) { return get_as(authorization, "/admin/v1/approvals").body["data"][0]; };
  CHECK(seen_by(manager)["permission"] == "manage_users");
  CHECK((seen_by(manager)["may_approve"] == false && seen_by(manager)["may_reject"] == false));
  CHECK(seen_by(second)["may_approve"] == true);
  for (const char* verb : {"approve", "reject"}) {
    const Answer refused = post_as(manager, way(asked, verb));
    CHECK(refused.status == 403);
    CHECK(refused.text.find("manage_users") != std::string::npos);
    CHECK(refused.text.find("tga_") == std::string::npos);
  }
  CHECK(post_as(second, way(asked, "approve")).body["user"] == "second");
}

TEST_CASE_METHOD(ApprovalsFixture, "The trail names who asked, who approved and what came of it") {
  const Answer asked = raise(manager);
  CHECK(trail().front()["result"] == "accepted");
  CHECK(post_as(other, way(asked, "approve")).status == 200);
  const auto items = trail();
  CHECK(items[0]["action"] == "approval.approve");
  CHECK(items[0]["user"] == "other");
  CHECK(items[1]["action"] == "partner.update");
  CHECK(items[1]["user"] == "partner_manager");
  CHECK(items[1]["approved_by"] == "other");
  CHECK(items[1]["approval"] == asked.body["approval"]["id"]);
  CHECK(items[1]["result"] == "done");
}

}  // namespace tollgate

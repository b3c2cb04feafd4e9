#include "admin/routes.h"
#include "admin/users.h"

namespace tollgate {
namespace {

using admin::permits;
using admin::Permission;
using admin::Route;

// A path that the route fits.
std::string example_of(const Route& route) {
  std::string path = route.path.starts_with('/') ? std::string() : "/admin/v1/";
  for (std::size_t i = 0; i < route.path.size(); ++i) {
    if (route.path[i] == '*') continue;
    if (route.path[i] == '{') {
      path += "none";
      i = route.path.find('}', i);
    } else {
      path += route.path[i];
    }
  }
  return path;
}

}  // namespace

TEST_CASE_METHOD(UsersFixture, "Every route is open to the roles that have its permission, and to no other") {
  for (const Route& route : admin::routes()) {
    for (const auto& [role, authorization] : bearer) {
      INFO(role << " " << example_of(route));
      clock.advance(us_per_second);
      const Answer answer = call(route.method, example_of(route), "", authorization);
      const bool permitted = permits(*parse_admin_role(role), route.permission);
      // Of another: that needs more than one's own.
      const bool others = route.permission == Permission::own_tokens && role != "security_officer";
      if (permitted && !others) CHECK(answer.body.value("error", Json::object()).value("code", "") != "not_permitted");
      else CHECK(answer.body["error"]["code"] == "not_permitted");
      CHECK((answer.status == 403) == !(permitted && !others));
    }
  }
}

TEST_CASE("What each role may do") {
  const auto all = [](AdminRole role) {
    std::string text;
    for (int p = 0; p <= static_cast<int>(Permission::approve); ++p)
      if (permits(role, static_cast<Permission>(p))) text += std::string(text.empty() ? "" : " ") + std::string(admin::text_of(static_cast<Permission>(p)));
    return text;
  };
  CHECK(all(AdminRole::none) == "");
  CHECK(all(AdminRole::viewer) == "see_node see_partners own_tokens");
  CHECK(all(AdminRole::node_operator) == "see_node see_partners operate own_tokens");
  CHECK(all(AdminRole::partner_manager) == "see_node see_partners change_partners own_tokens approve");
  CHECK(all(AdminRole::auditor) == "see_node see_partners read_log read_trail own_tokens");
  CHECK(all(AdminRole::security_officer) == "see_node see_partners change_partners operate read_log read_trail manage_users own_tokens manage_vault approve");
}

TEST_CASE_METHOD(UsersFixture, "Who one is and what one may is told, and it is what the node lets one do") {
  for (const auto& [role, authorization] : bearer) {
    INFO(role);
    const Answer me = get_as(authorization, "/admin/v1/me");
    REQUIRE(me.status == 200);
    CHECK(me.body["user"] == role);
    CHECK(me.body["role"] == role);
    CHECK(me.body["bootstrap"] == false);
    CHECK(me.body["approvals"] == "off");
    CHECK(me.body["token_expires"].get<int64_t>() > clock.now_us() / us_per_second);
    std::size_t permitted = 0;
    for (int p = 0; p <= static_cast<int>(Permission::approve); ++p) permitted += permits(*parse_admin_role(role), static_cast<Permission>(p)) ? 1 : 0;
    CHECK(me.body["permissions"].size() == permitted);
    for (const Json& name : me.body["permissions"]) CHECK(name.get<std::string>() != "");
  }
  CHECK(get_as(bearer["viewer"], "/admin/v1/me").body["permissions"] == Json({"see_node", "see_partners", "own_tokens"}));
  const Json bootstrap = get("/admin/v1/me").body;
  CHECK(bootstrap["bootstrap"] == true);
  CHECK(bootstrap["token_expires"].is_null());
}

TEST_CASE_METHOD(UsersFixture, "A token ends when its time is over, when it is revoked and when its user is disabled") {
  const std::string path = "/admin/v1/partners";
  const std::string brief = "Bearer " + token_of("viewer", {{"expires_in_s", 60}});
  CHECK(get_as(brief, path).status == 200);
  clock.advance(60 * us_per_second);
  CHECK(get_as(brief, path).status == 401);
  CHECK(trail().front()["result"] == "expired_token");

  const std::string token = token_of("viewer");
  CHECK(get_as("Bearer " + token, path).status == 200);
  CHECK(post("/admin/v1/tokens/" + token.substr(4, 12) + "/revoke").status == 200);
  CHECK(get_as("Bearer " + token, path).status == 401);
  const auto item = trail().front();
  CHECK(item["result"] == "revoked_token");
  CHECK(item["user"] == "viewer");

  CHECK(get_as(bearer["viewer"], path).status == 200);
  CHECK(post("/admin/v1/users/viewer/disable").body["status"] == "disabled");
  CHECK(get_as(bearer["viewer"], path).status == 401);
  CHECK(post("/admin/v1/users/viewer/tokens").body["error"]["code"] == "user_disabled");
}

TEST_CASE_METHOD(UsersFixture, "Wrong tokens are refused, whatever is wrong with them") {
  const std::string token = token_of("viewer");
  std::string other = token;
  other.back() = other.back() == 'a' ? 'b' : 'a';
  std::string unknown = token;
  unknown[5] = unknown[5] == 'a' ? 'b' : 'a';
  for (const std::string& wrong : {other, unknown, token + "x", token.substr(1), std::string("tga_"), std::string(44, 'x')}) {
    INFO(wrong);
    CHECK(get_as("Bearer " + wrong, "/admin/v1/partners").status == 401);
  }
  CHECK(get_as("Bearer " + token, "/admin/v1/partners").status == 200);
}

TEST_CASE_METHOD(UsersFixture, "Tokens are kept as keyed hashes and shown once") {
  const Answer made = post_as(bearer["viewer"], "/admin/v1/users/viewer/tokens", {{"expires_in_s", 3'600}});
  REQUIRE(made.status == 200);
  const std::string token = made.body["token"];
  CHECK(made.body["user"] == "viewer");
  const auto state = directory->admins();
  CHECK(wire::encode(*state).find(token.substr(16)) == std::string::npos);
  for (const std::string& record : log.records) CHECK(record.find(token.substr(16)) == std::string::npos);
  const Answer users = get("/admin/v1/users");
  CHECK(users.text.find(token.substr(16)) == std::string::npos);
  CHECK(users.text.find("hash") == std::string::npos);
  CHECK(users.text.find(token.substr(4, 12)) != std::string::npos);
}

TEST_CASE_METHOD(UsersFixture, "Users and tokens that cannot be are refused in words") {
  CHECK(post("/admin/v1/users", {{"name", "viewer"}, {"role", "viewer"}}).body["error"]["code"] == "user_exists");
  CHECK(post("/admin/v1/users", {{"name", "Ann Example"}, {"role", "viewer"}}).body["error"]["field"] == "name");
  CHECK(post("/admin/v1/users", {{"name", "bootstrap"}, {"role", "viewer"}}).body["error"]["field"] == "name");
  CHECK(post("/admin/v1/users", {{"name", "ann"}, {"role", "king"}}).body["error"]["field"] == "role");
  CHECK(post("/admin/v1/users", {{"name", "ann"}}).body["error"]["field"] == "role");
  CHECK(post("/admin/v1/users/nobody/disable").status == 404);
  CHECK(post("/admin/v1/tokens/nothing/revoke").status == 404);
  CHECK(post("/admin/v1/users/security_officer/disable").body["error"]["code"] == "last_officer");
  for (std::size_t i = 1; i < admin_tokens_max; ++i) (void)token_of("auditor");
  CHECK(post("/admin/v1/users/auditor/tokens").body["error"]["code"] == "too_many_tokens");
}

TEST_CASE_METHOD(UsersFixture, "A user makes and ends tokens of their own, not those of others") {
  const Answer made = post_as(bearer["viewer"], "/admin/v1/users/viewer/tokens");
  CHECK(made.status == 200);
  CHECK(post_as(bearer["viewer"], "/admin/v1/users/auditor/tokens").status == 403);
  const std::string of_auditor = bearer["auditor"].substr(11, 12);
  CHECK(post_as(bearer["viewer"], "/admin/v1/tokens/" + of_auditor + "/revoke").status == 403);
  CHECK(post_as(bearer["viewer"], "/admin/v1/tokens/" + made.body["id"].get<std::string>() + "/revoke").status == 200);
  CHECK(get_as(bearer["auditor"], "/admin/v1/partners").status == 200);
}

TEST_CASE_METHOD(UsersFixture, "When a token was last used is shown") {
  clock.advance(100 * us_per_second);
  CHECK(get_as(bearer["viewer"], "/admin/v1/partners").status == 200);
  const int64_t used = clock.now_us() / us_per_second;
  clock.advance(100 * us_per_second);
  const Answer answer = get("/admin/v1/users");
  for (const Json& user : answer.body["data"])
    if (user["name"] == "viewer") CHECK(user["tokens"][0]["last_used"] == used);
    else CHECK(user["tokens"][0]["last_used"].is_null());
}

TEST_CASE_METHOD(UsersFixture, "Commands of a user stand in the log under the user's name") {
  CHECK(post_as(bearer["partner_manager"], "/admin/v1/partners", {{"name", "Shop"}}).status == 200);
  CHECK(port->last.actor == "admin:partner_manager");
  create("Other");
  CHECK(port->last.actor == "admin");
}

}  // namespace tollgate

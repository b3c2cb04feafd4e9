#include "admin/fixture.h"

namespace tollgate {
namespace {

class KeyFixture : public AdminFixture {
 public:
  KeyFixture() {
    const Answer made = post("/admin/v1/partners", {{"name", "Shop"}});
    path = "/admin/v1/partners/" + made.body["id"].get<std::string>();
    first_id = made.body["secret_keys"][0]["id"];
    first = made.body["secret_keys"][0]["secret_key"];
  }
  std::string path, first_id, first;
};

}  // namespace

TEST_CASE_METHOD(KeyFixture, "A new key works beside the first one") {
  const auto made = post(path + "/keys", {{"mode", "live"}, {"scope", "read_only"}});
  REQUIRE(made.status == 200);
  CHECK(made.body["mode"] == "live");
  CHECK(made.body["scope"] == "read_only");
  AuthFailure why{};
  const auto opened = directory->authenticate(made.body["secret_key"].get<std::string>(), clock.now_us(), why);
  REQUIRE(opened);
  CHECK(opened->mode == Mode::live);
  CHECK(opened->scope == KeyScope::read_only);
  CHECK_FALSE(failure_of(first));
}

TEST_CASE_METHOD(KeyFixture, "A key may be bound to networks, and a roll binds the next one to the same") {
  const auto made = post(path + "/keys", {{"scope", "refunds"}, {"networks", {"10.0.0.0/8", "2001:DB8::/32", "203.0.113.7/32"}}});
  REQUIRE(made.status == 200);
  CHECK(made.body["scope"] == "refunds");
  CHECK(made.body["networks"] == Json{"10.0.0.0/8", "2001:db8::/32", "203.0.113.7"});
  const auto rolled = post(path + "/keys/" + made.body["id"].get<std::string>() + "/roll");
  REQUIRE(rolled.status == 200);
  CHECK(rolled.body["networks"] == made.body["networks"]);
  CHECK(rolled.body["scope"] == "refunds");
  for (const Json& wrong : {Json("10.0.0.0/8"), Json{"10.0.0.1/8"}, Json{"home"}, Json{7}, Json(std::vector<std::string>(33, "10.0.0.0/8"))}) {
    const auto refused = post(path + "/keys", {{"networks", wrong}});
    CHECK(refused.status == 400);
    CHECK(refused.body["error"]["field"] == "networks");
  }
}

TEST_CASE_METHOD(KeyFixture, "A key with an end stops working then") {
  const auto made = post(path + "/keys", {{"expires_in_s", 60}});
  CHECK_FALSE(failure_of(made.body["secret_key"]));
  clock.advance(60 * us_per_second);
  CHECK(failure_of(made.body["secret_key"]) == AuthFailure::expired);
}

TEST_CASE_METHOD(KeyFixture, "Both keys are valid during a roll, then only the new one") {
  const auto rolled = post(path + "/keys/" + first_id + "/roll", {{"old_valid_s", 3'600}});
  REQUIRE(rolled.status == 200);
  const std::string second = rolled.body["secret_key"];
  CHECK(rolled.body["replaces"]["id"] == first_id);
  CHECK_FALSE(failure_of(first));
  CHECK_FALSE(failure_of(second));
  clock.advance(3'600 * us_per_second);
  CHECK(failure_of(first) == AuthFailure::expired);
  CHECK_FALSE(failure_of(second));
}

TEST_CASE_METHOD(KeyFixture, "A revoked key is refused from the answer on") {
  const auto revoked = post(path + "/keys/" + first_id + "/revoke");
  CHECK(revoked.status == 200);
  CHECK(revoked.body["keys"][0]["status"] == "revoked");
  CHECK(failure_of(first) == AuthFailure::revoked);
}

TEST_CASE_METHOD(KeyFixture, "Wrong requests about keys are named") {
  CHECK(post(path + "/keys/nokey/roll").body["error"]["code"] == "key_not_found");
  CHECK(post(path + "/keys/nokey/revoke").body["error"]["code"] == "key_not_found");
  CHECK(post(path + "/keys", {{"mode", "prod"}}).body["error"]["field"] == "mode");
  CHECK(post(path + "/keys", {{"scope", "some"}}).body["error"]["field"] == "scope");
  CHECK(post(path + "/keys", {{"expires_in_s", 0}}).body["error"]["field"] == "expires_in_s");
  CHECK(post(path + "/keys/" + first_id + "/roll", {{"old_valid_s", -1}}).body["error"]["field"] == "old_valid_s");
  CHECK(post(path + "/keys/" + first_id + "/revoke", {{"why", "x"}}).body["error"]["field"] == "why");
  for (std::size_t i = 1; i < keys_per_mode_max; ++i) CHECK(post(path + "/keys").status == 200);
  CHECK(post(path + "/keys").body["error"]["code"] == "too_many_keys");
  CHECK_FALSE(failure_of(first));
}

}  // namespace tollgate

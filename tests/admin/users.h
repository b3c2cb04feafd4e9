// The admin API with one user of each role.
#pragma once
#include "admin/fixture.h"

namespace tollgate {

class UsersFixture : public AdminFixture {
 public:
  explicit UsersFixture(bool with_approvals = false) {
    approvals = with_approvals;
    make(true);
    for (const std::string role : {"viewer", "operator", "partner_manager", "auditor", "security_officer"}) bearer[role] = add(role, role);
  }
  // The header of a new user.
  std::string add(const std::string& name, const std::string& role) {
    REQUIRE(post("/admin/v1/users", {{"name", name}, {"role", role}}).status == 200);
    return "Bearer " + token_of(name);
  }
  std::string token_of(const std::string& name, const Json& body = Json::object()) {
    const Answer made = post("/admin/v1/users/" + name + "/tokens", body);
    REQUIRE(made.status == 200);
    return made.body["token"];
  }
  Answer get_as(const std::string& authorization, std::string_view target) { return call(Method::get, target, "", authorization); }
  Answer post_as(const std::string& authorization, std::string_view target, const Json& body = Json::object()) {
    return call(Method::post, target, body.dump(), authorization);
  }
  // Newest first.
  std::vector<Json> trail() {
    const Answer page = get("/admin/v1/audit?limit=500");
    REQUIRE(page.status == 200);
    return page.body["data"].get<std::vector<Json>>();
  }

  std::map<std::string, std::string> bearer;  // by role
};

}  // namespace tollgate

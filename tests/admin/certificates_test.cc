// Partners and tokens that are bound to client certificates.
#include "admin/users.h"

namespace tollgate {
namespace {

const std::string first(64, 'a'), second(64, 'b');

class BoundFixture : public UsersFixture {
 public:
  explicit BoundFixture(bool with_approvals = false) : UsersFixture(with_approvals) { partner = "/admin/v1/partners/" + create("Shop"); }
  Answer bind(const Json& to) { return post_as(bearer["partner_manager"], partner, {{"client_certificates", to}}); }
  Json bound() { return get(partner).body["client_certificates"]; }
  std::string partner;
};
class BoundWithApprovals : public BoundFixture {
 public:
  BoundWithApprovals() : BoundFixture(true) {}
};

}  // namespace

TEST_CASE_METHOD(BoundFixture, "A partner is bound to client certificates, shown with them, and let go again") {
  CHECK(bound() == Json::array());
  const Answer done = bind(Json::array({"sha256:" + std::string(64, 'A'), second}));
  CHECK(done.status == 200);
  CHECK(done.body["client_certificates"] == Json::array({first, second}));
  CHECK(post_as(bearer["partner_manager"], partner, {{"name", "Other"}}).status == 200);
  CHECK(bound() == Json::array({first, second}));
  CHECK(bind(Json::array()).status == 200);
  CHECK(bound() == Json::array());
}

TEST_CASE_METHOD(BoundFixture, "What is no list of certificates is refused by its name, and changes nothing") {
  const std::pair<Json, const char*> wrong[] = {{Json(first), "client_certificates"},
                                                {Json(), "client_certificates"},
                                                {Json::array({first, 7}), "client_certificates[1]"},
                                                {Json::array({first, "cert.pem"}), "client_certificates[1]"},
                                                {Json::array({first, first}), "client_certificates[1]"},
                                                {Json::array({"0", "1"}), "client_certificates[0]"}};
  for (const auto& [list, field] : wrong) {
    INFO(list.dump());
    const Answer refused = bind(list);
    CHECK(refused.status == 400);
    CHECK(refused.body["error"]["field"] == field);
  }
  Json nine = Json::array();
  for (char digit = '1'; digit <= '9'; ++digit) nine.push_back(std::string(64, digit));
  CHECK(bind(nine).body["error"]["field"] == "client_certificates");
  CHECK(bound() == Json::array());
}

TEST_CASE_METHOD(BoundFixture, "Nothing is bound on a node that asks for no certificates; what is bound already can be changed otherwise") {
  REQUIRE(bind(Json::array({first})).status == 200);
  asks_for_certificates = false;
  make(true);
  const Answer refused = bind(Json::array({second}));
  CHECK(refused.status == 400);
  CHECK(refused.body["error"]["field"] == "client_certificates");
  CHECK(refused.text.find("api.client_certificates") != std::string::npos);
  CHECK(post_as(bearer["partner_manager"], partner, {{"name", "Other"}}).status == 200);
  CHECK(bind(Json::array()).status == 200);
  CHECK(post("/admin/v1/users/viewer/tokens", {{"client_certificate", first}}).body["error"]["field"] == "client_certificate");
}

TEST_CASE_METHOD(BoundWithApprovals, "To loosen what keys are bound to takes a second person; to bind them, or to fewer, does not") {
  CHECK(bind(Json::array({first, second})).status == 200);
  CHECK(bind(Json::array({first})).status == 200);
  const Answer added = bind(Json::array({first, second}));
  CHECK(added.status == 202);
  CHECK(added.body["approval"]["why"] == "another client certificate that the partner's keys may be used with");
  const Answer ended = bind(Json::array());
  CHECK(ended.status == 202);
  CHECK(ended.body["approval"]["why"] == "keys that are no longer bound to client certificates");
  CHECK(bound() == Json::array({first}));
}

TEST_CASE_METHOD(UsersFixture, "A token that is bound to a client certificate opens nothing without it, and the trail tells") {
  const std::string token = "Bearer " + token_of("viewer", {{"client_certificate", first}});
  CHECK(get_as(token, "/admin/v1/partners").status == 401);
  client_certificate = second;
  const Answer wrong = get_as(token, "/admin/v1/partners");
  CHECK(wrong.status == 401);
  CHECK(wrong.text.find("bound to a client certificate") != std::string::npos);
  const Json noted = trail()[0];
  CHECK(noted["refused"] == true);
  CHECK(noted["user"] == "viewer");
  CHECK(noted["action"] == "partner.list");
  CHECK(noted["result"] == "wrong_certificate");
  client_certificate = first;
  CHECK(get_as(token, "/admin/v1/partners").status == 200);
  const Answer users = get("/admin/v1/users");
  for (const Json& user : users.body["data"])
    if (user["name"] == "viewer") CHECK(user["tokens"][1]["client_certificate"] == first);
  CHECK(post("/admin/v1/users/viewer/tokens", {{"client_certificate", "viewer.pem"}}).body["error"]["field"] == "client_certificate");
}

TEST_CASE_METHOD(UsersFixture, "Who needs a certificate makes no token of their own that needs none") {
  const std::string token = "Bearer " + token_of("viewer", {{"client_certificate", first}});
  client_certificate = first;
  const Answer made = post_as(token, "/admin/v1/users/viewer/tokens");
  REQUIRE(made.status == 200);
  client_certificate.clear();
  CHECK(get_as("Bearer " + made.body["token"].get<std::string>(), "/admin/v1/partners").status == 401);
}

}  // namespace tollgate

#include "admin/fixture.h"
#include "tollgate/base/shallow_json.h"

namespace tollgate {

TEST_CASE_METHOD(AdminFixture, "Nothing but the probes answers without the admin token") {
  for (const std::string_view authorization :
       {"", "Bearer", "Bearer ", "Bearer admin-toke", "Bearer admin-token2", "admin-token", "bearer admin-token"}) {
    INFO(authorization);
    const auto answer = call(Method::get, "/admin/v1/partners", "", authorization);
    CHECK(answer.status == 401);
    CHECK(answer.body["error"]["code"] == "unauthorized");
    CHECK(call(Method::post, "/admin/v1/partners", R"({"name":"X"})", authorization).status == 401);
  }
  CHECK(directory->size() == 0);
  CHECK(call(Method::get, "/livez", "", "").status == 200);
  CHECK(call(Method::get, "/readyz", "", "").status == 200);
}

TEST_CASE_METHOD(AdminFixture, "Only of who has a token the body is waited for") {
  for (const std::string_view authorization : {"", "Bearer admin-toke", "Bearer admin-token"}) {
    INFO(authorization);
    HttpRequest head;
    head.method = Method::post;
    head.path = "/admin/v1/partners";
    head.authorization = authorization;
    std::unique_ptr<Admission> admission;
    CHECK_FALSE(api->admit(head, admission));
    REQUIRE(admission != nullptr);
    CHECK(admission->wants_body == (authorization == "Bearer admin-token"));
  }
}

TEST_CASE_METHOD(AdminFixture, "Readiness follows the node, liveness does not") {
  ready = false;
  CHECK(get("/readyz").status == 503);
  CHECK(get("/livez").status == 200);
}

TEST_CASE_METHOD(AdminFixture, "Paths and methods that do not exist say so") {
  const std::string id = create("Shop");
  for (const std::string& path :
       {std::string("/nothing"), std::string("/admin/v1/"), std::string("/admin/v1/nothing"),
        "/admin/v1/partners/" + id + "/explode", "/admin/v1/partners/" + id + "/keys/a/roll/b"}) {
    INFO(path);
    CHECK(post(path).status == 404);
  }
  CHECK(get("/admin/v1/partners/acct_00000000001").body["error"]["code"] == "partner_not_found");
  CHECK(get("/admin/v1/partners/nonsense").status == 404);
  CHECK(call(Method::del, "/admin/v1/partners").status == 405);
}

TEST_CASE_METHOD(AdminFixture, "What only begins like a path of the log is none, whatever is behind it") {
  for (const char* path : {"/logs", "/log.txt", "/logaaaaaaaudit?limit=2", "/logbbbbbbusers", "/admin/v1//log", "/admin/v1//log/0/vkey", "/admin/v1//metrics"}) {
    INFO(path);
    CHECK(get(path).status == 404);
    CHECK(get(path).body["error"]["message"].get<std::string>().starts_with("There is nothing at this path"));
    CHECK(post(path).status == 404);
  }
  // These are: of a node that signs nothing.
  for (const char* path : {"/log", "/log/", "/log/0/vkey"}) CHECK(get(path).body["error"]["message"].get<std::string>().find("signs no checkpoints") != std::string::npos);
}

TEST_CASE_METHOD(AdminFixture, "A body that is no JSON object is refused") {
  CHECK(call(Method::post, "/admin/v1/partners", "{\"name\":").status == 400);
  CHECK(call(Method::post, "/admin/v1/partners", "[]").status == 400);
  CHECK(call(Method::post, "/admin/v1/partners", "\"x\"").status == 400);
  CHECK(directory->size() == 0);
}

TEST_CASE_METHOD(AdminFixture, "A body that nests without end is refused, wherever it does") {
  const std::string partner = "/admin/v1/partners/" + create("Shop");
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  for (const std::string& body : {nested(120'000), R"({"limits":{"x":)" + nested(120'000) + "}}", R"({"fees":[{"currency":)" + nested(120'000) + "}]}",
                                  R"({"limits":)" + nested(json_depth_max) + "}"}) {
    const Answer answer = call(Method::post, partner, body);
    CHECK(answer.status == 400);
    CHECK(answer.body["error"]["message"] == "The body is not valid JSON, or nested deeper than 64 levels.");
  }
  CHECK(call(Method::post, partner + "/keys", R"({"networks":[)" + nested(120'000) + "]}").status == 400);
  CHECK(call(Method::post, partner, R"({"limits":)" + nested(json_depth_max - 1) + "}").body["error"]["message"] == "limits must be an object");
}

TEST_CASE_METHOD(AdminFixture, "A node that takes no commands answers 503 and changes nothing") {
  port->overloaded = true;
  const auto answer = post("/admin/v1/partners", {{"name", "Shop"}});
  CHECK(answer.status == 503);
  CHECK(answer.text.find("sk_test_") == std::string::npos);
}

}  // namespace tollgate

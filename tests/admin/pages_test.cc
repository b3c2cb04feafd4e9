#include "admin/pages.h"

#include "admin/fixture.h"

namespace tollgate::admin {
namespace {

constexpr PageFile files[] = {
    {.path = "/", .type = "text/html; charset=utf-8", .etag = "\"a1\"", .content = "<!doctype html>", .immutable = false},
    {.path = "/assets/app-1.js", .type = "text/javascript; charset=utf-8", .etag = "\"b2\"", .content = "go()", .immutable = true},
};

HttpRequest ask(std::string_view path, std::string_view if_none_match = {}, Method method = Method::get) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  request.if_none_match = if_none_match;
  return request;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

TEST_CASE("A page is served with its tag, and not again to who has it") {
  const auto page_ = page(ask("/"), files);
  REQUIRE(page_);
  CHECK(page_->status == 200);
  CHECK(page_->body == "<!doctype html>");
  CHECK(page_->content_type == "text/html; charset=utf-8");
  CHECK(header(*page_, "ETag") == "\"a1\"");
  CHECK(header(*page_, "Cache-Control") == "no-cache");
  for (const char* tags : {"\"a1\"", "W/\"a1\"", "\"zz\", \"a1\"", "*"}) {
    INFO(tags);
    const auto again = page(ask("/", tags), files);
    REQUIRE(again);
    CHECK(again->status == 304);
    CHECK(again->body.empty());
    CHECK(header(*again, "ETag") == "\"a1\"");
  }
  CHECK(page(ask("/", "\"b2\""), files)->status == 200);
}

TEST_CASE("A file whose name changes with its content is kept for good") {
  const auto script = page(ask("/assets/app-1.js"), files);
  REQUIRE(script);
  CHECK(header(*script, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(page(ask("/assets/app-2.js"), files)->status == 404);
}

TEST_CASE("Pages run and ask nothing but the node's own files, and nobody may frame them") {
  for (const char* path : {"/", "/assets/app-1.js", "/assets/none.js"}) {
    const auto shown = page(ask(path), files);
    REQUIRE(shown);
    const std::string policy = header(*shown, "Content-Security-Policy");
    CHECK(policy.find("default-src 'none'") == 0);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("http") == std::string::npos);
    CHECK(header(*shown, "X-Content-Type-Options") == "nosniff");
  }
}

TEST_CASE("Pages are read only, and what is no page is left to others") {
  CHECK(page(ask("/", {}, Method::post), files)->status == 405);
  for (const char* path : {"/admin/v1/status", "/livez", "/metrics", "/log/1/checkpoint", "/index.html"}) CHECK_FALSE(page(ask(path), files));
}

TEST_CASE("A build without the dashboard says so") {
  const auto shown = page(ask("/"), {});
  REQUIRE(shown);
  CHECK(shown->status == 404);
  CHECK(shown->body.find("not in this build") != std::string::npos);
  CHECK(shown->body.find("tools/setup") != std::string::npos);
}

TEST_CASE_METHOD(AdminFixture, "The page needs no token, and all that it asks for does") {
  CHECK(call(Method::get, "/", "", "").status == (dashboard_files().empty() ? 404 : 200));
  for (const char* path : {"/admin/v1/payments", "/admin/v1/payments/pi_x", "/admin/v1/partners", "/admin/v1/overview"})
    CHECK(call(Method::get, path, "", "").status == 401);
}

}  // namespace tollgate::admin

#include "admin/pages.h"

#include <algorithm>
#include <string>

namespace tollgate::admin {
namespace {

constexpr std::string_view assets = "/assets/";
// Nothing but the node's own files runs, is shown or is asked; no other site may frame the page.
constexpr const char* policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

constexpr std::string_view not_built =
    "The dashboard is not in this build: Node.js or its packages were missing when it was configured.\n"
    "Run tools/setup, configure and build again. The admin API (/admin/v1) and `tollgate` on the command line do all of it.\n";

void protect(HttpResponse& response) {
  response.headers.emplace_back("Content-Security-Policy", policy);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

HttpResponse text(int status, std::string_view words) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = words;
  response.headers.emplace_back("Cache-Control", "no-store");
  protect(response);
  return response;
}

// If-None-Match is "*" or a list of tags, each possibly weak.
bool has_it(std::string_view if_none_match, std::string_view etag) { return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos; }

}  // namespace

std::optional<HttpResponse> page(const HttpRequest& request, std::span<const PageFile> files) {
  const auto file = std::find_if(files.begin(), files.end(), [&](const PageFile& one) { return one.path == request.path; });
  if (file == files.end()) {
    if (request.path == "/" || request.path == "/favicon.ico") return text(404, files.empty() ? not_built : "There is no such file.\n");
    if (request.path.starts_with(assets)) return text(404, "There is no such file: load the page again, the node may have been upgraded.\n");
    return std::nullopt;
  }
  if (request.method != Method::get) {
    HttpResponse response = text(405, "Only GET is used here.\n");
    response.headers.emplace_back("Allow", "GET");
    return response;
  }
  HttpResponse response;
  response.content_type = file->type;
  response.headers.emplace_back("ETag", file->etag);
  response.headers.emplace_back("Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  protect(response);
  if (has_it(request.if_none_match, file->etag)) response.status = 304;
  else response.body = file->content;
  return response;
}

}  // namespace tollgate::admin

// The dashboard's files, as they are embedded in the binary, and how they are served.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "tollgate/api/http_message.h"

namespace tollgate::admin {

struct PageFile {
  std::string_view path;  // "/assets/app-<hash>.js"
  std::string_view type, etag, content;
  bool immutable = false;  // its name changes with its content
};

// Made by the build from src/admin/dashboard; empty where that was not built.
[[nodiscard]] std::span<const PageFile> dashboard_files();

// Nothing if the path is none of a page's. Pages need no token: they hold nothing but themselves, and ask the API with the one that the operator
// gives them.
[[nodiscard]] std::optional<HttpResponse> page(const HttpRequest& request, std::span<const PageFile> files);

}  // namespace tollgate::admin

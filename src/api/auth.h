// Who asks: an API key as a bearer token, or as the user of basic authentication.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/errors.h"
#include "tollgate/api/http_message.h"
#include "tollgate/directory/directory.h"

namespace tollgate::api {

// The key in an Authorization header; empty if it holds none.
[[nodiscard]] std::string key_of(std::string_view authorization);
// The key, where it comes from, and with which certificate.
[[nodiscard]] std::optional<ApiError> authenticate(const Directory& directory, const HttpRequest& head, int64_t now_us, Authenticated& who);

}  // namespace tollgate::api

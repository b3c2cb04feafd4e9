// Who asks: an API key as a bearer token, or as the user of basic authentication.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/errors.h"
#include "tollgate/directory/directory.h"

namespace tollgate::api {

// The key in an Authorization header; empty if it holds none.
[[nodiscard]] std::string key_of(std::string_view authorization);
[[nodiscard]] std::optional<ApiError> authenticate(const Directory& directory, std::string_view authorization, int64_t now_us,
                                                   Authenticated& who);

}  // namespace tollgate::api

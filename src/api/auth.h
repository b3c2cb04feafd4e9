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
// `peer`: the address that the request comes from.
[[nodiscard]] std::optional<ApiError> authenticate(const Directory& directory, std::string_view authorization, std::string_view peer,
                                                   int64_t now_us, Authenticated& who);

}  // namespace tollgate::api

// openapi.json, as it lies beside this file, compiled in.
#pragma once
#include <string_view>

namespace tollgate::api {

[[nodiscard]] std::string_view openapi_text();

}  // namespace tollgate::api

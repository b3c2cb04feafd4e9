// The list of payment methods, which two resources have.
#pragma once
#include <optional>

#include "api/call.h"

namespace tollgate::api {

// The caller has read what is its own; `customer` empty: of all customers.
[[nodiscard]] Reply list_methods(CallPtr& call, std::string_view url, std::optional<CustomerId> customer);

}  // namespace tollgate::api

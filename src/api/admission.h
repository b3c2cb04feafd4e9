// Who is let in, from the head of a request alone: a valid key, within the partner's limits, and as long as the node can.
#pragma once
#include <optional>

#include "api/call.h"
#include "tollgate/limits/limits.h"

namespace tollgate::api {

struct Admitted final : Admission {
  Authenticated who;  // empty on routes that need no key
  Limits::Ticket ticket;
};

// `route`: nullptr if there is none. Nothing if it is let in.
[[nodiscard]] std::optional<ApiError> admit(const Services& services, const Route* route, const HttpRequest& head, int64_t now_us,
                                            Admitted& to);
// The answer to a request that was not let in, as answer() would give it.
[[nodiscard]] HttpResponse not_admitted(const ApiError& error, const HttpRequest& head, const Route* route, RequestId request);

[[nodiscard]] RequestClass class_of(const Route* route, Method method, Mode mode);

}  // namespace tollgate::api

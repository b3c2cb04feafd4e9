// The print of a request: enough to tell a repeat from another request under the same key, and to name what differs; nothing
// that could be looked up, since card numbers go into it.
#pragma once
#include <string>
#include <string_view>

#include "api/call.h"
#include "tollgate/engine/command.h"

namespace tollgate::api {

inline constexpr std::size_t idempotency_key_characters_max = 255;

struct RequestPrint {
  std::string fingerprint;  // 16 bytes over method, path and all parameters
  std::string parameters;   // for each top-level parameter, sorted: 2 bytes of its name, 2 bytes of its value
};
// `operation`: "POST /v1/payment_intents".
[[nodiscard]] RequestPrint print_of(std::string_view key, std::string_view operation, const ParamTree& tree);

// The key was used before with another request: what differs.
[[nodiscard]] ApiError mismatch_error(const Call& call, const IdempotencyEntry& entry);
[[nodiscard]] ApiError in_progress_error(const Call& call);

[[nodiscard]] std::string operation_of(const Call& call);

}  // namespace tollgate::api

// What bounds a node: partners' default limits, and how many descriptors there are.
#pragma once
#include "cli/config.h"
#include "tollgate/limits/limits.h"

namespace tollgate::cli {

[[nodiscard]] LimitsOptions limits_options(const Config& config);

// How many connections fit with the descriptors that there may be: `connections` of them, `wanted` at most.
struct ConnectionsBound {
  int64_t connections = 0, descriptors = 0;
};
[[nodiscard]] ConnectionsBound connections_bound(int64_t wanted);
[[nodiscard]] std::string text_of(const ConnectionsBound& bound, int64_t wanted);

// As many descriptors as the system lets us have, and no more connections than leave the database its own: a node that cannot open its
// files has to stop, one that closes a connection has not. The bound for connections, config.connections_max at most.
[[nodiscard]] int64_t connections_that_fit(int64_t wanted);

}  // namespace tollgate::cli

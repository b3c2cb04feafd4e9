#include "cli/node_limits.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>

#include "tollgate/base/time.h"

namespace tollgate::cli {
namespace {

// The database's tables (512 of the log, some of the vault and the sandbox), logs, listeners, acquirers.
constexpr int64_t descriptors_reserved = 1'024;

}  // namespace

LimitsOptions limits_options(const Config& config) {
  const auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
  LimitsOptions options;
  PartnerLimits& defaults = options.defaults;
  defaults.requests_per_second = u32(config.requests_per_second);
  defaults.burst = u32(config.burst);
  defaults.concurrent_requests = u32(config.concurrent_requests);
  defaults.queue_depth = u32(config.queue_depth);
  defaults.amount_per_day = config.amount_per_day;
  defaults.declines_per_card = u32(config.declines_per_card);
  defaults.declines_per_bin = u32(config.declines_per_bin);
  defaults.decline_window_s = u32(config.decline_window_s);
  options.unknown_keys = {u32(config.unknown_keys_per_second), u32(config.unknown_keys_burst)};
  options.queue_delay_target_us = config.queue_delay_target_ms * us_per_ms;
  options.engine_threads = u32(config.engine_threads);
  return options;
}

ConnectionsBound connections_bound(int64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return {wanted, INT32_MAX};
  const auto all = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_max, INT32_MAX));
  return {std::min(wanted, std::max<int64_t>(all - std::min(descriptors_reserved, all / 2), 1)), all};
}

std::string text_of(const ConnectionsBound& bound, int64_t wanted) {
  return fmt::format("api.connections_max is {}, but with {} file descriptors only {} connections fit: raise the limit (LimitNOFILE, ulimit -n)", wanted,
                     bound.descriptors, bound.connections);
}

int64_t connections_that_fit(int64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const ConnectionsBound bound = connections_bound(wanted);
  if (bound.connections < wanted) spdlog::warn("{}", text_of(bound, wanted));
  return bound.connections;
}

}  // namespace tollgate::cli

// The configuration as each module wants it.
#pragma once
#include "cli/config.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/engine/engine.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/http/server.h"
#include "tollgate/observe/log.h"

namespace tollgate::observe {
class Metrics;
}

namespace tollgate::cli {

[[nodiscard]] HttpServerOptions server_options(const Config& config, const ListenerConfig& listener,
                                               const Endpoint& endpoint);
[[nodiscard]] EngineOptions engine_options(const Config& config, observe::Metrics* metrics);
[[nodiscard]] DispatcherOptions dispatcher_options(const Config& config, observe::Metrics* metrics);
[[nodiscard]] SandboxOptions sandbox_options(const Config& config);
[[nodiscard]] observe::LogOptions log_options_of(const Config& config);
[[nodiscard]] RocksdbLogOptions log_options(const Config& config, int64_t sync_delay_us);

}  // namespace tollgate::cli

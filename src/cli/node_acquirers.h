// The live acquirers of a node, as its configuration has them.
#pragma once
#include <map>
#include <set>
#include <string>

#include "cli/config.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/vault/vault.h"

namespace tollgate::cli {

// To the log.
void report_breaker(const AcquirerHealth& health);
[[nodiscard]] std::set<std::string> acquirer_names(const Config& config);
// Reads the keys' files. `status` becomes the first problem that an acquirer has when it is made. Both outlive the dispatcher.
[[nodiscard]] StatusOr<std::map<std::string, LiveAcquirer>> live_acquirers(const Config& config, Vault& vault, Status& status);

}  // namespace tollgate::cli

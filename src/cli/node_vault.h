// The vault as the configuration has it, and its keys for the admin API.
#pragma once
#include "cli/config.h"
#include "cli/node_facts.h"
#include "tollgate/admin/admin.h"
#include "tollgate/vault/vault.h"

namespace tollgate::cli {

[[nodiscard]] StatusOr<std::unique_ptr<Vault>> open_configured_vault(const Config& config, const std::string& directory,
                                                                     std::function<void(Status)> failed);
// `vault` outlives the ports.
void add_vault_ports(AdminPorts& ports, Vault& vault);
// What the metrics and the alerts say of it. `vault` outlives the source.
[[nodiscard]] FactSource vault_facts(Vault& vault);

}  // namespace tollgate::cli

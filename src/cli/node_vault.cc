#include "cli/node_vault.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "tollgate/vault/keys.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string status_json(Vault& vault) {
  const VaultKeysInfo info = keys_of(vault).info();
  Json keys = Json::array();
  for (const VaultKeyInfo& key : info.keys) {
    keys.push_back({{"id", key.number}, {"kind", key.kind}, {"state", key.state}, {"created", key.created_us / us_per_second}});
    if (key.state == "retiring") keys.back()["rows_left"] = key.rows_left ? Json(*key.rows_left) : Json(nullptr);
  }
  return Json{{"provider", info.provider}, {"kek_id", info.kek_id},         {"memory_locked", info.memory_locked},
              {"job", info.job},           {"jobs_done", info.jobs_done},   {"problem", info.problem},
              {"rows_encrypted", info.rows_encrypted}, {"rows_damaged", info.rows_damaged}, {"keys", std::move(keys)}}
      .dump();
}

}  // namespace

StatusOr<std::unique_ptr<Vault>> open_configured_vault(const Config& config, const std::string& directory, std::function<void(Status)> failed) {
  VaultOptions options;
  options.key_provider = config.vault_key_provider;
  options.pkcs11.module = config.vault_pkcs11_module;
  options.pkcs11.token = config.vault_pkcs11_token;
  options.pkcs11.key_label = config.vault_pkcs11_key;
  options.pkcs11.pin_file = config.vault_pkcs11_pin_file;
  options.rewrite_rows_per_s = static_cast<uint32_t>(config.vault_rewrite_rows_per_s);
  options.note = [](const std::string& what) { spdlog::warn("{}", what); };
  auto opened = open_vault(directory, std::move(failed), options);
  if (opened.ok() && !keys_of(**opened).info().memory_locked)
    spdlog::warn("the memory that keys lie in could not be locked and may be swapped out: raise the limit (ulimit -l, LimitMEMLOCK=)");
  return opened;
}

void add_vault_ports(AdminPorts& ports, Vault& vault) {
  ports.vault_status = [&vault] { return status_json(vault); };
  ports.vault_rotate = [&vault] { return keys_of(vault).begin_rotate(); };
  ports.vault_rewrap = [&vault] { return keys_of(vault).begin_rewrap(); };
}

}  // namespace tollgate::cli

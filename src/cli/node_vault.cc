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
  const VaultKekCheck& check = info.kek_check;
  const Json kek_check = {{"up", check.known ? Json(check.up) : Json(nullptr)},
                          {"checked", check.checked_us == 0 ? Json(nullptr) : Json(check.checked_us / us_per_second)},
                          {"problem", check.problem}};
  return Json{{"provider", info.provider}, {"kek_id", info.kek_id},         {"memory_locked", info.memory_locked},
              {"job", info.job},           {"jobs_done", info.jobs_done},   {"problem", info.problem},
              {"rows_encrypted", info.rows_encrypted}, {"rows_damaged", info.rows_damaged}, {"kek_check", kek_check}, {"keys", std::move(keys)}}
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
  options.block_cache_bytes = static_cast<std::size_t>(config.vault_block_cache_mib) << 20;
  options.subject_keys_cached_max = static_cast<std::size_t>(config.vault_cached_keys_max);
  options.rewrite_rows_per_s = static_cast<uint32_t>(config.vault_rewrite_rows_per_s);
  options.note = [](const std::string& what) { spdlog::warn("{}", what); };
  auto opened = open_vault(directory, std::move(failed), options);
  if (opened.ok() && !keys_of(**opened).info().memory_locked)
    spdlog::warn("the memory that keys lie in could not be locked and may be swapped out: raise the limit (ulimit -l, LimitMEMLOCK=)");
  if (opened.ok()) keys_of(**opened).check_kek_every(config.vault_kek_check_interval_s * us_per_second);
  return opened;
}

void add_vault_ports(AdminPorts& ports, Vault& vault) {
  ports.vault_status = [&vault] { return status_json(vault); };
  ports.vault_rotate = [&vault] { return keys_of(vault).begin_rotate(); };
  ports.vault_rewrap = [&vault] { return keys_of(vault).begin_rewrap(); };
  // Why is for those who have a token: tollgate vault status.
  ports.warnings = [&vault] {
    std::vector<std::string> warnings;
    if (!keys_of(vault).info().kek_check.up)
      warnings.emplace_back("the vault's key provider does not answer: payments go on, a restart would not succeed (tollgate vault status)");
    return warnings;
  };
}

FactSource vault_facts(Vault& vault) {
  return [&vault](observe::NodeFacts& facts) {
    const VaultKeysInfo info = keys_of(vault).info();
    const VaultKekCheck& check = info.kek_check;
    if (!check.known) return;
    if (!check.up) facts.vault_kek_problem = check.problem;
    facts.samples.push_back({"tollgate_vault_kek_up", "1 if the provider of the vault's key-encryption key answered when it was last asked.", false,
                             {{"provider", info.provider}}, check.up ? 1.0 : 0.0});
    facts.samples.push_back({"tollgate_vault_kek_answer_seconds", "How long it took then.", false, {{"provider", info.provider}},
                             static_cast<double>(check.took_us) / 1e6});
  };
}

}  // namespace tollgate::cli

// What a compliance report is made of, read from the configuration, the data directory and this machine. Nothing is asked of a running node,
// and nothing is changed.
#pragma once
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "cli/config.h"
#include "tollgate/access/access.h"
#include "tollgate/base/status.h"
#include "tollgate/vault/keys.h"

namespace tollgate::cli {

using Json = nlohmann::ordered_json;

struct ListenerFacts {
  std::string name, listen;
  bool loopback = false;
  std::string certificate;  // path; empty: plain HTTP
  std::string subject, issuer, key;
  int64_t expires_us = 0;
  std::vector<std::string> protocols, ciphers;
  struct Authority {
    std::string subject;
    int64_t expires_us = 0;
  };
  std::string client_certificates;  // off, optional, required
  std::vector<Authority> client_authorities;
  std::string client_crl;           // path; empty: none
  int64_t client_crl_expires_us = 0;
  std::string problem;  // why the certificate cannot be read
};

struct KeyFile {
  std::string path;  // in the data directory, or as the configuration has it
  int64_t changed_us = 0;
  bool private_to_owner = false;
};

struct PartnerKeyFacts {
  uint64_t partners = 0, keys = 0, live = 0, read_only = 0, without_end = 0, revoked_or_expired = 0, older_than_year = 0;
  uint64_t partners_with_limits = 0, partners_with_certificates = 0;
};

// What the vault's database says of its keys.
struct VaultFacts {
  bool has_keys = false;
  VaultKeysInfo keys;
  std::string problem;  // why they cannot be read
};

struct TrailFacts {
  uint64_t records = 0;       // of partition 0, which holds it
  int64_t first_us = 0, last_us = 0;
};

struct TimeFacts {
  bool known = false, synchronized = false;
  int64_t offset_us = 0, error_max_us = 0;
};

struct ComplianceFacts {
  Config config;
  std::string config_path;
  int64_t now_us = 0;
  bool data_exists = false, data_private = false;  // 0700
  // Why it is not known what there is; empty: it is.
  std::string data_problem, keys_problem, log_problem;
  std::vector<ListenerFacts> listeners;
  std::vector<KeyFile> keys;             // the node's own, in its data directory
  std::vector<KeyFile> configured_keys;  // that the configuration names
  VaultFacts vault;
  AdminState admins;
  PartnerKeyFacts partner_keys;
  TrailFacts trail;
  int64_t copied_us = 0;     // when the newest record of the trail that the archive has was written; 0: it has none
  std::string copy_problem;  // why that cannot be told
  TimeFacts time;
  bool has_log = false;  // the data directory was used before
  std::string openssl;
};

[[nodiscard]] StatusOr<ComplianceFacts> gather_facts(const std::string& config_path);

}  // namespace tollgate::cli

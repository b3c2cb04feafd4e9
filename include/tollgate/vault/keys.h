// The vault's keys as an operator sees them, and their rotation while the vault is used.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/base/status.h"
#include "tollgate/vault/vault.h"

namespace tollgate {

struct VaultKeyInfo {
  uint32_t number = 0;
  std::string kind;   // "index" (of keyed hashes, never changed), "data", "v1" (data that a vault of format 1 brought along)
  std::string state;  // "active", "retiring"
  int64_t created_us = 0;
  std::optional<uint64_t> rows_left;  // of a retiring one, once they are counted
};

// Whether the key provider answers, and opens what it wraps. The vault works on without it; a restart does not.
struct VaultKekCheck {
  bool known = false;  // it was asked, and has answered or has taken too long
  bool up = true;
  int64_t checked_us = 0;  // when it last answered or failed; 0: never
  int64_t took_us = 0;
  std::string problem;
};

struct VaultKeysInfo {
  std::string provider, kek_id;  // of the key-encryption key
  bool memory_locked = false;    // all memory that keys lie in
  std::vector<VaultKeyInfo> keys;
  std::string job;               // "rotate", "rewrap" while it is asked for or in work; or empty
  uint64_t jobs_done = 0;        // since the start, also those that failed
  std::string problem;           // of the last job, or of rows that do not open; empty: none
  uint64_t rows_encrypted = 0;   // anew, since the start
  uint64_t rows_damaged = 0;     // in the last walk
  VaultKekCheck kek_check;
};

class VaultKeys {
 public:
  virtual ~VaultKeys() = default;
  [[nodiscard]] virtual VaultKeysInfo info() const = 0;
  // A new data key; then, in the background, every row under it, and the keys before it destroyed. Returns at once;
  // failed_precondition while another job is in work.
  [[nodiscard]] virtual Status begin_rotate() = 0;
  // A new key-encryption key, and all data keys wrapped under it. Returns at once, as begin_rotate().
  [[nodiscard]] virtual Status begin_rewrap() = 0;
  // From now on, in a thread of its own: info() tells what comes of it. Once.
  virtual void check_kek_every(int64_t interval_us) = 0;
};

// `vault`: one that open_vault() gave. Lives as long as it does.
[[nodiscard]] VaultKeys& keys_of(Vault& vault);

// The keys of the vault in `directory` from its files alone: beside the node that uses it or without one, without the KEK, and nothing is
// changed. `rows_left` is absent of a vault that has too many rows to be counted. not_found if there is no vault, or none with keys;
// failed_precondition for one of format 1.
[[nodiscard]] StatusOr<VaultKeysInfo> read_vault_keys(const std::string& directory);

}  // namespace tollgate

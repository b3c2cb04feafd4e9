// The vault's database, for backups: its rows are ciphertext, and the key file is not among them.
#pragma once
#include "tollgate/rocks/snapshotter.h"
#include "tollgate/vault/vault.h"

namespace tollgate {

// `vault`: one that open_vault() gave. Lives as long as it does.
[[nodiscard]] Snapshotter& snapshotter_of(Vault& vault);

}  // namespace tollgate

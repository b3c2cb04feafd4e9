// The part of a backup that is the same for the archive's picture of vault and sandbox.
#pragma once
#include "backup/store.h"

namespace tollgate::backup {

// Every file of the databases, one database after the other, into the store; durable, but no manifest is saved yet.
[[nodiscard]] StatusOr<Manifest> copy_databases(Store& store, const BackupOptions& options, const std::vector<DatabaseSource>& databases,
                                                uint64_t wal_bytes_for_flush);

}  // namespace tollgate::backup

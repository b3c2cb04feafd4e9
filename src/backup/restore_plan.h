// What a restore begins with: which life of the log, and which backup of it.
#pragma once
#include <optional>

#include "backup/store.h"
#include "tollgate/backup/archive.h"
#include "tollgate/backup/restore.h"

namespace tollgate::backup {

struct RestorePlan {
  LogGeneration generation;           // whose records count
  std::optional<Store> store;         // of the backups
  std::optional<Manifest> base;       // copied, and continued
  std::optional<Manifest> source;     // later than what is wanted: only its records are read
  std::unique_ptr<ArchiveReader> archive;
  std::optional<Store> side_store;    // where vault and sandbox are taken from
  std::optional<Manifest> side;
  int64_t until_us = INT64_MAX;
};

[[nodiscard]] StatusOr<RestorePlan> plan_restore(const RestoreOptions& options);

}  // namespace tollgate::backup

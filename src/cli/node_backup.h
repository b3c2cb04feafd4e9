// A node's backups and archive: from its configuration to the service that does them.
#pragma once
#include <memory>

#include "cli/config.h"
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/backup/generation.h"
#include "tollgate/backup/service.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/vault/vault.h"

namespace tollgate::cli {

// The log as everybody reads it: what it has forgotten comes from the archive, if there is one.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> with_configured_archive(const Config& config, std::unique_ptr<EventLog> log);

// Which life of the log it is, from here on also noted where its backups and its archive are.
[[nodiscard]] StatusOr<LogGeneration> begin_configured_generation(const Config& config, const EventLog& log);

// `log` as open_rocksdb_log() gave it. `sandbox` may be null.
[[nodiscard]] StatusOr<std::unique_ptr<BackupService>> open_backup_service(const Config& config, EventLog& log, Vault& vault, Sandbox* sandbox);

}  // namespace tollgate::cli

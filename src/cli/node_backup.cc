#include "cli/node_backup.h"

#include <spdlog/spdlog.h>

#include "cli/version.h"
#include "tollgate/acquirer/sandbox_snapshot.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/vault/snapshot.h"

namespace tollgate::cli {

StatusOr<std::unique_ptr<EventLog>> with_configured_archive(const Config& config, std::unique_ptr<EventLog> log) {
  std::unique_ptr<ArchiveReader> archive;
  if (!config.archive_directory.empty() && is_archive_directory(config.archive_directory)) {
    TOLLGATE_ASSIGN_OR_RETURN(LogGeneration generation, load_generation(config.data_dir));
    TOLLGATE_ASSIGN_OR_RETURN(archive, ArchiveReader::open(config.archive_directory, std::move(generation)));
  }
  return with_archive(std::move(log), std::move(archive));
}

StatusOr<LogGeneration> begin_configured_generation(const Config& config, const EventLog& log) {
  const std::vector<std::string> directories{config.backup_directory, config.archive_directory};
  TOLLGATE_ASSIGN_OR_RETURN(LogGeneration generation, begin_generation(config.data_dir, log, directories));
  if (const Status noted = note_generation(generation.number, directories); !noted.ok())
    spdlog::warn("a later restore may take this log's generation, {}: {}", generation.number, message_of(noted));
  return generation;
}

StatusOr<std::unique_ptr<BackupService>> open_backup_service(const Config& config, EventLog& log, Vault& vault, Sandbox* sandbox) {
  constexpr int64_t us_per_minute = 60 * us_per_second;
  BackupServiceOptions options;
  options.data_dir = config.data_dir;
  options.node_version = version;
  options.backup_directory = config.backup_directory;
  options.backup_interval_us = config.backup_interval_min * us_per_minute;
  options.keep_last = static_cast<uint64_t>(config.backup_keep_last);
  options.keep_days = static_cast<uint64_t>(config.backup_keep_days);
  options.bytes_per_second = static_cast<uint64_t>(config.backup_mib_per_s_max) << 20;
  options.archive_directory = config.archive_directory;
  options.archive_interval_us = config.archive_interval_ms * us_per_ms;
  options.segment_bytes = static_cast<uint64_t>(config.archive_segment_mib) << 20;
  options.log_kept_us = config.log_keep_days * us_per_day;
  options.complain = [](const std::string& what) { spdlog::error("{}", what); };
  options.say = [](const std::string& what) { spdlog::info("{}", what); };
  LogStore* store = log_store_of(log);
  if (store == nullptr) return internal_error("this event log cannot be backed up while it runs");
  // Log first: what its records refer to is in the vault before they are written.
  std::vector<DatabaseSource> databases{{"log", &store->snapshotter()}, {"vault", &snapshotter_of(vault)}};
  if (sandbox != nullptr) databases.push_back({"sandbox", &snapshotter_of(*sandbox)});
  return BackupService::open(std::move(options), log, std::move(databases));
}

}  // namespace tollgate::cli

// What a running node does in the background: scheduled backups, the archive of its log, and forgetting what was archived.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/backup/archive.h"
#include "tollgate/backup/backup.h"
#include "tollgate/base/time.h"

namespace tollgate {

struct BackupServiceOptions {
  std::string data_dir, node_version;
  std::string backup_directory;      // empty: only when asked
  int64_t backup_interval_us = 0;    // 0: only when asked
  uint64_t keep_last = 0, keep_days = 0;
  uint64_t bytes_per_second = 0;     // of backups
  std::string archive_directory;     // empty: none
  int64_t archive_interval_us = 5 * us_per_second;
  uint64_t segment_bytes = uint64_t{8} << 20;
  int64_t log_kept_us = 0;           // 0: the node keeps all records
  // Errors, and that they are over; from the service's threads.
  std::function<void(const std::string&)> complain, say;
};

// For whoever watches the node. Times are UTC; 0: not yet.
struct BackupHealth {
  bool backups_scheduled = false, archives = false;
  int64_t backup_us = 0;    // the newest complete backup in the configured directory
  int64_t begin_us = 0;     // the log's first record: what there is no backup of, if there is none
  int64_t archived_us = 0;  // when the archive last had all that was durable
  struct Work {
    std::string name;       // "backup", "archive", "forget"
    uint64_t failures = 0;  // in a row; 0: the last went well
    std::string error;
  };
  std::vector<Work> works;  // those that the configuration asks for
};

class BackupService {
 public:
  // `log` as open_rocksdb_log() gave it; it and the databases outlive the service. failed_precondition if the archive is another log's, or
  // ahead of this one.
  [[nodiscard]] static StatusOr<std::unique_ptr<BackupService>> open(BackupServiceOptions options, EventLog& log, std::vector<DatabaseSource> databases);
  virtual ~BackupService() = default;
  virtual void start() = 0;
  // Gives up a backup that is under way, and archives what is new. After the engine, before the log is closed. Idempotent.
  virtual void stop() = 0;
  // Begins a backup; empty: to the configured directory. failed_precondition if one is under way already.
  [[nodiscard]] virtual Status begin_backup(const std::string& directory) = 0;
  // For the admin status: a JSON object.
  [[nodiscard]] virtual std::string status_json() const = 0;
  [[nodiscard]] virtual BackupHealth health() const = 0;
};

}  // namespace tollgate

// Backups of a node's databases into a directory, online and incremental: files that did not change are shared by all backups
// that hold them.
//
//   DIR/tollgate-backup        what it is
//   DIR/backups/<id>.json      one manifest a backup; it is there once all of its files are, synced
//   DIR/files/<xx>/<sha256>    every file once, under its SHA-256
//   DIR/keys/<file>.<id>       key files, only if somebody asked for it
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/audit/checkpoints.h"
#include "tollgate/backup/generation.h"
#include "tollgate/eventlog/event_log.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate {

// A key file of the node: a backup says which ones its data needs, and holds none of them.
struct KeyFile {
  std::string file;  // within the data directory
  std::string id;    // tells which key it is, and nothing about it
  std::string what;  // what is lost without it
};

struct BackedPartition {
  uint32_t partition = 0;
  uint64_t sequence = 0, epoch = 0;
  std::string hash;  // hex
  int64_t time_us = 0;
};

struct BackupInfo {
  std::string id;
  int64_t time_us = 0;  // when it began: everything acknowledged before is in it
  std::string node_version;
  LogGeneration generation;
  std::vector<BackedPartition> partitions;
  std::vector<KeyFile> keys;
  uint64_t files = 0, bytes = 0, new_bytes = 0;  // all of it, and what this backup added
};

struct DatabaseSource {
  std::string name;
  Snapshotter* snapshotter = nullptr;
};

struct BackupOptions {
  std::string directory;
  std::string data_dir;
  uint64_t bytes_per_second = 0;            // 0: as fast as it goes
  const std::atomic<bool>* stop = nullptr;  // gives up when it becomes true: what there was before stays as it is
  std::string node_version;
  int64_t now_us = 0;
};

// In this order: log first, then what its records refer to.
[[nodiscard]] StatusOr<BackupInfo> create_backup(const BackupOptions& options, const std::vector<DatabaseSource>& databases);
// Of a node that does not run: takes its databases' locks.
[[nodiscard]] StatusOr<BackupInfo> create_backup_of_stopped(const BackupOptions& options);

// Oldest first. One whose manifest is damaged is data_loss.
[[nodiscard]] StatusOr<std::vector<BackupInfo>> list_backups(const std::string& directory);
// The key files that stand in the backup directory itself, of those that the backup needs.
[[nodiscard]] bool has_key(const std::string& directory, const KeyFile& key);
// Copies the node's key files into the backup directory (0600).
[[nodiscard]] Status add_keys(const std::string& directory, const std::string& data_dir, const std::vector<KeyFile>& keys);
// Those of a data directory that are there.
[[nodiscard]] StatusOr<std::vector<KeyFile>> key_files_of(const std::string& data_dir);

struct BackupCheck {
  std::string id;
  uint64_t files = 0, bytes = 0;
  uint64_t checkpoints = 0;  // signed ones, whose root is that of the records
  std::vector<std::string> problems;
  std::optional<audit::VerifyReport> audit;
};
struct BackupCheckOptions {
  std::string id;             // empty: all
  bool with_audit = false;    // the records and rows as well, as `audit verify` does
  std::string archive;        // where records are that the node no longer had
  uint64_t bytes_per_second = 0;
  std::function<void(uint64_t bytes)> progress;
};
[[nodiscard]] StatusOr<std::vector<BackupCheck>> verify_backups(const std::string& directory, const BackupCheckOptions& options);

struct Pruned {
  std::vector<std::string> removed;  // backups
  uint64_t files = 0, bytes = 0;     // that no other backup needed
};
// Keeps the newest `keep_last`, and those younger than `keep_days` before `now_us`; never removes the last one. 0: that rule keeps none.
[[nodiscard]] StatusOr<Pruned> prune_backups(const std::string& directory, uint64_t keep_last, uint64_t keep_days, int64_t now_us);

[[nodiscard]] bool is_backup_directory(const std::string& directory);
// The signed checkpoints of the newest backup, and the keys that they hold under.
[[nodiscard]] StatusOr<audit::CheckpointEvidence> read_backup_evidence(const std::string& directory);
// The log of a backup where it stands, read-only. `id` empty: the newest.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_backup_log(const std::string& directory, const std::string& id);

}  // namespace tollgate

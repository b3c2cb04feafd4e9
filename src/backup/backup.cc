#include "tollgate/backup/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "backup/copy_databases.h"
#include "backup/evidence.h"
#include "backup/files.h"
#include "backup/layout.h"
#include "backup/store.h"
#include "backup/view.h"
#include "tollgate/base/time.h"

namespace tollgate {
namespace backup {
namespace {

// Small, and part of what a node needs to go on.
constexpr const char* data_files[] = {"test-clock", "vault/kek", "checkpoints/history", "checkpoints/cosigned", "checkpoints/signed"};
constexpr const char* checkpoints_folder = "checkpoints";

// What the lost node has said to others stays known. Tiles are made anew from the log.
std::vector<std::string> data_files_of(const std::string& data_dir) {
  std::vector<std::string> names(std::begin(data_files), std::end(data_files));
  std::erase_if(names, [&](const std::string& name) {
    std::error_code error;
    return !std::filesystem::is_regular_file(data_dir + "/" + name, error);
  });
  return names;
}

// What signed checkpoints are verified with.
StatusOr<std::vector<std::string>> verifier_keys_of(const std::string& data_dir) {
  TOLLGATE_ASSIGN_OR_RETURN(auto names, names_in(data_dir + "/" + checkpoints_folder));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".vkey"); });
  for (std::string& name : names) name = fmt::format("{}/{}", checkpoints_folder, name);
  return names;
}

// Releases what was held, however it ends.
class Hold {
 public:
  explicit Hold(Snapshotter& snapshotter) : snapshotter_(snapshotter) {}
  ~Hold() {
    if (held_) snapshotter_.release();
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  [[nodiscard]] StatusOr<std::vector<LiveFile>> files(uint64_t wal_bytes_for_flush) {
    auto files = snapshotter_.hold(wal_bytes_for_flush);
    held_ = files.ok();
    return files;
  }

 private:
  Snapshotter& snapshotter_;
  bool held_ = false;
};

// A database that no process has open: its lock, and its files.
class StoppedDatabase final : public Snapshotter {
 public:
  static StatusOr<std::unique_ptr<StoppedDatabase>> open(const std::string& directory) {
    const std::string path = directory + "/LOCK";
    File lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.is_open()) return failed("open", path);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    // As RocksDB takes it.
    if (::fcntl(lock.get(), F_SETLK, &whole) != 0) return failed_precondition("{} is in use: a node runs on it", directory);
    return std::unique_ptr<StoppedDatabase>(new StoppedDatabase(directory, std::move(lock)));
  }

  StatusOr<std::string> identity() override {
    const auto identity = read_file(directory_ + "/IDENTITY", 1'024);
    if (!identity.ok()) return identity.status();
    return identity->substr(0, identity->find('\n'));
  }
  StatusOr<std::vector<LiveFile>> hold(uint64_t) override {
    TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(directory_));
    std::vector<LiveFile> files;
    for (const std::string& name : names) {
      const std::string path = directory_ + "/" + name;
      std::error_code error;
      if (!std::filesystem::is_regular_file(path, error)) continue;
      if (name == "LOCK" || name == "IDENTITY" || name.starts_with("LOG") || name.ends_with(".trash") || name.ends_with(".dbtmp")) continue;
      LiveFile& file = files.emplace_back();
      file.name = name;
      file.directory = directory_;
      file.bytes = std::filesystem::file_size(path, error);
      if (error) return unavailable("cannot look at {}: {}", path, error.message());
      file.immutable = name.ends_with(".sst") || name.ends_with(".blob");
    }
    return files;
  }
  void release() override {}

 private:
  StoppedDatabase(std::string directory, File lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}
  std::string directory_;
  File lock_;
};

Status copy_database(Store& store, const DatabaseSource& source, const Manifest& previous, uint64_t wal_bytes_for_flush, Pace& pace, Manifest& into) {
  BackedDatabase& database = into.databases.emplace_back();
  database.name = source.name;
  TOLLGATE_ASSIGN_OR_RETURN(database.identity, source.snapshotter->identity());
  const BackedDatabase* before = previous.find(source.name);
  if (before != nullptr && before->identity != database.identity) before = nullptr;
  Hold hold(*source.snapshotter);
  TOLLGATE_ASSIGN_OR_RETURN(const auto files, hold.files(wal_bytes_for_flush));
  for (const LiveFile& file : files) {
    const BackedFile* known = before == nullptr || !file.immutable ? nullptr : before->find(file.name);
    if (known != nullptr && known->bytes == file.bytes && store.has(*known)) {
      database.files.push_back(*known);
    } else {
      auto added = store.add(file, pace, into.info.new_bytes);
      if (!added.ok()) return error(added.status().code(), "{}: {}", source.name, message_of(added.status()));
      database.files.push_back(*std::move(added));
    }
    ++into.info.files;
    into.info.bytes += database.files.back().bytes;
  }
  return absl::OkStatus();
}

// "20260131T120000.123456Z"
std::string id_of(int64_t time_us) {
  std::string id = text_of_time(time_us);
  std::erase_if(id, [](char c) { return c == '-' || c == ':'; });
  return id;
}
// "<id>+", "<id>++", ...: sorts behind it.
std::string id_after(const std::string& id) { return id + "+"; }

}  // namespace

StatusOr<Manifest> copy_databases(Store& store, const BackupOptions& options, const std::vector<DatabaseSource>& databases, uint64_t wal_bytes_for_flush) {
  Manifest manifest;
  BackupInfo& info = manifest.info;
  info.time_us = options.now_us;
  info.node_version = options.node_version;
  const Manifest previous = store.newest_or_empty();
  info.id = id_of(info.time_us);
  // Ids sort in the order in which backups were made, also when the clock was set back.
  if (previous.info.id >= info.id) info.id = id_after(previous.info.id);
  TOLLGATE_ASSIGN_OR_RETURN(info.generation, load_generation(options.data_dir));
  TOLLGATE_ASSIGN_OR_RETURN(info.keys, key_files_of(options.data_dir));
  Pace pace(options.bytes_per_second, options.stop);
  for (const DatabaseSource& source : databases)
    TOLLGATE_RETURN_IF_ERROR(copy_database(store, source, previous, wal_bytes_for_flush, pace, manifest));
  // Which key a backup needs must be true of what is in it.
  TOLLGATE_ASSIGN_OR_RETURN(const auto keys_now, key_files_of(options.data_dir));
  const auto same = [](const KeyFile& a, const KeyFile& b) { return a.file == b.file && a.id == b.id; };
  if (!std::equal(info.keys.begin(), info.keys.end(), keys_now.begin(), keys_now.end(), same))
    return unavailable("a key of the node was changed while this backup was made: make it again");
  const auto add = [&](const std::vector<std::string>& names) -> Status {
    for (const std::string& name : names) {
      LiveFile file{.name = name, .directory = options.data_dir, .bytes = UINT64_MAX, .immutable = false, .content = {}};
      TOLLGATE_ASSIGN_OR_RETURN(BackedFile added, store.add(file, pace, info.new_bytes));
      ++info.files;
      info.bytes += added.bytes;
      manifest.data_files.push_back(std::move(added));
    }
    return absl::OkStatus();
  };
  TOLLGATE_RETURN_IF_ERROR(add(data_files_of(options.data_dir)));
  // Looked for once the checkpoints are copied: a key is there before the first checkpoint that it is for.
  TOLLGATE_ASSIGN_OR_RETURN(const auto keys, verifier_keys_of(options.data_dir));
  TOLLGATE_RETURN_IF_ERROR(add(keys));
  TOLLGATE_RETURN_IF_ERROR(store.sync_folders());
  return manifest;
}

}  // namespace backup

StatusOr<BackupInfo> create_backup(const BackupOptions& options, const std::vector<DatabaseSource>& databases) {
  using namespace backup;
  TOLLGATE_RETURN_IF_ERROR(make_directories(options.directory));
  TOLLGATE_ASSIGN_OR_RETURN(Store store, Store::open(options.directory, true));
  TOLLGATE_ASSIGN_OR_RETURN(const DirectoryLock lock, DirectoryLock::take(options.directory, "the backup directory"));
  TOLLGATE_ASSIGN_OR_RETURN(const LogGeneration generation, load_generation(options.data_dir));
  TOLLGATE_ASSIGN_OR_RETURN(const Promised promised, Promised::read(options.data_dir, generation.number));
  constexpr uint64_t always_flush = 0;
  TOLLGATE_ASSIGN_OR_RETURN(Manifest manifest, copy_databases(store, options, databases, always_flush));
  // Where it ends, as the backup itself says it: this also shows that it opens.
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_log_of(store, manifest));
  TOLLGATE_RETURN_IF_ERROR(promised.check(*log));
  TOLLGATE_ASSIGN_OR_RETURN(manifest.info.partitions, partitions_of(*log));
  TOLLGATE_RETURN_IF_ERROR(store.save(manifest));
  return manifest.info;
}

StatusOr<BackupInfo> create_backup_of_stopped(const BackupOptions& options) {
  std::vector<std::unique_ptr<Snapshotter>> open;
  std::vector<DatabaseSource> databases;
  for (const auto& [name, folder] : {std::pair("log", "/log"), std::pair("vault", "/vault/db"), std::pair("sandbox", "/sandbox")}) {
    const std::string directory = options.data_dir + folder;
    std::error_code error;
    if (!std::filesystem::exists(directory + "/CURRENT", error)) {
      if (std::string_view(name) == "log") return not_found("there is no event log in {}", options.data_dir);
      continue;
    }
    TOLLGATE_ASSIGN_OR_RETURN(auto database, backup::StoppedDatabase::open(directory));
    databases.push_back({name, database.get()});
    open.push_back(std::move(database));
  }
  return create_backup(options, databases);
}

StatusOr<std::vector<BackupInfo>> list_backups(const std::string& directory) {
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Store store, backup::Store::open(directory, false));
  TOLLGATE_ASSIGN_OR_RETURN(const auto ids, store.ids());
  std::vector<BackupInfo> all;
  for (const std::string& id : ids) {
    TOLLGATE_ASSIGN_OR_RETURN(backup::Manifest manifest, store.load(id));
    all.push_back(std::move(manifest.info));
  }
  return all;
}

StatusOr<Pruned> prune_backups(const std::string& directory, uint64_t keep_last, uint64_t keep_days, int64_t now_us) {
  TOLLGATE_ASSIGN_OR_RETURN(const backup::Store store, backup::Store::open(directory, false));
  TOLLGATE_ASSIGN_OR_RETURN(const auto lock, backup::DirectoryLock::take(directory, "the backup directory"));
  TOLLGATE_ASSIGN_OR_RETURN(const auto all, list_backups(directory));
  const int64_t oldest_us = now_us - static_cast<int64_t>(keep_days) * us_per_day;
  std::vector<std::string> removed;
  for (std::size_t i = 0; i + std::max<uint64_t>(keep_last, 1) < all.size(); ++i) {
    if (keep_days != 0 && all[i].time_us >= oldest_us) continue;
    TOLLGATE_RETURN_IF_ERROR(store.remove(all[i].id));
    removed.push_back(all[i].id);
  }
  TOLLGATE_ASSIGN_OR_RETURN(Pruned pruned, store.collect_garbage());
  pruned.removed = std::move(removed);
  return pruned;
}

bool is_backup_directory(const std::string& directory) { return ::access((directory + std::string(backup::backup_marker)).c_str(), F_OK) == 0; }

}  // namespace tollgate

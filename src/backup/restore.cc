#include "tollgate/backup/restore.h"

#include <unistd.h>

#include <set>

#include "backup/files.h"
#include "backup/layout.h"
#include "backup/restore_plan.h"
#include "backup/view.h"
#include "tollgate/backup/keys.h"
#include "tollgate/base/bytes.h"
#include "tollgate/engine/replay.h"
#include "tollgate/eventlog/rocksdb.h"
#include "tollgate/record/record.h"
#include "tollgate/rocks/log_files.h"

namespace tollgate {
namespace backup {
namespace {

constexpr uint64_t records_per_report = 20'000;

class Restore {
 public:
  Restore(const RestoreOptions& options, RestorePlan plan) : options_(options), plan_(std::move(plan)) {}

  StatusOr<RestoreReport> run() {
    TOLLGATE_RETURN_IF_ERROR(copy_side());
    if (plan_.base) {
      report_.backup_id = plan_.base->info.id;
      report_.backup_time_us = plan_.base->info.time_us;
      TOLLGATE_RETURN_IF_ERROR(copy_database(*plan_.store, *plan_.base, "log", options_.to + "/log"));
    } else {
      report_.folded = true;
      TOLLGATE_RETURN_IF_ERROR(open_source());
    }
    TOLLGATE_ASSIGN_OR_RETURN(log_, open_rocksdb_log(options_.to + "/log"));
    TOLLGATE_RETURN_IF_ERROR(replay());
    TOLLGATE_RETURN_IF_ERROR(begin_generation());
    TOLLGATE_RETURN_IF_ERROR(copy_keys());
    return verify();
  }

 private:
  void tell(std::string_view doing, uint64_t done) {
    if (options_.progress) options_.progress(doing, done);
  }

  Status copy_one(const Store& store, const BackedFile& file, const std::string& folder) {
    Pace pace;
    const std::string from = store.path_of(file);
    TOLLGATE_ASSIGN_OR_RETURN(const Copied copied, copy_file(from, folder + "/" + file.name, UINT64_MAX, pace));
    if (copied.bytes != file.bytes || to_hex(tollgate::view(copied.sha256)) != file.sha256)
      return data_loss("{} is not what was backed up: its SHA-256 is another one. Restore an older backup (--backup), or one with an intact copy of this file", from);
    bytes_copied_ += copied.bytes;
    tell("bytes copied", bytes_copied_);
    return absl::OkStatus();
  }

  Status copy_database(const Store& store, const Manifest& manifest, std::string_view name, const std::string& to) {
    const BackedDatabase* database = manifest.find(name);
    if (database == nullptr) return absl::OkStatus();
    TOLLGATE_RETURN_IF_ERROR(make_directories(to));
    for (const BackedFile& file : database->files) TOLLGATE_RETURN_IF_ERROR(copy_one(store, file, to));
    TOLLGATE_RETURN_IF_ERROR(sync_directory(to));
    // As strict as the node when it opens them; the sandbox's writes are not synced.
    return check_log_files(to, name == "sandbox" ? Writes::not_synced : Writes::synced);
  }

  Status copy_side() {
    if (!plan_.side) return absl::OkStatus();
    report_.vault_time_us = plan_.side->info.time_us;
    TOLLGATE_RETURN_IF_ERROR(copy_database(*plan_.side_store, *plan_.side, "vault", options_.to + "/vault/db"));
    TOLLGATE_RETURN_IF_ERROR(copy_database(*plan_.side_store, *plan_.side, "sandbox", options_.to + "/sandbox"));
    for (const BackedFile& file : plan_.side->data_files) {
      const std::string path = options_.to + "/" + file.name, folder = path.substr(0, path.rfind('/'));
      TOLLGATE_RETURN_IF_ERROR(make_directories(folder));
      TOLLGATE_RETURN_IF_ERROR(copy_one(*plan_.side_store, file, options_.to));
      TOLLGATE_RETURN_IF_ERROR(sync_directory(folder));
    }
    return absl::OkStatus();
  }

  // The records of a backup that is later than what is wanted.
  Status open_source() {
    if (!plan_.source) return absl::OkStatus();
    TOLLGATE_ASSIGN_OR_RETURN(source_, open_log_of(*plan_.store, *plan_.source));
    return absl::OkStatus();
  }

  Status replay() {
    std::set<uint32_t> partitions;
    TOLLGATE_ASSIGN_OR_RETURN(const auto restored, log_->partitions());
    partitions.insert(restored.begin(), restored.end());
    if (plan_.archive != nullptr) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto ends, plan_.archive->ends());
      for (const auto& [partition, end] : ends) partitions.insert(partition);
    }
    if (source_ != nullptr) {
      TOLLGATE_ASSIGN_OR_RETURN(const auto found, source_->partitions());
      partitions.insert(found.begin(), found.end());
    }
    TOLLGATE_ASSIGN_OR_RETURN(replayer_, LogReplayer::open(*log_));
    // Ascending: the partners first.
    for (const uint32_t partition : partitions) TOLLGATE_RETURN_IF_ERROR(replay(partition));
    TOLLGATE_RETURN_IF_ERROR(replayer_->flush());
    report_.replayed = replayer_->taken();
    replayer_.reset();
    return absl::OkStatus();
  }

  Status replay(uint32_t partition) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_->head(partition));
    uint64_t next = head.sequence + 1;
    Status wrong;
    const auto take = [&](uint64_t sequence, std::string_view record) {
      if (load_le64(record.data() + 24) != sequence || decode_header(record)->time_us > plan_.until_us) {
        ++report_.left_out;
        ++next;
        return true;
      }
      wrong = replayer_->take(partition, record);
      if (replayer_->taken() % records_per_report == 0) tell("records applied", replayer_->taken());
      ++next;
      return wrong.ok();
    };
    // From the archive what it has, from the backup's log what only that has.
    for (bool more = true; more;) {
      const uint64_t from = next;
      for (const bool archived : {true, false}) {
        if (next != from || !wrong.ok()) break;
        Status read = not_found("");
        if (archived && plan_.archive != nullptr) read = plan_.archive->read(partition, next, take);
        if (!archived && source_ != nullptr) {
          TOLLGATE_ASSIGN_OR_RETURN(const Head end, source_->head(partition));
          if (next <= end.sequence) read = source_->read(partition, next, take);
        }
        TOLLGATE_RETURN_IF_ERROR(wrong);
        if (!read.ok() && !absl::IsNotFound(read)) return read;
      }
      more = next != from;
    }
    return absl::OkStatus();
  }

  Status begin_generation() {
    TOLLGATE_ASSIGN_OR_RETURN(report_.partitions, partitions_of(*log_));
    std::map<uint32_t, uint64_t> heads;
    for (const BackedPartition& one : report_.partitions) heads[one.partition] = one.sequence;
    if (options_.generation) {
      if (*options_.generation <= plan_.generation.number)
        return invalid_argument("--generation is {}, but the log that is restored is of generation {}: give a higher one", *options_.generation, plan_.generation.number);
      report_.generation = *options_.generation;
    } else {
      std::vector<std::string> places;
      for (const std::string& place : {options_.from, options_.archive})
        if (!place.empty()) places.push_back(place);
      TOLLGATE_ASSIGN_OR_RETURN(report_.generation, reserve_generation(places, plan_.generation.number));
    }
    return save_generation(options_.to, plan_.generation.successor(report_.generation, heads));
  }

  Status copy_keys() {
    if (!plan_.side) return absl::OkStatus();
    const std::vector<KeyFile>& keys = plan_.side->info.keys;
    for (const KeyFile& key : keys) {
      if (options_.from.empty() || !has_key(options_.from, key)) continue;
      const std::string to = options_.to + "/" + key.file;
      TOLLGATE_RETURN_IF_ERROR(make_directories(to.substr(0, to.rfind('/'))));
      Pace pace;
      TOLLGATE_RETURN_IF_ERROR(copy_file(key_path(options_.from, key), to, UINT64_MAX, pace).status());
      report_.keys_restored.push_back(key);
    }
    TOLLGATE_ASSIGN_OR_RETURN(report_.keys_missing, missing_keys(options_.to, keys));
    return require_keys(options_.to, keys);
  }

  StatusOr<RestoreReport> verify() {
    audit::VerifyOptions how;
    how.threads = options_.threads;
    how.progress = [this](uint64_t records) { tell("records verified", records); };
    const auto whole = with_archive(std::move(log_), std::move(plan_.archive));
    report_.audit = audit::verify(*whole, how);
    return std::move(report_);
  }

  const RestoreOptions& options_;
  RestorePlan plan_;
  RestoreReport report_;
  std::unique_ptr<EventLog> log_, source_;
  std::unique_ptr<LogReplayer> replayer_;
  uint64_t bytes_copied_ = 0;
};

Status make_empty(const std::string& directory) {
  TOLLGATE_RETURN_IF_ERROR(make_directories(directory));
  TOLLGATE_ASSIGN_OR_RETURN(const auto names, names_in(directory));
  for (const std::string& name : names)
    if (name != "lost+found") return failed_precondition("{} is not empty: a restore needs a directory of its own", directory);
  return absl::OkStatus();
}

}  // namespace
}  // namespace backup

StatusOr<RestoreReport> restore(const RestoreOptions& options) {
  using namespace backup;
  TOLLGATE_RETURN_IF_ERROR(make_empty(options.to));
  TOLLGATE_ASSIGN_OR_RETURN(RestorePlan plan, plan_restore(options));
  const std::string unfinished = options.to + std::string(unfinished_file);
  TOLLGATE_RETURN_IF_ERROR(replace_file(unfinished, "A restore is under way here, or was interrupted: nothing may start on this directory.\n"));
  TOLLGATE_ASSIGN_OR_RETURN(RestoreReport report, Restore(options, std::move(plan)).run());
  if (!report.ok()) return report;
  if (::unlink(unfinished.c_str()) != 0) return failed("remove", unfinished);
  TOLLGATE_RETURN_IF_ERROR(sync_directory(options.to));
  return report;
}

}  // namespace tollgate

#include "backup/restore_plan.h"

#include <algorithm>
#include <filesystem>

#include "backup/archive_files.h"
#include "backup/view.h"
#include "tollgate/record/record.h"

namespace tollgate::backup {
namespace {

// Whether everything in the backup belongs to that life of the log.
bool belongs_to(const BackupInfo& backup, const LogGeneration& generation) {
  if (backup.generation.number == generation.number) return true;
  for (const LogParent& parent : generation.parents) {
    if (parent.generation != backup.generation.number) continue;
    return std::all_of(backup.partitions.begin(), backup.partitions.end(), [&](const BackedPartition& one) {
      const auto head = parent.heads.find(one.partition);
      return head != parent.heads.end() && one.sequence <= head->second;
    });
  }
  return false;
}

bool not_later(const BackupInfo& backup, int64_t until_us) {
  return std::all_of(backup.partitions.begin(), backup.partitions.end(), [&](const BackedPartition& one) { return one.time_us <= until_us; });
}

class Planner {
 public:
  explicit Planner(const RestoreOptions& options) : options_(options) {}

  StatusOr<RestorePlan> plan() {
    if (options_.from.empty() && options_.archive.empty()) return invalid_argument("a restore needs a backup directory (--from), an archive (--archive) or both");
    TOLLGATE_RETURN_IF_ERROR(look());
    if (lives_.empty()) return not_found("there is no backup in {} and nothing in the archive", options_.from);
    // The newest life of the log for which there is anything to begin with.
    Status why = not_found("nothing there can be restored");
    for (auto life = lives_.rbegin(); life != lives_.rend(); ++life) {
      const Status found = choose(life->second);
      if (found.ok()) return std::move(plan_);
      if (!absl::IsNotFound(found)) return found;
      why = found;
    }
    return why;
  }

 private:
  Status look() {
    if (!options_.from.empty()) {
      TOLLGATE_ASSIGN_OR_RETURN(plan_.store, Store::open(options_.from, false));
      TOLLGATE_ASSIGN_OR_RETURN(const auto ids, plan_.store->ids());
      for (const std::string& id : ids) {
        if (!options_.backup_id.empty() && id != options_.backup_id) continue;
        auto manifest = plan_.store->load(id);
        // A damaged one does not stand in the way of an older one, unless it is the one that is wanted.
        if (!manifest.ok() && !options_.backup_id.empty()) return manifest.status();
        if (!manifest.ok()) continue;
        lives_[manifest->info.generation.number] = manifest->info.generation;
        backups_.push_back(*std::move(manifest));
      }
      if (!options_.backup_id.empty() && backups_.empty()) return not_found("there is no backup {} in {}", options_.backup_id, options_.from);
    }
    if (options_.archive.empty()) return absl::OkStatus();
    TOLLGATE_ASSIGN_OR_RETURN(const auto archived, archive_generations(options_.archive));
    for (const LogGeneration& generation : archived) lives_[generation.number] = generation;
    return absl::OkStatus();
  }

  Status choose(const LogGeneration& life) {
    plan_.generation = life;
    if (!options_.archive.empty()) {
      TOLLGATE_ASSIGN_OR_RETURN(plan_.archive, ArchiveReader::open(options_.archive, life));
    }
    TOLLGATE_RETURN_IF_ERROR(find_until());
    plan_.base.reset();
    plan_.source.reset();
    for (auto backup = backups_.rbegin(); backup != backups_.rend(); ++backup) {
      if (!belongs_to(backup->info, life)) continue;
      if (not_later(backup->info, plan_.until_us)) {
        plan_.base = *backup;
        break;
      }
      plan_.source = *backup;  // in the end the oldest one
    }
    if (plan_.base) plan_.source.reset();
    if (!plan_.base && !plan_.source) {
      if (plan_.archive == nullptr) return not_found("no backup in {} is of the log's generation {}", options_.from, life.number);
      TOLLGATE_ASSIGN_OR_RETURN(const auto partners, plan_.archive->segments(0));
      if (partners.empty() || partners.front().first != 1) return not_found("the archive {} does not begin at the first record, and no backup fits it", options_.archive);
    }
    return choose_side();
  }

  Status find_until() {
    plan_.until_us = options_.until_us.value_or(INT64_MAX);
    if (!options_.until_record) return absl::OkStatus();
    const auto [partition, sequence] = *options_.until_record;
    std::optional<int64_t> time_us;
    const auto note = [&](uint64_t, std::string_view bytes) {
      if (const auto header = decode_header(bytes); header.ok()) time_us = header->time_us;
      return false;
    };
    if (plan_.archive != nullptr) {
      const Status read = plan_.archive->read(partition, sequence, note);
      if (!read.ok() && !absl::IsNotFound(read)) return read;
    }
    for (auto backup = backups_.rbegin(); backup != backups_.rend() && !time_us; ++backup) {
      if (!belongs_to(backup->info, plan_.generation)) continue;
      TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_log_of(*plan_.store, *backup));
      TOLLGATE_RETURN_IF_ERROR(log->read(partition, sequence, note));
    }
    if (!time_us) return not_found("there is no record {} of partition {}", sequence, partition);
    plan_.until_us = *time_us;
    return absl::OkStatus();
  }

  Status choose_side() {
    plan_.side.reset();
    const auto& backup = plan_.base ? plan_.base : plan_.source;
    if (backup) {
      plan_.side_store = plan_.store;
      plan_.side = backup;
    }
    // All backups of this life and the archive: the newest one has the most.
    for (const Manifest& one : backups_)
      if (belongs_to(one.info, plan_.generation) && (!plan_.side || one.info.time_us > plan_.side->info.time_us)) {
        plan_.side_store = plan_.store;
        plan_.side = one;
      }
    if (options_.archive.empty()) return absl::OkStatus();
    auto store = Store::open(side_folder(options_.archive), false);
    if (absl::IsNotFound(store.status())) return absl::OkStatus();
    TOLLGATE_RETURN_IF_ERROR(store.status());
    // An older picture of the vault lacks the cards that newer records name: nobody is given one in the place of another without being told.
    auto newest = store->newest();
    if (absl::IsNotFound(newest.status())) return absl::OkStatus();
    if (!newest.ok())
      return data_loss("the archive's newest copy of vault and sandbox cannot be read: {}. Restore that file from another copy of the archive; removing it "
                       "makes the restore take the copy before it, which lacks what was stored since", message_of(newest.status()));
    if (plan_.side && plan_.side->info.time_us >= newest->info.time_us) return absl::OkStatus();
    plan_.side_store = *std::move(store);
    plan_.side = *std::move(newest);
    return absl::OkStatus();
  }

  const RestoreOptions& options_;
  std::map<uint64_t, LogGeneration> lives_;
  std::vector<Manifest> backups_;
  RestorePlan plan_;
};

}  // namespace

StatusOr<RestorePlan> plan_restore(const RestoreOptions& options) { return Planner(options).plan(); }

}  // namespace tollgate::backup

#include "tollgate/backup/service.h"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "backup/outcome.h"
#include "backup/store.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/give_way.h"
#include "tollgate/record/record.h"

namespace tollgate {
namespace backup {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t retry_us = 60 * us_per_second;         // after a failed scheduled backup
constexpr int64_t forget_interval_us = 3'600 * us_per_second;
constexpr int64_t first_forget_us = 10 * us_per_second;  // after the start

// When the first record was written: as old is what a node without any backup would lose. 0: it has none, or not any more.
int64_t first_record_us(const EventLog& log) {
  int64_t first_us = 0;
  const auto partitions = log.partitions();
  if (!partitions.ok()) return 0;
  for (const uint32_t partition : *partitions) {
    const Status read = log.read(partition, 1, [&](uint64_t, std::string_view bytes) {
      if (const auto header = decode_header(bytes); header.ok() && (first_us == 0 || header->time_us < first_us)) first_us = header->time_us;
      return false;
    });
    if (!read.ok()) return 0;
  }
  return first_us;
}

class ServiceImpl final : public BackupService {
 public:
  ServiceImpl(BackupServiceOptions options, EventLog& log, std::vector<DatabaseSource> databases)
      : options_(std::move(options)), log_(log), databases_(std::move(databases)), backup_outcome_("the backup", options_.complain, options_.say),
        archive_outcome_("the archive of the log", options_.complain, options_.say),
        forget_outcome_("forgetting what is archived", options_.complain, options_.say) {}
  ~ServiceImpl() override { stop(); }

  Status open() {
    find_newest_backup();
    if (options_.archive_directory.empty()) return absl::OkStatus();
    const Status opened = open_archiver();
    // A mount that is not there may come back; a log that is not the archive's will not get better.
    if (absl::IsFailedPrecondition(opened) || absl::IsDataLoss(opened)) return opened;
    archive_outcome_.note(opened, clock_.now_us());
    return absl::OkStatus();
  }

  void start() override {
    backup_thread_ = std::thread([this] { run_backups(); });
    if (!options_.archive_directory.empty()) archive_thread_ = std::thread([this] { run_archive(); });
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.store(true);
    wake_.notify_all();
    if (backup_thread_.joinable()) backup_thread_.join();
    if (archive_thread_.joinable()) archive_thread_.join();
  }

  Status begin_backup(const std::string& directory) override {
    const std::lock_guard lock(mutex_);
    const std::string& to = directory.empty() ? options_.backup_directory : directory;
    if (to.empty()) return failed_precondition("no backup directory is configured ([backup] directory): say where to, with --to DIR");
    if (!to.starts_with('/')) return invalid_argument("\"{}\" is no absolute path", to);
    if (stopping_) return failed_precondition("the node is stopping");
    if (running_ || !wanted_.empty()) return failed_precondition("a backup is under way");
    wanted_ = to;
    wake_.notify_all();
    return absl::OkStatus();
  }

  std::string status_json() const override {
    const std::lock_guard lock(mutex_);
    Json backup = {{"directory", options_.backup_directory}, {"interval_s", options_.backup_interval_us / us_per_second}, {"running", running_ || !wanted_.empty()}};
    backup.update(backup_outcome_.to_json());
    backup["last_id"] = last_id_;
    backup["last_new_bytes"] = last_new_bytes_;
    backup["last_took_ms"] = took_us_ / us_per_ms;
    Json status = {{"backup", std::move(backup)}};
    if (options_.archive_directory.empty()) return status.dump();
    Json ends = Json::object();
    for (const auto& [partition, end] : archived_) ends[std::to_string(partition)] = end;
    Json archive = {{"directory", options_.archive_directory}, {"interval_ms", options_.archive_interval_us / us_per_ms}};
    archive.update(archive_outcome_.to_json());
    archive["records"] = archived_records_;
    archive["ends"] = std::move(ends);
    archive["forgotten_records"] = forgotten_;
    archive["forget_error"] = forget_outcome_.failures() == 0 ? Json(nullptr) : Json(forget_outcome_.error());
    status["archive"] = std::move(archive);
    return status.dump();
  }

  BackupHealth health() const override {
    const std::lock_guard lock(mutex_);
    BackupHealth health{.backups_scheduled = is_scheduled(), .archives = !options_.archive_directory.empty(), .backup_us = newest_us_,
                        .begin_us = begin_us_, .archived_us = archive_outcome_.succeeded_us(), .works = {}};
    if (health.backups_scheduled) health.works.push_back({"backup", failures_, backup_error_});
    if (health.archives) health.works.push_back({"archive", archive_outcome_.failures(), archive_outcome_.error()});
    if (health.archives && options_.log_kept_us != 0) health.works.push_back({"forget", forget_outcome_.failures(), forget_outcome_.error()});
    return health;
  }

 private:
  // True when it is time to end.
  bool sleep_until(int64_t at_us, bool for_backup) {
    std::unique_lock lock(mutex_);
    while (!stopping_ && !(for_backup && !wanted_.empty())) {
      const int64_t left_us = at_us - monotonic_us();
      if (left_us <= 0) break;
      wake_.wait_for(lock, std::chrono::microseconds(left_us));
    }
    return stopping_;
  }

  // ---- backups ----

  [[nodiscard]] bool is_scheduled() const { return !options_.backup_directory.empty() && options_.backup_interval_us != 0; }

  // Also past one that is damaged. Before anything else runs.
  void find_newest_backup() {
    if (!is_scheduled()) return;
    begin_us_ = first_record_us(log_);
    if (const auto store = Store::open(options_.backup_directory, false); store.ok()) newest_us_ = store->newest_or_empty().info.time_us;
  }

  int64_t first_backup_at_us() const {
    if (!is_scheduled()) return INT64_MAX;
    const int64_t since_us = newest_us_ != 0 ? clock_.now_us() - newest_us_ : options_.backup_interval_us;
    return monotonic_us() + std::max<int64_t>(options_.backup_interval_us - std::max<int64_t>(since_us, 0), 0);
  }

  void run_backups() {
    pthread_setname_np(pthread_self(), "backup");
    become_background();
    int64_t next_at_us = first_backup_at_us();
    // A wait without an end in sight still has one: the clock of condition variables does not go so far.
    constexpr int64_t look_interval_us = us_per_day;
    while (true) {
      if (sleep_until(std::min(next_at_us, monotonic_us() + look_interval_us), true)) return;
      std::string to;
      {
        const std::lock_guard lock(mutex_);
        to = std::exchange(wanted_, {});
        if (to.empty() && monotonic_us() < next_at_us) continue;
        running_ = true;
      }
      const bool scheduled = to.empty();
      if (scheduled) to = options_.backup_directory;
      const bool succeeded = make_backup(to);
      if (scheduled || to == options_.backup_directory)
        next_at_us = options_.backup_interval_us == 0 ? INT64_MAX
                     : monotonic_us() + (succeeded ? options_.backup_interval_us : std::min(options_.backup_interval_us, retry_us));
    }
  }

  bool make_backup(const std::string& to) {
    const int64_t began_us = monotonic_us();
    BackupOptions options{.directory = to, .data_dir = options_.data_dir, .bytes_per_second = options_.bytes_per_second, .stop = &stop_,
                          .node_version = options_.node_version, .now_us = clock_.now_us()};
    const auto made = create_backup(options, databases_);
    Status status = made.status();
    if (made.ok() && to == options_.backup_directory && (options_.keep_last != 0 || options_.keep_days != 0))
      status = prune_backups(to, options_.keep_last, options_.keep_days, clock_.now_us()).status();
    const std::lock_guard lock(mutex_);
    running_ = false;
    took_us_ = monotonic_us() - began_us;
    if (made.ok()) {
      last_id_ = made->id;
      last_new_bytes_ = made->new_bytes;
    }
    // The end of the node is no failure.
    if (!made.ok() && stop_) return false;
    backup_outcome_.note(status, clock_.now_us());
    if (to != options_.backup_directory) return made.ok();
    if (made.ok()) newest_us_ = made->time_us;
    failures_ = status.ok() ? 0 : failures_ + 1;
    backup_error_ = std::string(message_of(status));
    return made.ok();
  }

  // ---- archive ----

  Status open_archiver() {
    ArchiveOptions options{.directory = options_.archive_directory, .data_dir = options_.data_dir, .segment_bytes = options_.segment_bytes,
                           .bytes_per_second = 0, .node_version = options_.node_version};
    std::vector<DatabaseSource> side;
    for (const DatabaseSource& database : databases_)
      if (database.name != "log") side.push_back(database);
    TOLLGATE_ASSIGN_OR_RETURN(archiver_, Archiver::open(std::move(options), log_, std::move(side)));
    return absl::OkStatus();
  }

  Status archive_round() {
    if (archiver_ == nullptr) TOLLGATE_RETURN_IF_ERROR(open_archiver());
    // Only the first copy may be long enough to be given up when the node stops.
    auto round = archiver_->round(clock_.now_us(), caught_up_ ? nullptr : &stop_);
    caught_up_ = round.ok();
    if (!round.ok()) {
      // Whatever it knew about the directory may be wrong now.
      archiver_.reset();
      return round.status();
    }
    const std::lock_guard lock(mutex_);
    archived_ = std::move(round->ends);
    archived_records_ += round->records;
    return absl::OkStatus();
  }

  void run_archive() {
    pthread_setname_np(pthread_self(), "archive");
    become_background();
    int64_t forget_at_us = monotonic_us() + first_forget_us;
    int64_t next_at_us = monotonic_us();
    while (true) {
      const bool stopping = sleep_until(next_at_us, false);
      next_at_us = monotonic_us() + options_.archive_interval_us;
      // The last records of a node that stops are archived as well.
      if (stopping && !caught_up_) return;
      const Status status = archive_round();
      if (stopping) return;
      {
        const std::lock_guard lock(mutex_);
        archive_outcome_.note(status, clock_.now_us());
      }
      if (options_.log_kept_us == 0 || !status.ok() || monotonic_us() < forget_at_us) continue;
      forget_at_us = monotonic_us() + forget_interval_us;
      const auto forgotten = forget();
      const std::lock_guard lock(mutex_);
      forget_outcome_.note(forgotten.status(), clock_.now_us());
      if (forgotten.ok()) forgotten_ += *forgotten;
    }
  }

  StatusOr<uint64_t> forget() {
    TOLLGATE_ASSIGN_OR_RETURN(LogGeneration generation, load_generation(options_.data_dir));
    TOLLGATE_ASSIGN_OR_RETURN(const auto reader, ArchiveReader::open(options_.archive_directory, std::move(generation)));
    return forget_archived(log_, *reader, clock_.now_us() - options_.log_kept_us);
  }

  const BackupServiceOptions options_;
  EventLog& log_;
  const std::vector<DatabaseSource> databases_;
  const SystemClock clock_;
  std::unique_ptr<Archiver> archiver_;
  bool caught_up_ = false;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  bool stopping_ = false, running_ = false;
  std::string wanted_;  // where to a backup was asked for
  Outcome backup_outcome_, archive_outcome_, forget_outcome_;
  std::string last_id_;
  int64_t newest_us_ = 0;  // of the newest in the configured directory; 0: none is known
  int64_t begin_us_ = 0;   // the log's
  int64_t took_us_ = 0;
  uint64_t failures_ = 0;  // in the configured directory, since the last success
  std::string backup_error_;
  uint64_t last_new_bytes_ = 0, archived_records_ = 0, forgotten_ = 0;
  std::map<uint32_t, uint64_t> archived_;
  std::thread backup_thread_, archive_thread_;
};

}  // namespace
}  // namespace backup

StatusOr<std::unique_ptr<BackupService>> BackupService::open(BackupServiceOptions options, EventLog& log, std::vector<DatabaseSource> databases) {
  auto service = std::make_unique<backup::ServiceImpl>(std::move(options), log, std::move(databases));
  TOLLGATE_RETURN_IF_ERROR(service->open());
  return std::unique_ptr<BackupService>(std::move(service));
}

}  // namespace tollgate

#include "tollgate/report/reports.h"

#include <pthread.h>

#include <atomic>
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "report/projection.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/give_way.h"

namespace tollgate {
namespace report {
namespace {

// Figures that could not be made at all are tried again.
constexpr int64_t build_again_us = 30 * us_per_second;
constexpr int64_t rebuild_pause_max_us = us_per_second;

class Impl final : public Reports {
 public:
  Impl(ReportsOptions options, const EventLog& log, std::unique_ptr<Projection> projection)
      : options_(std::move(options)), log_(log), projection_(std::move(projection)), caught_up_us_(monotonic_us()) {
    take_generations();
  }
  ~Impl() override { stop(); }

  void start() override { thread_ = std::thread([this] { run(); }); }
  void stop() override;
  StatusOr<Report> figures(const Query& query) const override;
  Progress progress() const override;
  Status rebuild() override;
  int64_t lag_us() const override {
    return std::max<int64_t>(monotonic_us() - caught_up_us_.load(std::memory_order_relaxed) - options_.interval_us, 0);
  }

 private:
  void run();
  // Gives whether there is nothing to do but to wait for records.
  [[nodiscard]] bool round(bool rebuild_wanted);
  void follow();
  [[nodiscard]] bool build(bool wanted);
  [[nodiscard]] bool is_stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  void take_generations();
  void tell(std::string& problem, const Status& status);
  void count_records(const Positions& positions, Progress& to) const;
  void add_state(Progress& to) const;

  const ReportsOptions options_;
  const EventLog& log_;
  const std::unique_ptr<Projection> projection_;  // of the thread, but for its store
  int64_t try_build_us_ = 0;                      // the thread's as well
  std::atomic<int64_t> caught_up_us_;             // monotonic
  std::atomic<int64_t> settled_us_{0};            // everything of before this time is in the store

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false, rebuild_wanted_ = false;
  Generations generations_;
  Projection::Built built_;
  uint64_t rebuilds_done_ = 0, rebuilds_failed_ = 0;
  std::string follow_problem_, build_problem_;
  std::thread thread_;
};

void Impl::take_generations() {
  const auto built = projection_->built();
  const std::lock_guard lock(mutex_);
  rebuild_wanted_ = false;  // begun, or could not be
  generations_ = projection_->generations();
  built_ = built.ok() ? *built : Projection::Built{};
}

// Once for each problem, not for each look at it.
void Impl::tell(std::string& problem, const Status& status) {
  const std::string what = status.ok() ? std::string() : std::string(message_of(status));
  {
    const std::lock_guard lock(mutex_);
    if (problem == what) return;
    problem = what;
  }
  if (!what.empty() && options_.say) options_.say(what);
}

void Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Impl::run() {
  pthread_setname_np(pthread_self(), "reports");
  become_background();
  bool wanted = false;
  while (!is_stopped()) {
    const int64_t began_us = monotonic_us();
    const bool idle = round(wanted);
    std::unique_lock lock(mutex_);
    if (idle) wake_.wait_for(lock, std::chrono::microseconds(options_.interval_us), [this] { return stopped_ || rebuild_wanted_; });
    // Made again from the whole log, batch after batch: as long a pause as each took leaves payments half a processor more.
    else wake_.wait_for(lock, std::chrono::microseconds(std::min(monotonic_us() - began_us, rebuild_pause_max_us)), [this] { return stopped_; });
    wanted = rebuild_wanted_;
  }
}

bool Impl::round(bool rebuild_wanted) {
  follow();
  return build(rebuild_wanted);
}

void Impl::follow() {
  if (projection_->generations().active == 0) return;
  // Both before the log's ends are looked at.
  const int64_t settled_us = options_.settled_us ? options_.settled_us() : 0, began_us = monotonic_us();
  const Status status = projection_->follow([this] { return !is_stopped(); });
  tell(follow_problem_, status);
  if (!status.ok() || is_stopped()) return;
  settled_us_.store(std::max(settled_us, settled_us_.load(std::memory_order_relaxed)), std::memory_order_release);
  caught_up_us_.store(began_us, std::memory_order_relaxed);
}

bool Impl::build(bool wanted) {
  const bool first = projection_->generations().active == 0;
  Status status;
  if (projection_->generations().building == 0) {
    if (!wanted && (!first || monotonic_us() < try_build_us_)) return true;
    status = projection_->begin_build();
  }
  if (status.ok()) status = projection_->build_on();
  if (!status.ok()) {
    try_build_us_ = monotonic_us() + build_again_us;
    tell(build_problem_, error(status.code(), "the reports cannot be made from the log: {}", message_of(status)));
    static_cast<void>(projection_->give_up_build());
  }
  const bool done = projection_->generations().building == 0;
  if (done && status.ok()) tell(build_problem_, status);
  take_generations();
  if (!done) return false;
  const std::lock_guard lock(mutex_);
  ++(status.ok() ? rebuilds_done_ : rebuilds_failed_);
  return !status.ok();  // otherwise on to what the log has by now
}

Status Impl::rebuild() {
  {
    const std::lock_guard lock(mutex_);
    if (rebuild_wanted_ || generations_.building != 0) return failed_precondition("a rebuild of the reports is under way already");
    rebuild_wanted_ = true;
  }
  wake_.notify_all();
  return absl::OkStatus();
}

void Impl::count_records(const Positions& positions, Progress& to) const {
  int64_t oldest_us = INT64_MAX;
  const auto partitions = log_.partitions();
  if (!partitions.ok()) return;
  for (const uint32_t partition : *partitions) {
    const auto head = log_.head(partition);
    if (!head.ok()) continue;
    const auto at = positions.find(partition);
    const uint64_t folded = at == positions.end() ? 0 : at->second.sequence;
    to.records += folded;
    to.records_behind += head->sequence - std::min(folded, head->sequence);
    oldest_us = std::min(oldest_us, at == positions.end() ? 0 : at->second.time_us);
  }
  // Not come to the log's end since the start: times rise within a partition.
  if (to.complete_until_us == 0 && oldest_us != INT64_MAX) to.complete_until_us = oldest_us;
}

void Impl::add_state(Progress& to) const {
  const std::lock_guard lock(mutex_);
  to.rebuilding = rebuild_wanted_ || generations_.building != 0;
  to.rebuilt_records = built_.records;
  to.rebuild_records = built_.of;
  to.rebuilds_done = rebuilds_done_;
  to.rebuilds_failed = rebuilds_failed_;
  to.problem = follow_problem_.empty() ? build_problem_ : follow_problem_;
}

Progress Impl::progress() const {
  Progress progress;
  progress.complete_until_us = settled_us_.load(std::memory_order_acquire);
  const auto picture = projection_->store().picture({.first_day = 1, .last_day = 0});
  if (picture.ok()) count_records(picture->positions, progress);
  add_state(progress);
  if (!picture.ok()) progress.problem = message_of(picture.status());
  return progress;
}

StatusOr<Report> Impl::figures(const Query& query) const {
  Report report;
  report.query = query;
  report.progress.complete_until_us = settled_us_.load(std::memory_order_acquire);
  TOLLGATE_ASSIGN_OR_RETURN(Picture picture, projection_->store().picture(query));
  add_state(report.progress);
  if (picture.generations.active == 0) {
    if (!report.progress.problem.empty()) return unavailable("{}", report.progress.problem);
    return unavailable("the reports are being made from the log, {} of {} records: try again soon", report.progress.rebuilt_records,
                       report.progress.rebuild_records);
  }
  count_records(picture.positions, report.progress);
  report.rows = std::move(picture.rows);
  return report;
}

}  // namespace
}  // namespace report

StatusOr<std::unique_ptr<Reports>> Reports::open(ReportsOptions options, const EventLog& log) {
  TOLLGATE_ASSIGN_OR_RETURN(auto store, report::Store::open(options.directory));
  const auto say = [&options](const std::string& what) {
    if (options.say) options.say(what);
  };
  TOLLGATE_ASSIGN_OR_RETURN(auto projection, report::Projection::open(std::move(store), log, options.batch_records_max, say));
  return StatusOr<std::unique_ptr<Reports>>(std::make_unique<report::Impl>(std::move(options), log, std::move(projection)));
}

}  // namespace tollgate

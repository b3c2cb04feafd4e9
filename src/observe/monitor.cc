#include "tollgate/observe/monitor.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <thread>

#include "observe/chart_points.h"
#include "observe/disk_trend.h"
#include "observe/overview.h"

namespace tollgate::observe {
namespace {

constexpr int64_t facts_interval_us = 5 * us_per_second;
constexpr int64_t facts_interval_not_ready_us = us_per_second;  // whether it is ready yet is what everybody waits for
constexpr std::size_t recent_seconds = 10, errors_listed_max = 50;
constexpr int64_t drop_told_s = 300, day_s = 86'400;

// What is kept of a moment, to subtract it from a later one.
struct Moment {
  int64_t at_us = 0;
  std::array<uint64_t, ended_count> ended{};
  uint64_t approved = 0, declined = 0;
  FineTotals requests;
  std::array<FineTotals, stage_count> stages;
};

Moment moment_of(const Totals& totals, int64_t at_us) {
  return {at_us, totals.ended(), totals.approved(), totals.declined(), totals.requests, totals.stages};
}

Window between(const Moment& before, const Moment& now) {
  Window window;
  window.length_us = now.at_us - before.at_us;
  for (std::size_t i = 0; i < ended_count; ++i) window.ended[i] = now.ended[i] - before.ended[i];
  window.approved = now.approved - before.approved;
  window.declined = now.declined - before.declined;
  window.requests = now.requests.since(before.requests);
  for (std::size_t i = 0; i < stage_count; ++i) window.stages[i] = now.stages[i].since(before.stages[i]);
  return window;
}

class MonitorImpl final : public Monitor {
 public:
  MonitorImpl(MonitorOptions options, Metrics& metrics, const Clock& clock, std::function<NodeFacts()> facts)
      : options_(std::move(options)), metrics_(metrics), clock_(clock), ask_facts_(std::move(facts)), partners_(options_.partners_shown_max),
        totals_(totals_of(metrics_)) {}
  ~MonitorImpl() override { stop(); }

  void start() override {
    thread_ = std::thread([this] { run(); });
  }

  void stop() override {
    {
      const std::lock_guard lock(stop_mutex_);
      stopping_ = true;
    }
    stop_condition_.notify_all();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(watchers_mutex_);
    watchers_.clear();
  }

  void tick(int64_t now_us) override {
    if (now_us - facts_us_ >= (facts_.ready ? facts_interval_us : facts_interval_not_ready_us) || facts_us_ > now_us) {
      NodeFacts facts = ask_facts_();
      const std::lock_guard lock(mutex_);
      facts_ = std::move(facts);
      facts_us_ = now_us;
      if (facts_.disk_bytes > 0) disk_trend_.add(facts_.disk_free_bytes, now_us / us_per_second);
      facts_.disk_free_in_a_day = disk_trend_.free_in(day_s, now_us / us_per_second);
    }
    std::vector<Alert> changed;
    std::string event;
    {
      const std::lock_guard lock(mutex_);
      look(now_us);
      changed = book_.update(conditions(options_.limits, history_, partners_, facts_, dropped_lately(now_us), now_us / us_per_second), now_us);
      firing_ = book_.firing();
      overview_ = overview_json({shown(), second_, recent_, errors_, now_us, history_});
      event = "event: overview\ndata: " + overview_ + "\n\n";
    }
    for (const Alert& alert : changed) {
      event += "event: alert\ndata: " + alert_json(alert) + "\n\n";
      if (told_) told_(alert);
    }
    {
      const std::lock_guard lock(watchers_mutex_);
      std::erase_if(watchers_, [&](const Watcher& watcher) { return !watcher(event); });
    }
    if (beat_) beat_();
  }

  std::string prometheus() override {
    const std::lock_guard lock(mutex_);
    // As of now, and not of the last look.
    totals_ = totals_of(metrics_);
    partners_.update(metrics_, clock_.now_us() / us_per_second);
    return exposition(shown());
  }
  std::string overview() override {
    const std::lock_guard lock(mutex_);
    return overview_;
  }
  std::string history() override {
    ChartPoints points;
    {
      const std::lock_guard lock(mutex_);
      points = points_;
    }
    return points.json();  // takes longer than to copy them
  }
  std::string alerts() override {
    const std::lock_guard lock(mutex_);
    return alerts_json(firing_);
  }
  bool watch(Watcher watcher) override {
    const std::lock_guard lock(watchers_mutex_);
    if (watchers_.size() >= options_.watchers_max) return false;
    watchers_.push_back(std::move(watcher));
    return true;
  }
  void on_alert(std::function<void(const Alert&)> told) override { told_ = std::move(told); }
  void on_tick(std::function<void()> beat) override { beat_ = std::move(beat); }

 private:
  void run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "monitor");
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(stop_mutex_);
    while (!stopping_) {
      lock.unlock();
      tick(clock_.now_us());
      lock.lock();
      // A look that took too long is not made up for.
      next = std::max(next + std::chrono::seconds(1), std::chrono::steady_clock::now());
      stop_condition_.wait_until(lock, next, [this] { return stopping_; });
    }
  }

  // With the mutex.
  void look(int64_t now_us) {
    totals_ = totals_of(metrics_);
    Moment now = moment_of(*totals_, now_us);
    if (!moments_.empty()) {
      second_ = between(moments_.back(), now);
      recent_ = between(moments_.front(), now);
      const auto count = [&](Ended ended) { return second_.ended[static_cast<std::size_t>(ended)]; };
      history_.add({second_.requests.count(), count(Ended::failed), second_.requests.over(options_.limits.slow_us), count(Ended::overloaded),
                    second_.approved + second_.declined},
                   now_us / us_per_second);
      points_.add(second_, recent_, now_us);
    }
    moments_.push_back(std::move(now));
    if (moments_.size() > recent_seconds) moments_.pop_front();
    partners_.update(metrics_, now_us / us_per_second);
    for (RecentError& error : metrics_.take_errors()) errors_.push_back(error);
    while (errors_.size() > errors_listed_max) errors_.pop_front();
  }

  // How many log lines were dropped, while that is news.
  uint64_t dropped_lately(int64_t now_us) {
    if (facts_.log_lines_dropped > dropped_known_) {
      dropped_new_ = facts_.log_lines_dropped - dropped_known_;
      dropped_known_ = facts_.log_lines_dropped;
      dropped_us_ = now_us;
    }
    return now_us - dropped_us_ < drop_told_s * us_per_second ? dropped_new_ : 0;
  }

  [[nodiscard]] Shown shown() const { return {metrics_, *totals_, partners_, facts_, firing_, options_.version}; }

  const MonitorOptions options_;
  Metrics& metrics_;
  const Clock& clock_;
  const std::function<NodeFacts()> ask_facts_;
  std::function<void(const Alert&)> told_;
  std::function<void()> beat_;

  std::mutex mutex_;
  NodeFacts facts_;
  int64_t facts_us_ = INT64_MIN / 2;
  PartnerWatch partners_;
  std::unique_ptr<Totals> totals_;
  std::deque<Moment> moments_;
  Window second_, recent_;
  History history_;
  DiskTrend disk_trend_;
  ChartPoints points_;
  AlertBook book_;
  std::vector<Alert> firing_;
  std::deque<RecentError> errors_;
  std::string overview_ = "{}";
  uint64_t dropped_known_ = 0, dropped_new_ = 0;
  int64_t dropped_us_ = INT64_MIN / 2;

  std::mutex watchers_mutex_;
  std::vector<Watcher> watchers_;

  std::mutex stop_mutex_;
  std::condition_variable stop_condition_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Monitor> Monitor::open(MonitorOptions options, Metrics& metrics, const Clock& clock, std::function<NodeFacts()> facts) {
  return std::make_unique<MonitorImpl>(std::move(options), metrics, clock, std::move(facts));
}

}  // namespace tollgate::observe

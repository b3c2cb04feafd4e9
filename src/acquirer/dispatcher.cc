#include "tollgate/acquirer/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "acquirer/lane.h"
#include "tollgate/observe/metrics.h"

namespace tollgate {
namespace {

using Answers = std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>;

// With room for this many more in doubt, those that were dropped may be sent again.
constexpr std::size_t in_doubt_room_min = 1'024;

struct Routed {
  Lane lane;
  std::unique_ptr<Acquirer> acquirer;  // nullptr: what waits for an acquirer that is not configured
  uint16_t number = 0;                 // of the metrics
};

// The bounds of the node, and no breaker: test cards leave calls without an answer on purpose.
BulkheadOptions sandbox_bulkhead(const DispatcherOptions& options) {
  return {.in_flight_max = options.in_flight_max, .resolving_max = SIZE_MAX, .failures_max = 0};
}

class DispatcherImpl final : public Dispatcher {
 public:
  DispatcherImpl(const DispatcherOptions& options, const AcquirerFactory& sandbox, const std::map<std::string, LiveAcquirer>& live,
                 std::function<std::string(PartnerId)> live_route, AnswersHandler handler)
      : options_(options), live_route_(std::move(live_route)), handler_(std::move(handler)),
        sandbox_{Lane("sandbox", options, sandbox_bulkhead(options)), nullptr, number_of("sandbox")},
        nowhere_{Lane("not configured", options, {}), nullptr} {
    sandbox_.acquirer = sandbox(answers_of(sandbox_));
    for (const auto& [name, acquirer] : live) {
      Routed& routed = live_.emplace(name, Routed{Lane(name, options, acquirer.bulkhead), nullptr, number_of(name)}).first->second;
      routed.acquirer = acquirer.factory(answers_of(routed));
    }
    timer_ = std::thread([this] { run_timer(); });
  }

  ~DispatcherImpl() override { stop(); }

  void send(std::vector<AcquirerRequest> requests) override {
    Answers answers;
    const int64_t now_us = monotonic_us();
    const int64_t utc_us = clock_.now_us();
    std::vector<Batch> batches;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      for (AcquirerRequest& request : requests) {
        Routed& routed = route(request);
        if (is_resolving(request.action)) {
          start_resolving(routed, request, now_us, utc_us);
        } else if (start_call(routed, request, now_us, utc_us, answers)) {
          batch_of(batches, routed).push_back(std::move(request));
        }
      }
      take_due(now_us, batches);
      wake_timer_for_next();
    }
    transmit(std::move(batches), answers);
    deliver(std::move(answers));
  }

  uint64_t in_doubt_dropped() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

  bool in_doubt_room() const override {
    const std::lock_guard lock(mutex_);
    const auto has_room = [this](const Routed& routed) {
      return routed.lane.in_doubt() + std::min(in_doubt_room_min, options_.in_doubt_max) <= options_.in_doubt_max;
    };
    return has_room(sandbox_) && std::all_of(live_.begin(), live_.end(), [&](const auto& entry) { return has_room(entry.second); });
  }

  InDoubtSummary summary() const override {
    const std::lock_guard lock(mutex_);
    InDoubtSummary summary;
    summary.dropped = dropped_;
    summary.acquirers.push_back(sandbox_.lane.health(monotonic_us()));
    for (const auto& [name, routed] : live_) summary.acquirers.push_back(health_of(routed));
    if (nowhere_.lane.in_doubt() > 0) summary.acquirers.push_back(nowhere_.lane.health(monotonic_us()));
    for (const AcquirerHealth& health : summary.acquirers) {
      summary.inquiries += health.inquiries;
      summary.reversals += health.reversals;
      summary.in_flight += health.in_flight;
    }
    return summary;
  }

  std::optional<Resolving> resolving(AcquirerAction action, Mode mode, const std::string& reference) const override {
    const std::lock_guard lock(mutex_);
    std::optional<Resolving> found;
    if (const Routed* routed = lane_of(action, mode, reference)) found = routed->lane.resolving(action, mode, reference);
    if (!found) return found;
    const int64_t to_utc_us = clock_.now_us() - monotonic_us();
    if (found->tries > 0) found->last_try_us += to_utc_us;
    found->next_us += to_utc_us;
    return found;
  }

  AskNow ask_now(AcquirerAction action, Mode mode, const std::string& reference) override {
    const std::lock_guard lock(mutex_);
    // What waits for an acquirer that is not configured is never due.
    Routed* routed = const_cast<Routed*>(lane_of(action, mode, reference));
    if (routed == nullptr || routed->acquirer == nullptr) return AskNow::not_waiting;
    const int64_t now_us = monotonic_us();
    if (now_us - hurried_since_us_ >= us_per_second) hurried_since_us_ = now_us, hurried_ = 0;
    if (hurried_ >= ask_now_per_second_max) return AskNow::too_many;
    const AskNow asked = routed->lane.ask_now(action, mode, reference, now_us);
    if (asked == AskNow::asked) ++hurried_;
    wake_timer_for_next();
    return asked;
  }

  void stop() override {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
    // No answer is handed on after this returns.
    idle_.wait(lock, [this] { return delivering_ == 0; });
    lock.unlock();
    if (timer_.joinable()) timer_.join();
  }

 private:
  // Requests that go out to one acquirer in one call.
  struct Batch {
    Routed* to;
    std::vector<AcquirerRequest> requests;
  };
  // Collects what an acquirer answers inside its send(), so that it is handed on as one batch.
  struct Collector {
    const DispatcherImpl* owner;
    Answers& answers;
    Collector* outer;
  };
  static thread_local Collector* collector_;

  [[nodiscard]] uint16_t number_of(std::string_view acquirer) const {
    return options_.metrics == nullptr ? uint16_t{0} : options_.metrics->acquirer(acquirer);
  }

  [[nodiscard]] Acquirer::Answered answers_of(Routed& routed) {
    return [this, &routed](const AcquirerRequest& request, const AcquirerAnswer& answer) { on_answer(routed, request, answer); };
  }

  static std::vector<AcquirerRequest>& batch_of(std::vector<Batch>& batches, Routed& routed) {
    for (Batch& batch : batches)
      if (batch.to == &routed) return batch.requests;
    return batches.emplace_back(Batch{&routed, {}}).requests;
  }

  // Where the operation is being asked about; nullptr: nowhere.
  [[nodiscard]] const Routed* lane_of(AcquirerAction action, Mode mode, const std::string& reference) const {
    if (sandbox_.lane.resolving(action, mode, reference)) return &sandbox_;
    for (const auto& [name, routed] : live_)
      if (routed.lane.resolving(action, mode, reference)) return &routed;
    return nowhere_.lane.resolving(action, mode, reference) ? &nowhere_ : nullptr;
  }

  [[nodiscard]] Routed& route(const AcquirerRequest& request) {
    if (request.mode == Mode::test) return sandbox_;
    const auto found = live_.find(!request.acquirer.empty() || !live_route_ ? request.acquirer : live_route_(request.partner));
    return found == live_.end() ? nowhere_ : found->second;
  }

  // The next ones hold the mutex.
  [[nodiscard]] static AcquirerHealth health_of(const Routed& routed) {
    AcquirerHealth health = routed.lane.health(monotonic_us());
    health.problem = routed.acquirer->problem();
    return health;
  }
  [[nodiscard]] std::vector<AcquirerHealth> take_changes() {
    std::vector<AcquirerHealth> changed;
    for (auto& [name, routed] : live_) {
      if (!routed.lane.breaker_changed()) continue;
      routed.lane.mark_told();
      changed.push_back(health_of(routed));
    }
    return changed;
  }
  bool start_call(Routed& routed, AcquirerRequest& request, int64_t now_us, int64_t utc_us, Answers& answers) {
    if (request.sent_us == 0) request.sent_us = utc_us;
    if (routed.acquirer != nullptr && routed.lane.admit(request, now_us)) return true;
    request.cvc.reset();
    answers.emplace_back(std::move(request), not_done());
    return false;
  }
  void start_resolving(Routed& routed, AcquirerRequest& request, int64_t now_us, int64_t utc_us) {
    request.cvc.reset();
    // What waits for an acquirer that is not configured is asked about after the next start, not before.
    if (!routed.lane.resolve(std::move(request), now_us, utc_us) && routed.acquirer != nullptr) ++dropped_;
  }
  // Inquiries and reversals go out with what goes out anyway.
  void take_due(int64_t now_us, std::vector<Batch>& batches) {
    const auto take = [&](Routed& routed) {
      if (routed.lane.next_us() > now_us) return;
      std::vector<AcquirerRequest> due;
      routed.lane.take_due(now_us, due);
      if (due.empty()) return;
      auto& batch = batch_of(batches, routed);
      batch.insert(batch.end(), std::make_move_iterator(due.begin()), std::make_move_iterator(due.end()));
    };
    take(sandbox_);
    for (auto& [name, routed] : live_) take(routed);
  }
  [[nodiscard]] int64_t next_wake_us() const {
    int64_t next_us = sandbox_.lane.next_us();
    for (const auto& [name, routed] : live_) next_us = std::min(next_us, routed.lane.next_us());
    return next_us;
  }
  void wake_timer_for_next() {
    if (next_wake_us() < timer_wakes_us_) wake_.notify_one();
  }

  // Answers that come before this returns are appended to `answers`.
  void transmit(std::vector<Batch> batches, Answers& answers) {
    Collector collector{this, answers, collector_};
    collector_ = &collector;
    for (Batch& batch : batches) batch.to->acquirer->send(std::move(batch.requests));
    collector_ = collector.outer;
  }

  // An answer, or that there was none in time.
  void count(const Routed& routed, const AcquirerRequest& request, Outcome outcome) const {
    if (options_.metrics == nullptr) return;
    observe::AcquirerMetrics& to = options_.metrics->here()->acquirers[routed.number];
    const auto action = std::min<std::size_t>(static_cast<std::size_t>(request.action), observe::actions_max - 1);
    to.calls[action][std::min<std::size_t>(static_cast<std::size_t>(outcome) - 1, observe::call_outcome_count - 1)].add();
    // Of an inquiry or a reversal `sent_us` is when the operation itself was sent.
    if (!is_resolving(request.action) && request.sent_us != 0) to.latency.record(clock_.now_us() - request.sent_us);
  }
  void take_expired(Routed& routed, int64_t now_us, std::vector<AcquirerRequest>& expired) {
    const std::size_t before = expired.size();
    routed.lane.take_expired(now_us, expired);
    for (std::size_t i = before; i < expired.size(); ++i) count(routed, expired[i], Outcome::unknown);
  }

  // From an acquirer, on any thread.
  void on_answer(Routed& routed, const AcquirerRequest& request, const AcquirerAnswer& answer) {
    count(routed, request, answer.outcome);
    std::unique_lock lock(mutex_);
    Lane::Settled settled = routed.lane.settle(request, answer, monotonic_us());
    if (routed.lane.breaker_changed()) wake_.notify_one();
    if (is_resolving(request.action)) {
      // It comes again at its time, or has made room for another.
      wake_timer_for_next();
      if (!settled.request) return;
    }
    if (settled.repeated) {
      // Whoever asked has its answer, and still wants to know.
      settled.request = request;
      settled.request->cvc.reset();
    }
    if (collector_ != nullptr && collector_->owner == this) {
      lock.unlock();
      collector_->answers.emplace_back(*std::move(settled.request), answer);
    } else if (arrived_.size() < options_.in_flight_max) {
      // The timer thread hands on all that arrive until it wakes.
      arrived_.emplace_back(*std::move(settled.request), answer);
      if (arrived_.size() == 1) wake_.notify_one();
    } else {
      lock.unlock();
      Answers one;
      one.emplace_back(*std::move(settled.request), answer);
      deliver(std::move(one));
    }
  }

  void deliver(Answers answers) {
    if (answers.empty()) return;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      ++delivering_;
    }
    handler_(std::move(answers));
    const std::lock_guard lock(mutex_);
    if (--delivering_ == 0 && stopped_) idle_.notify_all();
  }

  void run_timer() {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      const int64_t now_us = monotonic_us();
      Answers answers;
      answers.swap(arrived_);
      std::vector<AcquirerRequest> expired;
      std::vector<Batch> due;
      take_expired(sandbox_, now_us, expired);
      for (auto& [name, routed] : live_) take_expired(routed, now_us, expired);
      take_due(now_us, due);
      const std::vector<AcquirerHealth> changed = take_changes();
      if (answers.empty() && expired.empty() && due.empty() && changed.empty()) {
        // Never longer than a call may take: then no call that is sent meanwhile has to wake this thread for its deadline.
        timer_wakes_us_ = std::min(next_wake_us(), now_us + options_.call_timeout_us);
        wake_.wait_for(lock, std::chrono::microseconds(timer_wakes_us_ - now_us));
        timer_wakes_us_ = INT64_MIN;  // awake: it looks for itself before it sleeps again
        continue;
      }
      lock.unlock();
      if (options_.breaker_changed)
        for (const AcquirerHealth& health : changed) options_.breaker_changed(health);
      for (AcquirerRequest& request : expired) answers.emplace_back(std::move(request), AcquirerAnswer{});
      transmit(std::move(due), answers);
      deliver(std::move(answers));
      lock.lock();
    }
  }

  const DispatcherOptions options_;
  const std::function<std::string(PartnerId)> live_route_;
  const AnswersHandler handler_;
  const SystemClock clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  Answers arrived_;  // on threads of an acquirer's own
  int64_t timer_wakes_us_ = INT64_MIN;
  std::size_t delivering_ = 0;
  uint64_t dropped_ = 0;
  bool stopped_ = false;
  // Tries that people asked for, within the second that began then.
  int64_t hurried_since_us_ = INT64_MIN / 2;
  uint32_t hurried_ = 0;

  // Before all of the above in destruction: an acquirer reports until it ends.
  Routed sandbox_, nowhere_;
  std::map<std::string, Routed> live_;
  std::thread timer_;
};

thread_local DispatcherImpl::Collector* DispatcherImpl::collector_ = nullptr;

}  // namespace

std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherOptions& options, AcquirerFactory sandbox, std::map<std::string, LiveAcquirer> live,
                                            std::function<std::string(PartnerId)> live_route, AnswersHandler answers) {
  return std::make_unique<DispatcherImpl>(options, sandbox, live, std::move(live_route), std::move(answers));
}

}  // namespace tollgate

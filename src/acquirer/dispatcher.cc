#include "tollgate/acquirer/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "acquirer/calls.h"

namespace tollgate {
namespace {

class DispatcherImpl final : public Dispatcher {
 public:
  DispatcherImpl(const DispatcherOptions& options, const AcquirerFactory& sandbox, const std::map<std::string, AcquirerFactory>& live,
                 std::function<std::string(PartnerId)> live_route, AnswersHandler handler)
      : options_(options), live_route_(std::move(live_route)), handler_(std::move(handler)), calls_(options) {
    const auto answered = [this](const AcquirerRequest& request, const AcquirerAnswer& answer) { on_answer(request, answer); };
    sandbox_ = sandbox(answered);
    for (const auto& [name, factory] : live) live_.emplace(name, factory(answered));
    timer_ = std::thread([this] { run_timer(); });
  }

  ~DispatcherImpl() override { stop(); }

  void send(std::vector<AcquirerRequest> requests) override {
    Answers answers;
    const int64_t now_us = monotonic_us();
    const int64_t utc_us = clock_.now_us();
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      calls_.take(requests, now_us, utc_us, answers);
      wake_timer_for_next();
    }
    transmit(std::move(requests), answers);
    deliver(std::move(answers));
  }

  InDoubtSummary summary() const override {
    const std::lock_guard lock(mutex_);
    return calls_.summary();
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
  // Collects what an acquirer answers inside its send(), so that it is handed on as one batch.
  struct Collector {
    const DispatcherImpl* owner;
    Answers& answers;
    Collector* outer;
  };
  static thread_local Collector* collector_;

  // Holds the mutex.
  void wake_timer_for_next() {
    if (calls_.next_us() < timer_wakes_us_) wake_.notify_one();
  }

  [[nodiscard]] Acquirer* route(const AcquirerRequest& request) const {
    if (request.mode == Mode::test) return sandbox_.get();
    const auto found = live_.find(live_route_ ? live_route_(request.partner) : std::string());
    return found == live_.end() ? nullptr : found->second.get();
  }

  // Sends each request to its acquirer. Answers that come before this returns are appended to `answers`.
  void transmit(std::vector<AcquirerRequest> requests, Answers& answers) {
    if (requests.empty()) return;
    Collector collector{this, answers, collector_};
    collector_ = &collector;
    const bool all_test = std::all_of(requests.begin(), requests.end(), [](const auto& r) { return r.mode == Mode::test; });
    if (all_test) {
      sandbox_->send(std::move(requests));
    } else {
      std::map<Acquirer*, std::vector<AcquirerRequest>> by_acquirer;
      for (AcquirerRequest& request : requests) by_acquirer[route(request)].push_back(std::move(request));
      for (auto& [acquirer, routed] : by_acquirer) {
        acquirer != nullptr ? acquirer->send(std::move(routed)) : refuse(routed);
      }
    }
    collector_ = collector.outer;
  }

  void refuse(const std::vector<AcquirerRequest>& requests) {
    for (const AcquirerRequest& request : requests) on_answer(request, answer_without_acquirer(request));
  }

  // From an acquirer, on any thread.
  void on_answer(const AcquirerRequest& request, const AcquirerAnswer& answer) {
    std::unique_lock lock(mutex_);
    std::optional<AcquirerRequest> waiting = calls_.answered(request, answer, monotonic_us());
    if (!waiting) {
      wake_timer_for_next();
      return;
    }
    if (collector_ != nullptr && collector_->owner == this) {
      lock.unlock();
      collector_->answers.emplace_back(*std::move(waiting), answer);
    } else if (arrived_.size() < options_.in_flight_max) {
      // The timer thread hands on all that arrive until it wakes.
      arrived_.emplace_back(*std::move(waiting), answer);
      if (arrived_.size() == 1) wake_.notify_one();
    } else {
      lock.unlock();
      Answers one;
      one.emplace_back(*std::move(waiting), answer);
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
      std::vector<AcquirerRequest> due;
      calls_.take_due(now_us, answers, due);
      if (answers.empty() && due.empty()) {
        // Never longer than a call may take: then no call that is sent meanwhile has to wake this thread for its deadline.
        timer_wakes_us_ = std::min(calls_.next_us(), now_us + options_.call_timeout_us);
        wake_.wait_for(lock, std::chrono::microseconds(timer_wakes_us_ - now_us));
        timer_wakes_us_ = INT64_MIN;  // awake: it looks for itself before it sleeps again
        continue;
      }
      lock.unlock();
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
  Calls calls_;
  Answers arrived_;  // on threads of an acquirer's own
  int64_t timer_wakes_us_ = INT64_MIN;
  std::size_t delivering_ = 0;
  bool stopped_ = false;

  std::unique_ptr<Acquirer> sandbox_;
  std::map<std::string, std::unique_ptr<Acquirer>> live_;
  std::thread timer_;
};

thread_local DispatcherImpl::Collector* DispatcherImpl::collector_ = nullptr;

}  // namespace

std::unique_ptr<Dispatcher> make_dispatcher(const DispatcherOptions& options, AcquirerFactory sandbox,
                                            std::map<std::string, AcquirerFactory> live,
                                            std::function<std::string(PartnerId)> live_route, AnswersHandler answers) {
  return std::make_unique<DispatcherImpl>(options, sandbox, live, std::move(live_route), std::move(answers));
}

}  // namespace tollgate

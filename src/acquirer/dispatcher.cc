#include "tollgate/acquirer/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "acquirer/in_flight.h"
#include "acquirer/resolver.h"

namespace tollgate {
namespace {

using Answers = std::vector<std::pair<AcquirerRequest, AcquirerAnswer>>;

[[nodiscard]] bool is_resolving(AcquirerAction action) {
  return action == AcquirerAction::inquire || action == AcquirerAction::reverse;
}

class DispatcherImpl final : public Dispatcher {
 public:
  DispatcherImpl(const DispatcherOptions& options, const AcquirerFactory& sandbox, const std::map<std::string, AcquirerFactory>& live,
                 std::function<std::string(PartnerId)> live_route, AnswersHandler handler)
      : options_(options), live_route_(std::move(live_route)), handler_(std::move(handler)), in_flight_(options.in_flight_max),
        resolver_(options) {
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
    std::vector<AcquirerRequest> resolving;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      std::erase_if(requests, [&](AcquirerRequest& request) {
        return is_resolving(request.action) ? (start_resolving(request, now_us, utc_us, answers), true)
                                            : !start_call(request, now_us, utc_us, answers);
      });
      // Fills `requests` up with inquiries and reversals, so that all goes out in one call.
      resolver_.take_due(now_us, requests);
      wake_timer_for_next();
    }
    transmit(std::move(requests), answers);
    deliver(std::move(answers));
  }

  InDoubtSummary summary() const override {
    const std::lock_guard lock(mutex_);
    return {resolver_.inquiries(), resolver_.reversals(), in_flight_.size()};
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

  // The next four hold the mutex.
  bool start_call(AcquirerRequest& request, int64_t now_us, int64_t utc_us, Answers& answers) {
    if (request.sent_us == 0) request.sent_us = utc_us;
    if (in_flight_.add(request, now_us + options_.call_timeout_us)) return true;
    answers.emplace_back(std::move(request), AcquirerAnswer{});
    return false;
  }
  void start_resolving(AcquirerRequest& request, int64_t now_us, int64_t utc_us, Answers& answers) {
    request.cvc.reset();
    if (!resolver_.add(request, now_us, utc_us)) answers.emplace_back(std::move(request), AcquirerAnswer{});
  }
  [[nodiscard]] int64_t next_wake_us() const { return std::min(in_flight_.next_deadline_us(), resolver_.next_us()); }
  void wake_timer_for_next() {
    if (next_wake_us() < timer_wakes_us_) wake_.notify_one();
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

  // No acquirer: what was never sent is declined for certain. What is in doubt stays so until the acquirer is configured again.
  void refuse(const std::vector<AcquirerRequest>& requests) {
    AcquirerAnswer answer;
    answer.code = DeclineCode::test_mode_live_card;
    for (const AcquirerRequest& request : requests) {
      answer.outcome = is_resolving(request.action) ? Outcome::unknown : Outcome::declined;
      on_answer(request, answer);
    }
  }

  // From an acquirer, on any thread.
  void on_answer(const AcquirerRequest& request, const AcquirerAnswer& answer) {
    std::unique_lock lock(mutex_);
    std::optional<AcquirerRequest> waiting;
    if (is_resolving(request.action)) {
      waiting = resolver_.settle(request, answer, monotonic_us());
      if (!waiting) {
        wake_timer_for_next();
        return;
      }
    } else {
      waiting = in_flight_.take(request.call);
      // Late, or a repeat: whoever asked has its answer, and still wants to know.
      if (!waiting) {
        waiting = request;
        waiting->cvc.reset();
      }
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
      std::vector<AcquirerRequest> expired, due;
      in_flight_.take_expired(now_us, expired);
      resolver_.take_due(now_us, due);
      if (answers.empty() && expired.empty() && due.empty()) {
        // Never longer than a call may take: then no call that is sent meanwhile has to wake this thread for its deadline.
        timer_wakes_us_ = std::min(next_wake_us(), now_us + options_.call_timeout_us);
        wake_.wait_for(lock, std::chrono::microseconds(timer_wakes_us_ - now_us));
        timer_wakes_us_ = INT64_MIN;  // awake: it looks for itself before it sleeps again
        continue;
      }
      lock.unlock();
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
  InFlight in_flight_;
  Resolver resolver_;
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

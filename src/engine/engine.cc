// The threads of the engine: each runs the rounds of its partitions. Everything that decides is in processor.h.
#include "tollgate/engine/engine.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/doubt_pages.h"
#include "engine/effects.h"
#include "tollgate/base/assert.h"
#include "tollgate/limits/limits.h"

namespace tollgate {
namespace engine {
namespace {

using SteadyClock = std::chrono::steady_clock;

class Worker {
 public:
  Worker(uint32_t number, const EngineOptions& options, EventLog& log, const Clock& clock, Directory& directory)
      : number_(number), options_(options), mailbox_(options.mailbox_commands_max), processor_(options, log, clock, directory) {}

  Status recover(uint32_t partition) {
    std::vector<Input> inputs;
    TOLLGATE_RETURN_IF_ERROR(processor_.recover(partition, inputs, recovered_requests_));
    partitions_.push_back(partition);
    mailbox_.push_internal(std::move(inputs));
    publish_caches();
    return absl::OkStatus();
  }

  void start(AcquirerPort& acquirer, std::function<void(Status)> failed) {
    acquirer_ = &acquirer;
    failed_ = std::move(failed);
    thread_ = std::thread([this] { run(); });
  }

  void stop(int64_t deadline_us) {
    mailbox_.close();
    stop_at_ = SteadyClock::now() + std::chrono::microseconds(deadline_us);
    stopping_.store(true, std::memory_order_release);
    mailbox_.wake();
    if (thread_.joinable()) thread_.join();
  }

  void submit(Command command, ResultSink& sink, ResultHandler handler) {
    Input input{std::move(command), &sink, std::move(handler), now_if_measured()};
    const Mailbox::Offer offered = mailbox_.offer(input, queue_max(input.command));
    if (offered == Mailbox::Offer::taken) return;
    const bool queue_full = offered == Mailbox::Offer::queue_full;
    (queue_full ? queue_full_ : overloaded_).fetch_add(1, std::memory_order_relaxed);
    if (queue_full && options_.limits != nullptr) options_.limits->count(LimitKind::queue);
    CommandResult result;
    result.kind = queue_full ? CommandResult::Kind::queue_full : CommandResult::Kind::overloaded;
    std::vector<ResultSink::Item> items;
    items.push_back({std::move(input.handler), std::move(result)});
    sink.deliver(std::move(items));
  }

  void push(std::vector<Input> inputs) {
    const int64_t now_us = now_if_measured();
    for (Input& input : inputs) input.since_us = now_us;
    mailbox_.push_internal(std::move(inputs));
  }

  void poke_timers() {
    poked_.store(true, std::memory_order_relaxed);
    mailbox_.wake();
  }

  EngineStats stats() const {
    EngineStats stats;
    stats.commands = commands_.load(std::memory_order_relaxed);
    stats.batches = batches_.load(std::memory_order_relaxed);
    stats.records = records_.load(std::memory_order_relaxed);
    stats.append_us = append_us_.load(std::memory_order_relaxed);
    stats.busy_us = busy_us_.load(std::memory_order_relaxed);
    stats.overloaded = overloaded_.load(std::memory_order_relaxed);
    const int64_t since_us = round_since_us_.load(std::memory_order_relaxed);
    stats.round_in_work_us = since_us == 0 ? 0 : std::max<int64_t>(monotonic_us() - since_us, 0);
    stats.queue_full = queue_full_.load(std::memory_order_relaxed);
    return stats;
  }
  void add_caches(EngineCaches& to) const {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += caches_[i].read();
  }
  std::size_t waiting(PartnerId partner, Mode mode) const { return mailbox_.waiting(partner, mode); }

 private:
  // Written by the worker's thread after each round, read by any.
  class PublishedCache {
   public:
    void write(const CacheStats& stats) {
      name_.store(stats.name, std::memory_order_relaxed);
      entries_.store(stats.entries, std::memory_order_relaxed);
      entries_max_.store(stats.entries_max, std::memory_order_relaxed);
      bytes_.store(stats.bytes, std::memory_order_relaxed);
      bytes_max_.store(stats.bytes_max, std::memory_order_relaxed);
      hits_.store(stats.hits, std::memory_order_relaxed);
      misses_.store(stats.misses, std::memory_order_relaxed);
      evictions_.store(stats.evictions, std::memory_order_relaxed);
    }
    CacheStats read() const {
      CacheStats stats;
      stats.name = name_.load(std::memory_order_relaxed);
      stats.entries = entries_.load(std::memory_order_relaxed);
      stats.entries_max = entries_max_.load(std::memory_order_relaxed);
      stats.bytes = bytes_.load(std::memory_order_relaxed);
      stats.bytes_max = bytes_max_.load(std::memory_order_relaxed);
      stats.hits = hits_.load(std::memory_order_relaxed);
      stats.misses = misses_.load(std::memory_order_relaxed);
      stats.evictions = evictions_.load(std::memory_order_relaxed);
      return stats;
    }

   private:
    std::atomic<const char*> name_{""};
    std::atomic<uint64_t> entries_{0}, entries_max_{0}, bytes_{0}, bytes_max_{0}, hits_{0}, misses_{0}, evictions_{0};
  };

  void publish_caches() {
    const EngineCaches caches = processor_.caches();
    for (std::size_t i = 0; i < caches.size(); ++i) caches_[i].write(caches[i]);
  }

  std::size_t queue_max(const Command& command) const {
    if (!command.config) return 0;
    const PartnerLimits defaults = options_.limits != nullptr ? options_.limits->options().defaults : PartnerLimits{};
    return limits_of(command.config->config.limits, defaults, command.mode).queue_depth;
  }

  void run() {
    pthread_setname_np(pthread_self(), "engine");
    if (!recovered_requests_.empty()) acquirer_->send(std::move(recovered_requests_));
    auto timers_at = SteadyClock::now();
    Mailbox::Batch batch;
    const std::vector<Input*>& inputs = batch.inputs;
    bool more_timers = false, more_doubt = false;
    while (true) {
      const bool stopping = stopping_.load(std::memory_order_acquire);
      auto until = stopping ? std::min(stop_at_, SteadyClock::now() + std::chrono::milliseconds(10)) : timers_at;
      if (more_timers || more_doubt) until = SteadyClock::now();
      mailbox_.take(batch, options_.batch_commands_max, until);
      if (options_.limits != nullptr) options_.limits->engine_delay(number_, batch.left ? batch.shortest_wait_us : 0);
      if (stopping && inputs.empty() && (!processor_.waiting() || SteadyClock::now() >= stop_at_)) break;

      const int64_t start_us = monotonic_us();
      round_since_us_.store(start_us, std::memory_order_relaxed);
      const bool timers_due = poked_.exchange(false, std::memory_order_relaxed) || SteadyClock::now() >= timers_at || more_timers;
      if ((timers_due || more_doubt) && !stopping) {
        auto more = doubt_pages_.send_next(processor_, partitions_, *acquirer_);
        if (!more.ok()) return fail(more.status());
        more_doubt = *more;
      }
      if (timers_due && !stopping) {
        auto more = processor_.process_timers();
        if (!more.ok()) return fail(more.status());
        more_timers = *more;
        timers_at = SteadyClock::now() + std::chrono::microseconds(options_.timer_interval_us);
      }
      // Answers that came in during a slow sync are taken in several rounds: a round's size bounds how long its first waits.
      for (std::size_t done = 0; done < inputs.size() || done == 0;) {
        const std::size_t end = std::min(inputs.size(), done + options_.batch_commands_max);
        for (; done < end; ++done)
          if (const Status status = processor_.process(*inputs[done]); !status.ok()) return fail(status);
        auto requests = processor_.commit();
        if (!requests.ok()) return fail(requests.status());
        if (!requests->empty()) acquirer_->send(std::move(*requests));
        if (done == 0) break;
      }
      publish(start_us);
    }
    processor_.give_up_waiters();
  }

  void publish(int64_t start_us) {
    const EngineStats& stats = processor_.stats();
    commands_.store(stats.commands, std::memory_order_relaxed);
    batches_.store(stats.batches, std::memory_order_relaxed);
    records_.store(stats.records, std::memory_order_relaxed);
    append_us_.store(stats.append_us, std::memory_order_relaxed);
    publish_caches();
    busy_us_.fetch_add(static_cast<uint64_t>(monotonic_us() - start_us), std::memory_order_relaxed);
    round_since_us_.store(0, std::memory_order_relaxed);
  }

  // Nothing of the round that failed may become visible: no result leaves, no request is sent, nothing more is taken.
  void fail(const Status& status) {
    mailbox_.close();
    failed_(status);
  }

  [[nodiscard]] int64_t now_if_measured() const { return options_.metrics == nullptr ? 0 : monotonic_us(); }

  const uint32_t number_;
  const EngineOptions& options_;
  Mailbox mailbox_;
  Processor processor_;
  AcquirerPort* acquirer_ = nullptr;
  std::function<void(Status)> failed_;
  std::vector<AcquirerRequest> recovered_requests_;
  std::vector<uint32_t> partitions_;
  DoubtPages doubt_pages_;
  std::thread thread_;
  std::atomic<bool> stopping_{false}, poked_{false};
  SteadyClock::time_point stop_at_;
  std::atomic<uint64_t> commands_{0}, batches_{0}, records_{0}, append_us_{0}, busy_us_{0}, overloaded_{0}, queue_full_{0};
  std::atomic<int64_t> round_since_us_{0};
  std::array<PublishedCache, engine_cache_count> caches_;
};

class ThreadedEngine final : public Engine {
 public:
  ThreadedEngine(const EngineOptions& options, EventLog& log, const Clock& clock, Directory& directory, std::function<void(Status)> failed)
      : options_(options), failed_(std::move(failed)) {
    for (uint32_t i = 0; i < options_.threads; ++i) workers_.push_back(std::make_unique<Worker>(i, options_, log, clock, directory));
  }
  ~ThreadedEngine() override { stop(0); }

  Status recover() {
    for (uint32_t partition = 0; partition <= options_.partitions; ++partition)
      TOLLGATE_RETURN_IF_ERROR(worker_of(partition).recover(partition));
    return absl::OkStatus();
  }

  void start(AcquirerPort& acquirer) override {
    for (auto& worker : workers_) worker->start(acquirer, failed_);
  }

  void stop(int64_t deadline_us) override {
    for (auto& worker : workers_) worker->stop(deadline_us);
  }

  void submit(Command command, ResultSink& sink, ResultHandler handler) override {
    TOLLGATE_ASSERT(command.partition <= options_.partitions);
    worker_of(command.partition).submit(std::move(command), sink, std::move(handler));
  }

  void answered(std::vector<std::pair<AcquirerRequest, AcquirerAnswer>> answers) override {
    std::vector<std::vector<Input>> inputs(workers_.size());
    for (auto& [request, answer] : answers) {
      Input input;
      input.command = outcome_command(request, answer);
      inputs[request.partition % workers_.size()].push_back(std::move(input));
    }
    for (std::size_t i = 0; i < workers_.size(); ++i)
      if (!inputs[i].empty()) workers_[i]->push(std::move(inputs[i]));
  }

  void refund_settled(const AcquirerRequest& refund, bool succeeded, DeclineCode code) override {
    Input input;
    input.command = settlement_command(refund, succeeded, code);
    std::vector<Input> inputs;
    inputs.push_back(std::move(input));
    worker_of(refund.partition).push(std::move(inputs));
  }

  void poke_timers() override {
    for (auto& worker : workers_) worker->poke_timers();
  }

  EngineStats stats() const override {
    EngineStats sum;
    for (const auto& worker : workers_) {
      const EngineStats one = worker->stats();
      sum.commands += one.commands;
      sum.batches += one.batches;
      sum.records += one.records;
      sum.append_us += one.append_us;
      sum.busy_us += one.busy_us;
      sum.overloaded += one.overloaded;
      sum.round_in_work_us = std::max(sum.round_in_work_us, one.round_in_work_us);
      sum.queue_full += one.queue_full;
    }
    return sum;
  }

  EngineCaches caches() const override {
    EngineCaches sum{};
    for (const auto& worker : workers_) worker->add_caches(sum);
    return sum;
  }

  std::size_t waiting(uint32_t partition, PartnerId partner, Mode mode) const override {
    return workers_[partition % workers_.size()]->waiting(partner, mode);
  }

 private:
  Worker& worker_of(uint32_t partition) { return *workers_[partition % workers_.size()]; }

  const EngineOptions options_;
  std::function<void(Status)> failed_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace
}  // namespace engine

StatusOr<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options, EventLog& log, const Clock& clock, Directory& directory,
                                               std::function<void(Status)> failed) {
  if (options.threads == 0 || options.partitions == 0 || options.batch_commands_max == 0)
    return invalid_argument("the engine needs at least one thread, one partition and a batch of one command");
  // Each round may change batch_commands_max objects of a kind several times over: the caches must hold more than that.
  const std::size_t cached_min = std::min({options.cached_payments_max, options.cached_others_max, options.cached_books_max});
  if (cached_min < 4 * options.batch_commands_max)
    return invalid_argument("every cache must hold at least 4 times batch_commands_max ({}) objects, not {}", options.batch_commands_max, cached_min);
  auto engine = std::make_unique<engine::ThreadedEngine>(options, log, clock, directory, std::move(failed));
  TOLLGATE_RETURN_IF_ERROR(engine->recover());
  return engine;
}

}  // namespace tollgate

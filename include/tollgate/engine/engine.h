// The engine: partitions of single-writer partner state over one event log. A command goes into the bounded mailbox of its
// partition; the partition's thread drains a batch, decides and applies command by command, appends all of it in one synced
// write, and only then lets results and acquirer calls out. State that is ahead of the log is never visible outside.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"
#include "tollgate/directory/directory.h"
#include "tollgate/engine/command.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::observe {
class Metrics;
}

namespace tollgate {

class Limits;

// The acquirer said something else than two people had said of an operation in doubt.
struct Contradiction {
  PartnerId partner;
  Mode mode = Mode::test;
  Currency currency;
  Operation operation;
  ResolutionAnswered answer;
};

struct EngineOptions {
  uint32_t partitions = 4;               // of payments, numbered from 1; partition 0 is the partner directory's
  uint32_t threads = 1;                  // that the partitions are spread over
  std::size_t mailbox_commands_max = 16'384;  // of each thread; more: overloaded
  std::size_t batch_commands_max = 512;
  std::size_t cached_payments_max = 100'000;  // of each thread
  std::size_t cached_others_max = 8'192;      // of each thread and each other kind of object
  std::size_t cached_books_max = 32'768;      // of each thread
  int64_t authorization_validity_us = 7 * us_per_day;
  int64_t timer_interval_us = us_per_second;
  std::size_t timers_per_round_max = 256;     // of a partition; the rest follows in the next round
  // No writer's epoch is below it: after a restore it is above all that the lost node may have used (backup/generation.h).
  uint64_t epoch_min = 0;
  std::set<std::string> live_acquirers;  // by name; a partner that has none of these has its live payments refused
  observe::Metrics* metrics = nullptr;   // nullptr: nothing is measured
  Limits* limits = nullptr;              // the node's defaults, and told how long commands wait; outlives the engine
  std::function<void(const Contradiction&)> contradicted = {};  // from an engine thread, when it is durable; may be empty
};

struct EngineStats {
  uint64_t commands = 0, batches = 0, records = 0, append_us = 0, busy_us = 0, overloaded = 0, queue_full = 0;
  int64_t round_in_work_us = 0;  // how long the slowest thread has been at its present round
};

// The state that the engine's threads keep in memory, by kind of object, all threads added up.
inline constexpr std::size_t engine_cache_count = 8;
using EngineCaches = std::array<CacheStats, engine_cache_count>;

class Engine : public CommandPort {
 public:
  // Reads where each partition ends and what was in flight. `failed` is called once, from an engine thread, after an append
  // failed: the node must stop.
  [[nodiscard]] static StatusOr<std::unique_ptr<Engine>> open(const EngineOptions& options, EventLog& log, const Clock& clock,
                                                              Directory& directory, std::function<void(Status)> failed);
  // Starts the threads; operations that were in flight when the node stopped are inquired.
  virtual void start(AcquirerPort& acquirer) = 0;
  // Takes no more commands, finishes those taken, waits at most `deadline_us` for open acquirer calls, ends the threads. Idempotent.
  virtual void stop(int64_t deadline_us) = 0;

  // From the dispatcher: any thread, never blocks.
  virtual void answered(std::vector<std::pair<AcquirerRequest, AcquirerAnswer>> answers) = 0;
  virtual void refund_settled(const AcquirerRequest& refund, bool succeeded, DeclineCode code) = 0;

  // Runs the timers that are due now, without waiting for the interval (a test clock was moved).
  virtual void poke_timers() = 0;
  [[nodiscard]] virtual EngineStats stats() const = 0;
  // As of each thread's last round.
  [[nodiscard]] virtual EngineCaches caches() const = 0;
  // Commands of a partner that wait to be taken.
  [[nodiscard]] virtual std::size_t waiting(uint32_t partition, PartnerId partner, Mode mode) const = 0;
};

}  // namespace tollgate

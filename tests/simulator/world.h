// What all parts of a simulation share: time, choices, the trace, what kind of world this seed makes, and the first failure.
#pragma once
#include <string>

#include "simulator/choice.h"
#include "simulator/sabotage.h"
#include "simulator/schedule.h"
#include "simulator/trace.h"
#include "tollgate/acquirer/dispatcher.h"
#include "tollgate/base/clock.h"
#include "tollgate/engine/engine.h"

namespace tollgate::sim {

// How likely what goes wrong is, out of 1,000 occasions each. Every seed has its own: some worlds have slow acquirers and perfect
// disks, some the other way round, so that rare combinations are met as well.
struct Faults {
  uint32_t crash = 0;             // of rounds: the node is killed after it
  uint32_t append_crash = 0;      // of appends: killed while writing, what was not synced is lost or there
  uint32_t append_error = 0;      // of appends: a failed or short write, a full disk, a failed sync
  uint32_t read_error = 0;        // of 1,000 x 100 reads
  uint32_t request_lost = 0, request_twice = 0, request_slow = 0;
  uint32_t answer_lost = 0, answer_twice = 0, answer_slow = 0;
  uint32_t answer_unknown = 0;    // of arrivals: the acquirer says that it does not know
  uint32_t wrong_amount = 0, wrong_currency = 0, hidden = 0;
  uint32_t decline = 0, challenge = 0, refund_pending = 0, refund_fails_later = 0;
  uint32_t reply_lost = 0;        // to a partner
  uint32_t bank_down = 0, clock_step = 0, long_pause = 0, suspend = 0;  // of steps
};

struct Profile {
  EngineOptions engine;
  DispatcherOptions dispatcher;
  uint32_t workers = 1;
  uint32_t partners = 2;
  std::size_t inbox_commands_max = 64;
  Faults faults;
};
[[nodiscard]] Profile profile_of(uint64_t seed);

class World {
 public:
  World(uint64_t seed_, Sabotage sabotage_, bool verbose)
      : seed(seed_), sabotage(sabotage_), profile(profile_of(seed_)), trace(verbose), clock(*this) {}

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    trace.line(step, schedule.now_us(), format, std::forward<Args>(args)...);
  }
  // The first failure counts: what comes behind it may follow from it.
  template <class... Args>
  void fail(fmt::format_string<Args...> format, Args&&... args) {
    if (!failure.empty()) return;
    failure = fmt::format(format, std::forward<Args>(args)...);
    note("FAILED: {}", failure);
  }
  [[nodiscard]] bool failed() const { return !failure.empty(); }
  // Whether a fault of this likelihood happens now.
  [[nodiscard]] bool strikes(Choice& choice, uint32_t per_mille) const { return faults_on && choice.chance(per_mille); }
  [[nodiscard]] bool sabotaged(Sabotage by) const { return sabotage == by; }

  // The time of day as the node sees it: it goes with the schedule, but can be set.
  class WallClock final : public Clock {
   public:
    explicit WallClock(const World& world) : world_(world) {}
    [[nodiscard]] int64_t now_us() const override { return 1'750'000'000 * us_per_second + world_.schedule.now_us() + offset_us; }
    int64_t offset_us = 0;

   private:
    const World& world_;
  };

  const uint64_t seed;
  const Sabotage sabotage;
  const Profile profile;
  Trace trace;
  Schedule schedule;
  WallClock clock;
  uint64_t step = 0;  // what partners and operators have done so far
  bool faults_on = false;
  std::string failure;
};

}  // namespace tollgate::sim

#include "simulator/simulation.h"

namespace tollgate::sim {
namespace {

constexpr uint64_t happenings_max = 200'000;
constexpr int64_t rest_us_max = 3'600 * us_per_second;

}  // namespace

Simulation::Simulation(const RunOptions& options)
    : options_(options), world_(options.seed, options.sabotage, options.verbose), bank_(world_), checks_(world_, bank_), disk_(world_, checks_),
      node_(world_, disk_, bank_, *this), partners_(world_, disk_, node_), choice_(options.seed, 8) {
  checks_.watch(disk_, node_);
}

void Simulation::node_started() {
  ++starts_;
  partners_.check_acknowledged();
  if (choice_.one_in(3)) checks_.audit();
}

void Simulation::next_step() {
  if (world_.step >= options_.steps) return;
  ++world_.step;
  act();
  const Faults& faults = world_.profile.faults;
  int64_t pause_us = choice_.between(1, 20) * us_per_ms;
  if (choice_.one_in(20)) pause_us = choice_.between(1, 30) * us_per_second;
  if (world_.strikes(choice_, faults.long_pause)) pause_us = choice_.between(1, 72) * 3'600 * us_per_second;
  world_.schedule.in(pause_us, [this] { next_step(); });
}

void Simulation::act() {
  const Faults& faults = world_.profile.faults;
  if (world_.strikes(choice_, faults.bank_down)) {
    const int64_t for_us = choice_.between(1, 60) * us_per_second;
    world_.note("bank: down for {} s", for_us / us_per_second);
    return node_.network().go_down(for_us);
  }
  if (world_.strikes(choice_, faults.clock_step)) {
    const int64_t by_us = choice_.one_in(3) ? choice_.between(-3 * us_per_day, 3 * us_per_day) : choice_.between(-60, 60) * us_per_second;
    world_.note("clock: stepped by {} s", by_us / us_per_second);
    world_.clock.offset_us += by_us;
    return node_.clock_stepped();
  }
  if (world_.strikes(choice_, faults.crash)) {
    if (choice_.one_in(2)) return node_.stop_gracefully();
    return node_.kill("it was killed");
  }
  partners_.act();
}

template <class Done>
bool Simulation::run_until(Done done, int64_t least_us, const char* what) {
  const int64_t start_us = world_.schedule.now_us();
  // Something is always planned, so that time goes on.
  world_.schedule.in(least_us, [] {});
  for (uint64_t happenings = 0; !world_.failed(); ++happenings) {
    const int64_t passed_us = world_.schedule.now_us() - start_us;
    if (passed_us >= least_us && done()) return true;
    if (happenings > happenings_max || passed_us > least_us + rest_us_max || !world_.schedule.run_next()) {
      world_.fail("{}: not within {} s and {} happenings ({})", what, passed_us / us_per_second, happenings, node_.busy_with());
    }
  }
  return false;
}

void Simulation::come_to_rest() {
  world_.faults_on = false;
  world_.note("all faults end");
  const auto up = [this] { return node_.up(); };
  const auto idle = [this] { return node_.idle(); };
  // What an operator had sent before is there before the partners are restored.
  if (!run_until(up, 10 * us_per_second, "the node starts again")) return;
  partners_.restore_partners();
  run_until(idle, 10 * us_per_second, "everything in doubt has an outcome");
  // What a partner never got an answer to is sent once more; that may begin new operations.
  for (int i = 0; i < 3 && !world_.failed() && partners_.send_unsettled() > 0; ++i)
    run_until(idle, 60 * us_per_second, "every request has an answer");
  if (world_.failed()) return;
  // Nothing may depend on what the node has in memory.
  node_.kill("the last restart");
  run_until(up, 0, "the node starts again");
  run_until(idle, 10 * us_per_second, "everything in doubt has an outcome after a restart");
  if (!world_.failed()) checks_.at_rest();
}

void Simulation::let_time_pass() {
  if (world_.failed()) return;
  // Clocks that were set back catch up, authorizations expire, funds become available.
  world_.clock.offset_us = std::max<int64_t>(world_.clock.offset_us, 0) + 3 * us_per_day;
  node_.clock_stepped();
  run_until([this] { return node_.idle(); }, 12 * us_per_day, "time passes");
  if (!world_.failed()) checks_.timers_done();
  if (world_.failed()) return;
  partners_.send_all_again();
  run_until([this] { return node_.idle(); }, 60 * us_per_second, "every request is answered again");
}

RunResult Simulation::run() {
  node_.start();
  partners_.begin();
  run_until([this] { return node_.idle(); }, 10 * us_per_second, "the partners are made");
  world_.faults_on = true;
  world_.schedule.in(0, [this] { next_step(); });
  while (!world_.failed() && world_.step < options_.steps && world_.schedule.run_next()) {}
  come_to_rest();
  let_time_pass();
  if (!world_.failed()) checks_.audit();
  if (!world_.failed()) checks_.derived_rows();

  RunResult result;
  result.failure = world_.failure;
  result.ok = !world_.failed();
  result.step = world_.step;
  result.hash = world_.trace.hash();
  result.answers = partners_.answers();
  result.starts = starts_;
  for (uint32_t partition = 0; partition <= world_.profile.engine.partitions; ++partition) result.records += disk_.head(partition)->sequence;
  return result;
}

}  // namespace tollgate::sim

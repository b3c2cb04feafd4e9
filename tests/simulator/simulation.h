// One run: a world from a seed, in which partners, operators, the acquirer and the disk do what they like; then all faults end, and
// everything must come to rest.
#pragma once
#include <memory>

#include "simulator/checks.h"
#include "simulator/partners.h"

namespace tollgate::sim {

struct RunOptions {
  uint64_t seed = 1;
  uint64_t steps = 250;
  Sabotage sabotage = Sabotage::none;
  bool verbose = false;
};

struct RunResult {
  bool ok = true;
  std::string failure;
  uint64_t step = 0;
  uint64_t hash = 0;
  uint64_t records = 0, answers = 0, starts = 0;
};

class Simulation final : public NodeObserver {
 public:
  explicit Simulation(const RunOptions& options);
  [[nodiscard]] RunResult run();
  void node_started() override;
  void print_trace(std::FILE* to) const { world_.trace.print_last(to); }
  [[nodiscard]] uint64_t step() const { return world_.step; }

 private:
  void next_step();
  void act();
  // Runs what is planned for `least_us`, and then until `done`, at most `most_us` and so many happenings more; a failure if it never is.
  template <class Done>
  bool run_until(Done done, int64_t least_us, const char* what);
  void come_to_rest();
  void let_time_pass();

  const RunOptions options_;
  World world_;
  Bank bank_;
  Checks checks_;
  Disk disk_;
  Node node_;
  Partners partners_;
  Choice choice_;
  uint64_t starts_ = 0;
};

}  // namespace tollgate::sim

// The node: the engine's processors, the dispatcher's decisions and the log, driven by the schedule instead of threads. It can be
// killed at any moment, and whatever was only in its memory is then gone.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "simulator/calls.h"
#include "engine/doubt_pages.h"
#include "engine/processor.h"
#include "simulator/directory.h"
#include "simulator/disk.h"
#include "simulator/network.h"

namespace tollgate::sim {

// Told after each start, before anything else happens.
class NodeObserver {
 public:
  virtual ~NodeObserver() = default;
  virtual void node_started() = 0;
};

class Node final : public BankListener, private AcquirerPort {
 public:
  Node(World& world, Disk& disk, Bank& bank, NodeObserver& observer);

  void start();
  // Killed, or stopped by an error: nothing that it knew is left. It starts again after a while.
  void kill(std::string_view why);
  // As SIGTERM: whoever waits is told that it is not over.
  void stop_gracefully();
  [[nodiscard]] bool up() const { return life_ != 0 && !workers_.empty(); }

  // False: overloaded, or down.
  [[nodiscard]] bool offer(engine::Input input);
  [[nodiscard]] const SimDirectory& directory() const { return *directory_; }
  Network& network() { return network_; }
  // The time of day was changed.
  void clock_stepped() { plan_timers(); }
  // An append is durable; `timers`: it sets some.
  void something_changed(bool timers);

  void answered(uint64_t life, const AcquirerRequest& request, const AcquirerAnswer& answer) override;
  void reported(const Bank::Report& report) override;

  // Nothing is being worked on and nothing is waited for.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::string busy_with() const;

 private:
  struct Worker {
    std::unique_ptr<engine::Processor> processor;
    engine::DoubtPages doubt_pages;
    std::vector<uint32_t> partitions;
    std::deque<engine::Input> inbox;
    std::size_t commands = 0;  // of partners, in the inbox
    bool round_planned = false, timers_due = true;
  };

  [[nodiscard]] Status recover();
  Worker& worker_of(uint32_t partition) { return *workers_[partition % workers_.size()]; }
  void push(engine::Input input);
  void plan_round(Worker& worker);
  void run_round(Worker& worker);
  void plan_timers();
  void send(std::vector<AcquirerRequest> requests) override;
  [[nodiscard]] uint64_t in_doubt_dropped() const override { return calls_->dropped(); }
  [[nodiscard]] bool in_doubt_room() const override { return calls_->has_room(); }
  // Something in doubt was turned away and not sent again since.
  [[nodiscard]] bool doubt_is_left() const;
  void transmit(const std::vector<AcquirerRequest>& requests);
  void hand_on(Answers answers);
  void plan_calls();
  void send_early();
  [[nodiscard]] static Command command_of(const World& world, const AcquirerRequest& request, const AcquirerAnswer& answer);

  World& world_;
  Disk& disk_;
  Bank& bank_;
  NodeObserver& observer_;
  Network network_;
  Choice choice_;
  std::unique_ptr<NodeLog> log_;
  std::unique_ptr<SimDirectory> directory_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Calls> calls_;
  std::vector<AcquirerRequest> recovered_;
  uint64_t life_ = 0;
  uint64_t timers_plan_ = 0, calls_plan_ = 0;
  int64_t timers_ran_us_ = INT64_MIN / 2;
  int spins_ = 0, useless_looks_ = 0;
};

}  // namespace tollgate::sim

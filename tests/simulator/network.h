// The way to the acquirer and back: messages are lost, doubled, late and overtake each other. What runs over a connection dies with
// the node; what has left it may still arrive.
#pragma once
#include "simulator/bank.h"

namespace tollgate::sim {

// Who gets what comes from the acquirer; `life` says to which start of the node it belongs.
class BankListener {
 public:
  virtual ~BankListener() = default;
  virtual void answered(uint64_t life, const AcquirerRequest& request, const AcquirerAnswer& answer) = 0;
  virtual void reported(const Bank::Report& report) = 0;
};

class Network {
 public:
  Network(World& world, Bank& bank, BankListener& listener) : world_(world), bank_(bank), listener_(listener), choice_(world.seed, 4) {}

  void send(uint64_t life, const AcquirerRequest& request);
  // After a restart of the node every report is made again: it may have stopped before it wrote it down.
  void report_all();
  void go_down(int64_t for_us) { down_until_us_ = world_.schedule.now_us() + for_us; }
  // Messages under way.
  [[nodiscard]] std::size_t busy() const { return busy_; }

 private:
  void carry(int64_t delay_us, Schedule::Happening arrival);
  void arrive(uint64_t life, const AcquirerRequest& request);
  void answer(uint64_t life, const AcquirerRequest& request, const AcquirerAnswer& answer);
  void plan_settlement(const AcquirerRequest& request);
  void report(const Bank::Report& report);
  [[nodiscard]] bool down() const { return world_.faults_on && world_.schedule.now_us() < down_until_us_; }
  [[nodiscard]] int64_t delay_us(uint32_t slow, int64_t most_us);

  World& world_;
  Bank& bank_;
  BankListener& listener_;
  Choice choice_;
  int64_t down_until_us_ = 0;
  std::size_t busy_ = 0;
};

}  // namespace tollgate::sim

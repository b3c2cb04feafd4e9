// The times and counts of what a processor does, for whoever watches the node. Decides nothing; without metrics it does nothing.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>

#include "engine/mailbox.h"
#include "tollgate/observe/metrics.h"
#include "tollgate/payment/events.h"
#include "tollgate/payment/types.h"

namespace tollgate::engine {

// Of one round, for those that wait for an acquirer beyond it.
struct RoundTimes {
  uint32_t append_us = 0, sync_us = 0;
  int64_t durable_us = 0;
};

// What a waiting request has spent so far.
struct Waited {
  observe::StageTimes stages;
  std::shared_ptr<const RoundTimes> round;  // the one that made its acquirer call durable
};

class Meter {
 public:
  explicit Meter(observe::Metrics* metrics) : metrics_(metrics) {}

  void begin(const Input& input);
  void end();
  // The command in work, as far as it is: its result leaves with this round.
  [[nodiscard]] observe::StageTimes spent();
  // It leaves when the acquirer has answered.
  [[nodiscard]] Waited waits();
  // The command in work is that answer.
  [[nodiscard]] observe::StageTimes answered(const Waited& waited);
  // `payment` as the event has left it.
  void count(const PaymentEvent& event, const Payment& payment);

  // After the append; `append_us` is 0 if there was nothing to append.
  void committed(int64_t append_us, int64_t sync_us);
  void add_round(observe::StageTimes& stages) const;

 private:
  [[nodiscard]] observe::AcquirerMetrics& acquirer_of(const Payment& payment);
  int64_t read_clock();

  observe::Metrics* const metrics_;
  int64_t clock_us_ = 0;  // when it was last read in this round; 0: not yet
  int64_t begin_us_ = 0;
  bool spent_ = false;  // the clock was read for the command in work
  observe::StageTimes present_;
  std::shared_ptr<RoundTimes> round_;  // of this round, if something of it waits
  RoundTimes last_round_;
  absl::flat_hash_map<std::string, uint16_t> acquirers_;
};

}  // namespace tollgate::engine

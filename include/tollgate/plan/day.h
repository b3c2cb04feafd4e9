// A day of traffic against the planned nodes, second by second: where a queue builds up, what is left out, when it is over. The node's
// bounded queue is modelled; who is left out is decided by the node's own shedder. Deterministic, and nothing is lost: what arrived was
// served, left out, refused, or still waits at midnight.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "tollgate/limits/limits.h"
#include "tollgate/plan/plan.h"

namespace tollgate::plan {

inline constexpr uint32_t day_s = 86'400;

struct Spike {
  double factor = 3;  // times the traffic that there would be; 1: none
  uint32_t minutes = 10;
  uint32_t at_s = 20 * 3'600;
};

struct DayOptions {
  Spike spike;
  uint32_t peak_at_s = 20 * 3'600;
  // As the node has them (limits.queue_delay_target_ms, engine.mailbox_commands_max, engine.batch_commands_max, api.connections_max).
  int64_t queue_delay_target_us = 25'000;
  double mailbox_commands_max = 16'384;
  double batch_commands_max = 512;
  double connections_max = 20'000;
};
[[nodiscard]] Status check(const DayOptions& options);

// The curve of a day with the given average and highest value: low at night, smooth around the peak.
class DayCurve {
 public:
  DayCurve(double average, double peak, uint32_t peak_at_s);
  [[nodiscard]] double at(uint32_t second) const;

 private:
  double low_, high_, sharpness_;
  uint32_t peak_at_s_;
};

using ByClass = std::array<double, request_class_count>;  // requests, by RequestClass
[[nodiscard]] double sum(const ByClass& of);

struct Second {
  double arrived = 0, served = 0, shed = 0, refused = 0;
  double waiting = 0;   // the most at a time
  double wait_ms = 0;   // the longest of what was served
};

struct Day {
  ByClass arrived{}, served{}, shed{}, refused{}, waiting{};  // waiting: at midnight
  std::vector<Second> seconds;
  double waiting_max = 0, wait_max_ms = 0;
  uint32_t waiting_max_at_s = 0;
  // Of seconds in which something was left out or waited longer than the target; first > last: none.
  uint32_t first_trouble_s = 1, last_trouble_s = 0;
  [[nodiscard]] bool trouble() const { return first_trouble_s <= last_trouble_s; }
  [[nodiscard]] bool recovered() const { return !trouble() || last_trouble_s + 1 < day_s; }
  double requests_per_simulated = 1;
};

[[nodiscard]] Day simulate(const Capacities& capacities, const Demand& demand, const Deployment& deployment, uint32_t nodes,
    const DayOptions& options);

}  // namespace tollgate::plan

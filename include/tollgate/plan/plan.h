// How large a deployment must be for a load: arithmetic over measured capacities. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/status.h"
#include "tollgate/plan/capacities.h"

namespace tollgate::plan {

inline constexpr double seconds_per_day = 86'400;
inline constexpr uint32_t nodes_max = 1'000;
inline constexpr uint32_t partitions_max = 1'000;  // what engine.partitions takes

// What comes besides 100 payments.
struct Mix {
  double lists = 5;
  double reads = 50;
  double tests = 5;         // payments with test keys
  double settlements = 10;  // captures, cancels, refunds: taken to cost what a payment costs
  double cards = 10;        // card numbers that are new to a partner
};

struct Demand {
  double partners = 1'000;
  double average_per_s = 500, peak_per_s = 5'000;  // payments
  Mix mix;
  double largest_partner_percent = 0;  // of the traffic; 0: what an equal share is
  double retention_days = 90;          // of records on the nodes (log.keep_days)
  double archive_days = 365;
};

struct Deployment {
  uint32_t nodes = 0;  // 0: as many as are needed
  uint32_t spare = 1;  // nodes that may be lost
  double cores = 0;    // of a node; 0: what the measured machine has
  double utilisation = 0.60;            // of what a node can do, at the peak
  double utilisation_degraded = 0.85;   // with the spare nodes lost
  double sync_us = 0;                   // of the disk; 0: as measured
  double memory_bytes = 0, disk_bytes = 0;  // of a node, to be checked; 0: not known
  double batch_commands_max = 512;      // the node's own setting
  double partner_requests_per_s = 200;  // limits.requests_per_second
};

enum class Bound : uint8_t { cores, engine, io };
[[nodiscard]] std::string_view name_of(Bound bound);

struct Sizing {
  // Of one node, in payments a second with all that comes besides.
  std::array<double, 3> limits{};  // by Bound; the least of them counts
  Bound bound = Bound::cores;
  double capacity_per_s = 0, planned_per_s = 0, degraded_per_s = 0;

  uint32_t nodes_needed = 0, nodes = 0, partitions = 0;
  // Shares of a node's capacity.
  double utilisation_average = 0, utilisation_peak = 0, utilisation_peak_degraded = 0;
  // Busy cores of a node.
  double cores = 0, cores_average = 0, cores_peak = 0;
  double cpu_headroom_peak = 0;  // share of the cores that is idle
  double p50_ms = 0;             // of a payment at the peak, about
  double peak_factor = 0, peak_factor_degraded = 0;  // times the peak before requests are left out

  double payments_per_day = 0;
  double log_bytes_per_day = 0, sandbox_bytes_per_day = 0, vault_bytes_per_day = 0, tree_bytes_per_day = 0, archive_bytes_per_day = 0;
  double node_bytes_per_day = 0;     // of all nodes together
  double disk_bytes_per_node = 0;    // at the end of the retention, with room for compaction
  double rows_bytes_per_day = 0;     // that stay behind records which moved to the archive
  double archive_bytes = 0, backup_bytes = 0;
  double memory_bytes_per_node = 0;
  double in_bits_average = 0, in_bits_peak = 0, out_bits_average = 0, out_bits_peak = 0, archive_bits_peak = 0;  // a second, all nodes

  double restart_s = 0;
  double restore_s = 0;       // of a node's retention
  double verify_day_s = 0, replay_day_s = 0;  // of a node's records of one day
  double largest_partner_peak_per_s = 0;

  std::vector<std::string> problems;  // why it does not hold; none: it holds
  std::vector<std::string> advice;
};

// Names the option that is wrong, as `tollgate plan` has it.
[[nodiscard]] Status check(const Demand& demand, const Deployment& deployment);
[[nodiscard]] Status check(const Capacities& capacities);

[[nodiscard]] Sizing size(const Capacities& capacities, const Demand& demand, const Deployment& deployment);

// Processor cores that a node's payments keep busy, between the measured rates.
[[nodiscard]] double cores_of_payments(const Capacities& capacities, double payments_per_s);
// What one payment costs with all that comes besides.
[[nodiscard]] Cost cost_with_mix(const Capacities& capacities, const Mix& mix);
// Added to each command by syncs: they are shared by a whole batch.
[[nodiscard]] double shared_sync_us(const Capacities& capacities, const Deployment& deployment);

// The same load on components of fixed capacity each: every payment passes each of them once.
struct Component {
  std::string_view name;
  double per_instance = 0;  // a second
  uint64_t average = 0, peak = 0;  // instances
};
[[nodiscard]] std::vector<Component> components(double average_per_s, double peak_per_s);

}  // namespace tollgate::plan

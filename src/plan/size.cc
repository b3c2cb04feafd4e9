#include <algorithm>
#include <cmath>

#include "tollgate/plan/plan.h"

namespace tollgate::plan {
namespace {

// How often a payment waits for a sync, as bench/RESULTS.md has it ("The peak on a slower disk": 3.8 ms more for 1 ms, 7.7 for 2): for the
// round that runs and for its own, once for the command and once for the acquirer's answer.
constexpr double syncs_waited = 4;
// So that partitions spread evenly over threads, over more nodes later, and over those that are left when one is lost.
constexpr double partitions_per_thread = 4;
constexpr double partitions_min = 4;
// Compaction writes new files before it removes the old ones, and DiskAlmostFull comes at 15 % free.
constexpr double disk_room = 1.5;
// Files that compaction has written anew stay as long as an older backup has them.
constexpr double backup_room = 1.5;
// Keys and state of more partners than were measured are looked up in larger tables.
constexpr double partners_times_max = 10;
// Besides the process: the kernel's page cache.
constexpr double memory_room = 1.5;
// Ethernet, IP and TCP headers of a packet, and what fits into one.
constexpr double packet_header_bytes = 66, packet_bytes_max = 1'448;

double percent(double of) { return of / 100; }

double interpolate(const std::vector<Point>& points, double rate) {
  double rate_before = 0, cores_before = 0;
  for (const Point& point : points) {
    const double cores = point.payments_per_s * point.cpu_us / 1e6;
    if (rate <= point.payments_per_s && point.payments_per_s > rate_before)
      return cores_before + (cores - cores_before) * (rate - rate_before) / (point.payments_per_s - rate_before);
    rate_before = point.payments_per_s;
    cores_before = cores;
  }
  return points.empty() ? 0 : rate * points.back().cpu_us / 1e6;
}

// Commands that cost what a payment does, for each payment.
double payments_with(const Mix& mix) { return 1 + percent(mix.tests) + percent(mix.settlements); }

// Of one exchange, with headers and the acknowledgements of the other direction.
double on_wire(double bytes, double bytes_back) {
  return bytes + packet_header_bytes * (std::ceil(bytes / packet_bytes_max) + std::ceil(bytes_back / packet_bytes_max));
}

struct Traffic {
  double in_bytes = 0, out_bytes = 0;
};
Traffic traffic_of_payment(const Capacities& from, const Mix& mix) {
  Traffic total;
  const auto add = [&](const Wire& wire, double times) {
    total.in_bytes += times * on_wire(wire.request_bytes, wire.answer_bytes);
    total.out_bytes += times * on_wire(wire.answer_bytes, wire.request_bytes);
  };
  add(from.payment_wire, payments_with(mix));
  add(from.card_wire, percent(mix.cards));
  add(from.read_wire, percent(mix.reads));
  add(from.list_wire, percent(mix.lists));
  return total;
}

// Of one node that gets so many payments.
double busy_cores(const Capacities& from, const Mix& mix, double per_s) {
  const double others_us = percent(mix.cards) * from.card.cpu_us + percent(mix.reads) * from.read.cpu_us + percent(mix.lists) * from.list.cpu_us;
  return cores_of_payments(from, per_s * payments_with(mix)) + per_s * others_us / 1e6;
}

void add_capacity(const Capacities& from, const Demand& demand, const Deployment& deployment, Sizing& to) {
  const Cost cost = cost_with_mix(from, demand.mix);
  const double engine_us = cost.engine_us + shared_sync_us(from, deployment) * (payments_with(demand.mix) + percent(demand.mix.cards));
  to.cores = deployment.cores > 0 ? deployment.cores : from.cores;
  to.limits = {to.cores * 1e6 / cost.cpu_us, from.engine_threads * 1e6 / engine_us, from.io_threads * 1e6 / cost.io_us};
  to.bound = static_cast<Bound>(std::min_element(to.limits.begin(), to.limits.end()) - to.limits.begin());
  to.capacity_per_s = to.limits[static_cast<std::size_t>(to.bound)];
  to.planned_per_s = to.capacity_per_s * deployment.utilisation;
  to.degraded_per_s = to.capacity_per_s * deployment.utilisation_degraded;
}

void add_nodes(const Capacities& from, const Demand& demand, const Deployment& deployment, Sizing& to) {
  const double peak = demand.peak_per_s;
  const double needed = std::max(std::ceil(peak / to.planned_per_s), std::ceil(peak / to.degraded_per_s) + deployment.spare);
  to.nodes_needed = static_cast<uint32_t>(std::min(std::max(needed, 1.0 + deployment.spare), 1e9));
  to.nodes = deployment.nodes != 0 ? deployment.nodes : to.nodes_needed;
  const double nodes = to.nodes, left = nodes - deployment.spare;
  const double partitions = std::max(partitions_min, partitions_per_thread * nodes * from.engine_threads);
  to.partitions = static_cast<uint32_t>(std::min<double>(partitions, partitions_max));
  to.utilisation_average = demand.average_per_s / (nodes * to.capacity_per_s);
  to.utilisation_peak = peak / (nodes * to.capacity_per_s);
  to.peak_factor = nodes * to.capacity_per_s / peak;
  if (left >= 1) {
    to.utilisation_peak_degraded = peak / (left * to.capacity_per_s);
    to.peak_factor_degraded = left * to.capacity_per_s / peak;
  }
  to.cores_average = busy_cores(from, demand.mix, demand.average_per_s / nodes);
  to.cores_peak = busy_cores(from, demand.mix, peak / nodes);
  to.cpu_headroom_peak = std::max(0.0, 1 - to.cores_peak / to.cores);
  const double per_node = peak / nodes * payments_with(demand.mix);
  const auto at = std::find_if(from.points.begin(), from.points.end(),
      [&](const Point& point) { return point.payments_per_s >= per_node; });
  const double measured_ms = at == from.points.end() ? from.points.back().p50_ms : at->p50_ms;
  to.p50_ms = measured_ms + (deployment.sync_us > from.sync_us ? syncs_waited * (deployment.sync_us - from.sync_us) / 1e3 : 0);
}

void add_storage(const Capacities& from, const Demand& demand, const Deployment& deployment, Sizing& to) {
  const Mix& mix = demand.mix;
  const double payments = to.payments_per_day = demand.average_per_s * seconds_per_day;
  const double as_payments = payments * payments_with(mix), cards = payments * percent(mix.cards);
  to.log_bytes_per_day = as_payments * from.log_bytes + cards * from.card_log_bytes;
  to.sandbox_bytes_per_day = payments * percent(mix.tests) * from.sandbox_bytes;
  to.vault_bytes_per_day = cards * from.vault_bytes;
  to.tree_bytes_per_day = as_payments * from.tree_bytes;
  to.archive_bytes_per_day = as_payments * from.archive_bytes;
  to.node_bytes_per_day = to.log_bytes_per_day + to.sandbox_bytes_per_day + to.vault_bytes_per_day + to.tree_bytes_per_day;
  const double kept = to.node_bytes_per_day * demand.retention_days;
  to.disk_bytes_per_node = kept * disk_room / to.nodes;
  to.rows_bytes_per_day = as_payments * std::max(0.0, from.log_bytes - from.archive_bytes);
  to.archive_bytes = to.archive_bytes_per_day * demand.archive_days;
  to.backup_bytes = kept * backup_room;
  const double left = std::max(1.0, static_cast<double>(to.nodes) - deployment.spare);
  const double partners = demand.partners / left;
  to.memory_bytes_per_node = memory_room * (from.memory_loaded_bytes + std::max(0.0, partners - from.partners) * from.memory_partner_bytes);

  const Traffic each = traffic_of_payment(from, mix);
  to.in_bits_average = 8 * each.in_bytes * demand.average_per_s;
  to.in_bits_peak = 8 * each.in_bytes * demand.peak_per_s;
  to.out_bits_average = 8 * each.out_bytes * demand.average_per_s;
  to.out_bits_peak = 8 * each.out_bytes * demand.peak_per_s;
  to.archive_bits_peak = 8 * from.archive_bytes * payments_with(mix) * demand.peak_per_s;

  const double of_a_node = as_payments / to.nodes;
  to.restart_s = from.restart_s;
  to.restore_s = of_a_node * demand.retention_days / from.restore_payments_per_s;
  to.verify_day_s = of_a_node * from.records / from.verify_records_per_s;
  to.replay_day_s = of_a_node * from.records / from.replay_records_per_s;
}

std::string whole(double number) { return fmt::format("{:.0f}", number); }

void add_problems(const Capacities& from, const Demand& demand, const Deployment& deployment, Sizing& to) {
  const auto problem = [&](std::string text) { to.problems.push_back(std::move(text)); };
  if (to.nodes_needed > nodes_max)
    problem(fmt::format("the peak needs {} nodes, more than {}: this load is beyond what is planned for", to.nodes_needed, nodes_max));
  if (demand.peak_per_s > to.nodes * to.planned_per_s)
    problem(fmt::format("{} node(s) carry {} payments/s at {:.0f} % of what they can do, and the peak is {}: it needs {} nodes", to.nodes,
                        whole(to.nodes * to.planned_per_s), deployment.utilisation * 100, whole(demand.peak_per_s), to.nodes_needed));
  if (deployment.spare >= to.nodes)
    problem(fmt::format("with {} of {} node(s) lost nothing is left: it needs {} nodes (or --spare 0, and then a lost node is an outage)",
                        deployment.spare, to.nodes, to.nodes_needed));
  else if (demand.peak_per_s > (to.nodes - deployment.spare) * to.degraded_per_s)
    problem(fmt::format("with {} node(s) lost, {} carry {} payments/s at {:.0f} % of what they can do, and the peak is {}: it needs {} nodes",
                        deployment.spare, to.nodes - deployment.spare, whole((to.nodes - deployment.spare) * to.degraded_per_s),
                        deployment.utilisation_degraded * 100, whole(demand.peak_per_s), to.nodes_needed));
  if (to.nodes * from.engine_threads > partitions_max)
    problem(fmt::format("{} nodes with {} engine threads each have more threads than there can be partitions ({})", to.nodes,
        whole(from.engine_threads), partitions_max));
  constexpr double gib = 1 << 30;
  if (deployment.memory_bytes > 0 && deployment.memory_bytes < to.memory_bytes_per_node)
    problem(fmt::format("a node needs {:.1f} GiB of memory and has {:.1f}", to.memory_bytes_per_node / gib, deployment.memory_bytes / gib));
  if (deployment.disk_bytes > 0 && deployment.disk_bytes < to.disk_bytes_per_node)
    problem(fmt::format("a node needs {:.0f} GiB of disk for {} days and has {:.0f}: more nodes, a shorter --retention-days with an archive, or a larger disk",
                        to.disk_bytes_per_node / gib, whole(demand.retention_days), deployment.disk_bytes / gib));

  // One partner is one writer, on one engine thread.
  const double share = std::max(percent(demand.largest_partner_percent), 1 / demand.partners);
  const Mix& mix = demand.mix;
  to.largest_partner_peak_per_s = share * demand.peak_per_s;
  const double of_a_thread = to.limits[static_cast<std::size_t>(Bound::engine)] / from.engine_threads * deployment.utilisation;
  if (to.largest_partner_peak_per_s > of_a_thread)
    problem(fmt::format("the largest partner has {} payments/s at the peak, and one engine thread, which a partner stays on, carries {}",
                        whole(to.largest_partner_peak_per_s), whole(of_a_thread)));
  const double requests = to.largest_partner_peak_per_s * (1 + percent(mix.settlements) + percent(mix.cards) + percent(mix.reads) + percent(mix.lists));
  if (requests > deployment.partner_requests_per_s)
    to.advice.push_back(fmt::format("the largest partner sends {} requests/s at the peak, and limits.requests_per_second is {}: give it a limit of its own "
                                    "(tollgate partner update ACCT --requests-per-second N)", whole(requests),
                                        whole(deployment.partner_requests_per_s)));
  const double partners = demand.partners / to.nodes;
  if (from.partners > 0 && partners > partners_times_max * from.partners)
    to.advice.push_back(fmt::format("{} partners a node, and {} were measured: a payment costs more the more there are (bench/RESULTS.md, \"By number of "
                                    "partners\"): calibrate with --partners {}", whole(partners), whole(from.partners), whole(std::min(partners, 100'000.0))));
  if (deployment.cores > from.cores && to.bound != Bound::cores)
    to.advice.push_back(fmt::format("{} cores are more than {} can use: calibrate on such a machine with --threads 2 or more",
        whole(deployment.cores), name_of(to.bound)));
}

}  // namespace

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::cores: return "the processor";
    case Bound::engine: return "the engine's threads";
    case Bound::io: return "the io threads";
  }
  return "?";
}

double cores_of_payments(const Capacities& capacities, double payments_per_s) { return interpolate(capacities.points, payments_per_s); }

Cost cost_with_mix(const Capacities& capacities, const Mix& mix) {
  Cost total;
  const auto add = [&](const Cost& cost, double times) {
    total.cpu_us += times * cost.cpu_us;
    total.engine_us += times * cost.engine_us;
    total.io_us += times * cost.io_us;
  };
  add(capacities.payment, payments_with(mix));
  add(capacities.card, percent(mix.cards));
  add(capacities.read, percent(mix.reads));
  add(capacities.list, percent(mix.lists));
  return total;
}

double shared_sync_us(const Capacities& capacities, const Deployment& deployment) {
  return (deployment.sync_us > 0 ? deployment.sync_us : capacities.sync_us) / deployment.batch_commands_max;
}

Sizing size(const Capacities& capacities, const Demand& demand, const Deployment& deployment) {
  Sizing sizing;
  add_capacity(capacities, demand, deployment, sizing);
  add_nodes(capacities, demand, deployment, sizing);
  add_storage(capacities, demand, deployment, sizing);
  add_problems(capacities, demand, deployment, sizing);
  return sizing;
}

}  // namespace tollgate::plan

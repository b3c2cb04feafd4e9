#include "cli/plan_report.h"

#include <algorithm>
#include <cmath>

#include "cli/plan_chart.h"
#include "cli/progress.h"
#include "cli/show_progress.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t chart_columns = 84, chart_rows = 8;
constexpr uint32_t zoom_margin_s = 30;

std::string number(double of) { return with_commas(static_cast<uint64_t>(std::llround(std::max(of, 0.0)))); }
// Small rates keep a digit.
std::string rate(double of) { return of < 10 ? fmt::format("{:.1f}", of) : number(of); }
std::string bytes(double of) { return bytes_text(static_cast<uint64_t>(std::llround(std::clamp(of, 0.0, 1e18)))); }
std::string percent(double share) { return fmt::format("{:.0f} %", share * 100); }
std::string bits(double per_s) { return per_s < 1e9 ? fmt::format("{:.1f} Mbit/s", per_s / 1e6) : fmt::format("{:.2f} Gbit/s",
    per_s / 1e9); }
std::string took(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * 3'600) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3'600);
}

class Text {
 public:
  void line(const std::string& what = {}) { text_ += what + "\n"; }
  void title(const std::string& what) { text_ += "\n" + what + "\n"; }
  // What it is, the value, and what to know of it.
  void row(std::string_view what, const std::string& value, const std::string& note = {}) {
    std::string one = fmt::format("  {:<38} {:>16}   {}", what, value, note);
    one.erase(one.find_last_not_of(' ') + 1);
    line(one);
  }
  void raw(const std::string& what) { text_ += what; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void put_nodes(const Plan& plan, Text& to) {
  const plan::Sizing& s = plan.sizing;
  const std::string spare = fmt::format("with {} lost", plan.deployment.spare);
  to.title("Nodes");
  to.row("nodes", number(s.nodes), s.nodes == s.nodes_needed ? fmt::format("{} of them may be lost (--spare)", plan.deployment.spare)
                                                             : fmt::format("{} would be needed", number(s.nodes_needed)));
  to.row("partitions", number(s.partitions), "engine.partitions of all nodes together");
  to.row("a node can do, payments/s", number(s.capacity_per_s), fmt::format("limited by {}", name_of(s.bound)));
  to.row("  by its processor", number(s.limits[0]), fmt::format("{:g} cores", s.cores));
  to.row("  by the engine's threads", number(s.limits[1]), fmt::format("{:g} of them, with a sync of {:.2f} ms for each round",
                                                                       plan.capacities.engine_threads, (plan.deployment.sync_us > 0 ?
                                                                           plan.deployment.sync_us : plan.capacities.sync_us) / 1e3));
  to.row("  by the io threads", number(s.limits[2]), fmt::format("{:g} of them", plan.capacities.io_threads));
  to.row("planned for, payments/s", number(s.planned_per_s), fmt::format("{} of it (--utilisation)", percent(plan.deployment.utilisation)));
  to.row("used at the average", percent(s.utilisation_average), fmt::format("{:.2f} of {:g} cores busy in each node", s.cores_average,
      s.cores));
  to.row("used at the peak", percent(s.utilisation_peak), fmt::format("{:.2f} of {:g} cores busy in each node, {} idle", s.cores_peak,
      s.cores, percent(s.cpu_headroom_peak)));
  if (plan.deployment.spare > 0 && plan.deployment.spare < s.nodes)
    to.row("used at the peak, " + spare, percent(s.utilisation_peak_degraded),
        fmt::format("up to {} is planned for (--utilisation-node-lost)", percent(plan.deployment.utilisation_degraded)));
  to.row("carried before requests are left out", fmt::format("{:.1f} peaks", s.peak_factor),
         s.peak_factor_degraded > 0 && plan.deployment.spare > 0 ? fmt::format("{:.1f} {}", s.peak_factor_degraded, spare) : "");
  to.row("a payment takes at the peak, about", fmt::format("{:.1f} ms", s.p50_ms), "median, with an acquirer that answers at once");
}

void put_resources(const Plan& plan, Text& to) {
  const plan::Sizing& s = plan.sizing;
  to.title("Memory, disk and network");
  to.row("memory of a node", bytes(s.memory_bytes_per_node), "the process, and half as much for the page cache");
  to.row("payments a day", number(s.payments_per_day), fmt::format("{} of each partner",
      number(s.payments_per_day / plan.demand.partners)));
  to.row("disk a day: event log and state", bytes(s.log_bytes_per_day), "all nodes together");
  to.row("  vault (new card numbers)", bytes(s.vault_bytes_per_day));
  to.row("  sandbox (test payments)", bytes(s.sandbox_bytes_per_day));
  to.row("  Merkle trees and checkpoints", bytes(s.tree_bytes_per_day));
  to.row("disk of a node", bytes(s.disk_bytes_per_node), fmt::format("{:g} days, and half as much as room for compaction",
      plan.demand.retention_days));
  if (s.rows_bytes_per_day > 0)
    to.row("  state that stays, a day", bytes(s.rows_bytes_per_day), "all nodes: log.keep_days moves records alone");
  to.row("archive a day", bytes(s.archive_bytes_per_day), fmt::format("{} after {:g} days", bytes(s.archive_bytes),
      plan.demand.archive_days));
  to.row("backups", bytes(s.backup_bytes), "what the nodes keep, and half as much for older files");
  to.row("network in, average and peak", bits(s.in_bits_average), bits(s.in_bits_peak));
  to.row("network out, average and peak", bits(s.out_bits_average), fmt::format("{}, and {} to the archive", bits(s.out_bits_peak),
      bits(s.archive_bits_peak)));
}

void put_recovery(const Plan& plan, Text& to) {
  const plan::Sizing& s = plan.sizing;
  to.title("After a loss");
  to.row("restart of a node", took(s.restart_s), "as measured; bounded by log.wal_mib_max, not by history");
  to.row("restore of a node from its backup", took(s.restore_s), fmt::format("{:g} days of payments, verified",
      plan.demand.retention_days));
  to.row("audit verify of a node's day", took(s.verify_day_s));
  to.row("audit replay of a node's day", took(s.replay_day_s));
}

void put_components(const Plan& plan, Text& to) {
  to.title("The same load on components of fixed capacity (every payment passes each once; what comes besides is not counted)");
  to.line(fmt::format("  {:<20} {:>14} {:>16} {:>12}", "component", "of one, /s", "average", "peak"));
  uint64_t average = 0, peak = 0;
  for (const plan::Component& one : plan::components(plan.demand.average_per_s, plan.demand.peak_per_s)) {
    to.line(fmt::format("  {:<20} {:>14} {:>16} {:>12}", one.name, number(one.per_instance), number(static_cast<double>(one.average)),
        number(static_cast<double>(one.peak))));
    average += one.average;
    peak += one.peak;
  }
  to.line(fmt::format("  {:<20} {:>14} {:>16} {:>12}", "instances in all", "", number(static_cast<double>(average)),
      number(static_cast<double>(peak))));
  to.line(fmt::format("  {:<20} {:>14} {:>16} {:>12}   {}", "tollgate nodes", "", "", number(plan.sizing.nodes_needed),
                      fmt::format("one of {} ready to be lost, durable, with what comes besides", number(plan.sizing.nodes_needed))));
}

void put_classes(const plan::Day& day, Text& to) {
  to.line(fmt::format("  {:<12} {:>16} {:>16} {:>14} {:>14} {:>12}", "class", "arrived", "served", "left out", "refused", "waiting"));
  for (std::size_t i = 0; i < request_class_count; ++i)
    to.line(fmt::format("  {:<12} {:>16} {:>16} {:>14} {:>14} {:>12}", name_of(static_cast<RequestClass>(i)), number(day.arrived[i]),
        number(day.served[i]),
                        number(day.shed[i]), number(day.refused[i]), number(day.waiting[i])));
  to.line(fmt::format("  {:<12} {:>16} {:>16} {:>14} {:>14} {:>12}", "all", number(plan::sum(day.arrived)), number(plan::sum(day.served)),
      number(plan::sum(day.shed)),
                      number(plan::sum(day.refused)), number(plan::sum(day.waiting))));
}

std::string left_out_of(const plan::Day& day) {
  std::string text;
  for (std::size_t i = 0; i < request_class_count; ++i) {
    const double out = day.shed[i] + day.refused[i];
    if (out <= 0) continue;
    text += fmt::format("{}{} of class {} ({:.1f} %)", text.empty() ? "" : ", ", number(out), name_of(static_cast<RequestClass>(i)),
        100 * out / day.arrived[i]);
  }
  return text.empty() ? "nothing" : text;
}

// When it was over, and how long after the spike's end.
std::string end_of_trouble(const Plan& plan, const plan::Day& day) {
  if (!day.trouble()) return "Nobody is left out, and nobody waits longer than a few rounds of the engine.";
  if (!day.recovered()) return fmt::format("From {} on there is too much to do, and at midnight it still is.",
      time_of_day(day.first_trouble_s));
  const plan::Spike& spike = plan.day_options.spike;
  const uint32_t over_s = day.last_trouble_s + 1, spike_end_s = spike.at_s + spike.minutes * 60;
  const std::string after = spike.factor > 1 && over_s >= spike_end_s ? fmt::format(", {} s after the spike's end", over_s - spike_end_s) :
      "";
  return fmt::format("From {} on there is too much to do; from {} on{} everyone is let in again and the queue is gone.",
      time_of_day(day.first_trouble_s),
                     time_of_day(over_s), after);
}

void put_zoom(const plan::Day& day, Text& to) {
  const uint32_t from_s = day.first_trouble_s - std::min(day.first_trouble_s, zoom_margin_s), to_s = std::min(plan::day_s,
      day.last_trouble_s + 1 + zoom_margin_s);
  to.line();
  to.line("  requests/s while there is too much to do; # served or waiting, x left out");
  to.raw(chart(traffic_columns(day, from_s, to_s, chart_columns), chart_rows, from_s, to_s));
  to.line("  requests that wait");
  to.raw(chart(waiting_columns(day, from_s, to_s, chart_columns), chart_rows / 2, from_s, to_s));
}

void put_day(const Plan& plan, Text& to) {
  const plan::Spike& spike = plan.day_options.spike;
  const std::string what = spike.factor > 1 ? fmt::format("with {:g} times the traffic from {} for {} min", spike.factor,
      time_of_day(spike.at_s), spike.minutes) : "without a spike";
  to.title(fmt::format("A day on {} node(s), {} (simulated; requests of all kinds/s, # served, x left out)", plan.sizing.nodes, what));
  to.raw(chart(traffic_columns(plan.day, 0, plan::day_s, chart_columns), chart_rows, 0, plan::day_s));
  to.line();
  put_classes(plan.day, to);
  to.line("  " + end_of_trouble(plan, plan.day));
  to.line(fmt::format("  Most requests that waited at a time: {} (at {}); the longest wait: {:.0f} ms.", number(plan.day.waiting_max),
      time_of_day(plan.day.waiting_max_at_s),
                      plan.day.wait_max_ms));
  if (plan.day.trouble()) put_zoom(plan.day, to);
  if (!plan.day_degraded) return;
  to.line();
  to.line(fmt::format("  The same day with {} node(s) lost: left out {}; the longest wait: {:.0f} ms.", plan.deployment.spare,
      left_out_of(*plan.day_degraded),
                      plan.day_degraded->wait_max_ms));
  to.line("  " + end_of_trouble(plan, *plan.day_degraded));
}

}  // namespace

std::string time_of_day(uint32_t second) {
  const uint32_t hours = second / 3'600, minutes = second / 60 % 60;
  return second % 60 == 0 ? fmt::format("{:02}:{:02}", hours, minutes) : fmt::format("{:02}:{:02}:{:02}", hours, minutes, second % 60);
}

std::string plan_report(const Plan& plan) {
  Text to;
  const plan::Mix& mix = plan.demand.mix;
  to.line(fmt::format("{} partners, {} payments/s on average and {} at the peak", number(plan.demand.partners),
      rate(plan.demand.average_per_s), rate(plan.demand.peak_per_s)));
  to.line(fmt::format("Besides 100 payments: {:g} captures, cancels and refunds, {:g} test payments, {:g} new cards, {:g} reads, {:g} lists (--mix)", mix.settlements,
                      mix.tests, mix.cards, mix.reads, mix.lists));
  if (plan.capacities.built_in) {
    to.line(fmt::format("Capacities: built in, NOT of this machine: measured {} on {} ({})", plan.capacities.measured,
        plan.capacities.machine, plan.capacities.source));
    to.line("            measure yours: tollgate plan --calibrate, then --calibration FILE");
  } else {
    to.line(fmt::format("Capacities: measured {} on {}", plan.capacities.measured, plan.capacities.machine));
  }
  put_nodes(plan, to);
  put_resources(plan, to);
  put_recovery(plan, to);
  put_day(plan, to);
  put_components(plan, to);
  to.title("Assumed");
  for (const std::string& one : plan.assumptions) to.line("  - " + one);
  if (!plan.sizing.advice.empty()) to.title("To do");
  for (const std::string& one : plan.sizing.advice) to.line("  - " + one);
  to.line();
  for (const std::string& one : plan.sizing.problems) to.line("DOES NOT HOLD: " + one);
  if (plan.holds()) to.line(fmt::format("The plan holds: {} node(s) of {:g} cores, {} of memory and {} of disk each.", plan.sizing.nodes,
      plan.sizing.cores,
                                        bytes(plan.sizing.memory_bytes_per_node), bytes(plan.sizing.disk_bytes_per_node)));
  return to.take();
}

std::string calibration_report(const plan::Capacities& c) {
  Text to;
  to.line(fmt::format("Measured on {} (the generator of the load shares it: what counts are the node's own processor times)", c.machine));
  to.line();
  to.line(fmt::format("  {:<38} {:>14} {:>16} {:>10} {:>10}", "payments/s", "rate", "CPU us of each", "p50 ms", "p99 ms"));
  for (const plan::Point& point : c.points)
    to.line(fmt::format("  {:<38} {:>14} {:>16.1f} {:>10.2f} {:>10.2f}", &point == &c.points.back() ? "as many as came through" :
        "at a fixed rate", number(point.payments_per_s),
                        point.cpu_us, point.p50_ms, point.p99_ms));
  to.line();
  to.line(fmt::format("  {:<38} {:>14} {:>16} {:>10}", "processor time of each, us", "node", "engine thread", "io thread"));
  const std::pair<const char*, const plan::Cost*> costs[] = {{"payment", &c.payment}, {"new card", &c.card}, {"read", &c.read},
      {"list of 10", &c.list}};
  for (const auto& [name, cost] : costs) to.line(fmt::format("  {:<38} {:>14.1f} {:>16.1f} {:>10.1f}", name, cost->cpu_us, cost->engine_us,
      cost->io_us));
  to.line();
  to.row("a small synced write", fmt::format("{:.0f} us", c.sync_us));
  to.row("disk of a payment: log and state", bytes(c.log_bytes), fmt::format("{:.1f} records; archive {}, Merkle trees {}, sandbox {}",
      c.records, bytes(c.archive_bytes),
                                                                             bytes(c.tree_bytes), bytes(c.sandbox_bytes)));
  to.row("disk of a new card: vault", bytes(c.vault_bytes), fmt::format("and {} in the log", bytes(c.card_log_bytes)));
  to.row("memory at rest", bytes(c.memory_base_bytes), fmt::format("and {} for each partner", bytes(c.memory_partner_bytes)));
  to.row("memory after the load", bytes(c.memory_loaded_bytes));
  to.row("restart", took(c.restart_s));
  to.row("restore from a backup, payments/s", number(c.restore_payments_per_s));
  to.row("audit verify, records/s", number(c.verify_records_per_s), fmt::format("replay {}", number(c.replay_records_per_s)));
  return to.take();
}

}  // namespace tollgate::cli

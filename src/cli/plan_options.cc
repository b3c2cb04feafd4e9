#include "cli/plan_options.h"

#include <charconv>

#include "cli/config.h"
#include "cli/option_checks.h"

namespace tollgate::cli {
namespace {

bool read_number(std::string_view text, auto& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc{} && end == text.data() + text.size();
}

// "20:30"
StatusOr<uint32_t> read_time(std::string_view option, std::string_view text) {
  uint32_t hours = 0, minutes = 0;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && read_number(text.substr(0, colon), hours) && read_number(text.substr(colon + 1), minutes) &&
      hours < 24 &&
      minutes < 60 && text.size() - colon == 3)
    return hours * 3'600 + minutes * 60;
  return invalid_argument("{} is \"{}\", but must be a time of the day, as 20:30", option, text);
}

// "read=50,list=5"
Status read_mix(std::string_view text, plan::Mix& mix) {
  const std::pair<std::string_view, double*> kinds[] = {
      {"list", &mix.lists}, {"read", &mix.reads}, {"test", &mix.tests}, {"settlement", &mix.settlements}, {"card", &mix.cards}};
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const std::size_t equals = part.find('=');
    bool known = false;
    for (const auto& [name, value] : kinds)
      known |= equals != std::string_view::npos && part.substr(0, equals) == name && read_number(part.substr(equals + 1), *value);
    if (!known)
      return invalid_argument("--mix has \"{}\", but must be of list=N, read=N, test=N, settlement=N and card=N with commas: for 100 payments", part);
  }
  return absl::OkStatus();
}

void add_load(CLI::App& command, PlanArguments& a) {
  const char* group = "The load";
  command.add_option("--partners", a.demand.partners, "How many partners; with --calibrate, how many the measured node has")->type_name("N")->capture_default_str()->group(group);
  command.add_option("--average", a.demand.average_per_s,
      "Payments a second, mean of a day")->type_name("N")->capture_default_str()->group(group);
  command.add_option("--peak", a.demand.peak_per_s,
      "Payments a second at the busiest time of the day")->type_name("N")->capture_default_str()->group(group);
  command.add_option("--mix", a.mix,
      "Besides 100 payments: list=5,read=50,test=5,settlement=10,card=10 where not given")->type_name("K=N,...")->group(group);
  command.add_option("--largest-partner", a.demand.largest_partner_percent,
      "Share of the busiest partner in the traffic; 0: an equal share")->type_name("PERCENT")->group(group);
  command.add_option("--peak-at", a.peak_at, "When the day's peak is")->type_name("HH:MM")->capture_default_str()->group(group);
  command.add_option("--spike-factor", a.day.spike.factor,
      "A spike on top: times the traffic that there would be; 1: none")->type_name("N")->capture_default_str()->group(group);
  command.add_option("--spike-minutes", a.day.spike.minutes, "How long it lasts")->type_name("MIN")->check(whole_number(1, UINT32_MAX))->capture_default_str()->group(group);
  command.add_option("--spike-at", a.spike_at, "When it begins; at the peak, otherwise")->type_name("HH:MM")->group(group);
}

void add_deployment(CLI::App& command, PlanArguments& a) {
  const char* group = "The deployment";
  command.add_option("--nodes", a.deployment.nodes, "Check so many nodes; as many as are needed, otherwise")->type_name("N")->check(whole_number(0, UINT32_MAX))->group(group);
  command.add_option("--spare", a.deployment.spare,
      "How many nodes may be lost at the peak")->type_name("N")->check(whole_number(0, UINT32_MAX))->capture_default_str()->group(group);
  command.add_option("--cores", a.deployment.cores, "Of a node; those of the measured machine, otherwise")->type_name("N")->group(group);
  command.add_option("--utilisation", a.utilisation_percent,
      "How much of what a node can do is used at the peak")->type_name("PERCENT")->capture_default_str()->group(group);
  command.add_option("--utilisation-node-lost", a.utilisation_degraded_percent,
      "The same with the spare nodes lost")->type_name("PERCENT")->capture_default_str()->group(group);
  command.add_option("--sync-ms", a.sync_ms,
      "A synced write on the nodes' disks takes so long; as measured, otherwise")->type_name("MS")->group(group);
  command.add_option("--retention-days", a.demand.retention_days,
      "How long records stay on the nodes (log.keep_days)")->type_name("DAYS")->capture_default_str()->group(group);
  command.add_option("--archive-days", a.demand.archive_days,
      "How long the archive keeps them")->type_name("DAYS")->capture_default_str()->group(group);
  command.add_option("--memory-gib", a.memory_gib, "What a node has, to be checked")->type_name("GIB")->group(group);
  command.add_option("--disk-gib", a.disk_gib, "What a node has, to be checked")->type_name("GIB")->group(group);
  command.add_option("--calibration", a.calibration_path,
      "Measured capacities; those built in, otherwise")->type_name("FILE")->group(group);
}

void add_calibrate(CLI::App& command, PlanArguments& a) {
  const char* group = "Measuring this machine (--calibrate)";
  auto* measuring = command.add_flag("--calibrate", a.calibrate,
      "Measure with a node of its own, and write a calibration file; uses all of the processor")->group(group);
  command.add_option("--seconds", a.calibration.seconds, "Of each of the six measurements")->type_name("S")->check(CLI::Range(1.0,
      600.0))->capture_default_str()->needs(measuring)->group(group);
  command.add_option("--data", a.calibration.directory,
      "Where the node's data goes while it runs: the disk that is measured; the temporary directory, otherwise")
      ->type_name("DIR")->needs(measuring)->group(group);
  command.add_option("--threads", a.calibration.threads, "Engine threads and HTTP threads, each")->type_name("N")->check(CLI::Range(1,
      64))->capture_default_str()->needs(measuring)->group(group);
  command.add_option("--connections", a.calibration.connections, "Of the generator")->type_name("N")->check(CLI::Range(1,
      1'000))->capture_default_str()->needs(measuring)->group(group);
  command.add_option("--output", a.output,
      "The calibration file")->type_name("FILE")->capture_default_str()->needs(measuring)->group(group);
  for (const char* other : {"--average", "--peak", "--nodes", "--calibration"}) measuring->excludes(command.get_option(other));
}

}  // namespace

void add_plan_options(CLI::App& command, PlanArguments& arguments) {
  add_load(command, arguments);
  add_deployment(command, arguments);
  add_calibrate(command, arguments);
  command.add_flag("--json", arguments.as_json, "One JSON object, for programs");
}

Status read_plan_options(PlanArguments& a) {
  TOLLGATE_RETURN_IF_ERROR(read_mix(a.mix, a.demand.mix));
  TOLLGATE_ASSIGN_OR_RETURN(a.day.peak_at_s, read_time("--peak-at", a.peak_at));
  a.day.spike.at_s = a.day.peak_at_s;
  if (!a.spike_at.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(a.day.spike.at_s, read_time("--spike-at", a.spike_at));
  }
  constexpr double gib = 1 << 30;
  a.deployment.utilisation = a.utilisation_percent / 100;
  a.deployment.utilisation_degraded = a.utilisation_degraded_percent / 100;
  a.deployment.sync_us = a.sync_ms * 1e3;
  a.deployment.memory_bytes = a.memory_gib * gib;
  a.deployment.disk_bytes = a.disk_gib * gib;
  // What a node has that nobody configured.
  const Config node;
  a.deployment.batch_commands_max = static_cast<double>(node.batch_commands_max);
  a.deployment.partner_requests_per_s = static_cast<double>(node.requests_per_second);
  a.day.queue_delay_target_us = node.queue_delay_target_ms * 1'000;
  a.day.mailbox_commands_max = static_cast<double>(node.mailbox_commands_max);
  a.day.batch_commands_max = static_cast<double>(node.batch_commands_max);
  a.day.connections_max = static_cast<double>(node.connections_max);
  TOLLGATE_RETURN_IF_ERROR(check(a.demand, a.deployment));
  return check(a.day);
}

}  // namespace tollgate::cli

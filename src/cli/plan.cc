// tollgate plan: how large a deployment must be for a load, and what becomes of it on a bad day.
#include <cstdio>

#include "cli/plan_options.h"
#include "cli/plan_report.h"
#include "tollgate/base/file.h"

namespace tollgate::cli {
namespace {

std::vector<std::string> assumptions_of(const plan::Deployment& deployment) {
  return {
      "Today each node is alone: with several, partners are divided among nodes that each own all their partitions (config/haproxy), and the partners "
      "of a lost node wait until it is back, or restored from backup and archive (see \"After a loss\"). That others take over its partitions needs the "
      "event log on Kafka, which is to come; the figures with a node lost are for then.",
      "Traffic is spread evenly over nodes, partitions and partners (but for --largest-partner).",
      "Capacities are the node's own processor times, measured over loopback without TLS and with the sandbox as acquirer: TLS and the calls to a live "
      "acquirer come on top, and --utilisation leaves room for them.",
      "A capture, cancel, refund or test payment costs what a payment costs.",
      "In the simulated day those who are left out (503) do not come again, and partners have no limits of their own.",
      fmt::format("A round of the engine shares one sync among up to {:g} commands (group commit), so a slow disk costs time before it costs throughput.",
                  deployment.batch_commands_max),
  };
}

int make_plan(PlanArguments arguments) {
  if (const Status status = read_plan_options(arguments); !status.ok()) return complain(status, exit_usage);
  Plan plan;
  plan.capacities = plan::reference();
  if (!arguments.calibration_path.empty()) {
    auto measured = read_calibration(arguments.calibration_path);
    if (!measured.ok()) return complain(measured.status(), exit_usage);
    plan.capacities = std::move(*measured);
  }
  plan.demand = arguments.demand;
  plan.deployment = arguments.deployment;
  plan.day_options = arguments.day;
  plan.assumptions = assumptions_of(arguments.deployment);
  plan.sizing = size(plan.capacities, plan.demand, plan.deployment);
  const uint32_t nodes = plan.sizing.nodes, spare = plan.deployment.spare;
  plan.day = simulate(plan.capacities, plan.demand, plan.deployment, nodes, plan.day_options);
  if (spare > 0 && spare < nodes) plan.day_degraded = simulate(plan.capacities, plan.demand, plan.deployment, nodes - spare,
      plan.day_options);
  if (arguments.as_json) std::printf("%s\n", plan_json(plan).dump().c_str());
  else std::fputs(plan_report(plan).c_str(), stdout);
  return plan.holds() ? exit_ok : exit_failed;
}

int make_calibration(PlanArguments arguments) {
  const double partners = arguments.demand.partners;
  if (!(partners >= calibrated_partners_min && partners <= calibrated_partners_max))
    return complain(fmt::format("--partners is {}, but must be {} to {} with --calibrate", partners, calibrated_partners_min,
        calibrated_partners_max), exit_usage);
  arguments.calibration.partners = static_cast<uint32_t>(partners);
  const auto measured = calibrate(arguments.calibration);
  if (!measured.ok()) return complain(measured.status(), absl::IsInvalidArgument(measured.status()) ? exit_usage : exit_failed);
  const auto json = calibration_json(*measured);
  if (const Status status = replace_file(arguments.output, json.dump(1) + "\n", 0644); !status.ok()) return complain(status);
  if (arguments.as_json) {
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::fputs(calibration_report(*measured).c_str(), stdout);
    std::printf("\nWritten to %s. Plan with it: tollgate plan --calibration %s --partners N --average N --peak N\n",
        arguments.output.c_str(), arguments.output.c_str());
  }
  return exit_ok;
}

}  // namespace

void add_plan(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("plan", "Size a deployment for a load, and simulate a day of it with a spike");
  auto arguments = std::make_shared<PlanArguments>();
  add_plan_options(*command, *arguments);
  command->footer(
      "tollgate plan --calibrate                                  measures this machine: tollgate-calibration.json\n"
      "tollgate plan --calibration tollgate-calibration.json --partners 1000 --average 500 --peak 5000\n"
      "Without a calibration it goes by capacities that are built in, and says of which machine they are.\n"
      "--mix: what comes besides 100 payments. Settlements are captures, cancels and refunds; cards are numbers that are new to a partner.\n"
      "Exit status: 0 the plan holds (whatever the spike), 1 it does not, 2 wrong command line or calibration file.");
  command->callback([arguments, &run] {
    run = [arguments] { return arguments->calibrate ? make_calibration(*arguments) : make_plan(*arguments); };
  });
}

}  // namespace tollgate::cli

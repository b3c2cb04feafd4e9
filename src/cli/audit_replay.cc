#include "cli/audit_common.h"
#include "cli/option_checks.h"
#include "tollgate/audit/replay.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string partner, payment, until;
  std::optional<uint32_t> partition;
  audit::ReplayOptions options;
};

Status read_options(Arguments& arguments) {
  audit::ReplayOptions& options = arguments.options;
  options.partition = arguments.partition;
  TOLLGATE_ASSIGN_OR_RETURN(options.partner, partner_option(arguments.partner));
  if (!arguments.payment.empty() && !(options.payment = PaymentId::parse(arguments.payment)))
    return invalid_argument("--payment is \"{}\", which is no payment's id", arguments.payment);
  TOLLGATE_ASSIGN_OR_RETURN(const audit::Moment until, moment_option(arguments.until, "--until"));
  options.until_sequence = until.sequence.value_or(UINT64_MAX);
  options.until_us = until.time_us.value_or(INT64_MAX);
  return absl::OkStatus();
}

int replay(Arguments arguments) {
  if (const Status status = read_options(arguments); !status.ok()) return audit_failed(status);
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    if (const Status known = check_partition(source, arguments.partition); !known.ok()) return audit_failed(known);
    // A reader that has seen enough (head) ends it.
    const Status status = audit::replay(source, arguments.options, print_line_or_stop);
    return status.ok() ? exit_ok : audit_failed(status);
  });
}

}  // namespace

void add_audit_replay(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("replay", "Print the records of a log, one a line, in their order");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("--partner", arguments->partner, "Only this partner's")->type_name("ID");
  command->add_option("--payment", arguments->payment, "Only this payment's")->type_name("ID");
  command->add_option("--partition", arguments->partition, "Only this partition's")->type_name("N")->check(whole_number(0, UINT32_MAX));
  command->add_option("--from", arguments->options.from_sequence, "From this sequence on, in each partition")->type_name("SEQ")->check(whole_number(1, UINT64_MAX));
  command->add_option("--until", arguments->until, "Up to this sequence, or this time (UTC, 2025-06-15T12:00:00Z)")->type_name("SEQ|TIME")->check(not_empty());
  command->add_flag("--json", arguments->options.json, "One JSON object a line");
  command->footer(works_alone);
  command->callback([arguments, &run] { run = [arguments] { return replay(*arguments); }; });
}

}  // namespace tollgate::cli

#include "cli/audit_common.h"
#include "cli/audit_proof.h"
#include "cli/node.h"
#include "cli/open_log.h"
#include "cli/terminal_text.h"
#include "tollgate/audit/verify.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"
#include "tollgate/rocks/log_files.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::vector<std::string> keys;
  unsigned threads = 2;
  bool as_json = false;
};

Json to_json(const audit::VerifyReport& report, int64_t took_us) {
  Json partitions = Json::array(), problems = Json::array(), checks = Json::array();
  for (const auto& one : report.partitions)
    partitions.push_back({{"partition", one.partition}, {"sequence", one.sequence}, {"hash", to_hex(view(one.hash))}});
  for (const auto& one : report.checks)
    checks.push_back({{"check", name_of(one.check)}, {"what", sentence_of(one.check)}, {"count", one.count}, {"unit", unit_of(one.check)}, {"skipped", one.skipped}});
  for (const auto& one : report.problems)
    problems.push_back(
        {{"partition", one.partition}, {"sequence", one.sequence}, {"what", one.what}, {"advice", one.advice}});
  return {{"ok", report.ok()},
          {"records", report.records},
          {"payments", report.payments},
          {"customers", report.customers},
          {"payment_methods", report.methods},
          {"setup_intents", report.setups},
          {"partners", report.partners},
          {"books", report.books},
          {"idempotency_keys", report.idempotency_keys},
          {"in_doubt", report.in_doubt},
          {"milliseconds", took_us / us_per_ms},
          {"checks", std::move(checks)},
          {"partitions", std::move(partitions)},
          {"files_problem", report.files_problem.empty() ? Json(nullptr) : Json(report.files_problem)},
          {"compared", {{"anchored_partitions", report.compared.anchored_partitions}, {"checkpoints", report.compared.checkpoints},
                        {"checkpoint_partitions", report.compared.checkpoint_partitions}, {"missing", report.compared.missing}}},
          {"problems", std::move(problems)}};
}

std::string counted(uint64_t number, const char* what) { return fmt::format("{} {}", with_commas(number), what); }

std::string sentence_of(const audit::Compared& compared) {
  std::vector<std::string> with;
  if (compared.anchored_partitions != 0) with.push_back(fmt::format("the anchor of {} partitions", compared.anchored_partitions));
  if (compared.checkpoints != 0)
    with.push_back(fmt::format("{} signed checkpoints of {} partitions", with_commas(compared.checkpoints), compared.checkpoint_partitions));
  if (with.empty()) return "compared with nothing but itself: there is no anchor and no signed checkpoint of it here, so records that are missing at its end do not show";
  return fmt::format("compared with {}", fmt::join(with, " and "));
}

void print(const audit::VerifyReport& report, int64_t took_us) {
  print_line("checked");
  for (const auto& one : report.checks)
    print_line(fmt::format("  {} {:>13} {}", padded(sentence_of(one.check), 90), one.skipped ? "-" : with_commas(one.count), one.skipped ? "(no rows here)" : unit_of(one.check)));
  print_line("");
  print_line(fmt::format("{}, {} ({} in doubt), {}, {}, {}", counted(report.partners, "partners"), counted(report.payments, "payments"),
                         with_commas(report.in_doubt), counted(report.customers, "customers"), counted(report.methods, "payment methods"),
                         counted(report.setups, "setup intents")));
  print_line("");
  print_line("compare these with what you were told before");
  for (const auto& one : report.partitions)
    print_line(fmt::format("  partition {:>3}  record {:>12}  hash {}", one.partition, with_commas(one.sequence), to_hex(view(one.hash))));
  print_line(sentence_of(report.compared));
  print_line("");
  if (!report.files_problem.empty()) print_line("WRONG: no node starts on these files: " + printable(report.files_problem));
  for (const std::string& what : report.compared.missing) print_line("WRONG: " + printable(what));
  for (const auto& one : report.problems) {
    const std::string what = printable(one.what);  // it may quote what is damaged
    print_line(one.sequence != 0 ? fmt::format("WRONG: partition {}, record {}: {}", one.partition, one.sequence, what)
                                 : fmt::format("WRONG: partition {}: {}", one.partition, what));
    if (!one.advice.empty()) print_line("       " + one.advice);
  }
  const uint64_t rate = took_us <= 0 ? 0 : report.records * us_per_second / static_cast<uint64_t>(took_us);
  print_line(fmt::format("{}: {} records in {}.{:01} s, {} a second", report.ok() ? "verified" : "NOT verified", with_commas(report.records),
                         took_us / us_per_second, took_us / (us_per_second / 10) % 10, with_commas(rate)));
}

// Records that a node has moved to its archive are not damage, but nothing can be verified without them.
Status check_begins(const audit::RecordSource& source) {
  const auto partitions = source.partitions();
  if (!partitions.ok()) return absl::OkStatus();  // told as damage
  for (const uint32_t id : *partitions)
    if (Status first = source.read(id, 1, [](uint64_t, std::string_view) { return false; }); absl::IsFailedPrecondition(first)) return first;
  return absl::OkStatus();
}

// As a node looks at them before it starts. Beside one that runs they change all the time.
void check_files(const std::string& data, audit::VerifyReport& report) {
  const std::string directory = DataPaths{data}.log();
  if (is_in_use(directory)) return;
  const Status files = check_log_files(directory);
  if (!files.ok() && !is_in_use(directory)) report.files_problem = message_of(files);
}

int verify(const Arguments& arguments) {
  // Before the log: what it says now is in the log already.
  const auto anchor = read_anchor(arguments.data.path + "/anchor");
  const auto evidence = read_evidence(arguments.data.path, arguments.keys);
  if (!evidence.ok()) return complain(evidence.status(), absl::IsInvalidArgument(evidence.status()) ? exit_usage : exit_failed);
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    if (const Status begins = check_begins(source); !begins.ok()) return audit_failed(begins);
    audit::VerifyOptions options;
    options.threads = arguments.threads;
    const auto total = audit::count_records(source);
    const int64_t start_us = monotonic_us();
    const auto check = [&] {
      ProgressLine progress("verifying", "records", total.value_or(0));
      uint64_t done = 0;
      options.progress = [&](uint64_t records) { progress.add(records - std::exchange(done, records)); };
      auto checked = audit::verify(source, options);
      options.progress = nullptr;
      return checked;
    };
    audit::VerifyReport report = check();
    if (source.log() != nullptr) audit::compare_with_anchor(anchor, *source.log(), report);
    audit::check_checkpoints(source, *evidence, options, report);
    if (source.log() != nullptr) check_files(arguments.data.path, report);
    const int64_t took_us = monotonic_us() - start_us;
    if (arguments.as_json) print_json(to_json(report, took_us));
    else print(report, took_us);
    return report.ok() ? exit_ok : exit_failed;
  });
}

}  // namespace

void add_audit_verify(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("verify", "Check hashes, order, legality, money and state of everything in a log");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("--threads", arguments->threads, "Partitions checked at a time")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--key", arguments->keys, "Verifier key of a log, or a file with it, under which signed checkpoints must be here; else the keys in DATA")
      ->type_name("VKEY");
  add_json(*command, arguments->as_json);
  command->footer(std::string(works_alone) + "\nThe first thing wrong in each partition is told, with its record or row: what comes behind it cannot be trusted.\n" +
                  audit_exit_status);
  command->callback([arguments, &run] { run = [arguments] { return verify(*arguments); }; });
}

}  // namespace tollgate::cli

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/show_progress.h"
#include "cli/version.h"
#include "cli/option_checks.h"
#include "tollgate/backup/restore.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"
#include "tollgate/base/time_text.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  RestoreOptions options;
  std::string until;
  bool as_json = false;
};

// "1:5000", or a time.
Status read_until(const std::string& text, RestoreOptions& options) {
  if (text.empty()) return absl::OkStatus();
  if (const auto time_us = time_from_text(text)) {
    options.until_us = *time_us;
    return absl::OkStatus();
  }
  const std::size_t colon = text.find(':');
  uint32_t partition = 0;
  uint64_t sequence = 0;
  const auto number = [&](std::size_t from, std::size_t to, auto& value) {
    const auto [end, problem] = std::from_chars(text.data() + from, text.data() + to, value);
    return problem == std::errc{} && end == text.data() + to;
  };
  if (colon == std::string::npos || !number(0, colon, partition) || !number(colon + 1, text.size(), sequence) || sequence == 0)
    return invalid_argument("--until is \"{}\", but must be a time like 2026-01-31T12:00:00Z, or PARTITION:SEQUENCE like 1:5000", text);
  options.until_record = std::pair(partition, sequence);
  return absl::OkStatus();
}

Json to_json(const RestoreReport& report, const std::string& to, int64_t took_us) {
  Json partitions = Json::array(), missing = Json::array(), problems = Json::array();
  for (const BackedPartition& one : report.partitions)
    partitions.push_back({{"partition", one.partition}, {"sequence", one.sequence}, {"epoch", one.epoch}, {"hash", one.hash}, {"time", time_text(one.time_us)}, {"time_us", one.time_us}});
  for (const KeyFile& key : report.keys_missing) missing.push_back({{"file", key.file}, {"id", key.id}, {"what", key.what}});
  for (const audit::Problem& one : report.audit.problems) problems.push_back({{"partition", one.partition}, {"sequence", one.sequence}, {"what", one.what}});
  return {{"ok", report.ok()},
          {"directory", to},
          {"backup", report.backup_id.empty() ? Json(nullptr) : Json(report.backup_id)},
          {"folded", report.folded},
          {"replayed", report.replayed},
          {"left_out", report.left_out},
          {"log_generation", report.generation},
          {"vault_as_of", report.vault_time_us == 0 ? Json(nullptr) : Json(time_text(report.vault_time_us))},
          {"partitions", std::move(partitions)},
          {"payments", report.audit.payments},
          {"in_doubt", report.audit.in_doubt},
          {"keys_missing", std::move(missing)},
          {"problems", std::move(problems)},
          {"took_ms", took_us / us_per_ms}};
}

void print(const RestoreReport& report, const std::string& to) {
  const auto count = [](uint64_t number) { return static_cast<unsigned long>(number); };
  if (report.folded) std::printf("folded %lu records from the first one on\n", count(report.replayed));
  else std::printf("restored the backup %s, and %lu archived records behind it\n", report.backup_id.c_str(), count(report.replayed));
  for (const BackedPartition& one : report.partitions)
    std::printf("partition %u: up to record %lu of %s, hash %s\n", one.partition, count(one.sequence), time_text(one.time_us).c_str(), one.hash.c_str());
  if (report.left_out != 0) std::printf("left out: %lu records that are later than what was wanted\n", count(report.left_out));
  if (report.vault_time_us != 0) std::printf("cards, personal data and the sandbox's books: as of %s\n", time_text(report.vault_time_us).c_str());
  std::printf("%lu payments, %lu of them with an operation that was open or in doubt: the node inquires about those when it starts\n", count(report.audit.payments),
              count(report.audit.in_doubt));
  std::printf("What was acknowledged behind these records is not there: partners see it as never made, and may repeat it with the same keys.\n");
  for (const audit::Problem& problem : report.audit.problems)
    std::printf("WRONG: partition %u, record %lu: %s\n", problem.partition, count(problem.sequence), problem.what.c_str());
  if (!report.ok()) {
    std::printf("NOT verified: no node will start on %s. Restore an older backup (--backup), or up to an earlier time (--until).\n", to.c_str());
    return;
  }
  std::printf("verified; this is generation %lu of the log\n", count(report.generation));
  for (const KeyFile& key : report.keys_restored) std::printf("key file %s (id %s): from the backup directory\n", key.file.c_str(), key.id.c_str());
  for (const KeyFile& key : report.keys_missing)
    std::printf("STILL NEEDED: the key file %s (id %s), as %s/%s, mode 0600; %s\n", key.file.c_str(), key.id.c_str(), to.c_str(), key.file.c_str(), key.what.c_str());
}

int run_restore(Arguments arguments) {
  RestoreOptions& options = arguments.options;
  if (options.from.empty() && options.archive.empty()) return complain("say what to restore from: --from BACKUPS, --archive DIR, or both", exit_usage);
  if (const Status status = read_until(arguments.until, options); !status.ok()) return complain(status, exit_usage);
  std::error_code ignored;
  for (std::string* path : {&options.from, &options.archive, &options.to})
    if (!path->empty()) *path = std::filesystem::absolute(*path, ignored).lexically_normal().string();
  options.program_version = version;
  StepLine progress;
  options.progress = [&](std::string_view doing, uint64_t done) { progress.show(doing, std::to_string(done)); };
  const int64_t began_us = monotonic_us();
  const auto report = restore(options);
  progress.clear();
  if (!report.ok()) return complain(report.status());
  if (arguments.as_json) std::printf("%s\n", text_of_json(to_json(*report, options.to, monotonic_us() - began_us)).c_str());
  else print(*report, options.to);
  return report->ok() ? exit_ok : exit_failed;
}

}  // namespace

void add_restore(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("restore", "Make a data directory from a backup, an archive or both, and verify it");
  auto arguments = std::make_shared<Arguments>();
  RestoreOptions& options = arguments->options;
  command->add_option("--from", options.from, "Backup directory")->type_name("BACKUPS");
  command->add_option("--backup", options.backup_id, "Which backup (see `tollgate backup list`); the newest that fits, otherwise")->type_name("ID")->check(not_empty());
  command->add_option("--archive", options.archive, "Archive of the log: records behind the backup")->type_name("DIR");
  command->add_option("--to", options.to, "The new data directory; made, must be empty")->required()->type_name("DIR");
  command->add_option("--until", arguments->until, "Only records up to this time, or up to the time of this record")->type_name("TIME|PARTITION:SEQ")->check(not_empty());
  command->add_option("--generation", options.generation, "Number of the restored log, if --from and --archive cannot be written")->type_name("N")->check(whole_number(1, log_generation_max));
  command->add_option("--threads", options.threads, "Partitions verified at a time")->type_name("N")->check(CLI::Range(1, 64))->capture_default_str();
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer(
      "Stop the lost node for good first: two nodes that go on from one log would disagree. Restoring never changes backups or archive, but\n"
      "notes in them which generation of the log was made.\n"
      "Exit status: 0 restored and verified, 1 not restored or not verified, 2 wrong command line.");
  command->callback([arguments, &run] { run = [arguments] { return run_restore(*arguments); }; });
}

}  // namespace tollgate::cli

// The archive of a node's log, as files.
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/node.h"
#include "cli/show_progress.h"
#include "cli/option_checks.h"
#include "tollgate/backup/archive.h"
#include "tollgate/base/clock.h"
#include "tollgate/eventlog/anchored.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string directory;
  std::optional<uint64_t> generation;
  bool as_json = false;
};

StatusOr<std::unique_ptr<ArchiveReader>> open(const Arguments& arguments) {
  if (!arguments.generation) return ArchiveReader::open(arguments.directory);
  TOLLGATE_ASSIGN_OR_RETURN(const auto all, archive_generations(arguments.directory));
  for (const LogGeneration& one : all)
    if (one.number == *arguments.generation) return ArchiveReader::open(arguments.directory, one);
  return not_found("the archive {} has no generation {}", arguments.directory, *arguments.generation);
}

int list(const Arguments& arguments) {
  const auto archive = open(arguments);
  if (!archive.ok()) return complain(archive.status());
  const auto ends = (*archive)->ends();
  if (!ends.ok()) return complain(ends.status());
  Json partitions = Json::array();
  if (!arguments.as_json) std::printf("generation %lu of the log\n", static_cast<unsigned long>((*archive)->generation().number));
  for (const auto& [partition, end] : *ends) {
    const auto segments = (*archive)->segments(partition);
    if (!segments.ok()) return complain(segments.status());
    uint64_t bytes = 0;
    for (const SegmentInfo& segment : *segments) bytes += segment.bytes;
    partitions.push_back({{"partition", partition}, {"first", segments->front().first}, {"last", end}, {"segments", segments->size()}, {"bytes", bytes}});
    if (!arguments.as_json)
      std::printf("partition %u: records %lu to %lu in %zu segments, %s\n", partition, static_cast<unsigned long>(segments->front().first),
                  static_cast<unsigned long>(end), segments->size(), bytes_text(bytes).c_str());
  }
  if (arguments.as_json)
    std::printf("%s\n", text_of_json(Json{{"log_generation", (*archive)->generation().number}, {"partitions", std::move(partitions)}}).c_str());
  return exit_ok;
}

int verify(const Arguments& arguments) {
  const auto archive = open(arguments);
  if (!archive.ok()) return complain(archive.status());
  StepLine progress;
  const ArchiveCheck check = verify_archive(**archive, [&](uint64_t records) { progress.show("records read", std::to_string(records)); });
  progress.clear();
  if (arguments.as_json) {
    Json ends = Json::object();
    for (const auto& [partition, end] : check.ends) ends[std::to_string(partition)] = end;
    std::printf("%s\n", text_of_json(Json{{"ok", check.problems.empty()}, {"segments", check.segments}, {"records", check.records}, {"bytes", check.bytes}, {"ends", ends}, {"problems", check.problems}}).c_str());
  } else {
    for (const std::string& problem : check.problems) std::printf("WRONG: %s\n", problem.c_str());
    std::printf("%lu records in %lu segments, %s: %s\n", static_cast<unsigned long>(check.records), static_cast<unsigned long>(check.segments),
                bytes_text(check.bytes).c_str(), check.problems.empty() ? "verified" : "NOT verified");
  }
  return check.problems.empty() ? exit_ok : exit_failed;
}

struct PruneArguments {
  std::string directory, data;
  uint64_t keep_days = 0;
  bool as_json = false;
};

int prune(const PruneArguments& arguments) {
  const std::string log_directory = DataPaths{arguments.data}.log();
  std::error_code ignored;
  if (!std::filesystem::exists(log_directory + "/CURRENT", ignored)) return complain(not_found("there is no event log in {}", arguments.data));
  // Compared with its anchor, which then names the log's end: records that an anchor names are never forgotten.
  const AnchoredLogOptions how{.log = {}, .failed = {}, .warn = [](const std::string& what) { std::fprintf(stderr, "tollgate: %s\n", what.c_str()); }};
  auto log = open_anchored_log(log_directory, DataPaths{arguments.data}.anchor(), how);
  if (!log.ok()) return complain(log.status());
  auto generation = load_generation(arguments.data);
  if (!generation.ok()) return complain(generation.status());
  const auto archive = ArchiveReader::open(arguments.directory, *std::move(generation));
  if (!archive.ok()) return complain(archive.status());
  const auto forgotten = forget_archived(**log, **archive, SystemClock().now_us() - static_cast<int64_t>(arguments.keep_days) * us_per_day);
  if (!forgotten.ok()) return complain(forgotten.status());
  if (arguments.as_json) std::printf("%s\n", text_of_json(Json{{"records", *forgotten}}).c_str());
  else std::printf("%lu records were read back from the archive, verified, and removed from the node\n", static_cast<unsigned long>(*forgotten));
  return exit_ok;
}

void add_prune(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("prune", "Remove records from a stopped node that stand in the archive");
  auto arguments = std::make_shared<PruneArguments>();
  command->add_option("directory", arguments->directory, "Archive directory")->required()->type_name("ARCHIVE");
  command->add_option("--data", arguments->data, "Data directory of the node")->required()->type_name("DIR");
  command->add_option("--keep-days", arguments->keep_days, "Keep younger records on the node; 0: the newest block of each partition only")
      ->required()->type_name("N")->check(CLI::Range(0, 36'500));
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer("A running node does the same by itself ([log] keep_days). State rows stay; the archive is not changed.");
  command->callback([arguments, &run] { run = [arguments] { return prune(*arguments); }; });
}

void add_one(CLI::App& parent, Run& run, const char* name, const char* description, int (*command)(const Arguments&)) {
  auto* added = parent.add_subcommand(name, description);
  auto arguments = std::make_shared<Arguments>();
  added->add_option("directory", arguments->directory, "Archive directory")->required()->type_name("ARCHIVE");
  added->add_option("--generation", arguments->generation, "Of the log; the newest, otherwise")->type_name("N")->check(whole_number(1, log_generation_max));
  added->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  added->callback([arguments, command, &run] { run = [arguments, command] { return command(*arguments); }; });
}

}  // namespace

void add_archive(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("archive", "Look at, verify and use the archive of a node's log ([archive] in its configuration)");
  command->require_subcommand(1);
  add_one(*command, run, "list", "Show up to where each partition is archived", list);
  add_one(*command, run, "verify", "Read every byte of an archive, and check that each record follows from the one before", verify);
  add_prune(*command, run);
}

}  // namespace tollgate::cli

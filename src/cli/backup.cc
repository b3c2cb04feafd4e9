// Backups of a node: made by the node that runs, or from the data directory of one that does not.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "cli/admin_client.h"
#include "cli/json_text.h"
#include "cli/node.h"
#include "cli/show_progress.h"
#include "cli/version.h"
#include "cli/option_checks.h"
#include "tollgate/backup/backup.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/time.h"
#include "tollgate/record/json.h"

namespace tollgate::cli {
namespace {

constexpr uint64_t mib_per_s_most = 1 << 20;  // as in the configuration
constexpr auto poll_interval = std::chrono::milliseconds(100);
constexpr const char* keys_warning =
    "the backup directory now holds the node's keys: whoever can read it can read every card and personal datum in it. Keep it as "
    "private as the node itself, or keep the keys elsewhere and the backups without them.";

Json to_json(const BackupInfo& info, const std::string& directory) {
  Json partitions = Json::array(), keys = Json::array();
  for (const BackedPartition& one : info.partitions)
    partitions.push_back({{"partition", one.partition}, {"sequence", one.sequence}, {"epoch", one.epoch}, {"hash", one.hash}, {"time", time_text(one.time_us)}});
  for (const KeyFile& key : info.keys) keys.push_back({{"file", key.file}, {"id", key.id}, {"in_backup", has_key(directory, key)}});
  return {{"id", info.id},
          {"time", time_text(info.time_us)},
          {"log_generation", info.generation.number},
          {"files", info.files},
          {"bytes", info.bytes},
          {"new_bytes", info.new_bytes},
          {"partitions", std::move(partitions)},
          {"keys", std::move(keys)}};
}

void print_keys(const std::vector<KeyFile>& keys, const std::string& directory) {
  for (const KeyFile& key : keys)
    std::printf("  %-16s id %s  %s\n", key.file.c_str(), key.id.c_str(),
                has_key(directory, key) ? "in the backup directory" : ("NOT in the backup: " + key.what).c_str());
}

struct CreateArguments {
  AdminTarget target;
  std::string to;
  bool with_keys = false, as_json = false;
  uint64_t mib_per_s_max = 0;
};

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return path.empty() ? path : std::filesystem::absolute(path, ignored).lexically_normal().string();
}

// The running node makes it. Gives the directory that it went to.
StatusOr<std::string> create_online(AdminClient& client, const CreateArguments& arguments) {
  TOLLGATE_ASSIGN_OR_RETURN(Json state, client.get("backups"));
  const std::string before = state["backup"].value("last_id", std::string());
  const uint64_t failures = state["backup"].value("failures", uint64_t{0});
  const std::string to = arguments.to.empty() ? state["backup"].value("directory", std::string()) : absolute(arguments.to);
  TOLLGATE_RETURN_IF_ERROR(client.post("backups", {{"directory", to}}).status());
  while (true) {
    TOLLGATE_ASSIGN_OR_RETURN(state, client.get("backups"));
    const Json& backup = state["backup"];
    if (!backup.value("running", false)) {
      if (backup.value("last_id", std::string()) != before) return to;
      if (backup.value("failures", uint64_t{0}) > failures) return unavailable("{}", backup.value("last_error", std::string()));
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

StatusOr<std::string> create_offline(const CreateArguments& arguments) {
  if (arguments.to.empty()) return invalid_argument("no node runs on {}: say where the backup is to go, with --to DIR", arguments.target.data_dir);
  const BackupOptions options{.directory = absolute(arguments.to), .data_dir = arguments.target.data_dir, .bytes_per_second = arguments.mib_per_s_max << 20,
                              .node_version = std::string(version), .now_us = SystemClock().now_us()};
  TOLLGATE_RETURN_IF_ERROR(create_backup_of_stopped(options).status());
  return options.directory;
}

int create(const CreateArguments& arguments) {
  std::error_code ignored;
  const std::string& data_dir = arguments.target.data_dir;
  if (arguments.target.url.empty() && !std::filesystem::exists(DataPaths{data_dir}.log(), ignored))
    return complain(not_found("there is no data directory {}: say which one, with --data DIR", data_dir));
  auto client = AdminClient::open(arguments.target);
  StatusOr<std::string> directory = not_found("");
  bool online = client.ok();
  if (online) {
    directory = create_online(*client, arguments);
    // A node that was killed leaves its address behind: the databases' locks say whether one runs.
    if (!directory.ok() && message_of(directory.status()).starts_with("no answer from")) online = false;
  } else if (!absl::IsNotFound(client.status())) {
    return complain(client.status());
  }
  if (!online) directory = create_offline(arguments);
  if (!directory.ok()) return complain(directory.status(), absl::IsInvalidArgument(directory.status()) ? exit_usage : exit_failed);
  const auto all = list_backups(*directory);
  if (!all.ok()) return complain(all.status());
  const BackupInfo& made = all->back();
  if (arguments.with_keys) {
    if (const Status added = add_keys(*directory, data_dir, made.keys); !added.ok()) return complain(added);
    std::fprintf(stderr, "tollgate: WARNING: %s\n", keys_warning);
  }
  if (arguments.as_json) {
    Json json = to_json(made, *directory);
    json["directory"] = *directory;
    std::printf("%s\n", text_of_json(json).c_str());
    return exit_ok;
  }
  std::printf("backup %s in %s: %lu files, %s, of which %s are new\n", made.id.c_str(), directory->c_str(), static_cast<unsigned long>(made.files),
              bytes_text(made.bytes).c_str(), bytes_text(made.new_bytes).c_str());
  std::printf("A restore needs these key files:\n");
  print_keys(made.keys, *directory);
  return exit_ok;
}

int list(const std::string& directory, bool as_json) {
  const auto all = list_backups(directory);
  if (!all.ok()) return complain(all.status());
  if (as_json) {
    Json list = Json::array();
    for (const BackupInfo& info : *all) list.push_back(to_json(info, directory));
    std::printf("%s\n", text_of_json(list).c_str());
    return exit_ok;
  }
  std::printf("%-26s %12s %12s  %s\n", "BACKUP", "SIZE", "NEW", "RECORDS (partition:sequence)");
  for (const BackupInfo& info : *all) {
    std::string ends;
    for (const BackedPartition& one : info.partitions) ends += fmt::format("{}{}:{}", ends.empty() ? "" : " ", one.partition, one.sequence);
    std::printf("%-26s %12s %12s  %s\n", info.id.c_str(), bytes_text(info.bytes).c_str(), bytes_text(info.new_bytes).c_str(), ends.c_str());
  }
  if (all->empty()) return exit_ok;
  std::printf("A restore of the newest needs these key files:\n");
  print_keys(all->back().keys, directory);
  return exit_ok;
}

int verify(const std::string& directory, BackupCheckOptions options, bool as_json) {
  StepLine progress;
  options.progress = [&](uint64_t bytes) { progress.show("read", bytes_text(bytes)); };
  const auto checks = verify_backups(directory, options);
  progress.clear();
  if (!checks.ok()) return complain(checks.status());
  bool good = true;
  Json list = Json::array();
  for (const BackupCheck& check : *checks) {
    good &= check.problems.empty();
    if (as_json) {
      list.push_back({{"id", check.id}, {"ok", check.problems.empty()}, {"files", check.files}, {"bytes", check.bytes}, {"checkpoints", check.checkpoints}, {"problems", check.problems}});
      continue;
    }
    std::printf("%s: %lu files, %s, %lu signed checkpoints compared, %s\n", check.id.c_str(), static_cast<unsigned long>(check.files), bytes_text(check.bytes).c_str(),
                static_cast<unsigned long>(check.checkpoints), check.problems.empty() ? "verified" : "NOT verified");
    for (const std::string& problem : check.problems) std::printf("  WRONG: %s\n", problem.c_str());
  }
  if (as_json) std::printf("%s\n", text_of_json(Json{{"ok", good}, {"backups", std::move(list)}}).c_str());
  else if (!good) std::printf("A backup that does not verify is of no use: make a new one, and find out what happened to the storage.\n");
  return good ? exit_ok : exit_failed;
}

int prune(const std::string& directory, uint64_t keep_last, uint64_t keep_days, bool as_json) {
  const auto pruned = prune_backups(directory, keep_last, keep_days, SystemClock().now_us());
  if (!pruned.ok()) return complain(pruned.status());
  if (as_json) {
    std::printf("%s\n", text_of_json(Json{{"removed", pruned->removed}, {"files", pruned->files}, {"bytes", pruned->bytes}}).c_str());
    return exit_ok;
  }
  for (const std::string& id : pruned->removed) std::printf("removed %s\n", id.c_str());
  std::printf("%lu backups removed, and %lu files that no other backup needs (%s)\n", static_cast<unsigned long>(pruned->removed.size()),
              static_cast<unsigned long>(pruned->files), bytes_text(pruned->bytes).c_str());
  return exit_ok;
}

void add_create(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("create", "Make a backup now, of a node that runs or of a stopped one's data directory");
  auto arguments = std::make_shared<CreateArguments>();
  add_admin_options(*command, arguments->target);
  command->add_option("--to", arguments->to, "Backup directory; a running node's own, if it is configured")->type_name("DIR");
  command->add_option("--mib-per-s-max", arguments->mib_per_s_max, "How fast a stopped node's files are copied (a running one's: backup.mib_per_s_max)")->type_name("N")->check(whole_number(0, mib_per_s_most));
  command->add_flag("--with-keys", arguments->with_keys, "Put the node's key files into the backup directory as well");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->footer("Files that an earlier backup in the same directory holds already are shared, not copied. Keys are not part of a backup.");
  command->callback([arguments, &run] { run = [arguments] { return create(*arguments); }; });
}

struct DirectoryArguments {
  std::string directory;
  BackupCheckOptions check;
  uint64_t keep_last = 0, keep_days = 0;
  bool as_json = false;
};

std::shared_ptr<DirectoryArguments> add_directory(CLI::App& command) {
  auto arguments = std::make_shared<DirectoryArguments>();
  command.add_option("directory", arguments->directory, "Backup directory")->required()->type_name("BACKUPS");
  command.add_flag("--json", arguments->as_json, "JSON, for programs");
  return arguments;
}

}  // namespace

void add_backup(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("backup", "Make, list, verify and prune backups of a node");
  command->require_subcommand(1);
  add_create(*command, run);

  auto* listing = command->add_subcommand("list", "List backups, up to where their records go, and which keys they need");
  auto listed = add_directory(*listing);
  listing->callback([listed, &run] { run = [listed] { return list(listed->directory, listed->as_json); }; });

  auto* verifying = command->add_subcommand("verify", "Read every byte of backups and check it");
  auto verified = add_directory(*verifying);
  verifying->add_option("--backup", verified->check.id, "Only this one; all, otherwise")->type_name("ID")->check(not_empty());
  verifying->add_flag("--audit", verified->check.with_audit, "Check the records and rows as well, as `tollgate audit verify` does");
  verifying->add_option("--archive", verified->check.archive, "Where records are that the node no longer had")->type_name("DIR");
  verifying->footer("Exit status: 0 verified, 1 not verified, 2 wrong command line.");
  verifying->callback([verified, &run] { run = [verified] { return verify(verified->directory, verified->check, verified->as_json); }; });

  auto* pruning = command->add_subcommand("prune", "Remove old backups, and the files that only they needed");
  auto pruned = add_directory(*pruning);
  pruning->add_option("--keep-last", pruned->keep_last, "Keep the newest ones")->type_name("N")->check(CLI::Range(1, 1'000'000));
  pruning->add_option("--keep-days", pruned->keep_days, "Keep those that are younger")->type_name("N")->check(CLI::Range(1, 36'500));
  pruning->footer("One of --keep-last and --keep-days must be given; with both, what either keeps is kept. The newest one always is.");
  pruning->callback([pruned, &run] {
    run = [pruned] {
      if (pruned->keep_last == 0 && pruned->keep_days == 0) return complain("say what to keep: --keep-last N, --keep-days N, or both", exit_usage);
      return prune(pruned->directory, pruned->keep_last, pruned->keep_days, pruned->as_json);
    };
  });
}

}  // namespace tollgate::cli

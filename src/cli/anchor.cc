#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/node.h"
#include "cli/open_log.h"
#include "tollgate/base/file.h"
#include "tollgate/eventlog/anchored.h"
#include "tollgate/transparency/transparency.h"

namespace tollgate::cli {
namespace {

using Json = nlohmann::ordered_json;

int show(const std::string& data, bool as_json) {
  const auto anchor = read_anchor(DataPaths{data}.anchor());
  if (!anchor.ok()) return complain(anchor.status());
  Json partitions = Json::array();
  for (const AnchorSlot& slot : anchor->slots) {
    const std::string hash = to_hex(view(slot.hash));
    if (as_json) partitions.push_back({{"partition", slot.id}, {"sequence", slot.sequence}, {"epoch", slot.epoch}, {"hash", hash}});
    else std::printf("partition %u: up to record %lu, epoch %lu, hash %s\n", slot.id, static_cast<unsigned long>(slot.sequence),
                     static_cast<unsigned long>(slot.epoch), hash.c_str());
  }
  if (as_json) std::printf("%s\n", text_of_json(Json{{"generation", anchor->generation}, {"partitions", partitions}}).c_str());
  return exit_ok;
}

// Records that were signed may be given up as well. What goes on then is another log and gets another name, or the node would not start: it never
// signs two logs that disagree. Gives the generation that was written, 0 if none had to be.
StatusOr<uint64_t> begin_another_log(const std::string& data) {
  TOLLGATE_ASSIGN_OR_RETURN(const KeptFiles kept, read_kept_files(data));
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_log_to_read(data, ""));
  for (const proof::KeptCheckpoint& one : kept.signed_last) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log->head(one.partition));
    if (one.generation != kept.generation || one.checkpoint.checkpoint.size <= head.sequence) continue;
    TOLLGATE_RETURN_IF_ERROR(replace_file(data + "/log_generation", fmt::format("{}\n", kept.generation + 1)));
    return kept.generation + 1;
  }
  return 0;
}

int accept(const std::string& data, const std::string& reason) {
  const DataPaths paths{data};
  const auto given_up = accept_log_as_it_is(paths.log(), paths.anchor(), reason, SystemClock().now_us());
  if (!given_up.ok()) return complain(given_up.status());
  for (const AnchorFault& fault : *given_up) std::printf("given up: %s\n", fault.what.c_str());
  if (given_up->empty()) std::printf("nothing that the anchor knows of is missing\n");
  std::printf("the log is taken as it is; recorded in %s.accepted\n", paths.anchor().c_str());
  const auto generation = begin_another_log(data);
  if (!generation.ok()) return complain(generation.status());
  if (*generation != 0)
    std::printf("signed checkpoints cover what was given up: log_generation is now %lu, the log is signed under another name from the next start on\n",
                static_cast<unsigned long>(*generation));
  return exit_ok;
}

void add_show(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("show", "Print up to where each partition is known to have been acknowledged");
  struct Arguments {
    std::string data;
    bool as_json = false;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("data", arguments->data, "Data directory")->required()->type_name("DATA");
  command->add_flag("--json", arguments->as_json, "One JSON object, for programs");
  command->callback([arguments, &run] { run = [arguments] { return show(arguments->data, arguments->as_json); }; });
}

void add_accept(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("accept", "Go on with an event log that lacks acknowledged records, when no backup has them");
  struct Arguments {
    std::string data, reason;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("data", arguments->data, "Data directory of a stopped node")->required()->type_name("DATA");
  command->add_option("--reason", arguments->reason, "Why; kept with what was given up")->required()->type_name("TEXT");
  command->footer(
      "What cannot be read at the end of the log is cut off; its files are kept beside it. Who, when, why and what was given up is\n"
      "added to DATA/anchor.accepted. If signed checkpoints cover it, DATA/log_generation is raised. Records in the middle of the log cannot be given up: restore a backup.");
  command->callback([arguments, &run] { run = [arguments] { return accept(arguments->data, arguments->reason); }; });
}

}  // namespace

void add_anchor(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("anchor", "What the node remembers, outside its event log, of where the log ends");
  command->require_subcommand(1);
  add_show(*command, run);
  add_accept(*command, run);
}

}  // namespace tollgate::cli

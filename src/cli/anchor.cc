#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/node.h"
#include "tollgate/eventlog/anchored.h"

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

int accept(const std::string& data, const std::string& reason) {
  const DataPaths paths{data};
  const auto given_up = accept_log_as_it_is(paths.log(), paths.anchor(), reason, SystemClock().now_us());
  if (!given_up.ok()) return complain(given_up.status());
  for (const AnchorFault& fault : *given_up) std::printf("given up: %s\n", fault.what.c_str());
  if (given_up->empty()) std::printf("nothing that the anchor knows of is missing\n");
  std::printf("the log is taken as it is; recorded in %s.accepted\n", paths.anchor().c_str());
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
      "added to DATA/anchor.accepted. Records in the middle of the log cannot be given up: restore a backup.");
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

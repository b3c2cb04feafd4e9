#include <cstdio>

#include "cli/command.h"
#include "cli/config.h"
#include "cli/config_machine.h"

namespace tollgate::cli {
namespace {

int check(const std::string& path, bool file_only) {
  const auto config = load_config(path);
  if (!config.ok()) return complain(config.status(), exit_usage);
  std::vector<std::string> warnings;
  if (!file_only)
    if (const Status there = check_machine(*config, warnings); !there.ok()) return complain(fmt::format("{}: {}", path, message_of(there)), exit_usage);
  for (const std::string& warning : warnings) static_cast<void>(complain("warning: " + warning));
  std::printf("%s: ok\n", path.c_str());
  return exit_ok;
}

}  // namespace

void add_config(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("config", "Show or check a node's configuration");
  command->require_subcommand(1);
  auto* example =
      command->add_subcommand("example", "Print the commented example: every key with its unit, bounds and default");
  example->callback([&run] {
    run = [] {
      std::fputs(config_example().c_str(), stdout);
      return exit_ok;
    };
  });
  auto* checked = command->add_subcommand("check", "Check a configuration file, and what it needs of this machine, without starting anything");
  auto path = std::make_shared<std::string>();
  auto file_only = std::make_shared<bool>(false);
  checked->add_option("--config,file", *path, "The configuration, with or without --config before it")->required()->type_name("FILE");
  checked->add_flag("--file-only", *file_only, "The file alone: for another machine");
  checked->footer("Looks at certificates, keys, secrets, directories and addresses as the user who runs it: let it be the node's.");
  checked->callback([path, file_only, &run] { run = [path, file_only] { return check(*path, *file_only); }; });
}

}  // namespace tollgate::cli

#include <cstdio>

#include "cli/command.h"
#include "cli/config.h"

namespace tollgate::cli {

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
  auto* check = command->add_subcommand("check", "Check a configuration file without starting anything");
  auto path = std::make_shared<std::string>();
  check->add_option("file", *path, "The configuration")->required()->type_name("FILE");
  check->callback([path, &run] {
    run = [path] {
      const auto config = load_config(*path);
      if (!config.ok()) return complain(config.status(), exit_usage);
      std::printf("%s: ok\n", path->c_str());
      return exit_ok;
    };
  });
}

}  // namespace tollgate::cli

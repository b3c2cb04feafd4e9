#include <spdlog/spdlog.h>

#include "cli/command.h"
#include "cli/node.h"

namespace tollgate::cli {
namespace {

int serve(const std::string& path) {
  auto config = load_config(path);
  if (!config.ok()) return complain(config.status(), exit_usage);
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  auto node = Node::open(NodeOptions{.config = *std::move(config)});
  if (!node.ok()) give_up(node.status());
  (*node)->serve();
  if (const Status status = (*node)->run(); !status.ok()) give_up(status);
  return exit_ok;
}

}  // namespace

void add_serve(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("serve", "Run a node for production, as a configuration file says");
  auto path = std::make_shared<std::string>();
  command->add_option("--config", *path, "The configuration (see `tollgate config example`)")
      ->required()
      ->type_name("FILE");
  command->footer("SIGTERM or SIGINT: no new connections, requests in work finish, exit status 0.");
  command->callback([path, &run] { run = [path] { return serve(*path); }; });
}

}  // namespace tollgate::cli

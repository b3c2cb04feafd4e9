#include "cli/command.h"
#include "cli/node.h"
#include "cli/node_options.h"
#include "cli/signals.h"

namespace tollgate::cli {
namespace {

int serve(const std::string& path) {
  auto config = load_config(path);
  if (!config.ok()) return complain(config.status(), exit_usage);
  NodeOptions options{.config = *std::move(config), .config_path = path};
  block_stop_signals();  // the log's thread is the first of them
  const auto log = observe::Log::open(log_options_of(options.config));
  options.log = log.get();
  const auto stop_with = [&](const Status& status) {
    log->flush();
    give_up(status);
  };
  auto node = Node::open(std::move(options));
  if (!node.ok()) stop_with(node.status());
  (*node)->serve();
  if (const Status status = (*node)->run(); !status.ok()) stop_with(status);
  node->reset();
  return exit_ok;
}

}  // namespace

void add_serve(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("serve", "Run a node for production, as a configuration file says");
  auto path = std::make_shared<std::string>();
  command->add_option("--config", *path, "The configuration (see `tollgate config example`)")
      ->required()
      ->type_name("FILE");
  command->footer("SIGTERM or SIGINT: no new connections, requests in work finish, exit status 0.\n"
                  "SIGHUP: the configuration and the certificates are read again; the log says what changed.");
  command->callback([path, &run] { run = [path] { return serve(*path); }; });
}

}  // namespace tollgate::cli

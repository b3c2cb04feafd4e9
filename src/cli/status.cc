#include <cstdio>

#include "cli/admin_client.h"

namespace tollgate::cli {
namespace {

struct Options {
  AdminTarget target;
  bool as_json = false;
};

int show(const Options& options, const char* path) {
  auto client = AdminClient::open(options.target);
  if (!client.ok()) return complain(client.status());
  const auto answer = client->get(path);
  if (!answer.ok()) return complain(answer.status());
  if (options.as_json) std::printf("%s\n", answer->dump().c_str());
  else print_fields(*answer);
  return exit_ok;
}

void add(CLI::App& app, Run& run, const char* name, const char* description, const char* path) {
  auto* command = app.add_subcommand(name, description);
  auto options = std::make_shared<Options>();
  add_admin_options(*command, options->target);
  command->add_flag("--json", options->as_json, "JSON, for programs");
  command->callback([options, path, &run] { run = [options, path] { return show(*options, path); }; });
}

}  // namespace

void add_status(CLI::App& app, Run& run) {
  add(app, run, "status", "Show what a running node is doing and where its event log ends", "status");
}

}  // namespace tollgate::cli

#include "cli/admin_command.h"

namespace tollgate::cli {
namespace {

struct Options {
  AdminTarget target;
  bool as_json = false;
};

}  // namespace

void add_status(CLI::App& app, Run& run) {
  add_command(app, run, "status", "Show what a running node is doing and where its event log ends", std::make_shared<Options>(),
              [](AdminClient& client, const Options&) { return client.get("status"); });
}

}  // namespace tollgate::cli

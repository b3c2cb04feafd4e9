#include "cli/audit_common.h"
#include "cli/audit_proof.h"

namespace tollgate::cli {

void add_audit(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("audit", "Verify, read and compare event logs, with no trust in the node that wrote them");
  command->require_subcommand(1);
  command->footer(std::string(works_alone) + "\nTimes are UTC. Card numbers and personal data are never in a log in clear: what is sealed is shown as \"sealed\".");
  add_audit_verify(*command, run);
  add_audit_show(*command, run);
  add_audit_search(*command, run);
  add_audit_as_of(*command, run);
  add_audit_balances(*command, run);
  add_audit_export(*command, run);
  add_audit_diff(*command, run);
  add_audit_replay(*command, run);
  add_audit_proof(*command, run);
}

}  // namespace tollgate::cli

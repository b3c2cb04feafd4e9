// What every subcommand shares. Results go to stdout, everything else to stderr.
#pragma once
#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;  // refused, not found, not verified, stopped by a failure
inline constexpr int exit_usage = 2;   // command line or configuration
inline constexpr int exit_waiting = 3;  // asked for: another person has to approve it

// Set by the subcommand that was chosen; called when the whole command line has been read.
using Run = std::function<int()>;

// One for each subcommand, registered in main.cc.
void add_dev(CLI::App& app, Run& run);
void add_serve(CLI::App& app, Run& run);
void add_config(CLI::App& app, Run& run);
void add_partner(CLI::App& app, Run& run);
void add_admin(CLI::App& app, Run& run);
void add_compliance(CLI::App& app, Run& run);
void add_status(CLI::App& app, Run& run);
void add_top(CLI::App& app, Run& run);
void add_report(CLI::App& app, Run& run);
void add_doubt(CLI::App& app, Run& run);
void add_audit(CLI::App& app, Run& run);
void add_anchor(CLI::App& app, Run& run);
void add_backup(CLI::App& app, Run& run);
void add_restore(CLI::App& app, Run& run);
void add_archive(CLI::App& app, Run& run);
void add_vault(CLI::App& app, Run& run);
void add_plan(CLI::App& app, Run& run);
void add_test_cards(CLI::App& app, Run& run);

// Says why and ends the process there and then. For a node whose databases may be in an error: closing them is no longer safe (RocksDB
// asserts on that way), and nothing that counts is left to be written.
[[noreturn]] void give_up(const Status& status);

// "tollgate: <message>" on stderr; gives `exit_code` back.
int complain(std::string_view message, int exit_code = exit_failed);
inline int complain(const Status& status, int exit_code = exit_failed) {
  return complain(message_of(status), exit_code);
}

}  // namespace tollgate::cli

#include <poll.h>
#include <unistd.h>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "cli/command.h"
#include "cli/terminal_text.h"
#include "cli/version.h"
#include "tollgate/observe/journal.h"

namespace tollgate::cli {

int complain(std::string_view message, int exit_code) {
  const std::string_view level = observe::is_journal(STDERR_FILENO) ? observe::journal_prefix("error") : std::string_view();
  // It may quote a damaged file, or what somebody has sent.
  for (bool first = true; first || !message.empty(); first = false) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    std::fprintf(stderr, "%s%s%s\n", std::string(level).c_str(), first ? "tollgate: " : "", printable(message.substr(0, end)).c_str());
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  return exit_code;
}

void give_up(const Status& status) {
  static_cast<void>(complain(message_of(status), exit_failed));
  if (absl::IsDataLoss(status) && message_of(status).find("backup") == std::string_view::npos) {
    static_cast<void>(complain("data on disk is damaged, and nothing was served from it: check the disk, then restore the data directory "
        "from a backup"));
  }
  std::fflush(nullptr);
  std::_Exit(exit_failed);
}

namespace {

constexpr std::size_t help_column = 40;
constexpr const char* footer =
    "To try it:            tollgate dev\n"
    "In production:        tollgate config example > tollgate.toml; tollgate serve --config tollgate.toml\n"
    "Exit status:          0 done, 1 refused or failed, 2 wrong command line or configuration,\n"
    "                      3 asked for: nothing is done before another person approves it";

// Nobody reads any more: whoever has seen enough (head) ends a pipe.
bool is_closed_pipe() {
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

// What was printed must have arrived: a script would take half of it for all.
int finish(int exit_code) {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  const int why = errno;
  if ((flushed && std::ferror(stdout) == 0) || is_closed_pipe()) return exit_code;
  return complain(fmt::format("what was printed could not be written to stdout{}{}", why != 0 ? ": " : "", why != 0 ? std::strerror(why) : ""),
                  exit_code == exit_ok ? exit_failed : exit_code);
}

int main(int argc, char** argv) {
  // Logs never mix with results.
  spdlog::set_default_logger(spdlog::stderr_color_mt("tollgate"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);

  CLI::App app("A payment gateway: card payments over an HTTP API that works with the Stripe SDKs.", "tollgate");
  app.set_version_flag("--version", std::string("tollgate ") + std::string(version));
  app.require_subcommand(1);
  app.get_formatter()->column_width(help_column);
  Run run;
  add_dev(app, run);
  add_serve(app, run);
  add_config(app, run);
  add_partner(app, run);
  add_admin(app, run);
  add_status(app, run);
  add_top(app, run);
  add_report(app, run);
  add_doubt(app, run);
  add_audit(app, run);
  add_anchor(app, run);
  add_compliance(app, run);
  add_backup(app, run);
  add_restore(app, run);
  add_archive(app, run);
  add_vault(app, run);
  add_plan(app, run);
  add_test_cards(app, run);
  // Last, so that subcommands do not inherit them.
  app.set_help_all_flag("--help-all", "The help of every subcommand");
  app.footer(footer);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // The library's own numbers say more than anyone asks for.
    return finish(app.exit(error) == 0 ? exit_ok : exit_usage);
  }
  try {
    return finish(run());
  } catch (const std::exception& error) {
    // Asio throws where it cannot even begin, for want of descriptors or threads.
    return complain(error.what());
  }
}

}  // namespace
}  // namespace tollgate::cli

int main(int argc, char** argv) { return tollgate::cli::main(argc, argv); }

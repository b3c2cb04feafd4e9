// Reports: from the node that runs, or added up from the log of one that does not, or of a backup.
#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/admin_client.h"
#include "cli/open_log.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include "cli/show_progress.h"
#include "tollgate/report/report.h"

namespace tollgate::cli {
namespace {

constexpr auto poll_interval = std::chrono::milliseconds(100);

struct Arguments {
  AdminTarget target;
  std::string partner, from, to, mode, archive, format = "text";
  bool no_wait = false, as_json = false;
};
using ArgumentsPtr = std::shared_ptr<Arguments>;

std::string path_of(const Arguments& arguments) {
  std::string path = arguments.partner.empty() ? "reports/daily" : "reports/partners/" + arguments.partner;
  char before = '?';
  for (const auto& [name, value] : {std::pair{"from", &arguments.from}, std::pair{"to", &arguments.to}, std::pair{"mode", &arguments.mode}})
    if (!value->empty()) path += fmt::format("{}{}={}", std::exchange(before, '&'), name, *value);
  return path;
}

StatusOr<Json> from_log(const Arguments& arguments, const report::Query& query) {
  TOLLGATE_ASSIGN_OR_RETURN(const auto log, open_log_to_read(arguments.target.data_dir, arguments.archive));
  std::fprintf(stderr, "no node runs on %s: adding up its log\n", arguments.target.data_dir.c_str());
  TOLLGATE_ASSIGN_OR_RETURN(const std::vector<uint32_t> partitions, log->partitions());
  uint64_t records = 0;
  for (const uint32_t partition : partitions) {
    TOLLGATE_ASSIGN_OR_RETURN(const Head head, log->head(partition));
    records += head.sequence;
  }
  ProgressLine progress("adding up", "records", records);
  TOLLGATE_ASSIGN_OR_RETURN(const report::Report made, report::report_from_log(*log, query, arguments.from, arguments.to, progress.report()));
  return Json::parse(report::to_json(made));
}

StatusOr<Json> obtain(const Arguments& arguments, const report::Query& query) {
  auto client = AdminClient::open(arguments.target);
  if (!arguments.target.url.empty() || (!client.ok() && !absl::IsNotFound(client.status()))) {
    if (!client.ok()) return client.status();
    return client->get(path_of(arguments));
  }
  if (client.ok()) {
    auto answer = client->get(path_of(arguments));
    // A node that was killed leaves its address behind.
    if (answer.ok() || !message_of(answer.status()).starts_with("no answer from")) return answer;
  }
  return from_log(arguments, query);
}

int show(const Arguments& arguments) {
  report::Query query;
  Status wrong = report::set_days(query, arguments.from, arguments.to, 0);
  if (wrong.ok()) wrong = report::set_mode(query, arguments.mode);
  if (!wrong.ok()) return complain(fmt::format("--{}", message_of(wrong)), exit_usage);
  if (!arguments.partner.empty()) {
    const auto id = PartnerId::parse(arguments.partner);
    if (!id) return complain(fmt::format("\"{}\" is no partner's id: they begin with acct_ (`tollgate partner list`)", arguments.partner), exit_usage);
    query.partner = *id;
  }
  const auto report = obtain(arguments, query);
  if (!report.ok()) return complain(report.status());
  const bool as_json = arguments.as_json || arguments.format == "json";
  const std::string text = as_json ? report->dump() + "\n" : arguments.format == "csv" ? report_csv(*report) : report_text(*report);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return complain("cannot write the report: is the disk full?");
  if (const std::string notes = report_notes(*report); !notes.empty()) std::fprintf(stderr, "%s", notes.c_str());
  return exit_ok;
}

// The node does it; this only watches.
int rebuild(const Arguments& arguments) {
  auto client = AdminClient::open(arguments.target);
  if (!client.ok()) return complain(client.status());
  auto answer = client->post("reports/rebuild", Json::object());
  if (!answer.ok()) return complain(answer.status());
  const Json before = (*answer)["began_after"];
  if (arguments.no_wait) {
    std::printf("the rebuild has begun; `tollgate report status` shows how far it is\n");
    return exit_ok;
  }
  StepLine line;
  while (true) {
    answer = client->get("reports");
    if (!answer.ok()) return complain(answer.status());
    if ((*answer)["rebuilds_failed"] > before["rebuilds_failed"])
      return complain(fmt::format("{}; the figures are as they were", answer->value("problem", Json()).is_string() ? (*answer)["problem"].get<std::string>() : ""));
    if ((*answer)["rebuilds_done"] > before["rebuilds_done"]) break;
    if (const Json& state = (*answer)["rebuilding"]; state.is_object())
      line.show("records", fmt::format("{} of {}", with_commas(state.value("records", uint64_t{0})), with_commas(state.value("of", uint64_t{0}))));
    std::this_thread::sleep_for(poll_interval);
  }
  line.clear();
  std::printf("the reports were made again from the log\n");
  return exit_ok;
}

int status(const Arguments& arguments) {
  auto client = AdminClient::open(arguments.target);
  if (!client.ok()) return complain(client.status());
  const auto answer = client->get("reports");
  if (!answer.ok()) return complain(answer.status());
  if (arguments.as_json) std::printf("%s\n", answer->dump().c_str());
  else print_fields(*answer);
  return exit_ok;
}

void add_report_options(CLI::App& command, const ArgumentsPtr& arguments, Run& run) {
  add_admin_options(command, arguments->target);
  command.add_option("--archive", arguments->archive, "For a node that does not run: archive of what its log no longer has")->type_name("DIR");
  command.add_option("--from", arguments->from, "First day, UTC; a week up to the last one")->type_name("DAY");
  command.add_option("--to", arguments->to, "Last day; today")->type_name("DAY");
  command.add_option("--mode", arguments->mode, "Only this mode's; both, otherwise, never added together")->type_name("MODE")->check(CLI::IsMember({"test", "live"}));
  command.add_option("--format", arguments->format, "How it is written")->type_name("FORMAT")->check(CLI::IsMember({"text", "csv", "json"}))->capture_default_str();
  command.add_flag("--json", arguments->as_json, "The same as --format json");
  command.footer(
      "What the records of a day say, whenever the payment was made. Days without any are left out; one that is not over, or whose records are\n"
      "not all counted yet, is marked (csv and json: complete is false). In csv and json amounts are integers of 10^-exponent of the currency.\n"
      "If no node runs on DIR, which may then also be a backup, its log is added up.");
  command.callback([arguments, &run] { run = [arguments] { return show(*arguments); }; });
}

}  // namespace

void add_report(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("report", "The figures of each day: payments, money, declines, fees, of all partners or of one");
  command->require_subcommand(1);
  add_report_options(*command->add_subcommand("daily", "Each day and currency, all partners together"), std::make_shared<Arguments>(), run);

  auto* of_partner = command->add_subcommand("partner", "Each day and currency of one partner");
  auto partner = std::make_shared<Arguments>();
  of_partner->add_option("id", partner->partner, "acct_...")->required()->type_name("ID");
  add_report_options(*of_partner, partner, run);

  auto* rebuilding = command->add_subcommand("rebuild", "Make the figures of a running node again from its log; those that there are serve meanwhile");
  auto again = std::make_shared<Arguments>();
  add_admin_options(*rebuilding, again->target);
  rebuilding->add_flag("--no-wait", again->no_wait, "Only begin it");
  rebuilding->callback([again, &run] { run = [again] { return rebuild(*again); }; });

  auto* state = command->add_subcommand("status", "How far the figures of a running node go");
  auto asked = std::make_shared<Arguments>();
  add_admin_options(*state, asked->target);
  state->add_flag("--json", asked->as_json, "JSON, for programs");
  state->callback([asked, &run] { run = [asked] { return status(*asked); }; });
}

}  // namespace tollgate::cli

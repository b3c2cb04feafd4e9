#include "cli/audit_common.h"
#include "cli/audit_text.h"
#include "tollgate/audit/search.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string at;
  std::vector<std::string> terms;
  std::size_t limit = 1'000;
  bool as_json = false;
};

int search(const Arguments& arguments) {
  const auto query = audit::parse_query(arguments.terms);
  if (!query.ok()) return audit_failed(query.status());
  const auto moment = moment_option(arguments.at, "--at");
  if (!moment.ok()) return audit_failed(moment.status());
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    const auto cut = audit::cut_at(source, *moment);
    if (!cut.ok()) return audit_failed(cut.status());
    std::size_t found = 0;
    bool more = false;
    Status status;
    {
      ProgressLine progress("searching", "payments", 0);
      status = audit::search(
          source, *cut, *query,
          [&](const Payment& payment, uint32_t) {
            if (found == arguments.limit) {
              more = true;
              return false;
            }
            ++found;
            return print_line_or_stop(arguments.as_json ? json_of(payment).dump() : payment_line(payment));
          },
          progress.report());
    }
    if (!status.ok()) return audit_failed(status);
    if (!arguments.as_json) {
      std::fflush(stdout);
      std::fprintf(stderr, "%s\n", more ? fmt::format("the first {} payments; there are more (--limit)", found).c_str()
                                        : fmt::format("{} payment{}", found, found == 1 ? "" : "s").c_str());
    }
    return found != 0 ? exit_ok : exit_failed;
  });
}

}  // namespace

void add_audit_search(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("search", "Find payments by id, amount, card, metadata, status, decline code or time");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("query", arguments->terms, "Terms; a payment must fit all of them")->required()->type_name("TERM...");
  command->add_option("--at", arguments->at, "Payments as they were at a time")->type_name("TIME");
  command->add_option("--limit", arguments->limit, "How many at most")->type_name("N")->check(CLI::Range(1, 1'000'000'000))->capture_default_str();
  command->add_flag("--json", arguments->as_json, "One JSON object a line");
  command->footer(
      "Terms:\n"
      "  pi_... ch_... re_... txn_...  the payment they belong to      cus_... acct_...      a customer's, a partner's\n"
      "  amount=10.99 amount>=5        in major units                  currency=usd          last4=4242\n"
      "  metadata.KEY=VALUE            metadata.KEY= : any value       status=succeeded      decline=insufficient_funds\n"
      "  from=2025-06-01               created at or after             until=2025-07-01      created before\n"
      "  mode=test|live                anything else: a word of the description or of a metadata value\n\n" +
      std::string(works_alone) + "\nExit status: 0 found, 1 nothing found, 2 wrong command line or no log to read.");
  command->callback([arguments, &run] { run = [arguments] { return search(*arguments); }; });
}

}  // namespace tollgate::cli

#include "cli/audit_balances.h"
#include "cli/option_checks.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string partner, at;
  std::optional<uint32_t> partition;
  bool as_json = false;
};

constexpr std::size_t account_width = 22;

std::string row(std::string_view account, const std::string& debit, const std::string& credit, const std::string& balance) {
  return fmt::format("  {} {:>22} {:>22} {:>22}", padded(account, account_width), debit, credit, balance);
}

int balances(const Arguments& arguments) {
  const auto partner = partner_option(arguments.partner);
  if (!partner.ok()) return audit_failed(partner.status());
  const auto moment = moment_option(arguments.at, "--at");
  if (!moment.ok()) return audit_failed(moment.status());
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    if (const Status known = check_partition(source, arguments.partition); !known.ok()) return audit_failed(known);
    const auto cut = audit::cut_at(source, *moment, arguments.partition);
    if (!cut.ok()) return audit_failed(cut.status());
    const auto total = audit::count_records(source);
    const auto add_up = [&] {
      ProgressLine progress("adding up", "records", total.value_or(0));
      return audit::balances(source, *cut, *partner, progress.report());
    };
    const auto result = add_up();
    if (!result.ok()) return audit_failed(result.status());
    if (const Status known = check_partner(source, *cut, *partner); !known.ok()) return audit_failed(known);
    if (arguments.as_json) print_json(json_of(*result));
    else print_balances(*result);
    return result->ok() ? exit_ok : exit_failed;
  });
}

}  // namespace

void print_balances(const audit::Balances& balances) {
  for (const audit::TrialBalance& one : balances.currencies) {
    print_line(fmt::format("{}, {} mode", one.currency.upper(), name_of(one.mode)));
    print_line(row("account", "debit", "credit", "balance"));
    const auto text = [&](audit::Sum minor) { return audit::major_units(minor, one.currency); };
    for (const audit::AccountTotal& account : one.accounts)
      print_line(row(name_of(account.account), text(account.debits), text(account.credits), text(account.balance())));
    print_line(row("total", text(one.debits()), text(one.credits()), text(one.debits() - one.credits())));
    if (!one.balanced()) print_line("  WRONG: debits and credits differ");
    print_line("");
  }
  if (balances.unbalanced_records != 0) {
    print_line(fmt::format("WRONG: {} records have postings that do not sum to zero, the first is record {} of partition {}", balances.unbalanced_records,
                           balances.unbalanced_sequence, balances.unbalanced_partition));
  }
  print_line(balances.currencies.empty() ? "no money moved" : balances.ok() ? "balanced: debits and credits are equal in every currency" : "NOT balanced");
}

Json json_of(const audit::Balances& balances) {
  Json currencies = Json::array();
  for (const audit::TrialBalance& one : balances.currencies) {
    Json accounts = Json::array();
    for (const audit::AccountTotal& account : one.accounts)
      accounts.push_back({{"account", name_of(account.account)}, {"debits", json_of_sum(account.debits)}, {"credits", json_of_sum(account.credits)},
                          {"balance", json_of_sum(account.balance())}, {"postings", account.postings}});
    currencies.push_back({{"mode", name_of(one.mode)}, {"currency", one.currency.lower()}, {"balanced", one.balanced()},
                          {"debits", json_of_sum(one.debits())}, {"credits", json_of_sum(one.credits())}, {"accounts", std::move(accounts)}});
  }
  return {{"ok", balances.ok()}, {"records", balances.records}, {"unbalanced_records", balances.unbalanced_records}, {"currencies", std::move(currencies)}};
}

void add_audit_balances(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("balances", "The trial balance: every posting, added up by currency and account");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("--at", arguments->at, "At a time, or at a sequence of a partition")->type_name("TIME|SEQ")->check(not_empty());
  command->add_option("--partition", arguments->partition, "Whose sequence --at is")->type_name("N")->check(whole_number(0, UINT32_MAX));
  command->add_option("--partner", arguments->partner, "Only this partner's")->type_name("ID");
  add_json(*command, arguments->as_json);
  command->footer(std::string(works_alone) + "\nDebits are positive: what the gateway is owed. From the records alone, whatever the state rows say.\n" + audit_exit_status);
  command->callback([arguments, &run] { run = [arguments] { return balances(*arguments); }; });
}

}  // namespace tollgate::cli

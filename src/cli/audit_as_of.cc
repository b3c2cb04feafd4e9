#include "cli/audit_balances.h"
#include "cli/audit_text.h"
#include "cli/option_checks.h"
#include "tollgate/audit/as_of.h"
#include "tollgate/audit/show.h"
#include "tollgate/audit/describe.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string at, partner, payment;
  std::optional<uint32_t> partition;
  bool as_json = false;
};

void print_partner(const Partner& partner) {
  print_line(fmt::format("{}  {}  {}", partner.id.text(), partner.config.name, name_of(partner.status)));
  for (const auto& [name, text] : audit::describe(PartnerUpdated{.partner = partner.id, .config = partner.config}, {}, partner.id.text()))
    print_line(field_line(name.starts_with("config.") ? name.substr(7) : name, text));
  for (const ApiKey& key : partner.keys) {
    std::string state = key.revoked_us != 0 ? "revoked " + short_time(key.revoked_us) : key.expires_us != 0 ? "ends " + short_time(key.expires_us) : "valid";
    print_line(field_line("key", fmt::format("{}  {}  {}  {}", key.id, name_of(key.mode), name_of(key.scope), state)));
  }
  print_line("");
}

void print(const audit::AsOf& result, const audit::Cut& cut) {
  std::string ends;
  for (const auto& end : result.ends) ends += fmt::format("{}{}/{}", ends.empty() ? "" : ", ", end.partition, end.sequence);
  print_line(fmt::format("as of {} (up to the records {})", cut.is_end() ? "the end" : time_text(cut.time_us()), ends));
  print_line("");
  if (result.partner) print_partner(*result.partner);
  else print_line(fmt::format("{} partners\n", with_commas(result.partners)));
  if (result.payments.empty()) print_line("no payments\n");
  else print_line("payments");
  for (const audit::StatusCount& count : result.payments) {
    print_line(fmt::format("  {} {} {:>12} {:>24} {}", padded(name_of(count.status), 24), padded(name_of(count.mode), 5), with_commas(count.payments),
                           audit::major_units(count.amount, count.currency), count.currency.upper()));
  }
  if (!result.payments.empty()) print_line("");
  print_balances(result.balances);
}

Json to_json(const audit::AsOf& result, const audit::Cut& cut) {
  Json ends = Json::array(), payments = Json::array();
  for (const auto& end : result.ends) ends.push_back({{"partition", end.partition}, {"sequence", end.sequence}});
  for (const audit::StatusCount& count : result.payments)
    payments.push_back({{"mode", name_of(count.mode)}, {"currency", count.currency.lower()}, {"status", name_of(count.status)}, {"payments", count.payments},
                        {"amount", json_of_sum(count.amount)}});
  Json json = {{"time", cut.is_end() ? Json() : Json(time_text(cut.time_us()))}, {"ends", std::move(ends)}, {"partners", result.partners}};
  if (result.partner) json["partner"] = json_of(*result.partner);
  json["payments"] = std::move(payments);
  json["balances"] = json_of(result.balances);
  return json;
}

// A sequence counts in the partition of whom it is asked for.
StatusOr<audit::Cut> cut_of(const audit::RecordSource& source, const Arguments& arguments, const audit::Moment& moment, std::optional<PartnerId> partner) {
  std::optional<uint32_t> partition = arguments.partition;
  if (moment.sequence && !partition && partner) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto partners, audit::partners_at(source, {}));
    if (const auto found = partners.find(*partner); found != partners.end()) partition = found->second.partition;
  }
  if (moment.sequence && !partition && !arguments.payment.empty()) {
    TOLLGATE_ASSIGN_OR_RETURN(const auto shown, audit::show(source, arguments.payment));
    partition = shown.front().partition;
  }
  return audit::cut_at(source, moment, partition);
}

int show_payment(const audit::RecordSource& source, const Arguments& arguments, const audit::Cut& cut) {
  const auto shown = audit::show(source, arguments.payment, cut);
  if (!shown.ok()) return audit_failed(shown.status());
  for (const audit::Shown& one : *shown) {
    if (!one.payment) return complain(fmt::format("{} is no payment's id", arguments.payment), exit_usage);
    if (arguments.as_json) {
      Json json = {{"time", cut.is_end() ? Json() : Json(time_text(cut.time_us()))}, {"sequence", one.records.back().record.header.sequence},
                   {"payment", json_of(*one.payment)}};
      print_json(json);
      continue;
    }
    const RecordHeader& last = one.records.back().record.header;
    print_line(fmt::format("{}  as of {}, after record {} of {}", one.payment->id.text(), cut.is_end() ? "the end" : time_text(cut.time_us()),
                           last.sequence, time_text(last.time_us)));
    for (const std::string& line : payment_lines(*one.payment)) print_line(line);
  }
  return exit_ok;
}

int as_of(const Arguments& arguments) {
  const auto partner = partner_option(arguments.partner);
  if (!partner.ok()) return audit_failed(partner.status());
  const auto moment = moment_option(arguments.at, "--at");
  if (!moment.ok()) return audit_failed(moment.status());
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    if (const Status known = check_partition(source, arguments.partition); !known.ok()) return audit_failed(known);
    const auto cut = cut_of(source, arguments, *moment, *partner);
    if (!cut.ok()) return audit_failed(cut.status());
    if (!arguments.payment.empty()) return show_payment(source, arguments, *cut);
    const auto look = [&] {
      ProgressLine progress("looking back", "payments and records", 0);
      return audit::as_of(source, *cut, *partner, progress.report());
    };
    const auto result = look();
    if (!result.ok()) return audit_failed(result.status());
    if (arguments.as_json) print_json(to_json(*result, *cut));
    else print(*result, *cut);
    return result->balances.ok() ? exit_ok : exit_failed;
  });
}

}  // namespace

void add_audit_as_of(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("as-of", "Payments, balances and a partner's configuration as they were known at a moment");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("--at", arguments->at, "A time (UTC, 2025-06-15T12:00:00Z) or a sequence")->required()->type_name("TIME|SEQ")->check(not_empty());
  command->add_option("--partner", arguments->partner, "Of this partner, with its configuration")->type_name("ID");
  command->add_option("--payment", arguments->payment, "Of this payment (or a charge, refund or transaction of it)")->type_name("ID");
  command->add_option("--partition", arguments->partition, "Whose sequence --at is; the partner's or the payment's if not given")->type_name("N")->check(whole_number(0, UINT32_MAX));
  add_json(*command, arguments->as_json);
  command->footer(std::string(works_alone) + "\n" + audit_exit_status);
  command->callback([arguments, &run] { run = [arguments] { return as_of(*arguments); }; });
}

}  // namespace tollgate::cli

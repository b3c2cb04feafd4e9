#include "cli/audit_common.h"
#include "cli/audit_text.h"
#include "cli/option_checks.h"
#include "tollgate/audit/describe.h"

namespace tollgate::cli {
namespace {

struct Arguments {
  LogPlace data;
  std::string id, at;
  std::optional<uint32_t> partition;
  bool scan = false, as_json = false;
};

const char* word_of(audit::ObjectKind kind) {
  switch (kind) {
    case audit::ObjectKind::payment: return "payment";
    case audit::ObjectKind::customer: return "customer";
    case audit::ObjectKind::payment_method: return "payment method";
    case audit::ObjectKind::setup_intent: return "setup intent";
    case audit::ObjectKind::partner: return "partner";
    case audit::ObjectKind::balance: return "balance";
    case audit::ObjectKind::none: break;
  }
  return "records";
}

std::vector<std::string> state_lines(const audit::Shown& shown) {
  std::vector<std::string> lines;
  if (shown.payment) return payment_lines(*shown.payment);
  if (shown.customer) {
    const Customer& customer = *shown.customer;
    lines.push_back(field_line("status", customer.deleted ? "deleted" : "exists"));
    if (!customer.description.empty()) lines.push_back(field_line("description", customer.description));
    if (!customer.sealed_personal.empty()) lines.push_back(field_line("personal data", "sealed"));
    if (!customer.default_method.empty()) lines.push_back(field_line("default method", customer.default_method.text()));
    add_metadata_lines(lines, customer.metadata);
  } else if (shown.method) {
    const PaymentMethod& method = *shown.method;
    lines.push_back(field_line("card", audit::card_text(method.method.card)));
    lines.push_back(field_line("status", method.detached ? "detached" : method.method.customer.empty() ? "attached to nobody" : "attached"));
    if (!method.method.customer.empty()) lines.push_back(field_line("customer", method.method.customer.text()));
    add_metadata_lines(lines, method.metadata);
  } else if (shown.setup) {
    const SetupIntent& setup = *shown.setup;
    lines.push_back(field_line("status", name_of(setup.status)));
    if (setup.method) lines.push_back(field_line("card", audit::card_text(setup.method->card)));
    if (!setup.customer.empty()) lines.push_back(field_line("customer", setup.customer.text()));
    if (setup.last_decline != DeclineCode::none) lines.push_back(field_line("declined", name_of(setup.last_decline)));
    add_metadata_lines(lines, setup.metadata);
  } else if (shown.partner_state) {
    const Partner& partner = *shown.partner_state;
    lines.push_back(field_line("name", partner.config.name));
    lines.push_back(field_line("status", name_of(partner.status)));
    lines.push_back(field_line("partition", std::to_string(partner.partition)));
    lines.push_back(field_line("keys", std::to_string(partner.keys.size())));
  }
  return lines;
}

void print(const audit::Shown& shown, const std::string& asked) {
  const bool whole = !shown.id.empty();
  std::string title = whole ? fmt::format("{} {}", word_of(shown.subject.kind), shown.id) : fmt::format("records of {}", asked);
  if (shown.mode != Mode::none) title += fmt::format("  {} mode", name_of(shown.mode));
  print_line(title);
  if (whole && asked != shown.id) print_line(field_line("asked for", asked));
  for (const std::string& line : state_lines(shown)) print_line(line);
  if (!shown.partner.empty() && shown.subject.kind != audit::ObjectKind::partner)
    print_line(field_line("partner", fmt::format("{}{}, partition {}", shown.partner.text(), shown.partner_name.empty() ? "" : " " + shown.partner_name,
                                                 shown.partition)));
  const Currency currency = shown.payment ? shown.payment->currency : Currency();
  for (const audit::HashedRecord& one : shown.records) {
    print_line("");
    for (const std::string& line : record_lines(one.record, currency, shown.id)) print_line(line);
  }
}

Json to_json(const audit::Shown& shown) {
  Json json = {{"id", shown.id}, {"partner", shown.partner.text()}, {"partner_name", shown.partner_name}, {"mode", name_of(shown.mode)},
               {"partition", shown.partition}};
  if (shown.payment) json["payment"] = json_of(*shown.payment);
  if (shown.customer) json["customer"] = json_of(*shown.customer);
  if (shown.method) json["payment_method"] = json_of(*shown.method);
  if (shown.setup) json["setup_intent"] = json_of(*shown.setup);
  if (shown.partner_state) json["partner_state"] = json_of(*shown.partner_state);
  json["records"] = Json::array();
  for (const audit::HashedRecord& one : shown.records) json["records"].push_back(json_of_record(one.record, one.hash));
  return json;
}

int show(const Arguments& arguments) {
  const auto moment = moment_option(arguments.at, "--at");
  if (!moment.ok()) return audit_failed(moment.status());
  return with_source(arguments.data, [&](const audit::RecordSource& source) {
    const auto cut = audit::cut_at(source, *moment, arguments.partition);
    if (!cut.ok()) return audit_failed(cut.status());
    const auto look = [&] {
      ProgressLine progress("looking", "records", 0);
      return audit::show(source, arguments.id, *cut, {.scan = arguments.scan, .progress = progress.report()});
    };
    const auto found = look();
    if (!found.ok()) return audit_failed(found.status());
    bool first = true;
    for (const audit::Shown& shown : *found) {
      if (arguments.as_json) {
        print_json(to_json(shown));
        continue;
      }
      if (!std::exchange(first, false)) print_line("");
      print(shown, arguments.id);
    }
    return exit_ok;
  });
}

}  // namespace

void add_audit_show(CLI::App& parent, Run& run) {
  auto* command = parent.add_subcommand("show", "Everything recorded of one object: each event, posting, and who asked");
  auto arguments = std::make_shared<Arguments>();
  add_data(*command, arguments->data);
  command->add_option("id", arguments->id, "pi_, or what belongs to one (ch_, re_, txn_); cus_, pm_, seti_, evt_, req_, acct_")->required()->type_name("ID");
  command->add_option("--at", arguments->at, "As known at a time, or at a sequence of its partition")->type_name("TIME|SEQ")->check(not_empty());
  command->add_option("--partition", arguments->partition, "Whose sequence --at is")->type_name("N")->check(whole_number(0, UINT32_MAX));
  command->add_flag("--scan", arguments->scan, "Look through the whole log and believe no state row");
  add_json(*command, arguments->as_json);
  command->footer(std::string(works_alone) + "\n" + audit_exit_status);
  command->callback([arguments, &run] { run = [arguments] { return show(*arguments); }; });
}

}  // namespace tollgate::cli

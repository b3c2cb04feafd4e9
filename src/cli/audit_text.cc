#include "cli/audit_text.h"

#include "cli/audit_common.h"
#include "tollgate/audit/balances.h"
#include "tollgate/audit/describe.h"
#include "tollgate/projection/postings.h"

namespace tollgate::cli {

using audit::amount_text;

namespace {

constexpr std::size_t fields_width_max = 100;
constexpr std::size_t name_width = 14;

struct Totals {
  int64_t authorized = 0, captured = 0, refunded = 0, fee = 0;
};
Totals totals_of(const Payment& payment) {
  Totals totals;
  for (const Attempt& attempt : payment.attempts) {
    totals.captured += attempt.amount_captured;
    totals.refunded += attempt.amount_refunded;
  }
  if (const Attempt* newest = payment.newest_attempt()) totals.authorized = newest->amount_authorized;
  for (const Transaction& transaction : payment.transactions) totals.fee += transaction.fee;
  return totals;
}

const Card* card_of(const Payment& payment) {
  if (const Attempt* newest = payment.newest_attempt()) return &newest->method.card;
  return payment.method ? &payment.method->card : nullptr;
}

}  // namespace

std::string field_line(std::string_view name, std::string_view value) { return fmt::format("  {} {}", padded(name, name_width), value); }

void add_metadata_lines(std::vector<std::string>& lines, const Metadata& metadata) {
  for (const auto& [key, value] : metadata) lines.push_back(field_line("metadata", fmt::format("{} = {}", key, value)));
}

std::string payment_line(const Payment& payment) {
  std::string line = fmt::format("{}  {:>18}  {}  {}  {}", payment.id.text(), amount_text(payment.amount, payment.currency),
                                 padded(name_of(payment.status), 23), short_time(payment.created_us), payment.partner.text());
  if (payment.mode == Mode::live) line += "  live";
  if (const Card* card = card_of(payment); card != nullptr && !card->last4.empty()) line += fmt::format("  {} {}", name_of(card->brand), card->last4);
  if (payment.last_decline != DeclineCode::none) line += fmt::format("  {}", name_of(payment.last_decline));
  return line;
}

std::vector<std::string> payment_lines(const Payment& payment) {
  std::vector<std::string> lines;
  const Totals totals = totals_of(payment);
  const auto amount = [&](int64_t minor) { return amount_text(minor, payment.currency); };
  lines.push_back(field_line("status", fmt::format("{}{}", name_of(payment.status),
                                                   payment.last_decline == DeclineCode::none ? "" : fmt::format(" ({})", name_of(payment.last_decline)))));
  lines.push_back(field_line("created", short_time(payment.created_us)));
  lines.push_back(field_line("amount", amount(payment.amount)));
  lines.push_back(field_line("authorized", amount(totals.authorized)));
  lines.push_back(field_line("captured", totals.fee == 0 ? amount(totals.captured) : fmt::format("{}, fee {}", amount(totals.captured), amount(totals.fee))));
  lines.push_back(field_line("refunded", amount(totals.refunded)));
  if (const Card* card = card_of(payment)) {
    if (const std::string text = audit::card_text(*card); !text.empty()) lines.push_back(field_line("card", text));
  }
  if (!payment.customer.empty()) lines.push_back(field_line("customer", payment.customer.text()));
  if (!payment.details.description.empty()) lines.push_back(field_line("description", payment.details.description));
  if (!payment.details.sealed_personal.empty()) lines.push_back(field_line("personal data", "sealed"));
  add_metadata_lines(lines, payment.details.metadata);
  for (const Operation& operation : payment.operations) {
    if (operation.by_hand == HandOutcome::none) continue;
    const char* since = !operation.answered_since  ? "the acquirer has not answered since"
                        : operation.contradicted ? "THE ACQUIRER SAYS OTHERWISE"
                                                 : "the acquirer agrees";
    lines.push_back(field_line("by hand", fmt::format("operation {}: {} of {}, said to be {}; {}", operation.ordinal, name_of(operation.kind),
                                                      amount(operation.amount), name_of(operation.by_hand), since)));
  }
  for (const Operation& operation : payment.operations) {
    if (operation.state != OperationState::in_doubt && operation.state != OperationState::reversing) continue;
    lines.push_back(field_line("IN DOUBT", fmt::format("operation {}: {} of {}, {}", operation.ordinal, name_of(operation.kind),
                                                       amount(operation.amount), name_of(operation.state))));
  }
  return lines;
}

std::vector<std::string> record_lines(const Record& record, Currency currency, std::string_view of) {
  const RecordHeader& header = record.header;
  std::vector<std::string> lines{fmt::format("{}  {:>3}/{}  {}", time_text(header.time_us), header.partition, padded(std::to_string(header.sequence), 8),
                                             name_of(record.event))};
  lines.push_back("    by " + audit::who_asked(record));
  std::string fields;
  for (const auto& [name, text] : audit::describe(record.event, currency, of)) {
    const std::string field = fmt::format("{} {}", name, text);
    if (!fields.empty() && fields.size() + field.size() > fields_width_max) lines.push_back("    " + std::exchange(fields, {}));
    fields += (fields.empty() ? "" : "; ") + field;
  }
  if (!fields.empty()) lines.push_back("    " + fields);
  if (const Postings* postings = postings_of(record.event)) {
    for (const Posting& posting : *postings) {
      lines.push_back(fmt::format("        {} {} {:>18}", padded(name_of(posting.account), 20), posting.amount < 0 ? "credit" : "debit ",
                                  amount_text(posting.amount < 0 ? -posting.amount : posting.amount, posting.currency)));
    }
  }
  return lines;
}

}  // namespace tollgate::cli

#include "cli/report_text.h"

#include <fmt/format.h>

#include <vector>

#include "tollgate/audit/balances.h"
#include "tollgate/payment/types.h"
#include "tollgate/record/csv.h"
#include "tollgate/record/names.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view figures[] = {"payments_created", "authorized",       "authorized_amount", "captured",        "captured_amount",
                                        "fees",             "refunds",          "refunded_amount",   "refunds_failed",  "refunds_returned_amount",
                                        "net",              "canceled",         "expired",           "in_doubt_opened", "in_doubt_resolved",
                                        "declined"};

std::vector<std::string> decline_reasons() {
  std::vector<std::string> reasons;
  for (std::size_t number = 1; number < enum_names<DeclineCode>.size(); ++number)
    if (!enum_names<DeclineCode>[number].empty()) reasons.emplace_back(enum_names<DeclineCode>[number]);
  reasons.emplace_back("other");
  return reasons;
}

std::string text_of(const Json& object, std::string_view field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}
int64_t number_of(const Json& object, std::string_view field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

class CsvLine {
 public:
  explicit CsvLine(std::string& to) : to_(to) {}
  CsvLine& add(std::string_view cell) {
    if (!std::exchange(first_, false)) to_ += ',';
    append_csv_cell(to_, cell);
    return *this;
  }
  // A minus sign makes no formula of a number.
  CsvLine& add(int64_t number) {
    if (!std::exchange(first_, false)) to_ += ',';
    to_ += std::to_string(number);
    return *this;
  }
  void end() { to_ += "\r\n"; }

 private:
  std::string& to_;
  bool first_ = true;
};

std::string amount(const Json& line, std::string_view field) {
  const auto currency = Currency::parse(text_of(line, "currency"));
  return currency ? audit::major_units(number_of(line, field), *currency) : std::string();
}

std::string text_line(std::string_view day, const Json& line) {
  return fmt::format("{:<11} {:>9} {:>9} {:>9} {:>17} {:>14} {:>8} {:>16} {:>17} {:>9} {:>9} {:>8} {:>11}\n", day, number_of(line, "payments_created"),
                     number_of(line, "authorized"), number_of(line, "captured"), amount(line, "captured_amount"), amount(line, "fees"),
                     number_of(line, "refunds"), amount(line, "refunded_amount"), amount(line, "net"), number_of(line, "declined"),
                     number_of(line, "canceled"), number_of(line, "expired"),
                     fmt::format("{}/{}", number_of(line, "in_doubt_opened"), number_of(line, "in_doubt_resolved")));
}

std::string reasons_line(const Json& total) {
  std::string text;
  for (const auto& [reason, count] : total["declined_by_reason"].items()) text += fmt::format("{} {} {}", text.empty() ? "" : ",", reason, count.dump());
  return text.empty() ? text : "declined:" + text + "\n";
}

}  // namespace

std::string report_csv(const Json& report) {
  const bool of_partner = report.contains("partner");
  const std::vector<std::string> reasons = decline_reasons();
  std::string text;
  CsvLine head(text);
  head.add("day").add("complete");
  if (of_partner) head.add("partner").add("partner_name");
  head.add("mode").add("currency").add("exponent");
  for (const std::string_view figure : figures) head.add(figure);
  for (const std::string& reason : reasons) head.add("declined_" + reason);
  head.end();
  for (const Json& row : report["rows"]) {
    CsvLine line(text);
    line.add(text_of(row, "day")).add(row.value("complete", false) ? "true" : "false");
    if (of_partner) line.add(text_of(report, "partner")).add(text_of(report, "partner_name"));
    line.add(text_of(row, "mode")).add(text_of(row, "currency")).add(number_of(row, "exponent"));
    for (const std::string_view figure : figures) line.add(number_of(row, figure));
    for (const std::string& reason : reasons) line.add(number_of(row["declined_by_reason"], reason));
    line.end();
  }
  return text;
}

std::string report_text(const Json& report) {
  std::string who = "all partners";
  if (report.contains("partner")) who = fmt::format("{} {}", text_of(report, "partner"), text_of(report, "partner_name"));
  std::string text;
  bool any_open = false;
  for (const Json& total : report["totals"]) {
    const std::string mode = text_of(total, "mode"), currency = text_of(total, "currency");
    const auto parsed = Currency::parse(currency);
    text += fmt::format("{}, {} mode, {}\n", who, mode, parsed ? parsed->upper() : currency);
    text += fmt::format("{:<11} {:>9} {:>9} {:>9} {:>17} {:>14} {:>8} {:>16} {:>17} {:>9} {:>9} {:>8} {:>11}\n", "day", "created", "approved", "captures",
                        "captured", "fees", "refunds", "refunded", "net", "declined", "canceled", "expired", "doubt +/-");
    for (const Json& row : report["rows"]) {
      if (text_of(row, "mode") != mode || text_of(row, "currency") != currency) continue;
      const bool complete = row.value("complete", false);
      any_open = any_open || !complete;
      text += text_line(text_of(row, "day") + (complete ? "" : "*"), row);
    }
    text += text_line("total", total) + reasons_line(total) + "\n";
  }
  if (report["totals"].empty()) text += fmt::format("{}: nothing from {} to {}\n", who, text_of(report, "from"), text_of(report, "to"));
  const std::string until = text_of(report, "complete_until");
  if (any_open) text += "* not over yet, or not complete\n";
  if (!until.empty()) text += fmt::format("complete until {} (UTC, as are the days)\n", until);
  return text;
}

std::string report_notes(const Json& report) {
  std::string notes;
  if (const std::string problem = text_of(report, "problem"); !problem.empty()) notes += fmt::format("WARNING: {}\n", problem);
  if (const auto at = report.find("rebuilding"); at != report.end() && at->is_object())
    notes += fmt::format("a rebuild is under way ({} %); the figures are those of before\n", number_of(*at, "percent"));
  if (const int64_t behind = number_of(report, "records_behind"); behind > 0) notes += fmt::format("the log has {} records besides\n", behind);
  return notes;
}

}  // namespace tollgate::cli

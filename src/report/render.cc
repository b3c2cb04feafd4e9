#include <nlohmann/json.hpp>

#include <map>

#include "tollgate/base/time.h"
#include "tollgate/base/time_text.h"
#include "tollgate/record/json.h"
#include "tollgate/report/report.h"

namespace tollgate::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t day_characters = 10;
constexpr std::string_view other_reason = "other";

void add_figures(Json& to, const Figures& figures) {
  Json reasons = Json::object();
  for (const DeclineCount& one : figures.declines) reasons[std::string(one.code == DeclineCode::none ? other_reason : name_of(one.code))] = one.count;
  to.update({{"payments_created", figures.created},
             {"authorized", figures.authorized},
             {"authorized_amount", figures.authorized_amount},
             {"captured", figures.captures},
             {"captured_amount", figures.captured_amount},
             {"fees", figures.fees},
             {"refunds", figures.refunds},
             {"refunded_amount", figures.refunded_amount},
             {"refunds_failed", figures.refunds_failed},
             {"refunds_returned_amount", figures.returned_amount},
             {"net", figures.net},
             {"canceled", figures.canceled},
             {"expired", figures.expired},
             {"in_doubt_opened", figures.doubts_opened},
             {"in_doubt_resolved", figures.doubts_resolved},
             {"declined", figures.declined()},
             {"declined_by_reason", std::move(reasons)}});
}

Json money_head(Mode mode, Currency currency) {
  return {{"mode", name_of(mode)}, {"currency", currency.lower()}, {"exponent", currency.exponent()}};
}

Json json_of(const Progress& progress) {
  Json rebuilding = nullptr;
  if (progress.rebuilding) {
    const uint64_t of = std::max<uint64_t>(progress.rebuild_records, 1);
    rebuilding = {{"records", progress.rebuilt_records}, {"of", progress.rebuild_records}, {"percent", progress.rebuilt_records * 100 / of}};
  }
  return {{"complete_until", progress.complete_until_us == 0 ? Json(nullptr) : Json(time_text(progress.complete_until_us))},
          {"records", progress.records},
          {"records_behind", progress.records_behind},
          {"rebuilding", std::move(rebuilding)},
          {"rebuilds_done", progress.rebuilds_done},
          {"rebuilds_failed", progress.rebuilds_failed},
          {"problem", progress.problem.empty() ? Json(nullptr) : Json(progress.problem)}};
}

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::optional<int64_t> parse_day(std::string_view text) {
  if (text.size() != day_characters) return std::nullopt;
  const auto time_us = time_from_text(text);
  if (!time_us || *time_us < 0) return std::nullopt;
  return *time_us / us_per_day;
}

std::string day_text(int64_t day) { return time_text(day * us_per_day).substr(0, day_characters); }

Status set_days(Query& query, std::string_view from, std::string_view to, int64_t today) {
  const auto first = parse_day(from), last = parse_day(to);
  if (!from.empty() && !first) return invalid_argument("from must be a day like 2025-06-15");
  if (!to.empty() && !last) return invalid_argument("to must be a day like 2025-06-15");
  query.last_day = last ? *last : std::max(today, first.value_or(today));
  query.first_day = first ? *first : query.last_day - days_default + 1;
  if (query.first_day > query.last_day) return invalid_argument("from must not be after to");
  if (query.last_day - query.first_day >= days_max) return invalid_argument("a report has at most {} days", days_max);
  return absl::OkStatus();
}

Status set_mode(Query& query, std::string_view mode) {
  if (mode == "test") query.mode = Mode::test;
  else if (mode == "live") query.mode = Mode::live;
  else if (!mode.empty()) return invalid_argument("mode must be test or live");
  return absl::OkStatus();
}

std::string to_json(const Progress& progress) { return text_of(json_of(progress)); }

std::string to_json(const Report& report) {
  const Query& query = report.query;
  Json json = {{"report", query.partner.empty() ? "daily" : "partner"}};
  if (!query.partner.empty()) {
    json["partner"] = query.partner.text();
    json["partner_name"] = query.partner_name;
  }
  json["from"] = day_text(query.first_day);
  json["to"] = day_text(query.last_day);
  json["mode"] = query.mode ? Json(name_of(*query.mode)) : Json(nullptr);
  json.update(json_of(report.progress));
  Json rows = Json::array(), totals = Json::array();
  std::map<std::pair<Mode, Currency>, std::optional<Figures>> sums;
  for (const Row& row : report.rows) {
    Json line = {{"day", day_text(row.day)}, {"complete", (row.day + 1) * us_per_day <= report.progress.complete_until_us}};
    line.update(money_head(row.mode, row.currency));
    add_figures(line, row.figures);
    rows.push_back(std::move(line));
    auto& sum = sums.try_emplace({row.mode, row.currency}, Figures{}).first->second;
    if (sum && !add(*sum, row.figures)) sum.reset();
  }
  for (const auto& [of, sum] : sums) {
    if (!sum) continue;  // over the largest number: its days are there
    Json line = money_head(of.first, of.second);
    add_figures(line, *sum);
    totals.push_back(std::move(line));
  }
  json["rows"] = std::move(rows);
  json["totals"] = std::move(totals);
  return text_of(json);
}

}  // namespace tollgate::report

#include "observe/overview.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "observe/json_text.h"

namespace tollgate::observe {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t partners_listed_max = 20;
constexpr std::size_t history_slots_shown = 60;

std::string time_text(int64_t time_us) {
  std::string text;
  append_time(text, time_us);
  return text;
}

double rounded(double value, double to) { return std::round(value / to) * to; }
double per_second(uint64_t count, int64_t length_us) {
  return length_us <= 0 ? 0 : rounded(static_cast<double>(count) * 1e6 / static_cast<double>(length_us), 0.1);
}
Json percent(double part, double whole) { return whole <= 0 ? Json(nullptr) : Json(rounded(100.0 * part / whole, 0.01)); }

Json percentiles(const FineTotals& totals) {
  return {{"p50", totals.percentile_us(500)}, {"p90", totals.percentile_us(900)}, {"p99", totals.percentile_us(990)}, {"p999", totals.percentile_us(999)}};
}

std::string_view mode_text(Mode mode) { return mode == Mode::live ? "live" : "test"; }

Json to_json(const Alert& alert) {
  return {{"alert", alert.name},
          {"about", alert.about.empty() ? Json(nullptr) : Json(alert.about)},
          {"severity", alert.severity},
          {"state", alert.firing ? "firing" : "resolved"},
          {"since", time_text(alert.since_us)},
          {"summary", alert.summary}};
}

Json partners(const Overview& overview) {
  Json list = Json::array();
  for (const PartnerRow& row : overview.shown.partners.busiest(partners_listed_max, overview.now_us / 1'000'000)) {
    list.push_back({{"partner", PartnerId{row.key.partner}.text()},
                    {"mode", mode_text(row.key.mode)},
                    {"requests_per_s", rounded(row.requests_per_s, 0.1)},
                    {"failed_per_s", rounded(row.failed_per_s, 0.1)},
                    {"approval_percent", percent(row.approved, row.approved + row.declined)},
                    {"approval_percent_usual", percent(row.approved_usual, row.approved_usual + row.declined_usual)}});
  }
  return list;
}

Json errors(const std::deque<RecentError>& errors, const std::vector<std::string>& operations) {
  Json list = Json::array();
  for (auto error = errors.rbegin(); error != errors.rend(); ++error) {
    list.push_back({{"time", time_text(error->time_us)},
                    {"request", error->request.text()},
                    {"partner", error->partner.partner == 0 ? Json(nullptr) : Json(PartnerId{error->partner.partner}.text())},
                    {"operation", error->operation < operations.size() ? operations[error->operation] : "other"},
                    {"status", error->status},
                    {"code", error->code.empty() ? Json(nullptr) : Json(error->code)}});
  }
  return list;
}

Json in_doubt(const InDoubtFacts& doubt) {
  uint64_t payments = 0;
  std::map<std::string, int64_t> amounts;
  Json ages = Json::array();
  for (std::size_t i = 0; i < doubt_ages; ++i) {
    payments += doubt.payments[i];
    ages.push_back({{"age", doubt_age_names[i]}, {"payments", doubt.payments[i]}, {"amounts", doubt.amounts[i]}});
    for (const auto& [currency, amount] : doubt.amounts[i])
      if (__builtin_add_overflow(amounts[currency], amount, &amounts[currency])) amounts[currency] = INT64_MAX;
  }
  return {{"payments", payments}, {"oldest_s", doubt.oldest_age_s}, {"amounts", amounts}, {"incomplete", doubt.incomplete}, {"by_age", std::move(ages)}};
}

// The last ten minutes, oldest first; shorter if the node has not been there for so long.
Json history(const Overview& overview) {
  Json requests = Json::array(), authorizations = Json::array();
  constexpr int64_t slot_us = History::slot_s * 1'000'000;
  for (const auto& slot : overview.history.last(history_slots_shown, overview.now_us / 1'000'000)) {
    if (!slot && requests.empty()) continue;
    requests.push_back(slot ? Json(per_second(slot->requests, slot_us)) : Json(nullptr));
    authorizations.push_back(slot ? Json(per_second(slot->authorizations, slot_us)) : Json(nullptr));
  }
  return {{"slot_s", History::slot_s}, {"requests_per_s", std::move(requests)}, {"authorizations_per_s", std::move(authorizations)}};
}

Json node(const Shown& shown) {
  const NodeFacts& facts = shown.facts;
  const auto or_null = [](const std::optional<int64_t>& value) { return value ? Json(*value) : Json(nullptr); };
  Json lags = Json::object();
  for (const auto& [name, lag_s] : facts.lags_s) lags[name] = lag_s;
  return {{"version", shown.version},
          {"uptime_s", facts.uptime_s},
          {"partners", facts.partners},
          {"connections", facts.connections_open},
          {"disk_free_bytes", facts.disk_free_bytes},
          {"disk_bytes", facts.disk_bytes},
          {"resident_bytes", facts.resident_bytes},
          {"descriptors_open", facts.descriptors_open},
          {"descriptors_max", facts.descriptors_max},
          {"writes_stall", facts.writes_delayed || facts.writes_stopped},
          {"certificate_expires_in_s", or_null(facts.certificate_expires_in_s)},
          {"checkpoint_age_s", or_null(facts.checkpoint_age_s)},
          {"backup_age_s", or_null(facts.backup_age_s)},
          {"lags_s", std::move(lags)}};
}

}  // namespace

std::string alert_json(const Alert& alert) { return to_json(alert).dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string alerts_json(const std::vector<Alert>& alerts) {
  Json list = Json::array();
  for (const Alert& alert : alerts) list.push_back(to_json(alert));
  return Json{{"data", std::move(list)}, {"known", condition_names()}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string overview_json(const Overview& overview) {
  const Shown& shown = overview.shown;
  const Window& second = overview.second;
  const Window& recent = overview.recent;
  Json ended, stages;
  for (std::size_t i = 0; i < ended_count; ++i) ended[std::string(ended_names[i])] = per_second(second.ended[i], second.length_us);
  for (std::size_t i = 0; i < stage_count; ++i) stages[std::string(stage_names[i])] = percentiles(recent.stages[i]);
  Json alerts = Json::array();
  for (const Alert& alert : shown.alerts) alerts.push_back(to_json(alert));
  return Json{{"time", time_text(overview.now_us)},
              {"ready", shown.facts.ready},
              {"not_ready_because", shown.facts.not_ready_because},
              {"requests_per_s", per_second(second.requests.count(), second.length_us)},
              {"ended_per_s", std::move(ended)},
              {"authorizations_per_s", per_second(second.approved + second.declined, second.length_us)},
              {"history", history(overview)},
              {"window_s", recent.length_us / 1'000'000},
              {"latency_us", percentiles(recent.requests)},
              {"stages_us", std::move(stages)},
              {"approval_percent", percent(static_cast<double>(recent.approved), static_cast<double>(recent.approved + recent.declined))},
              {"in_doubt", in_doubt(shown.facts.in_doubt)},
              {"partners", partners(overview)},
              {"errors", errors(overview.errors, shown.metrics.operations())},
              {"alerts", std::move(alerts)},
              {"node", node(shown)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tollgate::observe

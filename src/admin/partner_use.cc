// What partners use of their limits, and what the node did about those that wanted more.
#include "admin/admin_api.h"
#include "admin/partner_json.h"
#include "tollgate/base/time.h"
#include "tollgate/engine/day_totals.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::admin {
namespace {

// 0 is no limit.
Json or_null(int64_t limit) { return limit == 0 ? Json(nullptr) : Json(limit); }

Json amounts_today(const EventLog& log, const Partner& partner, Mode mode, int64_t now_us) {
  Json amounts = Json::object();
  std::string row;
  DayTotals totals;
  if (!log.get(Table::meta, keys::partition(partner.partition) + keys::stream(partner.id, mode), row).ok() || !wire::decode(row, totals).ok()) return amounts;
  if (totals.day != now_us / us_per_day) return amounts;
  for (const DayAmount& one : totals.amounts) amounts[one.currency.lower()] = one.amount;
  return amounts;
}

}  // namespace

Json AdminApi::use_of(const Partner& partner, Mode mode) const {
  const int64_t now_us = ports_.clock.now_us();
  const PartnerLimits limits = limits_of(partner.config.limits, ports_.limits->options().defaults, mode);
  const PartnerUse use = ports_.limits->use_of(partner, mode, now_us);
  return {{"requests", {{"per_second_max", or_null(limits.requests_per_second)}, {"burst_max", or_null(limits.burst)},
                        {"available_now", limits.requests_per_second == 0 ? Json(nullptr) : Json(use.requests_available)}}},
          {"concurrent_requests", {{"now", use.concurrent_requests}, {"max", or_null(limits.concurrent_requests)}}},
          {"queue", {{"now", ports_.waiting ? ports_.waiting(partner, mode) : 0}, {"max", or_null(limits.queue_depth)}}},
          {"amount_today", {{"now", amounts_today(ports_.log, partner, mode, now_us)}, {"max_per_currency", or_null(limits.amount_per_day)}}},
          {"declines", {{"per_card_max", or_null(limits.declines_per_card)}, {"per_bin_max", or_null(limits.declines_per_bin)},
                        {"window_s", limits.decline_window_s}}},
          {"since_start", {{"allowed", use.allowed}, {"limited", use.limited}, {"shed", use.shed}}}};
}

HttpResponse AdminApi::show_partner_with_use(const Partner& partner) const {
  Json shown = to_json(partner, ports_.clock.now_us());
  if (ports_.limits == nullptr) return reply(shown);
  for (std::size_t i = 0; i < partner.keys.size(); ++i) {
    const int64_t last_us = ports_.limits->last_use_us(partner.id, partner.keys[i].mode, partner.keys[i].id);
    shown["keys"][i]["last_used"] = last_us == 0 ? Json(nullptr) : Json(last_us / us_per_second);
  }
  shown["use"] = {{"test", use_of(partner, Mode::test)}, {"live", use_of(partner, Mode::live)}};
  return reply(shown);
}

Json AdminApi::limits_of_node() const {
  const LimitsStats stats = ports_.limits->stats();
  Json limited = Json::object(), shed = Json::object();
  for (std::size_t i = 0; i < limit_kind_count; ++i) limited[name_of(static_cast<LimitKind>(i))] = stats.limited[i];
  for (std::size_t i = 0; i < request_class_count; ++i) shed[name_of(static_cast<RequestClass>(i))] = stats.shed[i];
  return {{"allowed", stats.allowed}, {"limited", std::move(limited)}, {"shed", std::move(shed)}};
}

}  // namespace tollgate::admin

#include "audit/row_hunt.h"

#include "tollgate/eventlog/keys.h"

namespace tollgate::audit {

bool RowHunt::in_ranges(Table table, std::string_view key) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const RowRange& range) { return range.table == table && key.starts_with(range.prefix); });
}

bool RowHunt::wants_records() {
  if (!std::exchange(begun_, true)) {
    uint64_t rows = 0;
    for (const RowRange& range : ranges_) rows += range.rows;
    step_ = rows <= rows_held_max_ ? Step::hold : Step::deal;
    if (step_ == Step::deal) deals_.resize(hunt_deals);
  }
  return step_ != Step::done;
}

Fault RowHunt::put(Table table, std::string_view key, std::string_view value, const Origin& origin) {
  if (!in_ranges(table, key)) return {};
  if (step_ == Step::deal) {
    deals_[deal_of(key)].expected.put(hash_(key, value));
    return {};
  }
  return held_.empty() || held_[deal_of(key)] ? exact_.put(table, key, value, origin) : Fault();
}

void RowHunt::remove(Table table, std::string_view key) {
  if (!in_ranges(table, key)) return;
  if (step_ == Step::deal) deals_[deal_of(key)].expected.remove(hash_(key, {}));
  else if (held_.empty() || held_[deal_of(key)]) exact_.remove(table, key);
}

Status RowHunt::deal_rows() {
  for (const RowRange& range : ranges_) {
    TOLLGATE_RETURN_IF_ERROR(log_.scan(range.table, range.prefix, keys::after_prefix(range.prefix), Order::forward,
                                       [&](std::string_view key, std::string_view value) {
                                         // Of payments only the keys are added up: their values are compared as they pass.
                                         deals_[deal_of(key)].actual.put(hash_(key, range.table == Table::payments ? std::string_view() : value));
                                         return true;
                                       }));
  }
  return absl::OkStatus();
}

// As many of the deals that differ as may be held together.
void RowHunt::choose_next() {
  held_.assign(hunt_deals, false);
  uint64_t rows = 0;
  bool any = false;
  for (; next_deal_ < hunt_deals; ++next_deal_) {
    const Deal& deal = deals_[next_deal_];
    if (deal.expected == deal.actual) continue;
    const uint64_t more = std::max(deal.expected.rows, deal.actual.rows);
    if (any && rows + more > rows_held_max_) break;
    held_[next_deal_] = any = true;
    rows += more;
  }
  exact_ = ExactRows(kept_us_);
  step_ = any ? Step::hold : Step::done;
}

RowFault RowHunt::ended(int64_t now_us) {
  if (step_ == Step::deal) {
    if (const Status dealt = deal_rows(); !dealt.ok()) return {{std::string(message_of(dealt)), advice_bytes}, 0};
    choose_next();
    return {};
  }
  RowFault found = exact_.compare(log_, ranges_, now_us, [&](std::string_view key) { return held_.empty() || held_[deal_of(key)]; });
  if (found.fault || held_.empty()) step_ = Step::done;
  else choose_next();
  return found;
}

}  // namespace tollgate::audit

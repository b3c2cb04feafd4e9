#include "observe/partner_watch.h"

#include <cmath>
#include <numeric>

namespace tollgate::observe {
namespace {

constexpr int64_t rate_half_life_s = 15, recent_half_life_s = 300, usual_half_life_s = 6 * 3'600;
constexpr int64_t choose_interval_s = 10, shown_idle_max_s = 3'600;
// Fewer say nothing about a rate.
constexpr double recent_min = 30, usual_min = 150;

PartnerTotals read(const PartnerMetrics& from) {
  PartnerTotals to;
  for (std::size_t i = 0; i < ended_count; ++i) to.ended[i] = from.ended[i].get();
  to.approved = from.approved.get();
  to.declined = from.declined.get();
  to.latency.add(from.latency);
  return to;
}

PartnerTotals difference(const PartnerTotals& now, const PartnerTotals& before) {
  PartnerTotals to = now;
  for (std::size_t i = 0; i < ended_count; ++i) to.ended[i] -= before.ended[i];
  to.approved -= before.approved;
  to.declined -= before.declined;
  to.latency = now.latency.since(before.latency);
  return to;
}

}  // namespace

void PartnerTotals::add(const PartnerTotals& more) {
  for (std::size_t i = 0; i < ended_count; ++i) ended[i] += more.ended[i];
  approved += more.approved;
  declined += more.declined;
  latency.add(more.latency);
}

uint64_t PartnerTotals::requests() const { return std::accumulate(ended.begin(), ended.end(), uint64_t{0}); }

void Decaying::add(double by, int64_t now_s, int64_t half_life_s) {
  value_ = at(now_s, half_life_s) + by;
  at_s_ = now_s;
}

double Decaying::at(int64_t now_s, int64_t half_life_s) const {
  if (value_ == 0 || now_s <= at_s_) return value_;
  return value_ * std::exp2(-static_cast<double>(now_s - at_s_) / static_cast<double>(half_life_s));
}

void PartnerWatch::update(const Metrics& metrics, int64_t now_s) {
  for (const ThreadMetrics* block : metrics.blocks()) {
    std::vector<PartnerTotals>& before = before_[block];
    const std::size_t size = block->partners.size();
    before.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      const PartnerMetrics& entry = block->partners.entry(i);
      const PartnerTotals now = read(entry);
      const uint64_t moved = now.requests() + now.approved + now.declined;
      if (moved == before[i].requests() + before[i].approved + before[i].declined) continue;
      add(entry.key, difference(now, before[i]), now_s);
      before[i] = now;
    }
  }
  if (now_s - chosen_s_ >= choose_interval_s) choose_shown(now_s);
}

void PartnerWatch::add(PartnerKey key, const PartnerTotals& delta, int64_t now_s) {
  if (key.partner == 0) return other_.add(delta);
  const auto count = [](uint64_t n) { return static_cast<double>(n); };
  State& state = partners_[key];
  state.last_s = now_s;
  state.requests.add(count(delta.requests()), now_s, rate_half_life_s);
  const uint64_t failed = delta.ended[static_cast<std::size_t>(Ended::failed)] + delta.ended[static_cast<std::size_t>(Ended::overloaded)];
  state.failed.add(count(failed), now_s, rate_half_life_s);
  if (delta.approved + delta.declined > 0) {
    state.approved.add(count(delta.approved), now_s, recent_half_life_s);
    state.declined.add(count(delta.declined), now_s, recent_half_life_s);
    state.approved_usual.add(count(delta.approved), now_s, usual_half_life_s);
    state.declined_usual.add(count(delta.declined), now_s, usual_half_life_s);
  }
  const std::pair place{key.partner, key.mode};
  // The first partners need not wait for a choice.
  if (shown_.size() < shown_max_) shown_.try_emplace(place);
  const auto shown = shown_.find(place);
  (shown != shown_.end() ? shown->second : other_).add(delta);
}

// A partner that is shown gives its place up only to one that is clearly busier: places must not change hands all the time.
void PartnerWatch::choose_shown(int64_t now_s) {
  chosen_s_ = now_s;
  std::erase_if(shown_, [&](const auto& one) {
    const auto state = partners_.find(PartnerKey{one.first.first, one.first.second});
    return state == partners_.end() || now_s - state->second.last_s > shown_idle_max_s;
  });
  const std::vector<PartnerRow> ranked = busiest(shown_max_ * 2, now_s);
  const auto keeps_place = [&](const std::pair<uint64_t, Mode>& key) {
    return std::any_of(ranked.begin(), ranked.end(), [&](const PartnerRow& row) { return row.key == PartnerKey{key.first, key.second}; });
  };
  for (std::size_t i = 0; i < std::min(shown_max_, ranked.size()); ++i) {
    const std::pair<uint64_t, Mode> key{ranked[i].key.partner, ranked[i].key.mode};
    if (shown_.contains(key)) continue;
    if (shown_.size() >= shown_max_) {
      const auto out = std::find_if(shown_.begin(), shown_.end(), [&](const auto& one) { return !keeps_place(one.first); });
      if (out == shown_.end()) break;
      shown_.erase(out);
    }
    shown_.emplace(key, PartnerTotals{});
  }
}

PartnerRow PartnerWatch::row_of(PartnerKey key, const State& state, int64_t now_s) const {
  // What a steady rate of one a second comes to when it decays.
  const double per_s = std::log(2.0) / static_cast<double>(rate_half_life_s);
  PartnerRow row;
  row.key = key;
  row.requests_per_s = state.requests.at(now_s, rate_half_life_s) * per_s;
  row.failed_per_s = state.failed.at(now_s, rate_half_life_s) * per_s;
  row.approved = state.approved.at(now_s, recent_half_life_s);
  row.declined = state.declined.at(now_s, recent_half_life_s);
  row.approved_usual = state.approved_usual.at(now_s, usual_half_life_s);
  row.declined_usual = state.declined_usual.at(now_s, usual_half_life_s);
  return row;
}

std::vector<PartnerRow> PartnerWatch::busiest(std::size_t count, int64_t now_s) const {
  std::vector<PartnerRow> rows;
  for (const auto& [key, state] : partners_)
    if (now_s - state.last_s <= shown_idle_max_s) rows.push_back(row_of(key, state, now_s));
  const auto busier = [](const PartnerRow& a, const PartnerRow& b) {
    return std::tuple(-a.requests_per_s, a.key.partner, a.key.mode) < std::tuple(-b.requests_per_s, b.key.partner, b.key.mode);
  };
  count = std::min(count, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(), busier);
  rows.resize(count);
  return rows;
}

std::vector<PartnerRow> PartnerWatch::falling(uint32_t percent, int64_t now_s) const {
  std::vector<PartnerRow> rows;
  for (const auto& [key, state] : partners_) {
    if (now_s - state.last_s > recent_half_life_s) continue;
    const PartnerRow row = row_of(key, state, now_s);
    const double recent = row.approved + row.declined, usual = row.approved_usual + row.declined_usual;
    if (recent < recent_min || usual < usual_min) continue;
    if (row.approved / recent < row.approved_usual / usual * (1.0 - percent / 100.0)) rows.push_back(row);
  }
  return rows;
}

}  // namespace tollgate::observe

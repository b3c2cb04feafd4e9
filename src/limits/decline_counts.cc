#include "tollgate/limits/decline_counts.h"

#include <absl/hash/hash.h>

#include <algorithm>

namespace tollgate {
namespace {

int64_t step_of(int64_t window_us) { return std::max<int64_t>(window_us / static_cast<int64_t>(DeclineCounts::steps), 1); }

uint64_t hash_of(char kind, std::string_view text) {
  return absl::HashOf(kind, std::hash<std::string_view>()(text));
}

}  // namespace

DeclineCounts::Key DeclineCounts::card(PartnerId partner, Mode mode, std::string_view fingerprint) {
  return {partner, mode, hash_of('c', fingerprint)};
}
DeclineCounts::Key DeclineCounts::bin(PartnerId partner, Mode mode, std::string_view digits) {
  return {partner, mode, hash_of('b', digits)};
}

void DeclineCounts::add(const Key& key, int64_t window_us, int64_t now_us) {
  if (entries_.size() >= entries_max_ && !entries_.contains(key)) forget_old(now_us);
  Entry& entry = entries_[key];
  const int64_t step_us = step_of(window_us);
  const int64_t step = now_us / step_us;
  // A window of another length counts anew.
  if (entry.step_us != step_us || step - entry.newest_step >= static_cast<int64_t>(steps)) entry.declines.fill(0);
  else
    for (int64_t passed = entry.newest_step + 1; passed <= step; ++passed) entry.declines[static_cast<std::size_t>(passed) % steps] = 0;
  entry.step_us = step_us;
  entry.newest_step = std::max(entry.newest_step, step);
  uint16_t& here = entry.declines[static_cast<std::size_t>(entry.newest_step) % steps];
  if (here != UINT16_MAX) ++here;
}

uint32_t DeclineCounts::count(const Key& key, int64_t window_us, int64_t now_us) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.step_us != step_of(window_us)) return 0;
  const Entry& entry = found->second;
  const int64_t step = now_us / entry.step_us;
  uint32_t sum = 0;
  for (int64_t s = std::max(step, entry.newest_step) - static_cast<int64_t>(steps) + 1; s <= entry.newest_step; ++s)
    sum += entry.declines[static_cast<std::size_t>(s) % steps];
  return sum;
}

// What is out of its window goes; if nothing is, the room is made by whatever comes first: a flood of new cards must not cost memory.
void DeclineCounts::forget_old(int64_t now_us) {
  absl::erase_if(entries_, [&](const auto& item) {
    return now_us / item.second.step_us - item.second.newest_step >= static_cast<int64_t>(steps);
  });
  if (entries_.size() < entries_max_) return;
  auto at = entries_.begin();
  for (std::size_t i = 0; i < entries_max_ / 16 + 1 && at != entries_.end(); ++i) entries_.erase(at++);
}

}  // namespace tollgate

#include "audit/exact_rows.h"

#include "audit/row_names.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::audit {

Fault ExactRows::put(Table table, std::string_view key, std::string_view value, const Origin& origin) {
  const auto [at, is_new] = rows_.try_emplace({table, std::string(key)});
  if (!is_new && table == Table::idempotency && origin.time_us - at->second.origin.time_us < kept_us_)
    return {fmt::format("its idempotency key was used by record {} already", at->second.origin.sequence)};
  at->second = {std::string(value), origin};
  return {};
}

// Both are in the order of keys: a walk along them side by side.
RowFault ExactRows::compare_range(const EventLog& log, const RowRange& range, int64_t now_us,
                                  const std::function<bool(std::string_view key)>& counts) const {
  RowFault found;
  auto expected = rows_.lower_bound({range.table, range.prefix});
  const auto in_range = [&] { return expected != rows_.end() && expected->first.first == range.table && expected->first.second.starts_with(range.prefix); };
  // Expected rows that stand before `key` and are not there.
  const auto pass_missing = [&](const std::string_view* key) {
    for (; in_range() && (key == nullptr || expected->first.second < *key); ++expected) {
      if (may_be_gone(range.table, expected->second, now_us)) continue;
      found = {{missing_row(range.table, expected->first.second, expected->second.origin), advice_rows}, expected->second.origin.sequence};
      return false;
    }
    return true;
  };
  const Status scanned = log.scan(range.table, range.prefix, keys::after_prefix(range.prefix), Order::forward, [&](std::string_view key, std::string_view value) {
    if (!counts(key)) return true;
    if (!pass_missing(&key)) return false;
    if (!in_range() || expected->first.second != key) {
      found = {{stray_row(range.table, key), advice_rows}, 0};
      return false;
    }
    // Of payments only that they are there: their values were compared as they passed.
    if (range.table != Table::payments && expected->second.value != value) {
      const Origin& origin = expected->second.origin;
      found = {{wrong_value(range.table, key, value, expected->second.value, origin), advice_rows}, origin.sequence};
      return false;
    }
    ++expected;
    return true;
  });
  if (!scanned.ok()) return {{std::string(message_of(scanned)), advice_bytes}, 0};
  if (!found.fault) static_cast<void>(pass_missing(nullptr));
  return found;
}

RowFault ExactRows::compare(const EventLog& log, const std::vector<RowRange>& ranges, int64_t now_us,
                            const std::function<bool(std::string_view key)>& counts) const {
  for (const RowRange& range : ranges) {
    if (RowFault found = compare_range(log, range, now_us, counts); found.fault) return found;
  }
  return {};
}

}  // namespace tollgate::audit

// The part of a key range that a page lies in, and the walk over it that fills the page. Keys of every list sort from
// old to new; a page is shown newest first.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/projection/views.h"

namespace tollgate::projection {

struct Range {
  std::string from, to;
  Order order = Order::backward;

  // Behind the cursor: older. The cursor's own row is left out.
  void begin_after(std::string key) {
    if (key < to) to = std::move(key);
  }
  // Before the cursor: newer, and the nearest to it first.
  void end_before(std::string key) {
    key.push_back('\0');
    if (key > from) from = std::move(key);
    order = Order::forward;
  }
};

// Walks `range` until the page is full and one more item has been seen. `take(key, value, items)` appends what the row
// brings, which may be nothing, and must not read the log: the walk holds it. It gives a Status.
template <class T, class Take>
[[nodiscard]] StatusOr<Page<T>> walk(const EventLog& log, Table table, const Range& range, std::size_t limit,
                                     Take&& take) {
  Page<T> page;
  if (range.from >= range.to) return page;
  page.items.reserve(limit + 1);
  std::size_t scanned = 0;
  bool gave_up = false;
  Status failed = absl::OkStatus();
  TOLLGATE_RETURN_IF_ERROR(log.scan(table, range.from, range.to, range.order,
                                    [&](std::string_view key, std::string_view value) {
    if (++scanned > rows_scanned_max) {
      gave_up = true;
      return false;
    }
    failed = take(key, value, page.items);
    return failed.ok() && page.items.size() <= limit;
  }));
  TOLLGATE_RETURN_IF_ERROR(failed);
  // An empty page that claims there is more would make a client ask for it again for ever.
  if (gave_up && page.items.empty()) {
    return error(absl::StatusCode::kResourceExhausted, "nothing fits among the nearest {} rows", rows_scanned_max);
  }
  page.has_more = gave_up || page.items.size() > limit;
  if (page.items.size() > limit) page.items.resize(limit);
  if (range.order == Order::forward) std::reverse(page.items.begin(), page.items.end());
  return page;
}

}  // namespace tollgate::projection

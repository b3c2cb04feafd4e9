// Cursor lists: limit, starting_after, ending_before, created.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/render.h"

namespace tollgate::api {

// How many items a filter that no index answers looks at.
inline constexpr std::size_t filtered_items_max = 10'000;

// The parameters that every list has. Cursors are ids of `Id`'s kind.
struct ListInput {
  PageQuery query;
  std::string url;  // of the list, for the answer
};
[[nodiscard]] ListInput read_list(Call& call, std::string_view default_url);
// starting_after and ending_before; `parse` reads an id into core and ordinal.
using ParseCursor = std::optional<PaymentMethodId> (*)(std::string_view text);
void read_cursors(Params params, PageQuery& query, std::string_view object, ParseCursor parse);
template <class Id>
std::optional<PaymentMethodId> cursor_of(std::string_view text) {
  const auto id = Id::parse(text);
  if (!id) return std::nullopt;
  if constexpr (requires { id->ordinal; }) return PaymentMethodId{id->core, id->ordinal};
  else return PaymentMethodId{id->core, 0};
}

// Of a payment's records, oldest first: limit, and starting_after, the sequence of the last one that is known already.
inline constexpr std::size_t records_listed_max = 1'000;
struct RecordQuery {
  std::optional<std::size_t> limit;  // nothing: not given
  uint64_t after = 0;
};
[[nodiscard]] RecordQuery read_record_query(Call& call);
// Those of `history`, ascending, that are wanted: at most `limit`.
[[nodiscard]] std::span<const uint64_t> records_wanted(std::span<const uint64_t> history, uint64_t after, std::size_t limit);

// {"object":"list","data":[...],"has_more":...,"url":...}
template <class Items, class Write>
[[nodiscard]] Reply list_reply(Renderer& r, const Items& items, bool has_more, std::string_view url, Write&& write) {
  r.out.begin_object();
  r.out.text("object", "list");
  r.out.array("data");
  for (const auto& item : items) {
    if (r.full()) break;
    write(item);
  }
  r.out.end_array();
  r.out.boolean("has_more", has_more);
  r.out.text("url", url);
  r.out.end_object();
  return r.reply();
}

// A page of what is in memory already, newest first: as the views would page it. `key` gives an item's time and id.
struct ItemKey {
  int64_t created_us;
  PaymentMethodId id;
  auto operator<=>(const ItemKey&) const = default;
};
template <class T, class Key>
[[nodiscard]] Page<T> page_of(std::vector<T> items, const PageQuery& query, Key&& key) {
  std::sort(items.begin(), items.end(), [&](const T& a, const T& b) { return key(b) < key(a); });
  Page<T> page;
  const auto in_range = [&](const T& item) {
    const ItemKey k = key(item);
    if (k.created_us < query.created_from_us || k.created_us >= query.created_to_us) return false;
    // Items of one object share its core, and ordinals count up with time.
    if (query.after && !(k.id < *query.after)) return false;
    return !query.before || *query.before < k.id;
  };
  std::vector<T> fitting;
  for (T& item : items) {
    if (in_range(item)) fitting.push_back(std::move(item));
  }
  page.has_more = fitting.size() > query.limit;
  if (page.has_more) {
    if (query.before) fitting.erase(fitting.begin(), fitting.end() - static_cast<std::ptrdiff_t>(query.limit));
    else fitting.resize(query.limit);
  }
  page.items = std::move(fitting);
  return page;
}

// A page of those that `fits`, read in pages from `read`. resource_exhausted if filtered_items_max were looked at in vain.
template <class T, class Read, class Fits, class Cursor>
[[nodiscard]] StatusOr<Page<T>> filtered_page(PageQuery query, Read&& read, Fits&& fits, Cursor&& cursor) {
  constexpr std::size_t page_items = 100;
  Page<T> result;
  const std::size_t limit = query.limit;
  const bool backwards = query.before.has_value();
  query.limit = page_items;
  std::vector<T> found;
  bool more = true;
  std::size_t seen = 0;
  while (more && found.size() <= limit && seen < filtered_items_max) {
    StatusOr<Page<T>> page = read(query);
    if (!page.ok()) return page.status();
    more = page->has_more;
    if (page->items.empty()) break;
    seen += page->items.size();
    if (backwards) query.before = cursor(page->items.front());
    else query.after = cursor(page->items.back());
    // Nearest to the cursor first.
    if (backwards) std::reverse(page->items.begin(), page->items.end());
    for (T& item : page->items) {
      if (fits(item)) found.push_back(std::move(item));
    }
  }
  const bool gave_up = more && found.size() <= limit;
  if (gave_up && found.empty()) return error(absl::StatusCode::kResourceExhausted, "nothing fits among {} items", seen);
  result.has_more = gave_up || found.size() > limit;
  if (found.size() > limit) found.resize(limit);
  if (backwards) std::reverse(found.begin(), found.end());
  result.items = std::move(found);
  return result;
}

}  // namespace tollgate::api

#include "api/lists.h"

namespace tollgate::api {
namespace {

constexpr int64_t limit_max = 100;
// Seconds whose microseconds still fit.
constexpr int64_t seconds_max = 253'402'300'799;  // the year 9999

int64_t after_us(int64_t seconds) { return (seconds + 1) * us_per_second; }

void read_created(Params params, PageQuery& query) {
  // created=1700000000: exactly that second.
  if (Params range = params.object("created")) {
    if (const auto gte = range.integer("gte", 0, seconds_max)) query.created_from_us = std::max(query.created_from_us, *gte * us_per_second);
    if (const auto gt = range.integer("gt", 0, seconds_max)) query.created_from_us = std::max(query.created_from_us, after_us(*gt));
    if (const auto lt = range.integer("lt", 0, seconds_max)) query.created_to_us = std::min(query.created_to_us, *lt * us_per_second);
    if (const auto lte = range.integer("lte", 0, seconds_max)) query.created_to_us = std::min(query.created_to_us, after_us(*lte));
  }
}

}  // namespace

ListInput read_list(Call& call, std::string_view default_url) {
  ListInput input;
  input.url = default_url;
  Params params = call.root();
  if (const auto limit = params.integer("limit", 1, limit_max)) input.query.limit = static_cast<std::size_t>(*limit);
  const ParamTree& tree = call.params.tree;
  const uint32_t created = tree.find(ParamTree::root, "created");
  if (created != ParamTree::none && tree.node(created).kind == ParamTree::Kind::scalar) {
    if (const auto second = params.integer("created", 0, seconds_max)) {
      input.query.created_from_us = *second * us_per_second;
      input.query.created_to_us = after_us(*second);
    }
  } else {
    read_created(params, input.query);
  }
  if (params.has("starting_after") && params.has("ending_before")) {
    params.fail(invalid_param("ending_before", "Give either starting_after or ending_before, not both."));
  }
  return input;
}

void read_cursors(Params params, PageQuery& query, std::string_view object, ParseCursor parse) {
  const auto read = [&](std::string_view name) -> std::optional<PaymentMethodId> {
    const auto given = params.text(name);
    if (!given) return std::nullopt;
    const auto cursor = parse(*given);
    if (!cursor) params.fail(no_such(object, *given, name));
    return cursor;
  };
  query.after = read("starting_after");
  query.before = read("ending_before");
}

RecordQuery read_record_query(Call& call) {
  RecordQuery query;
  Params params = call.root();
  if (const auto limit = params.integer("limit", 1, records_listed_max)) query.limit = static_cast<std::size_t>(*limit);
  if (const auto after = params.integer("starting_after", 0, INT64_MAX)) query.after = static_cast<uint64_t>(*after);
  return query;
}

std::span<const uint64_t> records_wanted(std::span<const uint64_t> history, uint64_t after, std::size_t limit) {
  const auto first = static_cast<std::size_t>(std::upper_bound(history.begin(), history.end(), after) - history.begin());
  return history.subspan(first, std::min(limit, history.size() - first));
}

}  // namespace tollgate::api

// What is in doubt: the list of it, and one operation with how far the resolver has come.
#include "admin/doubt.h"

#include <algorithm>
#include <map>

#include "admin/admin_api.h"
#include "admin/approval_json.h"
#include "admin/body.h"
#include "admin/payment_json.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/names.h"
#include "tollgate/record/wire.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_doubts_default = 100, page_doubts_max = 1'000;
// In the order of their age, so many are looked at.
constexpr std::size_t doubts_looked_at_max = 20'000;
constexpr std::size_t partition_bytes = 4, stream_bytes = 9, core_bytes = 12;

using Totals = std::map<std::string, int64_t>;

struct RowKey {
  PartnerId partner;
  Mode mode;
  IdCore core;
};

RowKey parse_key(std::string_view key) {
  RowKey parsed{PartnerId{load_be64(key.data() + partition_bytes)}, static_cast<Mode>(key[partition_bytes + 8]), {}};
  std::copy_n(key.substr(partition_bytes + stream_bytes).begin(), core_bytes, reinterpret_cast<char*>(parsed.core.bytes.data()));
  return parsed;
}
// The order of their age: an id begins with the time it was made at.
std::string_view age_of(std::string_view key) { return key.substr(partition_bytes + stream_bytes); }

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json seconds_or_null(int64_t time_us) { return time_us == 0 ? Json(nullptr) : Json(time_us / us_per_second); }

// What the acquirer said the last time, if not what became of it.
std::string_view answer_word(const Resolving& resolving) {
  if (resolving.tries == 0) return "not_asked_yet";
  if (!resolving.answered) return "none";
  if (resolving.not_found) return "never_seen_so_far";
  if (!resolving.reached) return "not_reached";
  if (resolving.action == AcquirerAction::reverse) return "not_reversed";
  return resolving.outcome == Outcome::unknown ? name_of(resolving.doubt) : name_of(resolving.outcome);
}

Json resolving_json(const std::optional<Resolving>& resolving) {
  if (!resolving) return nullptr;
  return {{"asks", name_of(resolving->action)},          {"tries", resolving->tries},
          {"last_try", seconds_or_null(resolving->last_try_us)}, {"last_answer", answer_word(*resolving)},
          {"waits_for_answer", resolving->waiting},      {"next_try", seconds_or_null(resolving->next_us)}};
}

// The keys of one page, and whether there are more. `after`: the last of the page before.
struct KeyPage {
  std::vector<std::string> keys;
  bool has_more = false;
  bool looked_at_all = true;
};

Status not_a_key() { return data_loss("a row of the in-doubt table has a wrong key"); }

StatusOr<KeyPage> page_by_age(const EventLog& log, const std::string& after, bool newest_first, std::size_t limit) {
  KeyPage page;
  std::vector<std::string> all;
  Status broken;
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::in_doubt, "", "", Order::forward, [&](std::string_view key, std::string_view) {
    if (key.size() != partition_bytes + stream_bytes + core_bytes) broken = not_a_key();
    page.looked_at_all = all.size() < doubts_looked_at_max;
    if (broken.ok() && page.looked_at_all) all.emplace_back(key);
    return broken.ok() && page.looked_at_all;
  }));
  TOLLGATE_RETURN_IF_ERROR(broken);
  const auto before = [newest_first](const std::string& a, const std::string& b) {
    const std::pair one{age_of(a), std::string_view(a)}, other{age_of(b), std::string_view(b)};
    return newest_first ? other < one : one < other;
  };
  std::sort(all.begin(), all.end(), before);
  auto from = after.empty() ? all.begin() : std::upper_bound(all.begin(), all.end(), after, before);
  page.has_more = static_cast<std::size_t>(all.end() - from) > limit;
  const auto to = page.has_more ? from + static_cast<std::ptrdiff_t>(limit) : all.end();
  page.keys.assign(std::make_move_iterator(from), std::make_move_iterator(to));
  return page;
}

StatusOr<KeyPage> page_of_table(const EventLog& log, const std::string& after, std::size_t limit) {
  KeyPage page;
  Status broken;
  const std::string from = after.empty() ? after : after + '\0';
  TOLLGATE_RETURN_IF_ERROR(log.scan(Table::in_doubt, from, "", Order::forward, [&](std::string_view key, std::string_view) {
    if (key.size() != partition_bytes + stream_bytes + core_bytes) broken = not_a_key();
    page.has_more = page.keys.size() == limit;
    if (broken.ok() && !page.has_more) page.keys.emplace_back(key);
    return broken.ok() && !page.has_more;
  }));
  TOLLGATE_RETURN_IF_ERROR(broken);
  return page;
}

}  // namespace

std::string resolution_path(PaymentId payment, uint16_t operation) { return fmt::format("in_doubt/{}/{}/resolve", payment.text(), operation); }

std::optional<Resolving> AdminApi::resolving_of(const Payment& payment, const Operation& operation) const {
  if (!ports_.resolving) return std::nullopt;
  const bool undone = operation.state == OperationState::reversing || operation.state == OperationState::reversed || operation.late_approval;
  return ports_.resolving(undone ? AcquirerAction::reverse : AcquirerAction::inquire, payment.mode,
                          reference_of(payment.partner, payment.id, operation.ordinal));
}

Json AdminApi::doubt_json(const Payment& payment, const Operation& operation) const {
  static const Attempt nothing_known{};
  const bool known = operation.attempt >= 1 && operation.attempt <= payment.attempts.size();
  const Attempt& attempt = known ? payment.attempts[operation.attempt - 1u] : nothing_known;
  Json can = Json::array();
  for (const HandOutcome outcome : sayable(operation)) can.push_back(name_of(outcome));
  Json shown = {{"operation", operation.ordinal},
                {"reference", reference_of(payment.partner, payment.id, operation.ordinal)},
                {"kind", name_of(operation.kind)},
                {"state", operation.late_approval ? "late_approval" : name_of(operation.state)},
                {"in_doubt", is_doubtful(operation)},
                {"amount", operation.amount},
                {"acquirer", payment.mode == Mode::test ? Json("sandbox") : text_or_null(attempt.acquirer)},
                {"acquirer_payment", text_or_null(attempt.acquirer_payment)},
                {"requested", operation.requested_us / us_per_second},
                {"resolving", resolving_json(resolving_of(payment, operation))},
                {"can_be_resolved_as", std::move(can)},
                {"resolved_by_hand", operation.by_hand == HandOutcome::none ? Json(nullptr) : Json(name_of(operation.by_hand))},
                {"contradicted", operation.contradicted}};
  shown["approval"] = nullptr;
  const std::string path = resolution_path(payment.id, operation.ordinal);
  const auto state = ports_.directory.admins();
  for (const Approval& approval : state->approvals)
    if (approval.path == path && approval.expires_us > ports_.clock.now_us())
      shown["approval"] = {{"id", approval.id}, {"requested_by", approval.user}, {"body", body_of(approval)}};
  return shown;
}

HttpResponse AdminApi::in_doubt(const HttpRequest& request) const {
  Query query(request.query, {"after", "limit", "order"});
  const auto limit = query.limit(page_doubts_default, page_doubts_max);
  if (query.error()) return failure(*query.error());
  const std::string* order = query.find("order");
  if (order != nullptr && *order != "oldest" && *order != "newest") return failure(FieldError{"order", "must be oldest or newest"});
  std::string after_key;
  if (const std::string* after = query.find("after")) {
    const auto key = from_hex(*after);
    if (!key || key->size() != partition_bytes + stream_bytes + core_bytes)
      return failure(FieldError{"after", "must be the `next` of the page before"});
    after_key = *key;
  }
  const auto page = order == nullptr ? page_of_table(ports_.log, after_key, *limit)
                                     : page_by_age(ports_.log, after_key, *order == "newest", *limit);
  if (!page.ok()) return failure(page.status());
  Json data = Json::array();
  Totals totals;
  for (const std::string& key : page->keys) {
    const RowKey row = parse_key(key);
    Json item = {{"partner", row.partner.text()}, {"mode", name_of(row.mode)}};
    std::string value;
    Payment payment;
    // Settled between the walk and this read, or a setup intent, which has no amount: then only who and which.
    if (!ports_.log.get(Table::payments, std::string_view(key).substr(partition_bytes), value).ok() || !wire::decode(value, payment).ok()) {
      SetupIntentId setup;
      setup.core = row.core;
      item["object"] = setup.text();
      data.push_back(std::move(item));
      continue;
    }
    Json operations = Json::array();
    for (const Operation& operation : payment.operations) {
      if (!is_doubtful(operation)) continue;
      operations.push_back(doubt_json(payment, operation));
      int64_t& total = totals[payment.currency.lower()];
      total = checked_add(total, operation.amount).value_or(INT64_MAX);
    }
    // Resolved by hand, and only the acquirer's own word is still waited for.
    const auto asked = [](const Operation& one) { return one.is_asked_about(); };
    if (operations.empty() && std::any_of(payment.operations.begin(), payment.operations.end(), asked)) continue;
    item.update({{"object", payment.id.text()},
                 {"status", name_of(payment.status)},
                 {"currency", payment.currency.lower()},
                 {"operations", std::move(operations)}});
    data.push_back(std::move(item));
  }
  Json amounts = Json::object();
  for (const auto& [currency, amount] : totals) amounts[currency] = amount;
  return reply({{"data", std::move(data)},
                {"amount_in_doubt", std::move(amounts)},
                {"has_more", page->has_more},
                {"looked_at_all", page->looked_at_all},
                {"next", page->has_more ? Json(to_hex(page->keys.back())) : Json(nullptr)}});
}

// Of a payment all that is in doubt, or ever was said by hand; or one operation.
void AdminApi::show_doubt(std::span<const std::string_view> path, const HttpRequest& request, Call call) const {
  Query query(request.query, {"partner"});
  if (query.error()) return call.respond(failure(*query.error()));
  const auto id = PaymentId::parse(path[0]);
  if (!id) return call.respond(failure(404, "payment_not_found", "This is no payment's id: they begin with pi_."));
  const auto stream = stream_of(id->core, query.find("partner"));
  if (!stream.ok()) return call.respond(failure(stream.status()));
  const auto payment = Views(ports_.log).payment(*stream, *id);
  if (!payment.ok()) return call.respond(failure(payment.status()));
  Json operations = Json::array();
  for (const Operation& operation : (*payment)->operations) {
    const bool told = is_doubtful(operation) || operation.by_hand != HandOutcome::none;
    if (path.size() == 2 ? path[1] == std::to_string(operation.ordinal) : told) operations.push_back(doubt_json(**payment, operation));
  }
  if (path.size() == 2 && operations.empty())
    return call.respond(failure(404, "operation_not_found", fmt::format("{} has no such operation.", id->text())));
  call.respond(reply({{"object", id->text()},
                      {"partner", (*payment)->partner.text()},
                      {"mode", name_of((*payment)->mode)},
                      {"status", name_of((*payment)->status)},
                      {"amount", (*payment)->amount},
                      {"currency", (*payment)->currency.lower()},
                      {"operations", std::move(operations)}}));
}

}  // namespace tollgate::admin

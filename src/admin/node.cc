// What an operator asks of the node itself.
#include "admin/admin_api.h"
#include "admin/body.h"
#include "admin/payment_json.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/names.h"
#include "tollgate/record/wire.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_entries_default = 100, page_entries_max = 1'000;
constexpr int64_t clock_advance_max_s = 10 * 366 * int64_t{86'400};
constexpr std::size_t partition_bytes = 4, stream_bytes = 9, core_bytes = 12;

// What is in doubt of one payment; adds its amounts to `totals`.
Json doubt_of(const Payment& payment, std::map<std::string, int64_t>& totals) {
  Json operations = Json::array();
  for (const Operation& operation : payment.operations) {
    if (!is_undecided(operation)) continue;
    operations.push_back({{"reference", reference_of(payment.partner, payment.id, operation.ordinal)},
                          {"kind", name_of(operation.kind)},
                          {"state", name_of(operation.state)},
                          {"amount", operation.amount},
                          {"requested", operation.requested_us / us_per_second}});
    int64_t& total = totals[payment.currency.lower()];
    total = checked_add(total, operation.amount).value_or(INT64_MAX);
  }
  return {{"object", payment.id.text()},
          {"status", name_of(payment.status)},
          {"currency", payment.currency.lower()},
          {"operations", std::move(operations)}};
}

Json to_json(const SandboxEntry& entry) {
  return {{"reference", entry.reference},
          {"action", name_of(entry.action)},
          {"outcome", name_of(entry.outcome)},
          {"amount", entry.amount},
          {"currency", entry.currency.lower()},
          {"decline_code", entry.code == DeclineCode::none ? Json(nullptr) : Json(name_of(entry.code))},
          {"reversed", entry.reversed},
          {"tombstone", entry.tombstone},
          {"times_seen", entry.times_seen},
          {"times_moved", entry.times_moved},
          {"authorized", entry.authorized},
          {"captured", entry.captured},
          {"refunded", entry.refunded},
          {"violations", entry.violations}};
}

std::string_view word_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half_open";
  }
  return "closed";
}

Json to_json(const AcquirerHealth& health) {
  return {{"name", health.name},           {"breaker", word_of(health.breaker)}, {"in_flight", health.in_flight},
          {"inquiries", health.inquiries}, {"reversals", health.reversals},      {"failures", health.failures},
          {"opened", health.opened},       {"refused", health.refused},          {"problem", health.problem.empty() ? Json(nullptr) : Json(health.problem)}};
}

HttpResponse no_sandbox() { return failure(404, "not_found", "This node runs no sandbox acquirer."); }

}  // namespace

HttpResponse AdminApi::status() const {
  const EngineStats engine = ports_.engine_stats();
  const InDoubtSummary acquirer = ports_.acquirer_summary();
  const auto partitions = ports_.log.partitions();
  if (!partitions.ok()) return failure(partitions.status());
  Json acquirers = Json::array();
  for (const AcquirerHealth& health : acquirer.acquirers) acquirers.push_back(to_json(health));
  Json heads = Json::array();
  for (const uint32_t partition : *partitions) {
    const auto head = ports_.log.head(partition);
    if (!head.ok()) return failure(head.status());
    heads.push_back({{"partition", partition},
                     {"sequence", head->sequence},
                     {"epoch", head->epoch},
                     {"hash", to_hex(view(head->hash))}});
  }
  Json answer =
      {{"version", options_.node_version},
       {"ready", ports_.ready()},
       {"time", ports_.clock.now_us() / us_per_second},
       {"partners", ports_.directory.size()},
       {"payment_partitions", options_.partitions},
       {"engine",
        {{"commands", engine.commands},
         {"batches", engine.batches},
         {"records", engine.records},
         {"append_us", engine.append_us},
         {"busy_us", engine.busy_us},
         {"overloaded", engine.overloaded},
         {"queue_full", engine.queue_full}}},
       {"limits", ports_.limits != nullptr ? limits_of_node() : Json::object()},
       {"acquirer",
        {{"in_flight", acquirer.in_flight}, {"inquiries", acquirer.inquiries}, {"reversals", acquirer.reversals}}},
       {"acquirers", std::move(acquirers)},
       {"partitions", std::move(heads)}};
  if (ports_.static_log != nullptr) answer["transparency"] = signing();
  if (ports_.backup_status) answer.update(Json::parse(ports_.backup_status()));
  return reply(answer);
}

HttpResponse AdminApi::in_doubt(const HttpRequest& request) const {
  Query query(request.query, {"after", "limit"});
  const auto limit = query.limit(page_entries_default, page_entries_max);
  if (query.error()) return failure(*query.error());
  std::string from;
  if (const std::string* after = query.find("after")) {
    const auto key = from_hex(*after);
    if (!key) return failure(FieldError{"after", "must be the `next` of the page before"});
    from = *key + '\0';
  }
  Json data = Json::array();
  std::map<std::string, int64_t> totals;
  std::string last_key;
  bool has_more = false;
  Status broken;
  const Status scanned = ports_.log.scan(
      Table::in_doubt, from, "", Order::forward, [&](std::string_view key, std::string_view) {
        if (key.size() != partition_bytes + stream_bytes + core_bytes) {
          broken = data_loss("a row of the in-doubt table has a wrong key");
          return false;
        }
        if (data.size() == *limit) {
          has_more = true;
          return false;
        }
        last_key = key;
        const std::string_view row = key.substr(partition_bytes);
        Json item = {{"partner", PartnerId{load_be64(row.data())}.text()},
                     {"mode", name_of(static_cast<Mode>(row[8]))}};
        std::string value;
        Payment payment;
        // Settled between the walk and this read, or a setup intent, which has no amount: then only who and which.
        if (ports_.log.get(Table::payments, row, value).ok() && wire::decode(value, payment).ok()) {
          item.update(doubt_of(payment, totals));
        } else {
          SetupIntentId setup;
          std::copy_n(row.substr(stream_bytes).begin(), core_bytes, reinterpret_cast<char*>(setup.core.bytes.data()));
          item["object"] = setup.text();
        }
        data.push_back(std::move(item));
        return true;
      });
  if (!scanned.ok()) return failure(scanned);
  if (!broken.ok()) return failure(broken);
  Json amounts = Json::object();
  for (const auto& [currency, amount] : totals) amounts[currency] = amount;
  return reply({{"data", std::move(data)},
                {"amount_in_doubt", std::move(amounts)},
                {"has_more", has_more},
                {"next", has_more ? Json(to_hex(last_key)) : Json(nullptr)}});
}

HttpResponse AdminApi::sandbox_entries(const HttpRequest& request) const {
  if (ports_.sandbox == nullptr) return no_sandbox();
  Query query(request.query, {"after", "limit"});
  const auto limit = query.limit(page_entries_default, page_entries_max);
  if (query.error()) return failure(*query.error());
  const std::string* after = query.find("after");
  Json data = Json::array();
  bool has_more = false;
  const Status walked =
      ports_.sandbox->entries(after == nullptr ? std::string() : *after, [&](const SandboxEntry& entry) {
        has_more = data.size() == *limit;
        if (!has_more) data.push_back(to_json(entry));
        return !has_more;
      });
  if (!walked.ok()) return failure(walked);
  return reply({{"data", std::move(data)}, {"has_more", has_more}});
}

HttpResponse AdminApi::sandbox_entry(std::string_view reference) const {
  if (ports_.sandbox == nullptr) return no_sandbox();
  const auto decoded = percent_decoded(reference);
  if (!decoded) return failure(FieldError{"reference", "has a wrong percent encoding"});
  const auto entry = ports_.sandbox->entry(*decoded);
  if (absl::IsNotFound(entry.status())) return failure(404, "not_found", "The sandbox has no entry with this reference.");
  if (!entry.ok()) return failure(entry.status());
  return reply(to_json(*entry));
}

HttpResponse AdminApi::sandbox_totals(const HttpRequest& request) const {
  if (ports_.sandbox == nullptr) return no_sandbox();
  Query query(request.query, {"prefix"});
  if (query.error()) return failure(*query.error());
  const std::string* prefix = query.find("prefix");
  const auto totals = totals_of(*ports_.sandbox, prefix == nullptr ? std::string() : *prefix);
  if (!totals.ok()) return failure(totals.status());
  return reply({{"entries", totals->entries},
                {"approved_charges", totals->approved_charges},
                {"authorized", totals->authorized},
                {"captured", totals->captured},
                {"refunded", totals->refunded},
                {"net", totals->net},
                {"times_moved_max", totals->times_moved_max},
                {"violations", totals->violations}});
}

HttpResponse AdminApi::advance_clock(const HttpRequest& request) const {
  if (!ports_.advance_clock)
    return failure(409, "no_test_clock",
                   "The clock is the system's: start `tollgate dev` with --test-clock to move it.");
  Body body(request.body);
  int64_t seconds = 0;
  if (!body.integer("seconds", 1, clock_advance_max_s, seconds))
    body.wrong("seconds", "is required: by how many seconds to go ahead");
  if (const auto wrong = body.finish()) return failure(*wrong);
  ports_.advance_clock(seconds * us_per_second);
  return reply({{"now", ports_.clock.now_us() / us_per_second}});
}

}  // namespace tollgate::admin

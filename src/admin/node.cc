// What an operator asks of the node itself.
#include "admin/admin_api.h"
#include "admin/body.h"
#include "tollgate/projection/in_doubt.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

constexpr std::size_t page_entries_default = 100, page_entries_max = 1'000;
constexpr std::size_t doubt_payments_max = 10'000;
constexpr int64_t clock_advance_max_s = 10 * 366 * int64_t{86'400};

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

// Of all payments together, up to a bound; null if they cannot be read.
Json doubt_of_all(const EventLog& log, int64_t now_us) {
  const auto totals = doubt_totals(log, now_us, {}, doubt_payments_max);
  if (!totals.ok()) return nullptr;
  const DoubtOfAge& all = totals->by_age.front();
  return {{"payments", all.payments}, {"oldest_s", totals->oldest_age_us / us_per_second}, {"amounts", all.amounts}, {"incomplete", totals->incomplete}};
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
       {"in_doubt", doubt_of_all(ports_.log, ports_.clock.now_us())},
       {"partitions", std::move(heads)}};
  if (ports_.static_log != nullptr) answer["transparency"] = signing();
  if (ports_.backup_status) answer.update(Json::parse(ports_.backup_status()));
  return reply(answer);
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

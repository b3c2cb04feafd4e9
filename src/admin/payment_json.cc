#include "admin/payment_json.h"

#include <algorithm>

#include "tollgate/base/clock.h"
#include "tollgate/record/json.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }
Json time_or_null(int64_t time_us) { return time_us == 0 ? Json(nullptr) : Json(time_us); }
Json code_or_null(DeclineCode code) { return code == DeclineCode::none ? Json(nullptr) : Json(name_of(code)); }

Json card_json(const Card& card) {
  return {{"brand", name_of(card.brand)}, {"last4", card.last4}, {"funding", name_of(card.funding)}, {"exp_month", card.exp_month}, {"exp_year", card.exp_year}};
}

// The card that it was tried with last, or would be.
const MethodSnapshot* method_of(const Payment& payment) {
  if (const Attempt* attempt = payment.newest_attempt()) return &attempt->method;
  return payment.method ? &*payment.method : nullptr;
}

Json attempts_json(const Payment& payment) {
  Json list = Json::array();
  for (const Attempt& attempt : payment.attempts)
    list.push_back({{"id", ChargeId{payment.id.core, attempt.ordinal}.text()},
                    {"state", name_of(attempt.state)},
                    {"card", card_json(attempt.method.card)},
                    {"acquirer", attempt.acquirer.empty() ? Json("sandbox") : Json(attempt.acquirer)},
                    {"acquirer_payment", text_or_null(attempt.acquirer_payment)},
                    {"authorization_code", text_or_null(attempt.authorization_code)},
                    {"decline_code", code_or_null(attempt.decline)},
                    {"amount_authorized", attempt.amount_authorized},
                    {"amount_captured", attempt.amount_captured},
                    {"amount_refunded", attempt.amount_refunded},
                    {"created_us", attempt.created_us}});
  return list;
}

Json refunds_json(const Payment& payment) {
  Json list = Json::array();
  for (const Refund& refund : payment.refunds)
    list.push_back({{"id", RefundId{payment.id.core, refund.ordinal}.text()},
                    {"status", name_of(refund.status)},
                    {"amount", refund.amount},
                    {"reason", refund.reason == RefundReason::none ? Json(nullptr) : Json(name_of(refund.reason))},
                    {"created_us", refund.created_us}});
  return list;
}

Json transactions_json(const Payment& payment) {
  Json list = Json::array();
  for (const Transaction& one : payment.transactions)
    list.push_back({{"id", TransactionId{payment.id.core, one.ordinal}.text()},
                    {"type", name_of(one.type)},
                    {"amount", one.amount},
                    {"fee", one.fee},
                    {"net", one.amount - one.fee},
                    {"created_us", one.created_us},
                    {"available_us", one.available_on_us}});
  return list;
}

Json operations_json(const Payment& payment, const Story& story) {
  Json list = Json::array();
  for (const Operation& operation : payment.operations) {
    const auto found = story.times_us.find(operation.resolved_sequence);
    const int64_t answered = found == story.times_us.end() ? 0 : found->second;
    list.push_back({{"operation", operation.ordinal},
                    {"reference", reference_of(payment.partner, payment.id, operation.ordinal)},
                    {"kind", name_of(operation.kind)},
                    {"state", name_of(operation.state)},
                    {"amount", operation.amount},
                    {"decline_code", code_or_null(operation.code)},
                    {"resolved_by_hand", operation.by_hand == HandOutcome::none ? Json(nullptr) : Json(name_of(operation.by_hand))},
                    {"contradicted", operation.contradicted},
                    {"requested_us", operation.requested_us},
                    {"answered_us", time_or_null(answered)},
                    {"took_us", answered == 0 ? Json(nullptr) : Json(answered - operation.requested_us)}});
  }
  return list;
}

Json entry_json(const Record& record, int64_t begun_us, int64_t before_us) {
  Json entry = {{"sequence", record.header.sequence},
                {"type", name_of(record.event)},
                {"time_us", record.header.time_us},
                {"since_begin_us", record.header.time_us - begun_us},
                {"since_previous_us", record.header.time_us - before_us}};
  std::visit([&](const auto& event) { entry["data"] = Json::parse(tollgate::to_json(event, Sealed::named)); }, record.event);
  if (!record.cause.empty())
    entry["request"] = {{"id", record.cause.request.text()},
                        {"operation", record.cause.operation},
                        {"key", text_or_null(record.cause.actor)},
                        {"idempotency_key", text_or_null(record.cause.idempotency_key)},
                        {"api_version", text_or_null(record.cause.api_version)}};
  return entry;
}

}  // namespace

bool is_undecided(const Operation& operation) { return operation.state == OperationState::in_doubt || operation.state == OperationState::reversing; }

bool is_in_doubt(const Payment& payment) { return std::any_of(payment.operations.begin(), payment.operations.end(), is_undecided); }

std::string major_text(int64_t minor, Currency currency) {
  std::string text = to_text({minor, currency});
  text.resize(text.find(' '));
  return text;
}

Json to_json(const Payment& payment) {
  int64_t captured = 0, refunded = 0;
  for (const Attempt& attempt : payment.attempts) captured += attempt.amount_captured, refunded += attempt.amount_refunded;
  const MethodSnapshot* method = method_of(payment);
  Json metadata = Json::object();
  for (const auto& [key, value] : payment.details.metadata) metadata[key] = value;
  return {{"id", payment.id.text()},
          {"partner", payment.partner.text()},
          {"mode", name_of(payment.mode)},
          {"status", name_of(payment.status)},
          {"in_doubt", is_in_doubt(payment)},
          {"decline_code", code_or_null(payment.last_decline)},
          {"amount", payment.amount},
          {"amount_captured", captured},
          {"amount_refunded", refunded},
          {"currency", payment.currency.lower()},
          {"currency_digits", payment.currency.exponent()},
          {"card", method == nullptr ? Json(nullptr) : card_json(method->card)},
          {"description", text_or_null(payment.details.description)},
          {"metadata", std::move(metadata)},
          {"created_us", payment.created_us}};
}

StatusOr<Story> story_of(const Views& views, uint32_t partition, const Payment& payment) {
  Story story;
  std::vector<uint64_t> wanted = payment.history;
  story.cut = wanted.size() > timeline_entries_max;
  if (story.cut) {
    wanted.resize(timeline_entries_max);
    for (const Operation& operation : payment.operations)
      if (operation.resolved_sequence > wanted[timeline_entries_max - 1]) wanted.push_back(operation.resolved_sequence);
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  }
  TOLLGATE_RETURN_IF_ERROR(views.read(partition, wanted, [&](Record&& record) {
    story.times_us.emplace(record.header.sequence, record.header.time_us);
    if (story.records.size() < timeline_entries_max) story.records.push_back(std::move(record));
    return absl::OkStatus();
  }));
  return story;
}

Json details_json(const Payment& payment, const Story& story) {
  Json shown = to_json(payment);
  shown["capture_method"] = name_of(payment.capture_method);
  shown["customer"] = payment.customer.empty() ? Json(nullptr) : Json(payment.customer.text());
  shown["cancellation_reason"] =
      payment.cancellation_reason == CancellationReason::none ? Json(nullptr) : Json(name_of(payment.cancellation_reason));
  shown["attempts"] = attempts_json(payment);
  shown["refunds"] = refunds_json(payment);
  shown["transactions"] = transactions_json(payment);
  shown["operations"] = operations_json(payment, story);
  Json timeline = Json::array();
  const std::vector<Record>& records = story.records;
  int64_t before_us = records.empty() ? 0 : records.front().header.time_us;
  for (const Record& record : records) {
    timeline.push_back(entry_json(record, records.front().header.time_us, before_us));
    before_us = record.header.time_us;
  }
  shown["partition"] = records.empty() ? Json(nullptr) : Json(records.front().header.partition);
  shown["timeline"] = std::move(timeline);
  shown["timeline_cut"] = story.cut;
  return shown;
}

}  // namespace tollgate::admin

#include "tollgate/audit/export.h"

#include <algorithm>

#include "audit/table_line.h"
#include "tollgate/audit/balances.h"
#include "tollgate/projection/postings.h"

namespace tollgate::audit {

namespace {

using Line = std::function<bool(std::string_view line)>;
constexpr uint64_t records_per_report = 16'384;

void write_payment(TableLine& to, const Payment& payment, uint32_t partition) {
  const Attempt* newest = payment.newest_attempt();
  int64_t captured = 0, refunded = 0, fee = 0;
  for (const Attempt& attempt : payment.attempts) {
    captured += attempt.amount_captured;
    refunded += attempt.amount_refunded;
  }
  for (const Transaction& transaction : payment.transactions) fee += transaction.fee;
  const MethodSnapshot* method = newest != nullptr ? &newest->method : payment.method ? &*payment.method : nullptr;
  to.text("id", payment.id.empty() ? "" : payment.id.text());
  to.text("partner", payment.partner.empty() ? "" : payment.partner.text());
  to.text("mode", name_of(payment.mode));
  to.time("created", payment.created_us);
  to.text("status", name_of(payment.status));
  to.number("amount", payment.amount);
  to.text("currency", payment.currency.empty() ? "" : payment.currency.lower());
  to.number("amount_authorized", newest == nullptr ? 0 : newest->amount_authorized);
  to.number("amount_captured", captured);
  to.number("amount_refunded", refunded);
  to.number("fee", fee);
  to.text("decline_code", payment.last_decline == DeclineCode::none ? "" : name_of(payment.last_decline));
  to.text("customer", payment.customer.empty() ? "" : payment.customer.text());
  to.text("payment_method", method == nullptr || method->id.empty() ? "" : method->id.text());
  to.text("card_brand", method == nullptr ? "" : name_of(method->card.brand));
  to.text("card_last4", method == nullptr ? "" : method->card.last4);
  to.text("charge", newest == nullptr ? "" : ChargeId{payment.id.core, newest->ordinal}.text());
  to.text("description", payment.details.description);
  std::string metadata;
  JsonWriter writer(metadata);
  metadata += '{';
  for (const auto& [key, value] : payment.details.metadata) {
    writer.member(key);
    append_json_text(metadata, value);
  }
  metadata += '}';
  to.json("metadata", metadata);
  to.number("partition", partition);
  to.number("last_sequence", payment.history.empty() ? 0 : static_cast<int64_t>(payment.history.back()));
}

// What an event did to its partner's balance.
struct Movement {
  std::string_view type;
  std::string id, source;
  int64_t amount = 0, fee = 0, available_on_us = 0;
  Currency currency;
};

std::optional<Movement> movement_of(const Event& event) {
  Movement movement;
  const Postings* postings = postings_of(event);
  if (postings == nullptr || postings->empty()) return std::nullopt;
  for (const Posting& posting : *postings) {
    movement.currency = posting.currency;
    if (posting.account == Account::acquirer_receivable) movement.amount += posting.amount;
    if (posting.account == Account::fee_income) movement.fee -= posting.amount;
  }
  const bool of_payment = std::visit(
      [&]<class E>(const E& e) {
        if constexpr (requires { e.payment; e.transaction; }) {
          if (e.transaction > TransactionId::ordinal_max) return false;  // no such id: verify says so
          if constexpr (requires { e.refund; }) {
            if (e.refund > RefundId::ordinal_max) return false;
          }
          movement.id = TransactionId{e.payment.core, e.transaction}.text();
          movement.source = e.payment.text();
          if constexpr (requires { e.refund; }) movement.source = RefundId{e.payment.core, e.refund}.text();
          if constexpr (requires { e.available_on_us; }) movement.available_on_us = e.available_on_us;
          return true;
        } else {
          return false;
        }
      },
      event);
  if (!of_payment) return std::nullopt;
  movement.type = std::holds_alternative<RefundAccepted>(event) ? "refund" : std::holds_alternative<RefundFailed>(event) ? "refund_failure"
                  : std::holds_alternative<PaymentCaptured>(event) ? "charge" : name_of(event);
  return movement;
}

void write_movement(TableLine& to, const RecordHeader& header, const Movement& movement) {
  to.text("id", movement.id);
  to.text("type", movement.type);
  to.text("partner", header.partner.empty() ? "" : header.partner.text());
  to.text("mode", name_of(header.mode));
  to.time("created", header.time_us);
  to.number("amount", movement.amount);
  to.number("fee", movement.fee);
  to.number("net", movement.amount - movement.fee);
  to.text("currency", movement.currency.empty() ? "" : movement.currency.lower());
  to.time("available_on", movement.available_on_us);
  to.text("source", movement.source);
  to.number("partition", header.partition);
  to.number("sequence", static_cast<int64_t>(header.sequence));
}

void write_event(TableLine& to, const Record& record, const Digest& hash) {
  const RecordHeader& header = record.header;
  to.number("partition", header.partition);
  to.number("sequence", static_cast<int64_t>(header.sequence));
  to.time("time", header.time_us);
  to.text("partner", header.partner.empty() ? "" : header.partner.text());
  to.text("mode", header.mode == Mode::none ? "" : name_of(header.mode));
  to.text("type", name_of(record.event));
  to.text("subject", subject_of(record.event).text());
  to.text("request", record.cause.empty() ? "" : record.cause.request.text());
  to.text("key", record.cause.actor);
  to.text("operation", record.cause.operation);
  to.text("api_version", record.cause.api_version);
  to.text("idempotency_key", record.cause.idempotency_key);
  std::string event;
  std::visit([&](const auto& e) { JsonWriter(event, Sealed::named).object(e); }, record.event);
  to.json("event", event);
  to.text("hash", to_hex(view(hash)));
}

class Export {
 public:
  Export(const RecordSource& source, const ExportOptions& options, const Line& line) : source_(source), options_(options), line_(line) {}
  Status run();

 private:
  Status of_payments();
  Status of_records();
  Status of_partition(uint32_t partition);
  // False: nothing to be written of it.
  bool write_record(const Record& record, std::string_view bytes);
  void write_header();
  [[nodiscard]] TableLine begin() {
    return {text_, options_.format == ExportFormat::jsonl ? TableLine::As::json : TableLine::As::csv};
  }
  bool in_scope(const RecordHeader& header) const {
    return (!options_.partner || header.partner == *options_.partner) && (!options_.mode || header.mode == *options_.mode);
  }

  const RecordSource& source_;
  const ExportOptions& options_;
  const Line& line_;
  std::string text_;
  bool more_ = true;
};

void Export::write_header() {
  TableLine to(text_, TableLine::As::header);
  switch (options_.kind) {
    case ExportKind::payments: write_payment(to, {}, 0); break;
    case ExportKind::transactions: write_movement(to, {}, {}); break;
    case ExportKind::events: write_event(to, {}, {}); break;
  }
  more_ = line_(text_);
}

Status Export::of_payments() {
  TOLLGATE_ASSIGN_OR_RETURN(const Partners partners, partners_at(source_, {}));
  const PaymentScope scope{options_.partner, options_.mode, options_.from_us, options_.until_us};
  return for_each_payment(
      source_, partners, {}, scope,
      [&](const Payment& payment, uint32_t partition) {
        TableLine to = begin();
        write_payment(to, payment, partition);
        to.end();
        return more_ = line_(text_);
      },
      options_.progress);
}

bool Export::write_record(const Record& record, std::string_view bytes) {
  if (options_.kind == ExportKind::events) {
    TableLine to = begin();
    write_event(to, record, hash_of_record(bytes));
    to.end();
    return true;
  }
  const auto movement = movement_of(record.event);
  if (!movement) return false;
  TableLine to = begin();
  write_movement(to, record.header, *movement);
  to.end();
  return true;
}

Status Export::of_partition(uint32_t partition) {
  uint64_t from = 1;
  if (options_.from_us != INT64_MIN) {
    TOLLGATE_ASSIGN_OR_RETURN(from, last_sequence_at(source_, partition, options_.from_us - 1));
    ++from;
  }
  Status bad;
  uint64_t uncounted = 0;
  TOLLGATE_RETURN_IF_ERROR(source_.read(partition, from, [&](uint64_t, std::string_view bytes) {
    if (options_.progress && ++uncounted == records_per_report) options_.progress(std::exchange(uncounted, 0));
    const auto header = decode_header(bytes);
    bad = header.status();
    if (!bad.ok() || header->time_us >= options_.until_us) return false;
    if (!in_scope(*header) || (options_.kind == ExportKind::transactions && !may_post(header->event_type))) return true;
    const auto record = decode_record(bytes);
    bad = record.status();
    if (!bad.ok()) return false;
    if (write_record(*record, bytes)) more_ = line_(text_);
    return more_;
  }));
  return bad;
}

Status Export::of_records() {
  TOLLGATE_ASSIGN_OR_RETURN(const auto partitions, source_.partitions());
  for (const uint32_t partition : partitions) {
    if (!more_) break;
    if (partition == 0 && options_.kind == ExportKind::transactions) continue;
    TOLLGATE_RETURN_IF_ERROR(of_partition(partition));
  }
  return absl::OkStatus();
}

Status Export::run() {
  if (options_.format == ExportFormat::csv) write_header();
  if (!more_) return absl::OkStatus();
  return options_.kind == ExportKind::payments ? of_payments() : of_records();
}

}  // namespace

Status export_lines(const RecordSource& source, const ExportOptions& options, const std::function<bool(std::string_view line)>& line) {
  return Export(source, options, line).run();
}

}  // namespace tollgate::audit

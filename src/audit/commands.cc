#include "audit/commands.h"

#include "tollgate/audit/describe.h"
#include "tollgate/audit/folds.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

constexpr std::size_t key_digest_bytes = 16;

// The id of the object that the command answers with, as far as this record knows it.
std::string answered_with(const Record& record) {
  return std::visit(
      [&]<class E>(const E& e) -> std::string {
        if constexpr (std::is_same_v<E, RequestRefused>) return e.subject;
        else if constexpr (std::is_same_v<E, RefundRequested> || std::is_same_v<E, RefundUpdated>)
          return e.refund > RefundId::ordinal_max ? std::string() : RefundId{e.payment.core, e.refund}.text();
        else if constexpr (requires { e.partner; }) return record.header.partner.text();
        else return subject_of(record.event).text();
      },
      record.event);
}

// The operation at the acquirer that the answer waits for; 0 if it does not.
uint16_t waits_for(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> uint16_t {
        if constexpr (std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> || std::is_same_v<E, CaptureRequested> ||
                      std::is_same_v<E, CancelRequested> || std::is_same_v<E, RefundRequested> || std::is_same_v<E, SetupVerificationRequested>)
          return e.operation;
        else return 0;
      },
      event);
}

}  // namespace

const KeyRow* Commands::take(const Record& record) {
  if (!open_ && record.cause.idempotency_key.empty()) return nullptr;
  const bool same = open_ && record.cause.empty() && record.header.partner == partner_ && record.header.mode == mode_ && continues_command(record.event);
  if (same) {
    add(record);
    return nullptr;
  }
  const KeyRow* ended = end();
  if (!record.cause.idempotency_key.empty()) begin(record);
  return ended;
}

void Commands::begin(const Record& record) {
  const Cause& cause = record.cause;
  open_ = true;
  partner_ = record.header.partner;
  mode_ = record.header.mode;
  row_.origin = {record.header.sequence, record.header.time_us};
  row_.key.clear();
  append_be64(row_.key, partner_.value);
  row_.key.push_back(static_cast<char>(mode_));
  const Digest digest = sha256(cause.idempotency_key);
  row_.key.append(view(digest).substr(0, key_digest_bytes));
  entry_.fingerprint = cause.fingerprint;
  entry_.parameters = cause.parameters;
  entry_.operation = cause.operation;
  entry_.api_version = cause.api_version;
  entry_.request = cause.request;
  entry_.subject = answered_with(record);
  entry_.acquirer_operation = 0;
  entry_.refusal = {};
  if (const auto* refused = std::get_if<RequestRefused>(&record.event)) entry_.refusal = refused->detail;
  add(record);
}

void Commands::add(const Record& record) {
  entry_.sequence = record.header.sequence;
  if (const uint16_t operation = waits_for(record.event); operation != 0) entry_.acquirer_operation = operation;
  // Its payment methods are detached first.
  if (std::holds_alternative<CustomerDeleted>(record.event)) entry_.subject = answered_with(record);
}

const KeyRow* Commands::end() {
  if (!std::exchange(open_, false)) return nullptr;
  wire::Writer& bytes = wire::Writer::of_thread();
  wire::encode(bytes, entry_);
  row_.value.assign(bytes.view());
  std::swap(row_, ended_);
  return &ended_;
}

}  // namespace tollgate::audit

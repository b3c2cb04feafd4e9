// /v1/payment_intents/{id}/receipt: the payment's records with the proof that they are in the log, to be checked without us. A record that no
// signed checkpoint covers yet has one made: the call waits for it.
#include "api/lists.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

ApiError not_ready() {
  return {.status = 409,
          .code = "receipt_not_ready",
          .message = "The newest records of this payment are not covered by a signed checkpoint yet. Try again in a moment.",
          .retry = Retry::later,
          .retry_after_seconds = 1};
}

ApiError too_large() {
  return invalid_param("limit", "The payment has too many records for one receipt. Give a smaller `limit`, and with `starting_after` the sequence of "
                                "the last record that you have, as timelines number them.", "answer_too_large");
}

struct Wanted {
  PaymentId payment;
  std::vector<uint64_t> sequences;
};

Reply give(const Call& call, const Wanted& wanted) {
  const auto receipt = call.services.options.receipts->receipt(wanted.payment, call.stream.partition, wanted.sequences);
  if (absl::IsFailedPrecondition(receipt.status())) return not_ready();
  if (absl::IsResourceExhausted(receipt.status())) return too_large();
  if (!receipt.ok()) return internal();
  return Reply::json(receipt->text());
}

Reply settled(const Call& call, const Wanted& wanted, CommandResult::Kind kind) {
  switch (kind) {
    case CommandResult::Kind::done: return give(call, wanted);
    case CommandResult::Kind::overloaded: return overloaded();
    default: return not_ready();
  }
}

// A part begins with the payment's first record as well: that shows whose it is.
std::vector<uint64_t> sequences_of(const Payment& payment, const RecordQuery& query) {
  const auto wanted = records_wanted(payment.history, query.after, query.limit.value_or(payment.history.size()));
  std::vector<uint64_t> sequences(wanted.begin(), wanted.end());
  if (!payment.history.empty() && (sequences.empty() || sequences.front() != payment.history.front())) {
    sequences.insert(sequences.begin(), payment.history.front());
  }
  return sequences;
}

Reply receipt(CallPtr& call) {
  const ApiError missing = no_such_in_path("payment_intent", call->ids[0], "intent");
  const auto id = call->path_id<PaymentId>();
  const RecordQuery query = read_record_query(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return missing;
  ReceiptPort* const receipts = call->services.options.receipts;
  if (receipts == nullptr) {
    return ApiError{.status = 501, .code = "receipts_off", .message = "This gateway signs no checkpoints, so there are no receipts.", .retry = Retry::never};
  }
  const auto payment = call->services.views.payment(call->stream, *id);
  if (!payment.ok()) return read_failed(payment.status(), missing);
  Wanted wanted{*id, sequences_of(**payment, query)};
  if (wanted.sequences.empty()) return internal();
  const uint32_t partition = call->stream.partition;
  const uint64_t last = wanted.sequences.back();
  ResultSink& sink = call->sink;
  receipts->when_covered(partition, last, sink, [call = std::move(call), wanted = std::move(wanted)](CommandResult result) mutable {
    Reply reply = settled(*call, wanted, result.kind);
    answer(std::move(call), std::move(reply));
  });
  return Reply::taken();
}

constexpr Route routes[] = {
    {Method::get, "/v1/payment_intents/{}/receipt", receipt},
};

}  // namespace

Routes receipt_routes() { return routes; }

}  // namespace tollgate::api

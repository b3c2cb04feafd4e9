// /v1/refunds
#include "api/amounts.h"
#include "api/as_of.h"
#include "api/lists.h"
#include "api/submit.h"
#include "api/v1/resources.h"

namespace tollgate::api {

void write_refund(Renderer& r, const Payment& payment, const Refund& refund, Expand expand) {
  Writer& out = r.out;
  out.begin_object();
  out.id("id", RefundId{payment.id.core, refund.ordinal});
  out.text("object", "refund");
  out.number("amount", refund.amount);
  write_transaction_ref(r, "balance_transaction", payment, refund.transaction, expand);
  const bool has_charge = refund.attempt >= 1 && refund.attempt <= payment.attempts.size();
  if (const Expand inner = expand.into("charge"); inner && has_charge) {
    out.key("charge");
    write_charge(r, payment, payment.attempts[refund.attempt - 1u], inner);
  } else {
    out.id("charge", ChargeId{payment.id.core, refund.attempt});
  }
  out.time("created", refund.created_us);
  out.text("currency", payment.currency.lower());
  out.members(R"("destination_details":{"card":{"reference":null,"reference_status":"unavailable","reference_type":null,"type":"refund"},"type":"card"})");
  if (refund.failure_transaction != 0) write_transaction_ref(r, "failure_balance_transaction", payment, refund.failure_transaction, expand);
  if (refund.status == RefundStatus::failed) out.text("failure_reason", "unknown");
  write_metadata(out, refund.metadata);
  if (const Expand inner = expand.into("payment_intent")) {
    out.key("payment_intent");
    write_payment_intent(r, payment, inner);
  } else {
    out.id("payment_intent", payment.id);
  }
  out.text_or_null("reason", word_of(refund.reason));
  out.members(R"("receipt_number":null,"source_transfer_reversal":null)");
  out.text("status", word_of(refund.status));
  out.null("transfer_reversal");
  out.end_object();
}

namespace {

ApiError no_such_refund(const Call& call) { return no_such_in_path("refund", call.ids[0]); }

const Refund* refund_of(const Payment& payment, uint16_t ordinal) {
  return ordinal >= 1 && ordinal <= payment.refunds.size() ? &payment.refunds[ordinal - 1u] : nullptr;
}

// A refund that the acquirer declined is an object too, with the status failed.
Reply answer_refund(Call& call, const CommandResult& result) {
  const Refund* refund = result.payment ? refund_of(*result.payment, result.refund) : nullptr;
  if (refund == nullptr) return internal();
  Renderer r(call);
  write_refund(r, *result.payment, *refund, call.expansions.root());
  return r.reply();
}

Reply create(CallPtr& call) {
  Params params = call->root();
  CreateRefund create;
  const auto payment = params.id<PaymentId>("payment_intent", "payment_intent");
  const auto charge = params.id<ChargeId>("charge", "charge");
  if (!params.has("payment_intent") && !params.has("charge")) params.fail(missing_param("payment_intent"));
  if (payment && charge && payment->core != charge->core) {
    params.fail(invalid_param("charge", "The charge does not belong to the payment_intent."));
  }
  create.amount = read_amount(params, "amount", std::nullopt);
  create.reason = params.choice<RefundReason>("reason", refund_reasons).value_or(RefundReason::none);
  merge_metadata(create.metadata, params.metadata().entries, false);
  if (const auto error = call->params.finish()) return *error;
  if (charge) create.attempt = charge->ordinal;
  return submit(call, OnPayment{payment ? *payment : PaymentId{charge->core}, std::move(create), nullptr, {}}, answer_refund);
}

Reply update(CallPtr& call) {
  Params params = call->root();
  const auto id = call->path_id<RefundId>();
  UpdateRefund update;
  MetadataChange metadata = params.metadata();
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_refund(*call);
  const auto payment = call->services.views.payment(call->stream, PaymentId{id->core});
  if (!payment.ok()) return read_failed(payment.status(), no_such_refund(*call));
  if (refund_of(**payment, id->ordinal) == nullptr) return no_such_refund(*call);
  update.refund = id->ordinal;
  update.clear_metadata = metadata.clear;
  update.metadata = std::move(metadata.entries);
  return submit(call, OnPayment{PaymentId{id->core}, std::move(update), nullptr, {}}, answer_refund);
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<RefundId>();
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_refund(*call);
  const auto payment = call->services.views.payment(call->stream, PaymentId{id->core}, call->known_at);
  if (!payment.ok()) return read_failed(*call, payment.status(), no_such_refund(*call));
  const Refund* refund = refund_of(**payment, id->ordinal);
  if (refund == nullptr) return no_such_refund(*call);
  Renderer r(*call);
  write_refund(r, **payment, *refund, call->expansions.root());
  return r.reply();
}

// The refunds of one payment or charge: they are in the payment itself.
StatusOr<Page<RefundRef>> refunds_of(const Call& call, PaymentId id, std::optional<uint16_t> attempt, const PageQuery& query) {
  auto payment = call.services.views.payment(call.stream, id, call.known_at);
  if (!payment.ok()) return payment.status();
  std::vector<RefundRef> all;
  for (const Refund& refund : (*payment)->refunds) {
    if (!attempt || refund.attempt == *attempt) all.push_back({*payment, refund.ordinal});
  }
  return page_of(std::move(all), query, [](const RefundRef& ref) {
    return ItemKey{ref.payment->refunds[ref.refund - 1u].created_us, {ref.payment->id.core, ref.refund}};
  });
}

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/refunds");
  Params params = call->root();
  read_cursors(params, input.query, "refund", cursor_of<RefundId>);
  const auto payment = params.id<PaymentId>("payment_intent", "payment_intent");
  const auto charge = params.id<ChargeId>("charge", "charge");
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  StatusOr<Page<RefundRef>> page = Page<RefundRef>{};
  if (charge && payment && charge->core != payment->core) {
    // Nothing is both.
  } else if (charge) {
    page = refunds_of(*call, PaymentId{charge->core}, charge->ordinal, input.query);
    if (absl::IsNotFound(page.status())) return no_such("charge", charge->text(), "charge");
  } else if (payment) {
    page = refunds_of(*call, *payment, std::nullopt, input.query);
    if (absl::IsNotFound(page.status())) return no_such("payment_intent", payment->text(), "payment_intent");
  } else {
    page = page_as_of<RefundRef>(
        *call, input.query, [&](const PageQuery& query) { return call->services.views.refunds(call->stream, query); },
        then_of_payment<RefundRef>(*call, [](const RefundRef& ref) { return refund_of(*ref.payment, ref.refund) != nullptr; }),
        [](const RefundRef& ref) { return PaymentMethodId{ref.payment->id.core, ref.refund}; });
  }
  if (!page.ok()) return read_failed(*call, page.status(), no_such("refund", "", "starting_after"));
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url, [&](const RefundRef& ref) {
    write_refund(r, *ref.payment, ref.payment->refunds[ref.refund - 1u], expand);
  });
}

constexpr Route routes[] = {
    {Method::post, "/v1/refunds", create, Kind::refund, false, false, true},
    {Method::get, "/v1/refunds", list, Kind::refund, true},
    {Method::get, "/v1/refunds/{}", retrieve, Kind::refund},
    {Method::post, "/v1/refunds/{}", update, Kind::refund},
};

}  // namespace

Routes refund_routes() { return routes; }

}  // namespace tollgate::api

// /v1/charges
#include "api/as_of.h"
#include "api/lists.h"
#include "api/personal.h"
#include "api/refusals.h"
#include "api/v1/resources.h"
#include "tollgate/projection/index.h"

namespace tollgate::api {
namespace {

// What was asked of the acquirer; once approved, what is authorized.
int64_t amount_of(const Payment& payment, const Attempt& attempt) {
  if (attempt.amount_authorized > 0) return attempt.amount_authorized;
  for (const Operation& operation : payment.operations) {
    const bool starts = operation.kind == OperationKind::authorize || operation.kind == OperationKind::sale;
    if (starts && operation.attempt == attempt.ordinal) return operation.amount;
  }
  return payment.amount;
}

// What was authorized and will never be captured: given back by a cancel, an expiry, or a final capture of less.
int64_t released(const Attempt& attempt) {
  switch (attempt.state) {
    case AttemptState::captured:
    case AttemptState::canceled:
    case AttemptState::expired: return attempt.amount_authorized - attempt.amount_captured;
    case AttemptState::pending:
    case AttemptState::requires_action:
    case AttemptState::authorized:
    case AttemptState::declined: break;
  }
  return 0;
}

std::string_view status_of(const Attempt& attempt) {
  switch (attempt.state) {
    case AttemptState::declined: return "failed";
    case AttemptState::pending:
    case AttemptState::requires_action: return "pending";
    case AttemptState::authorized:
    case AttemptState::captured:
    case AttemptState::canceled:
    case AttemptState::expired: break;
  }
  return "succeeded";
}

void write_outcome(Writer& out, const Attempt& attempt) {
  if (status_of(attempt) == "pending") {
    out.null("outcome");
    return;
  }
  out.object("outcome");
  out.members(R"("advice_code":null,"network_advice_code":null,"network_decline_code":null)");
  if (attempt.state != AttemptState::declined) {
    out.members(R"("network_status":"approved_by_network","reason":null,"risk_level":"normal","seller_message":"Payment complete.","type":"authorized")");
  } else {
    const DeclineWords words = words_of(attempt.decline);
    const bool blocked = attempt.decline == DeclineCode::fraudulent;
    const bool reached = !blocked && attempt.decline != DeclineCode::not_reached && attempt.decline != DeclineCode::authentication_failed;
    out.text("network_status", reached ? "declined_by_network" : "not_sent_to_network");
    out.text("reason", words.decline_code.empty() ? words.code : words.decline_code);
    out.text("risk_level", blocked ? "highest" : "normal");
    out.text("seller_message", words.message);
    out.text("type", blocked ? "blocked" : "issuer_declined");
  }
  out.end_object();
}

void write_three_d_secure(Writer& out, const Attempt& attempt) {
  const bool failed = attempt.decline == DeclineCode::authentication_failed;
  if (!attempt.authenticated && !failed) {
    out.null("three_d_secure");
    return;
  }
  out.object("three_d_secure");
  out.members(R"("authentication_flow":"challenge","electronic_commerce_indicator":null,"exemption_indicator":null)");
  out.text("result", failed ? "failed" : "authenticated");
  out.members(R"("result_reason":null,"transaction_id":null,"version":"2.2.0")");
  out.end_object();
}

void write_method_details(Writer& out, const Payment& payment, const Attempt& attempt) {
  const Card& card = attempt.method.card;
  out.object("payment_method_details");
  out.object("card");
  if (attempt.amount_authorized > 0) out.number("amount_authorized", attempt.amount_authorized);
  else out.null("amount_authorized");
  out.text_or_null("authorization_code", attempt.authorization_code);
  out.text("brand", word_of(card.brand));
  if (attempt.capture_before_us != 0) out.time("capture_before", attempt.capture_before_us);
  out.members(R"("checks":{"address_line1_check":null,"address_postal_code_check":null)");
  out.text_or_null("cvc_check", word_of(attempt.cvc_check));
  out.end_object();
  out.text_or_null("country", card.country);
  out.number("exp_month", card.exp_month);
  out.number("exp_year", card.exp_year);
  out.members(R"("extended_authorization":{"status":"disabled"})");
  out.text_or_null("fingerprint", card.fingerprint);
  out.text("funding", word_of(card.funding));
  const bool manual = payment.capture_method == CaptureMethod::manual;
  out.members(manual ? R"("incremental_authorization":{"status":"available"})" : R"("incremental_authorization":{"status":"unavailable"})");
  out.null("installments");
  out.text("last4", card.last4);
  out.null("mandate");
  out.members(manual ? R"("multicapture":{"status":"available"})" : R"("multicapture":{"status":"unavailable"})");
  out.text("network", word_of(card.brand));
  out.members(R"("network_token":{"used":false})");
  out.text_or_null("network_transaction_id", attempt.network_transaction_id);
  out.object("overcapture");
  out.number("maximum_amount_capturable", amount_of(payment, attempt));
  out.text("status", "unavailable");
  out.end_object();
  out.null("regulated_status");
  write_three_d_secure(out, attempt);
  out.null("wallet");
  out.end_object();
  out.text("type", "card");
  out.end_object();
}

void write_refunds(Renderer& r, const Payment& payment, const Attempt& attempt, Expand expand) {
  const Expand inner = expand.into("refunds").into("data");
  r.out.object("refunds");
  r.out.text("object", "list");
  r.out.array("data");
  std::size_t count = 0;
  for (auto refund = payment.refunds.rbegin(); refund != payment.refunds.rend(); ++refund) {
    if (refund->attempt != attempt.ordinal) continue;
    if (++count <= nested_items_max) write_refund(r, payment, *refund, inner);
  }
  r.out.end_array();
  r.out.boolean("has_more", count > nested_items_max);
  r.out.text("url", fmt::format("/v1/refunds?charge={}", ChargeId{payment.id.core, attempt.ordinal}.text()));
  r.out.end_object();
}

uint16_t charge_transaction(const Payment& payment, const Attempt& attempt) {
  for (const Transaction& transaction : payment.transactions) {
    if (transaction.type == TransactionType::charge && transaction.attempt == attempt.ordinal) return transaction.ordinal;
  }
  return 0;
}

}  // namespace

void write_charge(Renderer& r, const Payment& payment, const Attempt& attempt, Expand expand) {
  if (r.full()) return;
  Writer& out = r.out;
  const PaymentDetails& details = payment.details;
  const auto personal = r.personal<PaymentPersonal>(details.sealed_personal);
  const bool failed = attempt.state == AttemptState::declined;
  const std::string_view status = status_of(attempt);
  out.begin_object();
  out.id("id", ChargeId{payment.id.core, attempt.ordinal});
  out.text("object", "charge");
  out.number("amount", amount_of(payment, attempt));
  out.number("amount_captured", attempt.amount_captured);
  // For clients, what was released counts as refunded, although no refund was made for it.
  const int64_t given_back = attempt.amount_refunded + released(attempt);
  out.number("amount_refunded", given_back);
  out.members(R"("application":null,"application_fee":null,"application_fee_amount":null)");
  write_transaction_ref(r, "balance_transaction", payment, charge_transaction(payment, attempt), expand);
  write_billing(out, r.personal<BillingDetails>(attempt.method.sealed_billing));
  out.text_or_null("calculated_statement_descriptor", details.statement_descriptor);
  out.boolean("captured", attempt.amount_captured > 0);
  out.time("created", attempt.created_us);
  out.text("currency", payment.currency.lower());
  write_customer_ref(r, "customer", payment.customer, expand);
  out.text_or_null("description", details.description);
  out.boolean("disputed", false);
  out.null("failure_balance_transaction");
  const DeclineWords words = words_of(attempt.decline);
  out.text_or_null("failure_code", failed ? words.code : std::string_view());
  out.text_or_null("failure_message", failed ? words.message : std::string_view());
  out.members(R"("fraud_details":{},"invoice":null)");
  out.boolean("livemode", r.live());
  write_metadata(out, details.metadata);
  out.null("on_behalf_of");
  write_outcome(out, attempt);
  out.boolean("paid", status == "succeeded");
  if (const Expand inner = expand.into("payment_intent")) {
    out.key("payment_intent");
    write_payment_intent(r, payment, inner);
  } else {
    out.id("payment_intent", payment.id);
  }
  out.id_or_null("payment_method", attempt.method.id);
  write_method_details(out, payment, attempt);
  out.members(R"("radar_options":{})");
  out.text_or_null("receipt_email", personal.receipt_email);
  out.members(R"("receipt_number":null,"receipt_url":null)");
  out.boolean("refunded", attempt.amount_authorized > 0 && given_back == attempt.amount_authorized);
  if (r.form.refunds_on_charge || expand.into("refunds")) write_refunds(r, payment, attempt, expand);
  out.null("review");
  write_shipping(out, personal.shipping);
  out.members(R"("source":null,"source_transfer":null)");
  out.text_or_null("statement_descriptor", details.statement_descriptor);
  out.text_or_null("statement_descriptor_suffix", details.statement_descriptor_suffix);
  out.text("status", status);
  out.null("transfer_data");
  out.text_or_null("transfer_group", details.transfer_group);
  out.end_object();
}

namespace {

ApiError no_such_charge(const Call& call) { return no_such_in_path("charge", call.ids[0]); }

const Attempt* attempt_of(const Payment& payment, uint16_t ordinal) {
  if (ordinal == 0 || ordinal > payment.attempts.size()) return nullptr;
  const Attempt& attempt = payment.attempts[ordinal - 1u];
  return is_charge(attempt) ? &attempt : nullptr;
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<ChargeId>();
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_charge(*call);
  const auto payment = call->services.views.payment(call->stream, PaymentId{id->core}, call->known_at);
  if (!payment.ok()) return read_failed(*call, payment.status(), no_such_charge(*call));
  const Attempt* attempt = attempt_of(**payment, id->ordinal);
  if (attempt == nullptr) return no_such_charge(*call);
  Renderer r(*call);
  write_charge(r, **payment, *attempt, call->expansions.root());
  return r.reply();
}

// The charges of one payment: they are in the payment itself.
StatusOr<Page<ChargeRef>> charges_of(const Call& call, PaymentId id, const PageQuery& query) {
  auto payment = call.services.views.payment(call.stream, id, call.known_at);
  if (!payment.ok()) return payment.status();
  std::vector<ChargeRef> all;
  for (const Attempt& attempt : (*payment)->attempts) {
    const bool of_customer = !query.customer || (*payment)->customer == *query.customer;
    if (is_charge(attempt) && of_customer) all.push_back({*payment, attempt.ordinal});
  }
  return page_of(std::move(all), query, [](const ChargeRef& ref) {
    return ItemKey{ref.payment->attempts[ref.attempt - 1u].created_us, {ref.payment->id.core, ref.attempt}};
  });
}

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/charges");
  Params params = call->root();
  read_cursors(params, input.query, "charge", cursor_of<ChargeId>);
  input.query.customer = params.id<CustomerId>("customer", "customer");
  const auto payment = params.id<PaymentId>("payment_intent", "payment_intent");
  read_as_of(*call);
  if (!payment) refuse_with_as_of(*call, "customer");
  if (const auto error = call->params.finish()) return *error;
  const auto page = payment ? charges_of(*call, *payment, input.query)
                            : page_as_of<ChargeRef>(
                                  *call, input.query, [&](const PageQuery& query) { return call->services.views.charges(call->stream, query); },
                                  then_of_payment<ChargeRef>(*call, [](const ChargeRef& ref) { return attempt_of(*ref.payment, ref.attempt) != nullptr; }),
                                  [](const ChargeRef& ref) { return PaymentMethodId{ref.payment->id.core, ref.attempt}; });
  if (!page.ok()) {
    return read_failed(*call, page.status(), payment ? no_such("payment_intent", payment->text(), "payment_intent") : no_such("charge", "", "starting_after"));
  }
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url, [&](const ChargeRef& ref) {
    write_charge(r, *ref.payment, ref.payment->attempts[ref.attempt - 1u], expand);
  });
}

constexpr Route routes[] = {
    {Method::get, "/v1/charges", list, Kind::charge, true},
    {Method::get, "/v1/charges/{}", retrieve, Kind::charge},
};

}  // namespace

Routes charge_routes() { return routes; }

}  // namespace tollgate::api

#include "api/personal.h"
#include "api/render.h"
#include "tollgate/projection/index.h"

namespace tollgate::api {
namespace {

const Attempt* latest_charge(const Payment& payment) {
  for (auto attempt = payment.attempts.rbegin(); attempt != payment.attempts.rend(); ++attempt) {
    if (is_charge(*attempt)) return &*attempt;
  }
  return nullptr;
}

void write_latest_charge(Renderer& r, const Payment& payment, Expand expand) {
  const Attempt* attempt = latest_charge(payment);
  if (attempt == nullptr) {
    r.out.null("latest_charge");
  } else if (const Expand inner = expand.into("latest_charge")) {
    r.out.key("latest_charge");
    write_charge(r, payment, *attempt, inner);
  } else {
    r.out.id("latest_charge", ChargeId{payment.id.core, attempt->ordinal});
  }
}

// The form before 2022-11-15: the charges themselves, newest first.
void write_charges(Renderer& r, const Payment& payment, Expand expand) {
  const Expand inner = expand.into("charges").into("data");
  r.out.object("charges");
  r.out.text("object", "list");
  r.out.array("data");
  std::size_t count = 0;
  for (auto attempt = payment.attempts.rbegin(); attempt != payment.attempts.rend(); ++attempt) {
    if (!is_charge(*attempt)) continue;
    if (++count <= nested_items_max) write_charge(r, payment, *attempt, inner);
  }
  r.out.end_array();
  r.out.boolean("has_more", count > nested_items_max);
  r.out.number("total_count", static_cast<int64_t>(count));
  r.out.text("url", "/v1/charges?payment_intent=" + payment.id.text());
  r.out.end_object();
}

void write_last_error(Renderer& r, const Payment& payment) {
  if (payment.last_decline == DeclineCode::none) {
    r.out.null("last_payment_error");
    return;
  }
  const std::size_t ordinal = payment.last_decline_attempt;
  const Attempt* attempt = ordinal >= 1 && ordinal <= payment.attempts.size() ? &payment.attempts[ordinal - 1] : nullptr;
  ChargeId charge;
  if (attempt != nullptr && is_charge(*attempt)) charge = ChargeId{payment.id.core, attempt->ordinal};
  write_decline(r, "last_payment_error", words_of(payment.last_decline), charge, attempt != nullptr ? &attempt->method : nullptr);
}

}  // namespace

void write_payment_intent(Renderer& r, const Payment& payment, Expand expand) {
  if (r.full()) return;
  Writer& out = r.out;
  const PaymentDetails& details = payment.details;
  const std::string id = payment.id.text();
  const auto personal = r.personal<PaymentPersonal>(details.sealed_personal);
  out.begin_object();
  out.text("id", id);
  out.text("object", "payment_intent");
  out.number("amount", payment.amount);
  out.number("amount_capturable", payment.amount_capturable());
  out.members(R"("amount_details":{"tip":{}})");
  out.number("amount_received", payment.amount_received());
  out.members(R"("application":null,"application_fee_amount":null,"automatic_payment_methods":null)");
  out.time_or_null("canceled_at", payment.canceled_us);
  out.text_or_null("cancellation_reason", word_of(payment.cancellation_reason));
  out.text("capture_method", word_of(payment.capture_method));
  if (r.form.charges_on_payment_intent) write_charges(r, payment, expand);
  out.text("client_secret", client_secret(r.services, id));
  out.text("confirmation_method", word_of(payment.confirmation_method));
  out.time("created", payment.created_us);
  out.text("currency", payment.currency.lower());
  write_customer_ref(r, "customer", payment.customer, expand);
  out.null("customer_account");
  out.text_or_null("description", details.description);
  out.members(R"("excluded_payment_method_types":null,"invoice":null)");
  write_last_error(r, payment);
  if (!r.form.charges_on_payment_intent) write_latest_charge(r, payment, expand);
  out.boolean("livemode", r.live());
  out.null("managed_payments");
  write_metadata(out, details.metadata);
  const Attempt* newest = payment.newest_attempt();
  write_next_action(r, payment.status == PaymentStatus::requires_action, id, newest != nullptr ? newest->ordinal : 0u, details.return_url);
  out.null("on_behalf_of");
  if (payment.method) write_payment_method_ref(r, "payment_method", *payment.method, expand);
  else out.null("payment_method");
  out.members(R"("payment_method_configuration_details":null,"payment_method_options":{"card":{"installments":null,)"
              R"("mandate_options":null,"network":null,"request_three_d_secure":"automatic"}},"payment_method_types":["card"])");
  // While something is asked of the acquirer, also when nobody knows the answer yet: the amounts may still change.
  if (payment.open_operation() != nullptr) out.members(R"("processing":{"card":{},"type":"card"})");
  else out.null("processing");
  out.text_or_null("receipt_email", personal.receipt_email);
  out.null("review");
  out.text_or_null("setup_future_usage", word_of(details.setup_future_usage));
  write_shipping(out, personal.shipping);
  out.null("source");
  out.text_or_null("statement_descriptor", details.statement_descriptor);
  out.text_or_null("statement_descriptor_suffix", details.statement_descriptor_suffix);
  out.text("status", word_of(payment.status));
  out.null("transfer_data");
  out.text_or_null("transfer_group", details.transfer_group);
  out.end_object();
}

}  // namespace tollgate::api

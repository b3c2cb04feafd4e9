// /v1/payment_methods
#include "api/as_of.h"
#include "api/cards.h"
#include "api/lists.h"
#include "api/personal.h"
#include "api/submit.h"
#include "api/text.h"
#include "api/v1/customer_methods.h"
#include "api/v1/resources.h"

namespace tollgate::api {

void write_method_card(Writer& out, const Card& card) {
  const std::string_view brand = word_of(card.brand);
  out.object("card");
  out.text("brand", brand);
  out.members(R"("checks":{"address_line1_check":null,"address_postal_code_check":null,"cvc_check":null})");
  out.text_or_null("country", card.country);
  out.text("display_brand", brand);
  out.number("exp_month", card.exp_month);
  out.number("exp_year", card.exp_year);
  out.text_or_null("fingerprint", card.fingerprint);
  out.text("funding", word_of(card.funding));
  out.null("generated_from");
  out.text("last4", card.last4);
  out.object("networks");
  out.array("available");
  out.text(brand);
  out.end_array();
  out.null("preferred");
  out.end_object();
  out.members(R"("regulated_status":null,"three_d_secure_usage":{"supported":true},"wallet":null)");
  out.end_object();
}

void write_payment_method(Renderer& r, const MethodSnapshot& method, const Metadata& metadata, Expand expand) {
  Writer& out = r.out;
  out.begin_object();
  out.id("id", method.id);
  out.text("object", "payment_method");
  out.text("allow_redisplay", "unspecified");
  write_billing(out, r.personal<BillingDetails>(method.sealed_billing));
  write_method_card(out, method.card);
  out.time("created", method.created_us != 0 ? method.created_us : method.id.core.created_us());
  write_customer_ref(r, "customer", method.customer, expand);
  out.null("customer_account");
  out.boolean("livemode", r.live());
  write_metadata(out, metadata);
  out.text("type", "card");
  out.end_object();
}

void write_payment_method_id_ref(Renderer& r, std::string_view key, PaymentMethodId id, Expand parent) {
  if (const Expand inner = parent.into(key); inner && !id.empty()) {
    const auto method = r.services.views.method(r.stream, id, r.known_at);
    if (method.ok()) {
      r.out.key(key);
      write_payment_method(r, (*method)->method, (*method)->metadata, inner);
      return;
    }
    r.read(method.status());
  }
  r.out.id_or_null(key, id);
}

void write_payment_method_ref(Renderer& r, std::string_view key, const MethodSnapshot& method, Expand parent) {
  const Expand inner = parent.into(key);
  if (!inner) {
    r.out.id_or_null(key, method.id);
    return;
  }
  r.out.key(key);
  // As it is now, not as it was used; the payment's copy if it is no object of its own.
  const auto now = r.services.views.method(r.stream, method.id, r.known_at);
  r.read(now.status());
  if (now.ok()) write_payment_method(r, (*now)->method, (*now)->metadata, inner);
  else write_payment_method(r, method, {}, inner);
}

namespace {

ApiError no_such_method(const Call& call) { return no_such_in_path("PaymentMethod", call.ids[0], "payment_method"); }

Reply answer_method(Call& call, const CommandResult& result) {
  if (!result.method) return internal();
  Renderer r(call);
  write_payment_method(r, result.method->method, result.method->metadata, call.expansions.root());
  return r.reply();
}

Reply create(CallPtr& call) {
  Params params = call->root();
  const PaymentMethodId id{new_core(call->now_us), 0};
  const std::string_view type = params.need_text("type");
  if (!type.empty() && type != "card") {
    params.fail(invalid_param("type", "Only payment methods of the type card are supported."));
  }
  BillingDetails billing;
  const bool has_billing = read_billing(params.object("billing_details"), billing);
  MetadataChange metadata = params.metadata();
  MethodInput method;
  Params card = params.object("card");
  if (card) method = read_card(*call, card);
  else params.fail(missing_param("card"));
  if (const auto error = call->params.finish()) return *error;
  if (has_billing) {
    auto sealed = seal(*call, id.text(), billing);
    if (!sealed.ok()) return internal();
    method.snapshot->sealed_billing = *std::move(sealed);
  }
  method.snapshot->id = id;
  method.snapshot->created_us = call->now_us;
  return store_card(call, std::move(method), [entries = std::move(metadata.entries)](CallPtr& held, MethodInput& ready) mutable {
    OnCustomerObject target;
    CreatePaymentMethod create_method{std::move(*ready.snapshot), {}};
    merge_metadata(create_method.metadata, entries, false);
    target.command = std::move(create_method);
    target.cvc = ready.cvc;
    return submit(held, std::move(target), answer_method);
  });
}

Reply update(CallPtr& call) {
  const auto id = call->path_id<PaymentMethodId>();
  if (!id) return no_such_method(*call);
  Params params = call->root();
  UpdatePaymentMethod update;
  if (Params card = params.object("card")) {
    if (const auto month = card.integer("exp_month", 1, 12)) update.exp_month = static_cast<uint8_t>(*month);
    if (const auto year = card.integer("exp_year", 2000, 2100)) update.exp_year = static_cast<uint16_t>(*year);
  }
  if (params.has("billing_details")) {
    const auto method = call->services.views.method(call->stream, *id);
    if (!method.ok()) return read_failed(method.status(), no_such_method(*call));
    auto billing = unseal<BillingDetails>(call->services, call->stream, (*method)->method.sealed_billing);
    if (!billing.ok()) return internal();
    if (read_billing(params.object("billing_details"), *billing) && !call->params.error) {
      const CustomerId customer = (*method)->method.customer;
      auto sealed = seal(*call, customer.empty() ? id->text() : customer.text(), *billing);
      if (!sealed.ok()) return internal();
      update.sealed_billing = *std::move(sealed);
      update.sealed_billing_base = (*method)->method.sealed_billing;
    }
  }
  MetadataChange metadata = params.metadata();
  if (const auto error = call->params.finish()) return *error;
  update.clear_metadata = metadata.clear;
  update.metadata = std::move(metadata.entries);
  OnCustomerObject target;
  target.method = *id;
  target.command = std::move(update);
  return submit(call, std::move(target), answer_method);
}

Reply attach(CallPtr& call) {
  Params params = call->root();
  if (!params.has("customer")) params.fail(missing_param("customer"));
  const auto customer = params.id<CustomerId>("customer", "customer");
  if (const auto error = call->params.finish()) return *error;
  auto method = attachable_named(*call, call->ids[0]);
  if (!method) return no_such_method(*call);
  OnCustomerObject target;
  target.customer = *customer;
  target.method = method->id;
  target.command = AttachPaymentMethod{*customer, std::move(method->made)};
  return submit(call, std::move(target), answer_method);
}

Reply detach(CallPtr& call) {
  const auto id = call->path_id<PaymentMethodId>();
  if (!id) return no_such_method(*call);
  if (const auto error = call->params.finish()) return *error;
  OnCustomerObject target;
  target.method = *id;
  // Its customer may have it as the default.
  const auto method = call->services.views.method(call->stream, *id);
  if (!method.ok()) return read_failed(method.status(), no_such_method(*call));
  target.customer = (*method)->method.customer;
  target.command = DetachPaymentMethod{};
  return submit(call, std::move(target), answer_method);
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<PaymentMethodId>();
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_method(*call);
  const auto method = call->services.views.method(call->stream, *id, call->known_at);
  if (!method.ok()) return read_failed(*call, method.status(), no_such_method(*call));
  Renderer r(*call);
  write_payment_method(r, (*method)->method, (*method)->metadata, call->expansions.root());
  return r.reply();
}

Reply list(CallPtr& call) {
  Params params = call->root();
  const auto customer = params.id<CustomerId>("customer", "customer");
  return list_methods(call, "/v1/payment_methods", customer);
}

constexpr Route routes[] = {
    {Method::post, "/v1/payment_methods", create, Kind::payment_method},
    {Method::get, "/v1/payment_methods", list, Kind::payment_method, true},
    {Method::get, "/v1/payment_methods/{}", retrieve, Kind::payment_method},
    {Method::post, "/v1/payment_methods/{}", update, Kind::payment_method},
    {Method::post, "/v1/payment_methods/{}/attach", attach, Kind::payment_method},
    {Method::post, "/v1/payment_methods/{}/detach", detach, Kind::payment_method},
};

}  // namespace

Reply list_methods(CallPtr& call, std::string_view url, std::optional<CustomerId> customer) {
  ListInput input = read_list(*call, url);
  Params params = call->root();
  read_cursors(params, input.query, "PaymentMethod", cursor_of<PaymentMethodId>);
  input.query.customer = customer;
  const auto type = params.text("type");
  if (const auto error = call->params.finish()) return *error;
  Page<std::shared_ptr<const PaymentMethod>> page;
  // There are cards only: of any other type there are none.
  if (!type || *type == "card") {
    auto found = call->services.views.methods(call->stream, input.query);
    if (!found.ok()) return read_failed(found.status(), no_such("PaymentMethod", "", "starting_after"));
    page = *std::move(found);
  }
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page.items, page.has_more, input.url,
                    [&](const auto& method) { write_payment_method(r, method->method, method->metadata, expand); });
}

Routes payment_method_routes() { return routes; }

}  // namespace tollgate::api

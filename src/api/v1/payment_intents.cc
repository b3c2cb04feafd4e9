// /v1/payment_intents
#include "api/amounts.h"
#include "api/as_of.h"
#include "api/cards.h"
#include "api/lists.h"
#include "api/method_options.h"
#include "api/payment_answer.h"
#include "api/personal.h"
#include "api/submit.h"
#include "api/text.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

constexpr std::size_t statement_characters_max = 22;
constexpr std::size_t description_characters_max = 1000;

ApiError no_such_payment(const Call& call) { return no_such_in_path("payment_intent", call.ids[0], "intent"); }

// Whose key seals the personal data of a payment: its customer's if there is one.
std::string seal_subject(CustomerId customer, PaymentId payment) { return customer.empty() ? payment.text() : customer.text(); }

std::string_view read_return_url(Params& params) {
  const auto url = params.text("return_url");
  if (!url) return {};
  if (!is_redirect_url(*url)) {
    params.fail(invalid_param("return_url", "Invalid return_url: must be an absolute URL.", "url_invalid"));
    return {};
  }
  return *url;
}

std::optional<std::string> read_unsettable(Params& params, std::string_view name, std::size_t characters_max) {
  const auto given = params.text_or_unset(name, characters_max);
  if (!given) return std::nullopt;
  return std::string(*given);
}

std::optional<std::string> read_statement(Params& params, std::string_view name) {
  const auto given = read_unsettable(params, name, statement_characters_max);
  if (given && given->find_first_of("<>\\'\"*") != std::string::npos) {
    params.fail(invalid_param(std::string(name), "Statement descriptors may not contain < > \\ ' \" or *."));
  }
  return given;
}

std::optional<FutureUsage> read_future_usage(Params& params) {
  if (params.unset("setup_future_usage")) return FutureUsage::none;
  return params.choice<FutureUsage>("setup_future_usage", future_usages);
}

// true, false, or in the older words.
bool read_off_session(Params& params) {
  if (const auto given = params.text("off_session"); given && boolean_of(*given)) return *boolean_of(*given);
  static constexpr std::pair<std::string_view, bool> words[] = {{"true", true}, {"false", false}, {"one_off", true}, {"recurring", true}};
  return params.choice<bool>("off_session", words).value_or(false);
}

Confirmation read_confirmation(Params& params) {
  Confirmation confirm;
  confirm.off_session = read_off_session(params);
  confirm.error_on_requires_action = params.boolean("error_on_requires_action").value_or(false);
  confirm.return_url = read_return_url(params);
  return confirm;
}

Reply create(CallPtr& call) {
  Params params = call->root();
  CreatePayment create;
  create.payment = PaymentId{new_core(call->now_us)};
  create.currency = need_currency(params);
  create.amount = need_amount(params, "amount", create.currency);
  create.capture_method = params.choice<CaptureMethod>("capture_method", capture_methods).value_or(CaptureMethod::automatic);
  create.confirmation_method =
      params.choice<ConfirmationMethod>("confirmation_method", confirmation_methods).value_or(ConfirmationMethod::automatic);
  create.customer = params.id<CustomerId>("customer", "customer").value_or(CustomerId{});
  PaymentDetails& details = create.details;
  details.description = params.text_or_unset("description", description_characters_max).value_or("");
  details.statement_descriptor = read_statement(params, "statement_descriptor").value_or("");
  details.statement_descriptor_suffix = read_statement(params, "statement_descriptor_suffix").value_or("");
  details.transfer_group = params.text_or_unset("transfer_group").value_or("");
  details.setup_future_usage = read_future_usage(params).value_or(FutureUsage::none);
  merge_metadata(details.metadata, params.metadata().entries, false);
  const MethodOptions options = read_method_options(params, MethodUse::payment);
  create.capture_method = options.capture_method.value_or(create.capture_method);
  details.setup_future_usage = options.setup_future_usage.value_or(details.setup_future_usage);
  read_radar_options(params);
  read_mandate_data(params);
  const bool confirm = params.boolean("confirm").value_or(false);
  if (confirm) {
    create.confirm = read_confirmation(params);
    details.return_url = create.confirm->return_url;
  } else {
    refuse_without_confirm(params, {"off_session", "error_on_requires_action", "return_url", "mandate_data"});
  }
  const std::string subject = seal_subject(create.customer, create.payment);
  PaymentPersonal personal;
  (void)read_payment_personal(params, personal);
  MethodInput method = read_method(*call, params, subject);
  if (const auto error = call->params.finish()) return *error;
  auto sealed = seal(*call, subject, personal);
  if (!sealed.ok()) return internal();
  details.sealed_personal = *std::move(sealed);
  return store_card(call, std::move(method), [create = std::move(create)](CallPtr& held, MethodInput& ready) mutable {
    create.method = std::move(ready.snapshot);
    const PaymentId id = create.payment;
    return submit(held, OnPayment{id, std::move(create), ready.cvc, ready.id}, answer_payment);
  });
}

// Adds to what the payment has: personal data is read, merged and sealed again.
Reply merge_personal(Call& call, PaymentId id, std::optional<CustomerId> new_customer, Params params, UpdatePayment& update) {
  if (!params.has("shipping") && !params.has("receipt_email")) return {};
  const auto payment = call.services.views.payment(call.stream, id);
  if (!payment.ok()) return read_failed(payment.status(), no_such_payment(call));
  auto personal = unseal<PaymentPersonal>(call.services, call.stream, (*payment)->details.sealed_personal);
  if (!personal.ok()) return internal();
  if (!read_payment_personal(params, *personal)) return {};
  if (call.params.error) return *call.params.error;
  auto made = seal(call, seal_subject(new_customer.value_or((*payment)->customer), id), *personal);
  if (!made.ok()) return internal();
  update.sealed_personal = *std::move(made);
  update.sealed_personal_base = (*payment)->details.sealed_personal;
  return {};
}

// What a card's options say over the parameters of the payment.
void read_charge_options(Params& params, UpdatePayment& update) {
  const MethodOptions options = read_method_options(params, MethodUse::payment);
  if (options.capture_method) update.capture_method = options.capture_method;
  if (options.setup_future_usage) update.setup_future_usage = options.setup_future_usage;
  read_radar_options(params);
}

Reply update(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  Params params = call->root();
  UpdatePayment update;
  update.currency = read_currency(params);
  update.amount = read_amount(params, "amount", update.currency);
  update.capture_method = params.choice<CaptureMethod>("capture_method", capture_methods);
  update.customer = params.id<CustomerId>("customer", "customer");
  update.description = read_unsettable(params, "description", description_characters_max);
  update.statement_descriptor = read_statement(params, "statement_descriptor");
  update.statement_descriptor_suffix = read_statement(params, "statement_descriptor_suffix");
  update.transfer_group = read_unsettable(params, "transfer_group", text_characters_max);
  update.setup_future_usage = read_future_usage(params);
  MetadataChange metadata = params.metadata();
  update.clear_metadata = metadata.clear;
  update.metadata = std::move(metadata.entries);
  read_charge_options(params, update);
  MethodInput method = read_method(*call, params, seal_subject(update.customer.value_or(CustomerId{}), *id));
  update.clear_method = method.cleared;
  const Reply merged = merge_personal(*call, *id, update.customer, params, update);
  if (merged.status != 200) return merged;
  if (const auto error = call->params.finish()) return *error;
  return store_card(call, std::move(method), [id = *id, update = std::move(update)](CallPtr& held, MethodInput& ready) mutable {
    update.method = std::move(ready.snapshot);
    return submit(held, OnPayment{id, std::move(update), ready.cvc, ready.id}, answer_payment);
  });
}

Reply confirm(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  Params params = call->root();
  ConfirmPayment confirm{read_confirmation(params), {}};
  confirm.confirm.setup_future_usage = read_future_usage(params).value_or(FutureUsage::none);
  const auto secret = params.text("client_secret");
  read_mandate_data(params);
  UpdatePayment changes;
  changes.capture_method = params.choice<CaptureMethod>("capture_method", capture_methods);
  read_charge_options(params, changes);
  if (changes.setup_future_usage) confirm.confirm.setup_future_usage = FutureUsage::none;
  MethodInput method = read_method(*call, params, id->text());
  if (method.cleared) params.fail(invalid_param("payment_method", "payment_method may not be empty.", "parameter_invalid_empty"));
  const Reply merged = merge_personal(*call, *id, std::nullopt, params, changes);
  if (merged.status != 200) return merged;
  if (const auto error = call->params.finish()) return *error;
  if (const auto error = check_client_secret(*call, secret, id->text(), "PaymentIntent")) return *error;
  if (changes.capture_method || changes.setup_future_usage || changes.sealed_personal) confirm.changes = std::move(changes);
  return store_card(call, std::move(method), [id = *id, confirm = std::move(confirm)](CallPtr& held, MethodInput& ready) mutable {
    confirm.confirm.method = std::move(ready.snapshot);
    return submit(held, OnPayment{id, std::move(confirm), ready.cvc, ready.id}, answer_payment);
  });
}

Reply capture(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  Params params = call->root();
  CapturePayment capture;
  capture.amount_to_capture = read_amount(params, "amount_to_capture", std::nullopt);
  capture.final_capture = params.boolean("final_capture").value_or(true);
  MetadataChange metadata = params.metadata();
  capture.clear_metadata = metadata.clear;
  capture.metadata = std::move(metadata.entries);
  capture.statement_descriptor = read_statement(params, "statement_descriptor");
  capture.statement_descriptor_suffix = read_statement(params, "statement_descriptor_suffix");
  if (const auto error = call->params.finish()) return *error;
  return submit(call, OnPayment{*id, std::move(capture), nullptr, {}}, answer_payment);
}

Reply cancel(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  Params params = call->root();
  CancelPayment cancel;
  cancel.reason = params.choice<CancellationReason>("cancellation_reason", payment_cancellation_choices).value_or(CancellationReason::none);
  if (const auto error = call->params.finish()) return *error;
  return submit(call, OnPayment{*id, cancel, nullptr, {}}, answer_payment);
}

Reply increment(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  Params params = call->root();
  IncrementAuthorization increment;
  increment.amount = need_amount(params, "amount", std::nullopt);
  increment.description = read_unsettable(params, "description", description_characters_max);
  increment.statement_descriptor = read_statement(params, "statement_descriptor");
  MetadataChange metadata = params.metadata();
  increment.clear_metadata = metadata.clear;
  increment.metadata = std::move(metadata.entries);
  if (const auto error = call->params.finish()) return *error;
  return submit(call, OnPayment{*id, std::move(increment), nullptr, {}}, answer_payment);
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<PaymentId>();
  if (!id) return no_such_payment(*call);
  const auto secret = call->root().text("client_secret");
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  const auto payment = call->services.views.payment(call->stream, *id, call->known_at);
  if (!payment.ok()) return read_failed(*call, payment.status(), no_such_payment(*call));
  if (const auto error = check_client_secret(*call, secret, id->text(), "PaymentIntent")) return *error;
  Renderer r(*call);
  write_payment_intent(r, **payment, call->expansions.root());
  return r.reply();
}

using PaymentPtr = std::shared_ptr<const Payment>;

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/payment_intents");
  Params params = call->root();
  read_cursors(params, input.query, "payment_intent", cursor_of<PaymentId>);
  input.query.customer = params.id<CustomerId>("customer", "customer");
  read_as_of(*call);
  refuse_with_as_of(*call, "customer");
  if (const auto error = call->params.finish()) return *error;
  const Views& views = call->services.views;
  const auto page = page_as_of<PaymentPtr>(
      *call, input.query, [&](const PageQuery& query) { return views.payments(call->stream, query); },
      [&](PaymentPtr& payment) -> StatusOr<bool> {
        auto then = views.payment(call->stream, payment->id, call->known_at);
        if (absl::IsNotFound(then.status())) return false;
        TOLLGATE_ASSIGN_OR_RETURN(payment, std::move(then));
        return true;
      },
      [](const PaymentPtr& payment) { return PaymentMethodId{payment->id.core, 0}; });
  if (!page.ok()) return read_failed(*call, page.status(), no_such("payment_intent", "", "starting_after"));
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url, [&](const auto& payment) { write_payment_intent(r, *payment, expand); });
}

constexpr Route routes[] = {
    {Method::post, "/v1/payment_intents", create, Kind::payment_intent},
    {Method::get, "/v1/payment_intents", list, Kind::payment_intent, true},
    {Method::get, "/v1/payment_intents/{}", retrieve, Kind::payment_intent},
    {Method::post, "/v1/payment_intents/{}", update, Kind::payment_intent},
    {Method::post, "/v1/payment_intents/{}/confirm", confirm, Kind::payment_intent},
    {Method::post, "/v1/payment_intents/{}/capture", capture, Kind::payment_intent, false, false, true},
    {Method::post, "/v1/payment_intents/{}/cancel", cancel, Kind::payment_intent, false, false, true},
    {Method::post, "/v1/payment_intents/{}/increment_authorization", increment, Kind::payment_intent},
};

}  // namespace

Routes payment_intent_routes() { return routes; }

}  // namespace tollgate::api

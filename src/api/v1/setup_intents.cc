// /v1/setup_intents
#include "api/as_of.h"
#include "api/cards.h"
#include "api/lists.h"
#include "api/method_options.h"
#include "api/refusals.h"
#include "api/submit.h"
#include "api/text.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

// The card of the last verification: a decline takes it from the setup intent, but not from its history. Nothing if that is in the archive.
std::optional<MethodSnapshot> tried_method(Renderer& r, const SetupIntent& setup) {
  const auto then = r.services.views.setup_at(r.stream, setup.id, setup.requested_sequence);
  if (then.ok()) return (*then)->method;
  if (!absl::IsFailedPrecondition(then.status())) r.read(then.status());
  return std::nullopt;
}

void write_last_error(Renderer& r, const SetupIntent& setup) {
  if (setup.last_decline == DeclineCode::none) {
    r.out.null("last_setup_error");
    return;
  }
  const auto method = tried_method(r, setup);
  write_decline(r, "last_setup_error", setup_words_of(setup.last_decline), {}, method ? &*method : nullptr);
}

}  // namespace

void write_setup_intent(Renderer& r, const SetupIntent& setup, Expand expand) {
  Writer& out = r.out;
  const std::string id = setup.id.text();
  out.begin_object();
  out.text("id", id);
  out.text("object", "setup_intent");
  out.members(R"("application":null,"automatic_payment_methods":null)");
  out.text_or_null("cancellation_reason", word_of(setup.cancellation_reason));
  out.text("client_secret", client_secret(r.services, id));
  out.time("created", setup.created_us != 0 ? setup.created_us : setup.id.core.created_us());
  write_customer_ref(r, "customer", setup.customer, expand);
  out.null("customer_account");
  out.text_or_null("description", setup.description);
  out.members(R"("excluded_payment_method_types":null,"flow_directions":null)");
  write_last_error(r, setup);
  out.null("latest_attempt");
  out.boolean("livemode", r.live());
  out.null("mandate");
  write_metadata(out, setup.metadata);
  write_next_action(r, setup.status == SetupStatus::requires_action, id, setup.operation, setup.return_url);
  out.null("on_behalf_of");
  if (setup.method) write_payment_method_ref(r, "payment_method", *setup.method, expand);
  else out.null("payment_method");
  out.members(R"("payment_method_configuration_details":null,"payment_method_options":{"card":{"mandate_options":null,"network":null,)"
              R"("request_three_d_secure":"automatic"}},"payment_method_types":["card"],"single_use_mandate":null)");
  out.text("status", word_of(setup.status));
  out.text("usage", word_of(setup.usage));
  out.end_object();
}

namespace {

ApiError no_such_setup(const Call& call) { return no_such_in_path("setupintent", call.ids[0], "intent"); }

// The setup intent, or a card error if the verification that was waited for was declined.
Reply answer_setup(Call& call, const CommandResult& result) {
  if (!result.setup) return internal();
  const SetupIntent& setup = *result.setup;
  Renderer r(call);
  if (result.operation != 0 && setup.operation == result.operation && setup.last_decline != DeclineCode::none &&
      setup.status == SetupStatus::requires_payment_method) {
    ApiError error = card_error(setup.last_decline, {});
    error.code = setup_words_of(setup.last_decline).code;
    r.out.key("setup_intent");
    write_setup_intent(r, setup, {});
    if (const auto method = tried_method(r, setup)) {
      r.out.key("payment_method");
      write_payment_method(r, *method, {}, {});
    }
    return r.reply(std::move(error));
  }
  write_setup_intent(r, setup, call.expansions.root());
  return r.reply();
}

std::string read_return_url(Params& params) {
  const auto url = params.text("return_url");
  if (!url) return {};
  if (!is_redirect_url(*url)) params.fail(invalid_param("return_url", "Invalid return_url: must be an absolute URL.", "url_invalid"));
  return std::string(*url);
}

Reply create(CallPtr& call) {
  Params params = call->root();
  CreateSetupIntent create;
  SetupIntent& setup = create.setup;
  setup.id = SetupIntentId{new_core(call->now_us)};
  setup.created_us = call->now_us;
  setup.customer = params.id<CustomerId>("customer", "customer").value_or(CustomerId{});
  setup.description = params.text_or_unset("description").value_or("");
  setup.usage = params.choice<FutureUsage>("usage", future_usages).value_or(FutureUsage::off_session);
  merge_metadata(setup.metadata, params.metadata().entries, false);
  (void)read_method_options(params, MethodUse::setup);
  create.confirm = params.boolean("confirm").value_or(false);
  create.return_url = read_return_url(params);
  read_mandate_data(params);
  if (!create.confirm) refuse_without_confirm(params, {"return_url", "mandate_data"});
  setup.return_url = create.return_url;
  MethodInput method = read_method(*call, params, setup.customer.empty() ? setup.id.text() : setup.customer.text());
  if (const auto error = call->params.finish()) return *error;
  return store_card(call, std::move(method), [create = std::move(create)](CallPtr& held, MethodInput& ready) mutable {
    OnCustomerObject target;
    target.customer = create.setup.customer;
    target.method = ready.id;
    target.cvc = ready.cvc;
    create.setup.method = std::move(ready.snapshot);
    target.command = std::move(create);
    return submit(held, std::move(target), answer_setup);
  });
}

Reply update(CallPtr& call) {
  const auto id = call->path_id<SetupIntentId>();
  if (!id) return no_such_setup(*call);
  Params params = call->root();
  UpdateSetupIntent update;
  update.customer = params.id<CustomerId>("customer", "customer");
  if (const auto description = params.text_or_unset("description")) update.description = std::string(*description);
  MetadataChange metadata = params.metadata();
  update.clear_metadata = metadata.clear;
  update.metadata = std::move(metadata.entries);
  (void)read_method_options(params, MethodUse::setup);
  MethodInput method = read_method(*call, params, update.customer ? update.customer->text() : id->text());
  if (method.cleared) params.fail(invalid_param("payment_method", "payment_method may not be empty.", "parameter_invalid_empty"));
  if (const auto error = call->params.finish()) return *error;
  return store_card(call, std::move(method), [id = *id, update = std::move(update)](CallPtr& held, MethodInput& ready) mutable {
    OnCustomerObject target;
    target.setup = id;
    target.method = ready.id;
    if (update.customer) target.customer = *update.customer;
    update.method = std::move(ready.snapshot);
    target.command = std::move(update);
    return submit(held, std::move(target), answer_setup);
  });
}

Reply confirm(CallPtr& call) {
  const auto id = call->path_id<SetupIntentId>();
  if (!id) return no_such_setup(*call);
  Params params = call->root();
  ConfirmSetupIntent confirm;
  confirm.return_url = read_return_url(params);
  read_mandate_data(params);
  const auto secret = params.text("client_secret");
  (void)read_method_options(params, MethodUse::setup);
  MethodInput method = read_method(*call, params, id->text());
  if (method.cleared) params.fail(invalid_param("payment_method", "payment_method may not be empty.", "parameter_invalid_empty"));
  if (const auto error = call->params.finish()) return *error;
  if (const auto error = check_client_secret(*call, secret, id->text(), "SetupIntent")) return *error;
  return store_card(call, std::move(method), [id = *id, confirm = std::move(confirm)](CallPtr& held, MethodInput& ready) mutable {
    OnCustomerObject target;
    target.setup = id;
    target.method = ready.id;
    target.cvc = ready.cvc;
    confirm.method = std::move(ready.snapshot);
    target.command = std::move(confirm);
    return submit(held, std::move(target), answer_setup);
  });
}

Reply cancel(CallPtr& call) {
  const auto id = call->path_id<SetupIntentId>();
  if (!id) return no_such_setup(*call);
  Params params = call->root();
  CancelSetupIntent cancel;
  cancel.reason = params.choice<CancellationReason>("cancellation_reason", setup_cancellation_choices).value_or(CancellationReason::none);
  if (const auto error = call->params.finish()) return *error;
  OnCustomerObject target;
  target.setup = *id;
  target.command = cancel;
  return submit(call, std::move(target), answer_setup);
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<SetupIntentId>();
  const auto secret = call->root().text("client_secret");
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_setup(*call);
  const auto setup = call->services.views.setup(call->stream, *id, call->known_at);
  if (!setup.ok()) return read_failed(*call, setup.status(), no_such_setup(*call));
  if (const auto error = check_client_secret(*call, secret, id->text(), "SetupIntent")) return *error;
  Renderer r(*call);
  write_setup_intent(r, **setup, call->expansions.root());
  return r.reply();
}

using SetupPtr = std::shared_ptr<const SetupIntent>;

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/setup_intents");
  Params params = call->root();
  read_cursors(params, input.query, "setupintent", cursor_of<SetupIntentId>);
  input.query.customer = params.id<CustomerId>("customer", "customer");
  const auto method = params.id<PaymentMethodId>("payment_method", "PaymentMethod");
  read_as_of(*call);
  refuse_with_as_of(*call, "customer");
  refuse_with_as_of(*call, "payment_method");
  if (const auto error = call->params.finish()) return *error;
  const auto read = [&](const PageQuery& query) { return call->services.views.setups(call->stream, query); };
  const auto then = [&](SetupPtr& setup) -> StatusOr<bool> {
    auto past = call->services.views.setup(call->stream, setup->id, call->known_at);
    if (absl::IsNotFound(past.status())) return false;
    TOLLGATE_ASSIGN_OR_RETURN(setup, std::move(past));
    return true;
  };
  const auto page = method ? filtered_page<SetupPtr>(
                                 input.query, read, [&](const SetupPtr& setup) { return setup->method && setup->method->id == *method; },
                                 [](const SetupPtr& setup) { return PaymentMethodId{setup->id.core, 0}; })
                           : page_as_of<SetupPtr>(*call, input.query, read, then,
                                                  [](const SetupPtr& setup) { return PaymentMethodId{setup->id.core, 0}; });
  if (!page.ok()) return read_failed(*call, page.status(), no_such("setupintent", "", "starting_after"));
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url, [&](const SetupPtr& setup) { write_setup_intent(r, *setup, expand); });
}

constexpr Route routes[] = {
    {Method::post, "/v1/setup_intents", create, Kind::setup_intent},
    {Method::get, "/v1/setup_intents", list, Kind::setup_intent, true},
    {Method::get, "/v1/setup_intents/{}", retrieve, Kind::setup_intent},
    {Method::post, "/v1/setup_intents/{}", update, Kind::setup_intent},
    {Method::post, "/v1/setup_intents/{}/confirm", confirm, Kind::setup_intent},
    {Method::post, "/v1/setup_intents/{}/cancel", cancel, Kind::setup_intent},
};

}  // namespace

Routes setup_intent_routes() { return routes; }

}  // namespace tollgate::api

// /v1/customers
#include "api/as_of.h"
#include "api/cards.h"
#include "api/lists.h"
#include "api/personal.h"
#include "api/submit.h"
#include "api/v1/customer_methods.h"
#include "api/v1/resources.h"
#include "tollgate/api/email_index.h"

namespace tollgate::api {
namespace {

void write_deleted(Writer& out, CustomerId id) {
  out.begin_object();
  out.id("id", id);
  out.text("object", "customer");
  out.boolean("deleted", true);
  out.end_object();
}

// What is there only if it is asked for, and of which customers here have none.
void write_empty_parts(Writer& out, CustomerId id, Expand expand) {
  if (expand.into("cash_balance")) out.null("cash_balance");
  for (const std::string_view name : {"sources", "subscriptions", "tax_ids"}) {
    if (!expand.into(name)) continue;
    out.object(name);
    out.text("object", "list");
    out.members(R"("data":[],"has_more":false)");
    out.text("url", fmt::format("/v1/customers/{}/{}", id.text(), name));
    out.end_object();
  }
}

}  // namespace

void write_customer(Renderer& r, const Customer& customer, Expand expand) {
  Writer& out = r.out;
  if (customer.deleted) return write_deleted(out, customer.id);
  const auto personal = r.personal<CustomerPersonal>(customer.sealed_personal);
  out.begin_object();
  out.id("id", customer.id);
  out.text("object", "customer");
  if (personal.address) write_address(out, "address", *personal.address);
  else out.null("address");
  out.number("balance", 0);
  out.time("created", customer.created_us != 0 ? customer.created_us : customer.id.core.created_us());
  out.members(R"("currency":null,"default_source":null,"delinquent":false)");
  out.text_or_null("description", customer.description);
  out.null("discount");
  out.text_or_null("email", personal.email);
  out.null("invoice_prefix");
  out.object("invoice_settings");
  out.null("custom_fields");
  write_payment_method_id_ref(r, "default_payment_method", customer.default_method, expand.into("invoice_settings"));
  out.members(R"("footer":null,"rendering_options":null)");
  out.end_object();
  out.boolean("livemode", r.live());
  write_metadata(out, customer.metadata);
  out.text_or_null("name", personal.name);
  out.number("next_invoice_sequence", 1);
  out.text_or_null("phone", personal.phone);
  out.members(R"("preferred_locales":[])");
  write_shipping(out, personal.shipping);
  out.members(R"("tax_exempt":"none","test_clock":null)");
  write_empty_parts(out, customer.id, expand);
  out.end_object();
}

void write_customer_ref(Renderer& r, std::string_view key, CustomerId id, Expand parent) {
  if (const Expand inner = parent.into(key); inner && !id.empty()) {
    const auto customer = r.services.views.customer(r.stream, id, r.known_at);
    if (customer.ok()) {
      r.out.key(key);
      write_customer(r, **customer, inner);
      return;
    }
    r.read(customer.status());
  }
  r.out.id_or_null(key, id);
}

namespace {

constexpr std::size_t email_characters_max = 512;
constexpr std::size_t locales_max = 50;

ApiError no_such_customer(const Call& call) { return no_such_in_path("customer", call.ids[0]); }

Reply answer_customer(Call& call, const CommandResult& result) {
  if (!result.customer) return internal();
  Renderer r(call);
  write_customer(r, *result.customer, call.expansions.root());
  return r.reply();
}

// invoice_settings[default_payment_method]: empty unsets.
std::optional<PaymentMethodId> read_default_method(Params& params) {
  Params settings = params.object("invoice_settings");
  if (!settings) return std::nullopt;
  if (settings.unset("default_payment_method")) return PaymentMethodId{};
  return settings.id<PaymentMethodId>("default_payment_method", "PaymentMethod");
}

// A card of the new customer: payment_method, and whether it is the default one.
Attachable read_first_method(Call& call, Params& params, Customer& customer) {
  const auto name = params.text("payment_method");
  auto method = name ? attachable_named(call, *name) : Attachable{};
  if (!method) {
    params.fail(no_such("PaymentMethod", *name, "payment_method"));
    return {};
  }
  // A test card is the same one in both places only by its name.
  Params settings = params.object("invoice_settings");
  if (name && settings && settings.has("default_payment_method") && settings.text_or_unset("default_payment_method") == *name) customer.default_method = method->id;
  else customer.default_method = read_default_method(params).value_or(PaymentMethodId{});
  return *std::move(method);
}

// Nothing here depends on them: no taxes are computed, and nothing is written to the customer.
void read_unused(Params& params) {
  (void)params.list("preferred_locales", locales_max);
  static constexpr std::pair<std::string_view, bool> exempt[] = {{"none", false}};
  (void)params.choice<bool>("tax_exempt", exempt);
}

// Before the customer itself is written: whoever can read the customer can find it.
Status note_email(Call& call, CustomerId id, const std::string& email) {
  if (email.empty()) return absl::OkStatus();
  const std::string subject = id.text();
  return call.services.vault.make_findable(EmailIndex::kind, {call.stream.partner, call.stream.mode, subject, email});
}

Reply create(CallPtr& call) {
  Params params = call->root();
  CreateCustomer create;
  Customer& customer = create.customer;
  customer.id = CustomerId{new_core(call->now_us)};
  customer.created_us = call->now_us;
  customer.description = params.text_or_unset("description").value_or("");
  merge_metadata(customer.metadata, params.metadata().entries, false);
  Attachable method = read_first_method(*call, params, customer);
  create.method = method.id;
  create.inline_method = std::move(method.made);
  read_unused(params);
  CustomerPersonal personal;
  (void)read_customer_personal(params, personal);
  if (const auto error = call->params.finish()) return *error;
  if (!note_email(*call, customer.id, personal.email).ok()) return internal();
  auto sealed = seal(*call, customer.id.text(), personal);
  if (!sealed.ok()) return internal();
  customer.sealed_personal = *std::move(sealed);
  OnCustomerObject target;
  target.method = create.method;
  target.command = std::move(create);
  return submit(call, std::move(target), answer_customer);
}

Reply update(CallPtr& call) {
  const auto id = call->path_id<CustomerId>();
  if (!id) return no_such_customer(*call);
  Params params = call->root();
  const auto customer = call->services.views.customer(call->stream, *id);
  if (!customer.ok()) return read_failed(customer.status(), no_such_customer(*call));
  if ((*customer)->deleted) return no_such_customer(*call);
  UpdateCustomer update;
  auto personal = unseal<CustomerPersonal>(call->services, call->stream, (*customer)->sealed_personal);
  if (!personal.ok()) return internal();
  const bool given = read_customer_personal(params, *personal);
  if (const auto description = params.text_or_unset("description")) update.description = std::string(*description);
  update.default_method = read_default_method(params);
  read_unused(params);
  MetadataChange metadata = params.metadata();
  update.clear_metadata = metadata.clear;
  update.metadata = std::move(metadata.entries);
  if (const auto error = call->params.finish()) return *error;
  if (given) {
    if (!note_email(*call, *id, personal->email).ok()) return internal();
    auto sealed = seal(*call, id->text(), *personal);
    if (!sealed.ok()) return internal();
    update.sealed_personal = *std::move(sealed);
    update.sealed_personal_base = (*customer)->sealed_personal;
  }
  OnCustomerObject target;
  target.customer = *id;
  if (update.default_method) target.method = *update.default_method;
  target.command = std::move(update);
  return submit(call, std::move(target), answer_customer);
}

// The key of the customer's personal data goes with the customer: what the log holds of it can then be read by no one.
Reply answer_deleted(Call& call, const CommandResult&) {
  const CustomerId id = *call.path_id<CustomerId>();
  if (!call.services.vault.erase(call.stream.partner, call.stream.mode, id.text()).ok()) return internal();
  Renderer r(call);
  write_deleted(r.out, id);
  return r.reply();
}

Reply remove(CallPtr& call) {
  const auto id = call->path_id<CustomerId>();
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_customer(*call);
  const auto customer = call->services.views.customer(call->stream, *id);
  if (!customer.ok()) return read_failed(customer.status(), no_such_customer(*call));
  // Deleted before: if that request ended before the key was erased, this one erases it.
  if ((*customer)->deleted) return answer_deleted(*call, {});
  OnCustomerObject target;
  target.customer = *id;
  target.command = DeleteCustomer{};
  return submit(call, std::move(target), answer_deleted);
}

Reply retrieve(CallPtr& call) {
  const auto id = call->path_id<CustomerId>();
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  if (!id) return no_such_customer(*call);
  const auto customer = call->services.views.customer(call->stream, *id, call->known_at);
  if (!customer.ok()) return read_failed(*call, customer.status(), no_such_customer(*call));
  Renderer r(*call);
  write_customer(r, **customer, call->expansions.root());
  return r.reply();
}

using CustomerPtr = std::shared_ptr<const Customer>;

// False: not this one, or not any more; a value that the customer had before still leads to it.
StatusOr<bool> has_email(const Call& call, const Customer& customer, std::string_view email) {
  if (customer.deleted) return false;
  TOLLGATE_ASSIGN_OR_RETURN(const auto personal, unseal<CustomerPersonal>(call.services, call.stream, customer.sealed_personal));
  return personal.email == email;
}

// Without the index: the newest customers are opened one by one.
StatusOr<Page<CustomerPtr>> scan_for_email(const Call& call, const PageQuery& query, std::string_view email) {
  Status failed;
  auto page = filtered_page<CustomerPtr>(
      query, [&](const PageQuery& part) { return call.services.views.customers(call.stream, part); },
      [&](const CustomerPtr& customer) {
        const auto has = has_email(call, *customer, email);
        failed.Update(has.status());
        return has.ok() && *has;
      },
      [](const CustomerPtr& customer) { return PaymentMethodId{customer->id.core, 0}; });
  TOLLGATE_RETURN_IF_ERROR(failed);
  return page;
}

// The customer of a hit, if it belongs into the list. Names sort as the ids do, from old to new.
StatusOr<CustomerPtr> hit(const Call& call, const PageQuery& query, const std::string& name, std::string_view email) {
  const auto id = CustomerId::parse(name);
  if (!id) return data_loss("the index of email addresses names {}, which is no customer", name);
  auto customer = call.services.views.customer(call.stream, *id);
  // Its creation is on its way, or never came to be.
  if (absl::IsNotFound(customer.status())) return CustomerPtr();
  TOLLGATE_RETURN_IF_ERROR(customer.status());
  const int64_t created_us = (*customer)->created_us;
  if (created_us < query.created_from_us || created_us >= query.created_to_us) return CustomerPtr();
  TOLLGATE_ASSIGN_OR_RETURN(const bool has, has_email(call, **customer, email));
  return has ? *std::move(customer) : CustomerPtr();
}

StatusOr<Page<CustomerPtr>> find_by_email(const Call& call, const PageQuery& query, std::string_view email) {
  std::string beyond;
  const bool backwards = query.before.has_value();
  if (const auto& cursor = backwards ? query.before : query.after) {
    TOLLGATE_RETURN_IF_ERROR(call.services.views.customer(call.stream, CustomerId{cursor->core}).status());
    beyond = CustomerId{cursor->core}.text();
  }
  Page<CustomerPtr> page;
  bool more = true;
  for (std::size_t seen = 0; more && page.items.size() <= query.limit;) {
    FindPage hits{.beyond = beyond, .descending = !backwards};
    TOLLGATE_ASSIGN_OR_RETURN(const auto names, call.services.vault.find(EmailIndex::kind, call.stream.partner, call.stream.mode, email, hits));
    for (const std::string& name : names) {
      TOLLGATE_ASSIGN_OR_RETURN(CustomerPtr customer, hit(call, query, name, email));
      if (customer && page.items.size() <= query.limit) page.items.push_back(std::move(customer));
    }
    more = names.size() == hits.limit;
    if (more) beyond = names.back();
    seen += names.size();
    // Only an address that as many customers had and gave up comes here.
    if (seen > rows_scanned_max && page.items.empty()) return error(absl::StatusCode::kResourceExhausted, "nothing fits among {} customers", seen);
    if (seen > rows_scanned_max) break;
  }
  page.has_more = more || page.items.size() > query.limit;
  if (page.items.size() > query.limit) page.items.resize(query.limit);
  if (backwards) std::reverse(page.items.begin(), page.items.end());
  return page;
}

StatusOr<Page<CustomerPtr>> customers_by_email(const Call& call, const PageQuery& query, std::string_view email) {
  const EmailIndex* index = call.services.options.emails;
  return index != nullptr && index->whole() ? find_by_email(call, query, email) : scan_for_email(call, query, email);
}

Reply list(CallPtr& call) {
  ListInput input = read_list(*call, "/v1/customers");
  Params params = call->root();
  read_cursors(params, input.query, "customer", cursor_of<CustomerId>);
  const auto email = params.text("email", email_characters_max);
  if (const auto error = call->params.finish()) return *error;
  const auto page = email ? customers_by_email(*call, input.query, *email) : call->services.views.customers(call->stream, input.query);
  if (!page.ok()) return read_failed(page.status(), no_such("customer", "", "starting_after"));
  Renderer r(*call);
  const Expand expand = call->expansions.root().into("data");
  return list_reply(r, page->items, page->has_more, input.url, [&](const CustomerPtr& customer) { write_customer(r, *customer, expand); });
}

Reply payment_methods(CallPtr& call) {
  const auto id = call->path_id<CustomerId>();
  if (!id) return no_such_customer(*call);
  const auto customer = call->services.views.customer(call->stream, *id);
  if (!customer.ok()) return read_failed(customer.status(), no_such_customer(*call));
  return list_methods(call, call->path, *id);
}

Reply payment_method(CallPtr& call) {
  const auto customer = call->path_id<CustomerId>(0);
  const auto id = call->path_id<PaymentMethodId>(1);
  read_as_of(*call);
  if (const auto error = call->params.finish()) return *error;
  const ApiError missing = no_such_in_path("PaymentMethod", call->ids[1], "payment_method");
  if (!customer || !id) return missing;
  const auto method = call->services.views.method(call->stream, *id, call->known_at);
  if (!method.ok()) return read_failed(*call, method.status(), missing);
  if ((*method)->method.customer != *customer) return missing;
  Renderer r(*call);
  write_payment_method(r, (*method)->method, (*method)->metadata, call->expansions.root());
  return r.reply();
}

constexpr Route routes[] = {
    {Method::post, "/v1/customers", create, Kind::customer},
    {Method::get, "/v1/customers", list, Kind::customer, true},
    {Method::get, "/v1/customers/{}", retrieve, Kind::customer},
    {Method::post, "/v1/customers/{}", update, Kind::customer},
    {Method::del, "/v1/customers/{}", remove, Kind::customer},
    {Method::get, "/v1/customers/{}/payment_methods", payment_methods, Kind::payment_method, true},
    {Method::get, "/v1/customers/{}/payment_methods/{}", payment_method, Kind::payment_method},
};

}  // namespace

Routes customer_routes() { return routes; }

}  // namespace tollgate::api

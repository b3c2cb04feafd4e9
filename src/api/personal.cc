#include "api/personal.h"

#include "api/text.h"

namespace tollgate::api {
namespace {

constexpr std::size_t name_characters_max = 256, phone_characters_max = 50, email_characters_max = 512;

bool read_text(Params& params, std::string_view name, std::size_t characters_max, std::string& into) {
  const auto given = params.text_or_unset(name, characters_max);
  if (given) into = *given;
  return given.has_value();
}

bool read_email(Params& params, std::string_view name, std::string& into) {
  const auto given = params.text_or_unset(name, email_characters_max);
  if (!given) return false;
  if (!given->empty() && !is_email(*given)) {
    params.fail(invalid_param(params.path(name), fmt::format("Invalid email address: {}", shown(*given)), "email_invalid"));
    return false;
  }
  into = *given;
  return true;
}

bool read_address(Params params, Address& into) {
  bool given = false;
  given |= read_text(params, "city", text_characters_max, into.city);
  given |= read_text(params, "country", text_characters_max, into.country);
  given |= read_text(params, "line1", text_characters_max, into.line1);
  given |= read_text(params, "line2", text_characters_max, into.line2);
  given |= read_text(params, "postal_code", text_characters_max, into.postal_code);
  given |= read_text(params, "state", text_characters_max, into.state);
  return given;
}

bool read_shipping(Params& parent, std::optional<Shipping>& into) {
  if (parent.unset("shipping")) {
    into.reset();
    return true;
  }
  Params params = parent.object("shipping");
  if (!params) return false;
  if (!into) {
    into.emplace();
    // A first one must say where to and to whom.
    if (!params.has("address")) params.fail(missing_param(params.path("address")));
    if (!params.has("name")) params.fail(missing_param(params.path("name")));
  }
  bool given = read_address(params.object("address"), into->address);
  given |= read_text(params, "name", text_characters_max, into->name);
  given |= read_text(params, "phone", text_characters_max, into->phone);
  given |= read_text(params, "carrier", text_characters_max, into->carrier);
  given |= read_text(params, "tracking_number", text_characters_max, into->tracking_number);
  return given;
}

}  // namespace

bool read_billing(Params params, BillingDetails& into) {
  if (!params) return false;
  bool given = false;
  if (params.unset("address")) {
    into.address = {};
    given = true;
  } else {
    given |= read_address(params.object("address"), into.address);
  }
  given |= read_email(params, "email", into.email);
  given |= read_text(params, "name", text_characters_max, into.name);
  given |= read_text(params, "phone", text_characters_max, into.phone);
  return given;
}

bool read_payment_personal(Params params, PaymentPersonal& into) {
  bool given = read_shipping(params, into.shipping);
  given |= read_email(params, "receipt_email", into.receipt_email);
  return given;
}

bool read_customer_personal(Params params, CustomerPersonal& into) {
  bool given = read_text(params, "name", name_characters_max, into.name);
  given |= read_email(params, "email", into.email);
  given |= read_text(params, "phone", phone_characters_max, into.phone);
  if (params.unset("address")) {
    into.address.reset();
    given = true;
  } else if (Params address = params.object("address")) {
    if (!into.address) into.address.emplace();
    given |= read_address(address, *into.address);
  }
  given |= read_shipping(params, into.shipping);
  return given;
}

void write_address(Writer& out, std::string_view key, const Address& address) {
  out.object(key);
  out.text_or_null("city", address.city);
  out.text_or_null("country", address.country);
  out.text_or_null("line1", address.line1);
  out.text_or_null("line2", address.line2);
  out.text_or_null("postal_code", address.postal_code);
  out.text_or_null("state", address.state);
  out.end_object();
}

void write_shipping(Writer& out, const std::optional<Shipping>& shipping) {
  if (!shipping) {
    out.null("shipping");
    return;
  }
  out.object("shipping");
  write_address(out, "address", shipping->address);
  out.text_or_null("carrier", shipping->carrier);
  out.text_or_null("name", shipping->name);
  out.text_or_null("phone", shipping->phone);
  out.text_or_null("tracking_number", shipping->tracking_number);
  out.end_object();
}

void write_billing(Writer& out, const BillingDetails& billing) {
  out.object("billing_details");
  write_address(out, "address", billing.address);
  out.text_or_null("email", billing.email);
  out.text_or_null("name", billing.name);
  out.text_or_null("phone", billing.phone);
  out.null("tax_id");
  out.end_object();
}

}  // namespace tollgate::api

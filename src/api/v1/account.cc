// /v1/account: the partner itself.
#include "api/render.h"
#include "api/v1/resources.h"

namespace tollgate::api {
namespace {

Reply retrieve(CallPtr& call) {
  if (const auto error = call->params.finish()) return *error;
  const Partner& partner = *call->who.partner;
  const std::string id = partner.id.text();
  if (!call->ids[0].empty() && call->ids[0] != id) {
    return forbidden("The API key has no access to this account.", "account_invalid");
  }
  const bool active = partner.status == PartnerStatus::active;
  const PartnerConfig& config = partner.config;
  Renderer r(*call);
  Writer& out = r.out;
  out.begin_object();
  out.text("id", id);
  out.text("object", "account");
  out.object("business_profile");
  out.null("mcc");
  out.text_or_null("name", config.name);
  out.members(R"("product_description":null,"support_address":null,"support_email":null,"support_phone":null,"support_url":null,"url":null)");
  out.end_object();
  out.null("business_type");
  out.object("capabilities");
  out.text("card_payments", active ? "active" : "inactive");
  out.end_object();
  out.boolean("charges_enabled", active && (!call->live() || !config.live_acquirer.empty()));
  out.text_or_null("country", config.country);
  out.time("created", partner.created_us);
  out.text("default_currency", config.default_currency.empty() ? "usd" : config.default_currency.lower());
  out.boolean("details_submitted", true);
  out.null("email");
  write_metadata(out, config.metadata);
  out.boolean("payouts_enabled", false);
  out.object("settings");
  out.members(R"("branding":{"icon":null,"logo":null,"primary_color":null,"secondary_color":null},"card_payments":{"decline_on":)"
              R"({"avs_failure":false,"cvc_failure":false},"statement_descriptor_prefix":null})");
  out.object("dashboard");
  out.text_or_null("display_name", config.name);
  out.text("timezone", "Etc/UTC");
  out.end_object();
  out.members(R"("payments":{"statement_descriptor":null,"statement_descriptor_kana":null,"statement_descriptor_kanji":null})");
  out.end_object();
  out.text("type", "standard");
  out.end_object();
  return r.reply();
}

constexpr Route routes[] = {
    {Method::get, "/v1/account", retrieve, Kind::account},
    {Method::get, "/v1/accounts/{}", retrieve, Kind::account},
};

}  // namespace

Routes account_routes() { return routes; }

}  // namespace tollgate::api

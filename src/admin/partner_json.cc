#include "admin/partner_json.h"

#include "tollgate/base/clock.h"
#include "tollgate/partner/client_certificate.h"
#include "tollgate/record/names.h"

namespace tollgate::admin {
namespace {

std::optional<Currency> currency_in(const Json& value) {
  return value.is_string() ? Currency::parse(value.get_ref<const std::string&>()) : std::nullopt;
}

constexpr const char* currency_wanted = "must be an ISO 4217 code like \"usd\"";

void read_currencies(Body& body, PartnerConfig& config) {
  const Json* list = body.take("currencies");
  if (list == nullptr) return;
  if (!list->is_array()) return body.wrong("currencies", "must be a list of ISO 4217 codes; an empty one allows all");
  config.currencies.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto currency = currency_in((*list)[i]);
    if (!currency) return body.wrong(fmt::format("currencies[{}]", i), currency_wanted);
    config.currencies.push_back(*currency);
  }
}

void read_default_currency(Body& body, PartnerConfig& config) {
  const Json* value = body.take("default_currency");
  if (value == nullptr) return;
  const auto currency = currency_in(*value);
  if (!currency) return body.wrong("default_currency", currency_wanted);
  config.default_currency = *currency;
}

void read_fees(Body& body, PartnerConfig& config) {
  const Json* list = body.take("fees");
  if (list == nullptr) return;
  if (!list->is_array()) return body.wrong("fees", "must be a list of {\"currency\", \"basis_points\", \"fixed\"}");
  config.fees.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    Body part((*list)[i], body.name_of(fmt::format("fees[{}]", i)));
    FeeRule rule;
    // Without a currency, or with null: of every currency that has no rule of its own.
    if (const Json* value = part.take("currency"); value != nullptr && !value->is_null()) {
      const auto currency = currency_in(*value);
      if (currency) rule.currency = *currency;
      else part.wrong("currency", currency_wanted);
    }
    part.integer("basis_points", 0, 10'000, rule.basis_points);
    part.integer("fixed", 0, amount_max, rule.fixed);
    body.adopt(part.finish());
    config.fees.push_back(rule);
  }
}

void read_limits(Body& body, PartnerConfig& config) {
  const Json* value = body.take("limits");
  if (value == nullptr) return;
  Body part(*value, body.name_of("limits"));
  part.integer("requests_per_second", 0, UINT32_MAX, config.limits.requests_per_second);
  part.integer("burst", 0, UINT32_MAX, config.limits.burst);
  part.integer("concurrent_requests", 0, UINT32_MAX, config.limits.concurrent_requests);
  part.integer("amount_max", 0, amount_max, config.limits.amount_max);
  part.integer("queue_depth", 0, UINT32_MAX, config.limits.queue_depth);
  part.integer("amount_per_day", 0, INT64_MAX, config.limits.amount_per_day);
  part.integer("declines_per_card", 0, UINT32_MAX, config.limits.declines_per_card);
  part.integer("declines_per_bin", 0, UINT32_MAX, config.limits.declines_per_bin);
  part.integer("decline_window_s", 0, UINT32_MAX, config.limits.decline_window_s);
  body.adopt(part.finish());
}

// How many there may be, and that none stands twice, the partner's own rules say.
void read_client_certificates(Body& body, PartnerConfig& config) {
  const Json* list = body.take("client_certificates");
  if (list == nullptr) return;
  if (!list->is_array()) return body.wrong("client_certificates", "must be a list of SHA-256 digests of public keys; an empty one binds to none");
  config.client_certificates.clear();
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto pin = (*list)[i].is_string() ? parse_certificate_pin((*list)[i].get_ref<const std::string&>()) : std::nullopt;
    if (!pin)
      return body.wrong(fmt::format("client_certificates[{}]", i),
                        "must be the SHA-256 of a certificate's public key, 64 hexadecimal digits: `tollgate partner update` makes it from a file");
    config.client_certificates.push_back(*std::move(pin));
  }
}

void read_metadata(Body& body, PartnerConfig& config) {
  const Json* value = body.take("metadata");
  if (value == nullptr) return;
  if (!value->is_object()) return body.wrong("metadata", "must be an object of strings");
  config.metadata.clear();
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) return body.wrong("metadata." + key, "must be a string");
    config.metadata.emplace_back(key, text.get<std::string>());
  }
}

Json seconds_or_null(int64_t time_us) { return time_us == 0 ? Json(nullptr) : Json(time_us / us_per_second); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

const char* status_of(const ApiKey& key, int64_t now_us) {
  if (key.revoked_us != 0) return "revoked";
  return key.expires_us != 0 && key.expires_us <= now_us ? "expired" : "valid";
}

}  // namespace

void read_config(Body& body, PartnerConfig& config) {
  body.text("name", config.name);
  body.text("country", config.country);
  read_currencies(body, config);
  read_default_currency(body, config);
  read_fees(body, config);
  read_limits(body, config);
  body.text("api_version", config.api_version);
  body.text("live_acquirer", config.live_acquirer);
  body.integer("availability_delay_days", 0, 365, config.availability_delay_days);
  read_metadata(body, config);
  read_client_certificates(body, config);
}

Json to_json(const ApiKey& key, int64_t now_us) {
  return {{"id", key.id},
          {"mode", name_of(key.mode)},
          {"scope", name_of(key.scope)},
          {"status", status_of(key, now_us)},
          {"created", key.created_us / us_per_second},
          {"expires", seconds_or_null(key.expires_us)},
          {"revoked", seconds_or_null(key.revoked_us)},
          {"networks", key.networks}};
}

Json to_json(const Partner& partner, int64_t now_us) {
  const PartnerConfig& config = partner.config;
  Json currencies = Json::array(), fees = Json::array(), keys = Json::array(), metadata = Json::object();
  for (const Currency currency : config.currencies) currencies.push_back(currency.lower());
  for (const FeeRule& rule : config.fees)
    fees.push_back({{"currency", rule.currency.empty() ? Json(nullptr) : Json(rule.currency.lower())},
                    {"basis_points", rule.basis_points},
                    {"fixed", rule.fixed}});
  for (const ApiKey& key : partner.keys) keys.push_back(to_json(key, now_us));
  for (const auto& [key, value] : config.metadata) metadata[key] = value;
  return {{"id", partner.id.text()},
          {"status", name_of(partner.status)},
          {"status_reason", text_or_null(partner.suspended_reason)},
          {"name", config.name},
          {"country", config.country},
          {"currencies", std::move(currencies)},
          {"default_currency", config.default_currency.empty() ? Json(nullptr) : Json(config.default_currency.lower())},
          {"fees", std::move(fees)},
          {"limits",
           {{"requests_per_second", config.limits.requests_per_second},
            {"burst", config.limits.burst},
            {"concurrent_requests", config.limits.concurrent_requests},
            {"amount_max", config.limits.amount_max},
            {"queue_depth", config.limits.queue_depth},
            {"amount_per_day", config.limits.amount_per_day},
            {"declines_per_card", config.limits.declines_per_card},
            {"declines_per_bin", config.limits.declines_per_bin},
            {"decline_window_s", config.limits.decline_window_s}}},
          {"api_version", text_or_null(config.api_version)},
          {"live_acquirer", text_or_null(config.live_acquirer)},
          {"availability_delay_days", config.availability_delay_days},
          {"metadata", std::move(metadata)},
          {"client_certificates", config.client_certificates},
          {"keys", std::move(keys)},
          {"created", partner.created_us / us_per_second},
          {"partition", partner.partition},
          {"version", partner.version}};
}

}  // namespace tollgate::admin

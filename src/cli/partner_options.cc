#include "cli/partner_options.h"

#include <charconv>

#include "cli/certificate_pins.h"

namespace tollgate::cli {
namespace {

std::optional<int64_t> number_in(std::string_view text) {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "usd:290:30", "*:290:0"
StatusOr<Json> fee_of(std::string_view text) {
  const std::size_t first = text.find(':'),
                    second = text.find(':', first == std::string_view::npos ? first : first + 1);
  if (second != std::string_view::npos) {
    const std::string_view currency = text.substr(0, first);
    const auto basis_points = number_in(text.substr(first + 1, second - first - 1));
    const auto fixed = number_in(text.substr(second + 1));
    if (basis_points && fixed)
      return Json{{"currency", currency == "*" ? Json(nullptr) : Json(currency)},
                  {"basis_points", *basis_points},
                  {"fixed", *fixed}};
  }
  return invalid_argument(
      "--fee is \"{}\", but must be CURRENCY:BASIS_POINTS:FIXED, like usd:290:30, or *:290:0 for all others", text);
}

template <class T>
void put(Json& to, const char* field, const std::optional<T>& value) {
  if (value) to[field] = *value;
}

}  // namespace

void PartnerOptions::add_to(CLI::App& command) {
  command.add_option("--name", name, "Name, for people");
  command.add_option("--country", country, "ISO 3166-1 alpha-2, US if not given")->type_name("CC");
  command
      .add_option("--currency", currencies, "A currency that it may charge in, ISO 4217; repeat it for more; none: all")
      ->type_name("CODE")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--default-currency", default_currency, "One of them")->type_name("CODE");
  command
      .add_option(
          "--fee", fees,
          "Fee of a capture, CURRENCY:BASIS_POINTS:FIXED; repeat it for more; * stands for every other currency")
      ->type_name("RULE")
      ->allow_extra_args(false);
  command.add_option("--requests-per-second", requests_per_second, "0: the node's default")->type_name("N");
  command
      .add_option("--burst", burst,
                  "Requests that may come at once; 0: the node's default, beside a rate of its own twice that rate")
      ->type_name("N");
  command.add_option("--concurrent-requests", concurrent_requests, "In work at a time; 0: the node's default")
      ->type_name("N");
  command.add_option("--queue-depth", queue_depth, "Commands that wait for the engine; 0: the node's default")
      ->type_name("N");
  command.add_option("--amount-max", amount_max, "Of one payment, in minor units; 0: no limit of its own")
      ->type_name("N");
  command
      .add_option("--amount-per-day", amount_per_day,
                  "Authorized in a UTC day, of each currency, in minor units; 0: the node's default")
      ->type_name("N");
  command
      .add_option("--declines-per-card", declines_per_card,
                  "Within the window; then the card is declined without asking the acquirer; 0: the node's default, in live mode")
      ->type_name("N");
  command
      .add_option("--declines-per-bin", declines_per_bin, "The same for all cards with the same first six digits")
      ->type_name("N");
  command.add_option("--decline-window-s", decline_window_s, "How long a decline counts; 0: the node's default")
      ->type_name("S");
  command.add_option("--api-version", api_version, "Pins the API version; if never given, the first call pins it")
      ->type_name("DATE");
  command
      .add_option("--live-acquirer", live_acquirer,
                  "Configured acquirer for live payments; empty: none, live payments are refused")
      ->type_name("NAME");
  command.add_option("--availability-delay-days", availability_delay_days, "From capture to available, 2 if not given")
      ->type_name("DAYS");
  command
      .add_option("--client-certificates", client_certificates,
                  "That its API keys are bound to: PEM files, or the SHA-256 of public keys; replaces those that there are")
      ->type_name("FILE|SHA256|none")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--metadata", metadata, "KEY=VALUE; repeat it for more; replaces all that there is")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

StatusOr<Json> PartnerOptions::to_json() const {
  Json body = Json::object(), limits = Json::object();
  put(body, "name", name);
  put(body, "country", country);
  put(body, "currencies", currencies);
  put(body, "default_currency", default_currency);
  put(body, "api_version", api_version);
  put(body, "live_acquirer", live_acquirer);
  put(body, "availability_delay_days", availability_delay_days);
  put(limits, "requests_per_second", requests_per_second);
  put(limits, "burst", burst);
  put(limits, "concurrent_requests", concurrent_requests);
  put(limits, "amount_max", amount_max);
  put(limits, "queue_depth", queue_depth);
  put(limits, "amount_per_day", amount_per_day);
  put(limits, "declines_per_card", declines_per_card);
  put(limits, "declines_per_bin", declines_per_bin);
  put(limits, "decline_window_s", decline_window_s);
  if (!limits.empty()) body["limits"] = std::move(limits);
  if (fees) {
    body["fees"] = Json::array();
    for (const std::string& text : *fees) {
      TOLLGATE_ASSIGN_OR_RETURN(Json fee, fee_of(text));
      body["fees"].push_back(std::move(fee));
    }
  }
  if (client_certificates) {
    TOLLGATE_ASSIGN_OR_RETURN(body["client_certificates"], certificate_pins(*client_certificates));
  }
  if (metadata) {
    body["metadata"] = Json::object();
    for (const std::string& text : *metadata) {
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0)
        return invalid_argument("--metadata is \"{}\", but must be KEY=VALUE", text);
      body["metadata"][text.substr(0, equals)] = text.substr(equals + 1);
    }
  }
  return body;
}

}  // namespace tollgate::cli

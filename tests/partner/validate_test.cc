#include <functional>

#include "support/catch.h"
#include "tollgate/partner/partner.h"

namespace tollgate {

TEST_CASE("Every bound of a partner's configuration is checked, and the field is named") {
  const Currency usd = *Currency::parse("usd"), eur = *Currency::parse("eur");
  struct Row {
    const char* field;  // empty: the configuration is fine
    std::function<void(PartnerConfig&)> change;
  };
  const Row rows[] = {
      {"", [](PartnerConfig&) {}},
      {"name", [](PartnerConfig& c) { c.name.clear(); }},
      {"name", [](PartnerConfig& c) { c.name = std::string(201, 'x'); }},
      {"", [](PartnerConfig& c) { c.name = std::string(200, 'x'); }},
      {"name", [](PartnerConfig& c) { c.name = "two\nlines"; }},
      {"", [](PartnerConfig& c) { c.name = "Caf\xc3\xa9"; }},
      {"", [](PartnerConfig& c) { c.name = "\u0645\u06cc\u0648\u0647\u200c\u0641\u0631\u0648\u0634\u06cc"; }},
      {"name", [](PartnerConfig& c) { c.name = "Caf\xe9"; }},                     // no UTF-8
      {"name", [](PartnerConfig& c) { c.name = "Shop \xc2\x9b" "2J"; }},          // a terminal's command (C1)
      {"name", [](PartnerConfig& c) { c.name = "Shop \xe2\x80\xae" "dedneps"; }},  // right to left
      {"metadata", [](PartnerConfig& c) { c.metadata = {{"k\xe2\x80\x8b", "v"}}; }},
      {"country", [](PartnerConfig& c) { c.country = "us"; }},
      {"country", [](PartnerConfig& c) { c.country = "USA"; }},
      {"currencies", [&](PartnerConfig& c) { c.currencies = {usd, usd}; }},
      {"currencies", [&](PartnerConfig& c) { c.currencies = {usd, Currency{}}; }},
      {"default_currency", [&](PartnerConfig& c) { c.currencies = {usd}; c.default_currency = eur; }},
      {"", [&](PartnerConfig& c) { c.currencies = {usd, eur}; c.default_currency = eur; }},
      {"fees[0].basis_points", [&](PartnerConfig& c) { c.fees = {{usd, -1, 0}}; }},
      {"fees[0].basis_points", [&](PartnerConfig& c) { c.fees = {{usd, 10'001, 0}}; }},
      {"fees[1].fixed", [&](PartnerConfig& c) { c.fees = {{usd, 10'000, 0}, {eur, 0, -1}}; }},
      {"fees[1].currency", [&](PartnerConfig& c) { c.fees = {{usd, 1, 0}, {usd, 2, 0}}; }},
      {"limits.requests_per_second", [](PartnerConfig& c) { c.limits.requests_per_second = 1'000'001; }},
      {"limits.burst", [](PartnerConfig& c) { c.limits.burst = 1'000'001; }},
      {"limits.concurrent_requests", [](PartnerConfig& c) { c.limits.concurrent_requests = 100'001; }},
      {"limits.amount_max", [](PartnerConfig& c) { c.limits.amount_max = -1; }},
      {"limits.amount_max", [](PartnerConfig& c) { c.limits.amount_max = amount_max + 1; }},
      {"", [](PartnerConfig& c) { c.limits = {1'000'000, 1'000'000, 100'000, amount_max}; }},
      {"api_version", [](PartnerConfig& c) { c.api_version = "2023-8-16"; }},
      {"", [](PartnerConfig& c) { c.api_version = "2023-08-16"; }},
      {"live_acquirer", [](PartnerConfig& c) { c.live_acquirer = "Not A Name"; }},
      {"availability_delay_days", [](PartnerConfig& c) { c.availability_delay_days = 366; }},
      {"metadata", [](PartnerConfig& c) { c.metadata.resize(51, {"k", "v"}); }},
      {"metadata", [](PartnerConfig& c) { c.metadata = {{"", "v"}}; }},
      {"metadata.k", [](PartnerConfig& c) { c.metadata = {{"k", "v"}, {"k", "w"}}; }},
      {"metadata.k", [](PartnerConfig& c) { c.metadata = {{"k", std::string(501, 'v')}}; }},
      {"", [](PartnerConfig& c) { for (char d = '0'; d < '8'; ++d) c.client_certificates.push_back(std::string(64, d)); }},
      {"client_certificates", [](PartnerConfig& c) { for (char d = '0'; d <= '8'; ++d) c.client_certificates.push_back(std::string(64, d)); }},
      {"client_certificates[1]", [](PartnerConfig& c) { c.client_certificates.assign(2, std::string(64, 'a')); }},
      {"client_certificates[0]", [](PartnerConfig& c) { c.client_certificates = {std::string(64, 'A')}; }},
      {"client_certificates[0]", [](PartnerConfig& c) { c.client_certificates = {std::string(63, 'a')}; }},
  };
  int number = 0;
  for (const Row& row : rows) {
    INFO("row " << ++number << " " << row.field);
    PartnerConfig config;
    config.name = "Shop";
    row.change(config);
    const auto invalid = invalid_field(config);
    CHECK((invalid ? invalid->first : std::string()) == row.field);
    if (invalid) CHECK_FALSE(invalid->second.empty());
  }
}

}  // namespace tollgate

// Bounds of a partner's configuration. Every message says what to do.
#include <fmt/format.h>

#include "tollgate/base/utf8.h"
#include "tollgate/partner/client_certificate.h"
#include "tollgate/partner/partner.h"

namespace tollgate {
namespace {

constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t metadata_key_bytes_max = 40, metadata_value_bytes_max = 500;
constexpr std::size_t currencies_max = 200;
constexpr std::size_t acquirer_name_bytes_max = 64;
constexpr int32_t basis_points_max = 10'000;
constexpr uint32_t requests_per_second_max = 1'000'000, burst_max = 1'000'000, concurrent_requests_max = 100'000;
constexpr uint32_t queue_depth_max = 1'000'000, declines_max = 10'000, decline_window_s_max = 30 * 86'400;
constexpr uint32_t availability_delay_days_max = 365;

using Invalid = std::optional<std::pair<std::string, std::string>>;

Invalid invalid(std::string field, std::string what) { return std::pair(std::move(field), std::move(what)); }

bool is_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  }
  return true;
}

Invalid check_currencies(const PartnerConfig& config) {
  const auto& listed = config.currencies;
  if (listed.size() > currencies_max)
    return invalid("currencies", fmt::format("list at most {} currencies, or none for all", currencies_max));
  for (auto at = listed.begin(); at != listed.end(); ++at) {
    if (at->empty()) return invalid("currencies", "every entry must be an ISO 4217 code");
    if (std::find(listed.begin(), at, *at) != at)
      return invalid("currencies", fmt::format("{} is listed twice", at->lower()));
  }
  if (!config.default_currency.empty() && !listed.empty() &&
      std::find(listed.begin(), listed.end(), config.default_currency) == listed.end())
    return invalid("default_currency", "must be one of `currencies`");
  return std::nullopt;
}

Invalid check_fees(const PartnerConfig& config) {
  if (config.fees.size() > currencies_max + 1)
    return invalid("fees", fmt::format("at most {} rules", currencies_max + 1));
  for (std::size_t i = 0; i < config.fees.size(); ++i) {
    const FeeRule& rule = config.fees[i];
    if (rule.basis_points < 0 || rule.basis_points > basis_points_max)
      return invalid(fmt::format("fees[{}].basis_points", i), fmt::format("must be 0 to {}", basis_points_max));
    if (rule.fixed < 0 || rule.fixed > amount_max)
      return invalid(fmt::format("fees[{}].fixed", i), fmt::format("must be 0 to {} minor units", amount_max));
    for (std::size_t j = 0; j < i; ++j)
      if (config.fees[j].currency == rule.currency)
        return invalid(fmt::format("fees[{}].currency", i), "has two rules: leave one");
  }
  return std::nullopt;
}

Invalid check_limits(const PartnerLimits& limits) {
  const auto within = [](const char* field, auto value, auto max) -> Invalid {
    if (value >= 0 && value <= max) return std::nullopt;
    return invalid(fmt::format("limits.{}", field), fmt::format("must be 0 (the node's default) to {}", max));
  };
  if (auto bad = within("requests_per_second", int64_t{limits.requests_per_second}, int64_t{requests_per_second_max}))
    return bad;
  if (auto bad = within("burst", int64_t{limits.burst}, int64_t{burst_max})) return bad;
  if (auto bad = within("concurrent_requests", int64_t{limits.concurrent_requests}, int64_t{concurrent_requests_max}))
    return bad;
  if (auto bad = within("queue_depth", int64_t{limits.queue_depth}, int64_t{queue_depth_max})) return bad;
  if (auto bad = within("declines_per_card", int64_t{limits.declines_per_card}, int64_t{declines_max})) return bad;
  if (auto bad = within("declines_per_bin", int64_t{limits.declines_per_bin}, int64_t{declines_max})) return bad;
  if (auto bad = within("decline_window_s", int64_t{limits.decline_window_s}, int64_t{decline_window_s_max})) return bad;
  // A day's total of many payments: far below where sums overflow.
  if (auto bad = within("amount_per_day", limits.amount_per_day, amount_per_day_max)) return bad;
  return within("amount_max", limits.amount_max, amount_max);
}

Invalid check_metadata(const Metadata& metadata) {
  if (metadata.size() > metadata_keys_max)
    return invalid("metadata", fmt::format("at most {} keys", metadata_keys_max));
  for (auto at = metadata.begin(); at != metadata.end(); ++at) {
    const auto& [key, value] = *at;
    if (key.empty() || key.size() > metadata_key_bytes_max || !is_plain_text(key))
      return invalid("metadata", fmt::format("a key must have 1 to {} printable characters", metadata_key_bytes_max));
    if (value.size() > metadata_value_bytes_max)
      return invalid(fmt::format("metadata.{}", key),
                     fmt::format("must have at most {} bytes", metadata_value_bytes_max));
    if (std::find_if(metadata.begin(), at, [at](const auto& other) { return other.first == at->first; }) != at)
      return invalid(fmt::format("metadata.{}", key), "is given twice");
  }
  return std::nullopt;
}

Invalid check_client_certificates(const std::vector<std::string>& pins) {
  if (pins.size() > client_certificates_per_partner_max)
    return invalid("client_certificates", fmt::format("may be {} at most", client_certificates_per_partner_max));
  const auto name_of = [&](auto at) { return fmt::format("client_certificates[{}]", at - pins.begin()); };
  for (auto at = pins.begin(); at != pins.end(); ++at) {
    if (parse_certificate_pin(*at) != *at)
      return invalid(name_of(at), "must be the SHA-256 of a public key: 64 hexadecimal digits, lower case");
    if (std::find(pins.begin(), at, *at) != at) return invalid(name_of(at), "is given twice");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::pair<std::string, std::string>> invalid_field(const PartnerConfig& config) {
  if (config.name.empty() || config.name.size() > name_bytes_max || !is_plain_text(config.name))
    return invalid("name", fmt::format("must have 1 to {} bytes of printable text", name_bytes_max));
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (config.country.size() != 2 || !upper(config.country[0]) || !upper(config.country[1]))
    return invalid("country", "must be two capital letters (ISO 3166-1 alpha-2), for example US");
  if (auto bad = check_currencies(config)) return bad;
  if (auto bad = check_fees(config)) return bad;
  if (auto bad = check_limits(config.limits)) return bad;
  if (auto bad = check_client_certificates(config.client_certificates)) return bad;
  if (!config.api_version.empty() && !is_date(config.api_version))
    return invalid("api_version", "must be a date like 2023-08-16, or empty");
  const auto name_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (config.live_acquirer.size() > acquirer_name_bytes_max ||
      !std::all_of(config.live_acquirer.begin(), config.live_acquirer.end(), name_character))
    return invalid("live_acquirer", "must be the name of a configured acquirer: lower-case letters, digits, - and _");
  if (config.availability_delay_days > availability_delay_days_max)
    return invalid("availability_delay_days", fmt::format("must be 0 to {}", availability_delay_days_max));
  return check_metadata(config.metadata);
}

}  // namespace tollgate

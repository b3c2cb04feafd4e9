// The [[acquirers]] of a configuration: live acquirers, one table each.
#include <algorithm>

#include "cli/config.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t name_characters_max = 32;
constexpr std::string_view oldest_version = "2022-11-15";  // from which on a payment intent has latest_charge

Status check_one(const Config& config, const AcquirerConfig& acquirer) {
  const auto name_character = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (acquirer.name.empty() || acquirer.name.size() > name_characters_max ||
      !std::all_of(acquirer.name.begin(), acquirer.name.end(), name_character) || acquirer.name == "sandbox")
    return invalid_argument("acquirers.name is \"{}\", but must have 1 to {} lower-case letters, digits, - and _, and not be sandbox",
                            acquirer.name, name_characters_max);
  if (acquirer.base_url.empty()) return invalid_argument("acquirers.base_url of {} is missing: where its API is", acquirer.name);
  if (acquirer.secret_key_file.empty())
    return invalid_argument("acquirers.secret_key_file of {} is missing: a file (0600) with the API key that it gave you", acquirer.name);
  // As text: the date stands first, year before month before day.
  if (acquirer.api_version.size() < oldest_version.size() || acquirer.api_version.substr(0, oldest_version.size()) < oldest_version ||
      acquirer.api_version[4] != '-' || acquirer.api_version[7] != '-')
    return invalid_argument("acquirers.api_version of {} is \"{}\", but must be a date of {} or later", acquirer.name, acquirer.api_version,
                            oldest_version);
  // The adapter must give its answer, and say how far it got, before the dispatcher gives up on it.
  if (acquirer.timeout_ms >= config.call_timeout_ms)
    return invalid_argument("acquirers.timeout_ms of {} is {}, but must be under acquirer.call_timeout_ms ({})", acquirer.name,
                            acquirer.timeout_ms, config.call_timeout_ms);
  return absl::OkStatus();
}

}  // namespace

std::vector<ConfigKey> keys_of(AcquirerConfig& a) {
  constexpr int64_t hour_ms = 3'600'000;
  constexpr std::string_view section = "acquirers";
  return {
      {section, "name", &a.name, "name", "Partners choose it with live_acquirer. Payments remember it: never give it to another acquirer."},
      {section, "kind", &a.kind, "text", "The API that it speaks.", 0, 0, {"stripe"}},
      {section, "base_url", &a.base_url, "URL", "Where its API is, without /v1. https://, or http:// on loopback."},
      {section, "secret_key_file", &a.secret_key_file, "path", "Holds the API key for it; readable by its owner only (0600)."},
      {section, "ca_file", &a.ca_file, "path", "PEM file with the certificates that its own may be signed by. Empty: the system's."},
      {section, "api_version", &a.api_version, "date", "Sent as Stripe-Version; 2022-11-15 or later."},
      {section, "connections_max", &a.connections_max, "connections", "Open to it at a time.", 1, 10'000},
      {section, "connect_timeout_ms", &a.connect_timeout_ms, "milliseconds", "Name lookup, TCP and TLS handshake.", 10, hour_ms},
      {section, "timeout_ms", &a.timeout_ms, "milliseconds",
       "For all that one operation takes (up to three calls); under acquirer.call_timeout_ms.", 50, hour_ms},
      {section, "idle_timeout_ms", &a.idle_timeout_ms, "milliseconds", "Then a connection that is not used is closed.", 100, hour_ms},
      {section, "in_flight_max", &a.in_flight_max, "operations",
       "At it at a time; those beyond it are not sent, and declined for certain.", 1, 1'000'000},
      {section, "resolving_max", &a.resolving_max, "operations", "In doubt that are asked about at a time; the others wait their turn.", 1,
       100'000},
      {section, "breaker_failures", &a.breaker_failures, "calls",
       "In a row without an answer: then operations are declined without being sent. 0: never.", 0, 1'000'000},
      {section, "breaker_open_ms", &a.breaker_open_ms, "milliseconds",
       "Until one operation is let through to see; doubles while it gets no answer, up to a minute.", 10, 60'000},
      {section, "key_life_h", &a.key_life_h, "hours",
       "For how long it surely knows an idempotency key. What is in doubt for longer is looked up in its lists.", 1, 24 * 30},
  };
}

AcquirerConfig example_acquirer() {
  AcquirerConfig acquirer;
  acquirer.name = "psp";
  acquirer.base_url = "https://api.psp.example";
  acquirer.secret_key_file = "/etc/tollgate/psp.key";
  return acquirer;
}

Status check_acquirers(const Config& config) {
  for (std::size_t i = 0; i < config.acquirers.size(); ++i) {
    TOLLGATE_RETURN_IF_ERROR(check_one(config, config.acquirers[i]));
    for (std::size_t j = 0; j < i; ++j)
      if (config.acquirers[i].name == config.acquirers[j].name)
        return invalid_argument("acquirers.name {} is there twice", config.acquirers[i].name);
  }
  return absl::OkStatus();
}

}  // namespace tollgate::cli

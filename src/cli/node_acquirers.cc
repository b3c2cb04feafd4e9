#include "cli/node_acquirers.h"

#include <spdlog/spdlog.h>

#include "tollgate/acquirer/stripe.h"
#include "tollgate/directory/secret_file.h"

namespace tollgate::cli {
namespace {

StripeOptions stripe_options(const AcquirerConfig& config, Secret key) {
  StripeOptions options;
  options.upstream.base_url = config.base_url;
  options.upstream.ca_file = config.ca_file;
  options.upstream.connections_max = static_cast<std::size_t>(config.connections_max);
  // One operation has one call out at a time.
  options.upstream.waiting_max = static_cast<std::size_t>(config.in_flight_max + config.resolving_max);
  options.upstream.connect_timeout_ms = static_cast<uint32_t>(config.connect_timeout_ms);
  options.upstream.idle_timeout_ms = static_cast<uint32_t>(config.idle_timeout_ms);
  options.secret_key = std::move(key);
  options.api_version = config.api_version;
  options.timeout_us = config.timeout_ms * us_per_ms;
  options.key_life_us = config.key_life_h * 3'600 * us_per_second;
  return options;
}

BulkheadOptions bulkhead_options(const AcquirerConfig& config) {
  BulkheadOptions options;
  options.in_flight_max = static_cast<std::size_t>(config.in_flight_max);
  options.resolving_max = static_cast<std::size_t>(config.resolving_max);
  options.failures_max = static_cast<uint32_t>(config.breaker_failures);
  options.open_us = config.breaker_open_ms * us_per_ms;
  return options;
}

}  // namespace

void report_breaker(const AcquirerHealth& health) {
  if (health.breaker == BreakerState::closed) {
    spdlog::info("acquirer {}: answers again, {} operations are in doubt", health.name, health.inquiries + health.reversals);
  } else {
    spdlog::warn("acquirer {}: {} calls in a row without an answer ({}); new operations are declined until it answers", health.name,
                 health.failures, health.problem.empty() ? "no answer in time" : health.problem);
  }
}

std::set<std::string> acquirer_names(const Config& config) {
  std::set<std::string> names;
  for (const AcquirerConfig& acquirer : config.acquirers) names.insert(acquirer.name);
  return names;
}

StatusOr<std::map<std::string, LiveAcquirer>> live_acquirers(const Config& config, Vault& vault, Status& status) {
  std::map<std::string, LiveAcquirer> live;
  for (const AcquirerConfig& acquirer : config.acquirers) {
    auto key = load_secret_file(acquirer.secret_key_file);
    if (!key.ok()) return error(key.status().code(), "the key of the acquirer {}: {}", acquirer.name, message_of(key.status()));
    // A factory is copied; what it makes is made once.
    const auto options = std::make_shared<StripeOptions>(stripe_options(acquirer, *std::move(key)));
    LiveAcquirer& entry = live[acquirer.name];
    entry.bulkhead = bulkhead_options(acquirer);
    entry.factory = [name = acquirer.name, options, &vault, &status](Acquirer::Answered answered) -> std::unique_ptr<Acquirer> {
      auto opened = open_stripe(
          std::move(*options),
          [&vault](PartnerId partner, Mode mode, std::string_view token) { return vault.reveal(partner, mode, token); }, std::move(answered));
      if (opened.ok()) return *std::move(opened);
      if (status.ok()) status = error(opened.status().code(), "the acquirer {}: {}", name, message_of(opened.status()));
      return nullptr;
    };
  }
  return live;
}

}  // namespace tollgate::cli

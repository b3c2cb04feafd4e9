// A partner's configuration as options of `partner create` and `partner update`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/admin_client.h"

namespace tollgate::cli {

struct PartnerOptions {
  std::optional<std::string> name, country, default_currency, api_version, live_acquirer;
  std::optional<std::vector<std::string>> currencies, fees, metadata, client_certificates;
  std::optional<int64_t> requests_per_second, burst, concurrent_requests, amount_max, availability_delay_days;
  std::optional<int64_t> queue_depth, amount_per_day, declines_per_card, declines_per_bin, decline_window_s;

  void add_to(CLI::App& command);
  // The body of the admin API's request; only what was given.
  [[nodiscard]] StatusOr<Json> to_json() const;
};

}  // namespace tollgate::cli

#include "admin/weakening.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "tollgate/limits/limits.h"
#include "tollgate/partner/network.h"

namespace tollgate::admin {
namespace {

constexpr FieldProtection limits_table[] = {
    {"requests_per_second", Weaker::if_higher}, {"burst", Weaker::if_higher},
    {"concurrent_requests", Weaker::if_higher}, {"amount_max", Weaker::if_higher},
    {"queue_depth", Weaker::if_higher},         {"amount_per_day", Weaker::if_higher},
    {"declines_per_card", Weaker::if_higher},   {"declines_per_bin", Weaker::if_higher},
    {"decline_window_s", Weaker::if_lower},  // fewer declines lie within a shorter one
};

constexpr FieldProtection config_table[] = {
    {"name", Weaker::never},
    {"country", Weaker::never},
    {"currencies", Weaker::never},
    {"default_currency", Weaker::never},
    {"fees", Weaker::never},
    {"limits", Weaker::by_rule},
    {"api_version", Weaker::never},
    {"live_acquirer", Weaker::by_rule},
    {"availability_delay_days", Weaker::if_lower},  // funds leave before refunds and disputes have come
    {"metadata", Weaker::never},
    {"client_certificates", Weaker::by_rule},
};

constexpr FieldProtection keys_table[] = {
    {"id", Weaker::never},         {"mode", Weaker::never},          {"scope", Weaker::by_rule},    {"hash", Weaker::never},
    {"created_us", Weaker::never}, {"expires_us", Weaker::by_rule}, {"revoked_us", Weaker::never}, {"networks", Weaker::by_rule},
};

constexpr int64_t no_limit = INT64_MAX;

struct Values {
  std::vector<std::pair<std::string_view, int64_t>> of;
  template <class F>
  void operator()(int, const char* name, const F& value) {
    static_assert(std::is_integral_v<F>, "what a limit of another kind means must be said here");
    of.emplace_back(name, static_cast<int64_t>(value));
  }
};

Weaker weaker_of(std::string_view limit) {
  const auto* const found = std::find_if(std::begin(limits_table), std::end(limits_table), [&](const auto& field) { return field.name == limit; });
  return found == std::end(limits_table) ? Weaker::by_rule : found->weaker;
}

// As they hold: with the node's where the partner has none, and 0 as what it means.
std::vector<std::pair<std::string_view, int64_t>> in_force(const PartnerLimits& own, const PartnerLimits& defaults, Mode mode) {
  const PartnerLimits limits = limits_of(own, defaults, mode);
  Values values;
  PartnerLimits::fields(limits, values);
  for (auto& [name, value] : values.of) {
    if (value == 0 && weaker_of(name) == Weaker::if_higher) value = no_limit;
    if (name == "burst" && limits.requests_per_second == 0) value = no_limit;
  }
  return std::move(values.of);
}

std::string weaker_limit(const PartnerLimits& before, const PartnerLimits& after, const PartnerLimits& defaults, Mode mode) {
  const auto was = in_force(before, defaults, mode), is = in_force(after, defaults, mode);
  const PartnerLimits counted = limits_of(before, defaults, mode);
  const bool counted_declines = counted.declines_per_card != 0 || counted.declines_per_bin != 0;
  for (std::size_t i = 0; i < was.size(); ++i) {
    const auto& [name, old_value] = was[i];
    const int64_t new_value = is[i].second;
    if (name == "decline_window_s" && !counted_declines) continue;
    switch (weaker_of(name)) {
      case Weaker::never: break;
      case Weaker::if_higher:
        if (new_value > old_value) return fmt::format("{}: {}", new_value == no_limit ? "no limit any more" : "a higher limit", name);
        break;
      case Weaker::if_lower:
        if (new_value < old_value) return fmt::format("less protection by a lower {}", name);
        break;
      case Weaker::by_rule:
        if (new_value != old_value) return fmt::format("another limit: {}", name);
        break;
    }
  }
  return {};
}

constexpr unsigned payments_right = 1, refunds_right = 2;
unsigned rights_of(KeyScope scope) {
  switch (scope) {
    case KeyScope::all: return payments_right | refunds_right;
    case KeyScope::payments: return payments_right;
    case KeyScope::refunds: return refunds_right;
    case KeyScope::read_only: return 0;
  }
  return 0;
}

bool is_within(const std::string& text, const std::vector<std::string>& networks) {
  const auto network = Network::parse(text);
  return network && std::any_of(networks.begin(), networks.end(), [&](const std::string& other) {
           const auto wider = Network::parse(other);
           return wider && wider->prefix_bits <= network->prefix_bits && wider->contains(network->address);
         });
}

// Whether keys that were bound to client certificates may be used with fewer questions, or by somebody else.
std::string weaker_binding(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  if (before.empty()) return {};
  if (after.empty()) return "keys that are no longer bound to client certificates";
  const auto is_new = [&](const std::string& pin) { return std::find(before.begin(), before.end(), pin) == before.end(); };
  return std::any_of(after.begin(), after.end(), is_new) ? "another client certificate that the partner's keys may be used with" : "";
}

}  // namespace

std::span<const FieldProtection> limit_fields() { return limits_table; }
std::span<const FieldProtection> config_fields() { return config_table; }
std::span<const FieldProtection> key_fields() { return keys_table; }

std::string weakening(const PartnerConfig& before, const PartnerConfig& after, const PartnerLimits& defaults) {
  if (!before.live_acquirer.empty() && before.live_acquirer != after.live_acquirer) return "another acquirer for the partner's live payments";
  if (std::string why = weaker_binding(before.client_certificates, after.client_certificates); !why.empty()) return why;
  for (const Mode mode : {Mode::live, Mode::test})
    if (std::string why = weaker_limit(before.limits, after.limits, defaults, mode); !why.empty()) return why;
  if (after.availability_delay_days < before.availability_delay_days) return "less protection by a lower availability_delay_days";
  return {};
}

std::string weakening(const std::vector<ApiKey>& keys, const ApiKey& added, int64_t now_us) {
  bool any = false, endless = false, from_anywhere = false;
  unsigned rights = 0;
  std::vector<std::string> networks;
  for (const ApiKey& key : keys) {
    if (key.mode != added.mode || key.revoked_us != 0 || (key.expires_us != 0 && key.expires_us <= now_us)) continue;
    any = true;
    endless |= key.expires_us == 0;
    from_anywhere |= key.networks.empty();
    rights |= rights_of(key.scope);
    networks.insert(networks.end(), key.networks.begin(), key.networks.end());
  }
  if (!any) return {};
  if ((rights_of(added.scope) & ~rights) != 0) return "a key that may do more than the partner's others";
  if (!endless && added.expires_us == 0) return "a key without an end, where the partner's others have one";
  if (from_anywhere) return {};
  if (added.networks.empty()) return "a key that may be used from anywhere, where the partner's others may not";
  for (const std::string& network : added.networks)
    if (!is_within(network, networks)) return fmt::format("a key for a network that the partner's others may not be used from: {}", network);
  return {};
}

}  // namespace tollgate::admin

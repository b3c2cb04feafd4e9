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

constexpr unsigned reading_right = 1, payments_right = 2, refunds_right = 4;
constexpr unsigned rights[] = {reading_right, payments_right, refunds_right};
unsigned rights_of(KeyScope scope) {
  switch (scope) {
    case KeyScope::all: return reading_right | payments_right | refunds_right;
    case KeyScope::payments: return reading_right | payments_right;
    case KeyScope::refunds: return reading_right | refunds_right;
    case KeyScope::read_only: return reading_right;
  }
  return reading_right;
}

bool is_valid(const ApiKey& key, int64_t now_us) { return key.revoked_us == 0 && (key.expires_us == 0 || key.expires_us > now_us); }

// `network` empty: anywhere.
bool may_from(const ApiKey& key, const std::string& network) {
  if (key.networks.empty()) return true;
  const auto wanted = Network::parse(network);
  return wanted && std::any_of(key.networks.begin(), key.networks.end(), [&](const std::string& own) {
           const auto wider = Network::parse(own);
           return wider && wider->prefix_bits <= wanted->prefix_bits && wider->contains(wanted->address);
         });
}

// The life and not the end, which is always later: a key is followed by one like it.
int64_t life_of(const ApiKey& key) { return key.expires_us == 0 ? no_limit : key.expires_us - key.created_us; }

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
  std::vector<const ApiKey*> valid;
  bool is_first = true;
  for (const ApiKey& key : keys) {
    if (key.mode != added.mode) continue;
    is_first = false;
    if (is_valid(key, now_us)) valid.push_back(&key);
  }
  if (is_first) return {};
  // Otherwise whoever revokes what is bound could then make what is not.
  if (valid.empty()) return "a new key, where none of the partner's is valid any more";
  // Right by right: one of them may have it from anywhere, and another for ever.
  const auto others = [&](const auto& fits) {
    return std::all_of(std::begin(rights), std::end(rights), [&](unsigned right) {
      return (rights_of(added.scope) & right) == 0 ||
             std::any_of(valid.begin(), valid.end(), [&](const ApiKey* key) { return (rights_of(key->scope) & right) != 0 && fits(*key); });
    });
  };
  if (!others([](const ApiKey&) { return true; })) return "a key that may do more than the partner's others";
  const std::vector<std::string> from = added.networks.empty() ? std::vector<std::string>(1) : added.networks;
  for (const std::string& network : from) {
    if (!others([&](const ApiKey& key) { return may_from(key, network); }))
      return network.empty() ? "a key that may be used from anywhere, where the partner's others may not"
                             : fmt::format("a key for a network that the partner's others may not be used from: {}", network);
    if (!others([&](const ApiKey& key) { return may_from(key, network) && life_of(key) >= life_of(added); }))
      return added.expires_us == 0 ? "a key without an end, where the partner's others have one" : "a key that lives longer than the partner's others";
  }
  return {};
}

}  // namespace tollgate::admin

#include "cli/config_changes.h"

#include <algorithm>

namespace tollgate::cli {
namespace {

std::string text_of(const ConfigKey& key) {
  if (const auto* text = std::get_if<std::string*>(&key.value)) return fmt::format("\"{}\"", **text);
  return std::to_string(*std::get<int64_t*>(key.value));
}

// Of a URL whose path may be a secret: scheme and host.
std::string shown(const ConfigKey& key, std::string value) {
  const std::size_t scheme = value.find("://");
  if (key.name != "alert_webhook" || scheme == std::string::npos) return value;
  std::size_t host = scheme + 3;
  const std::size_t end = value.find_first_of("/?#\"", host);
  if (const std::size_t user = value.find('@', host); user < end) host = user + 1;
  return fmt::format("{}://{}{}\"", value.substr(0, scheme), value.substr(host, end - host), end + 1 < value.size() ? "/..." : "");
}

void take_over(const ConfigKey& from, const ConfigKey& to) {
  if (auto* const* text = std::get_if<std::string*>(&to.value)) **text = *std::get<std::string*>(from.value);
  else *std::get<int64_t*>(to.value) = *std::get<int64_t*>(from.value);
}

std::string names_of(const std::vector<AcquirerConfig>& acquirers) {
  std::string names;
  for (const AcquirerConfig& acquirer : acquirers) names += (names.empty() ? "" : ", ") + acquirer.name;
  return names.empty() ? "none" : names;
}

// Acquirers are made at the start: a change of theirs is named and no more.
void compare_acquirers(Config& current, Config& fresh, std::vector<ConfigChange>& changes) {
  const std::string before = names_of(current.acquirers), after = names_of(fresh.acquirers);
  if (before != after) return changes.push_back({"acquirers", before, after});
  for (std::size_t i = 0; i < current.acquirers.size(); ++i) {
    const std::vector<ConfigKey> now = keys_of(current.acquirers[i]), wanted = keys_of(fresh.acquirers[i]);
    for (std::size_t k = 0; k < now.size(); ++k) {
      ConfigChange change{fmt::format("acquirers.{} of {}", now[k].name, current.acquirers[i].name), text_of(now[k]), text_of(wanted[k])};
      if (change.before != change.after) changes.push_back(std::move(change));
    }
  }
}

}  // namespace

std::vector<ConfigChange> apply_changes(Config& current, Config fresh, const std::vector<RuntimeKey>& runtime) {
  std::vector<ConfigChange> changes;
  const std::vector<ConfigKey> now = keys_of(current), wanted = keys_of(fresh);
  for (std::size_t i = 0; i < now.size(); ++i) {
    ConfigChange change{fmt::format("{}.{}", now[i].section, now[i].name), text_of(now[i]), text_of(wanted[i])};
    if (change.before == change.after) continue;
    const auto found = std::find_if(runtime.begin(), runtime.end(), [&](const RuntimeKey& key) {
      return key.section == now[i].section && key.name == now[i].name;
    });
    if (found != runtime.end()) {
      take_over(wanted[i], now[i]);
      found->apply(current);
      change.applied = true;
    }
    change.before = shown(now[i], std::move(change.before));
    change.after = shown(now[i], std::move(change.after));
    changes.push_back(std::move(change));
  }
  compare_acquirers(current, fresh, changes);
  return changes;
}

}  // namespace tollgate::cli

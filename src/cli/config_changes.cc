#include "cli/config_changes.h"

#include <algorithm>

namespace tollgate::cli {
namespace {

std::string text_of(const ConfigKey& key) {
  if (const auto* text = std::get_if<std::string*>(&key.value)) return fmt::format("\"{}\"", **text);
  return std::to_string(*std::get<int64_t*>(key.value));
}

// As an operator sees it: of a URL whose path may be a secret, scheme and host.
std::string shown(const ConfigKey& key) {
  if (key.name != "alert_webhook") return text_of(key);
  auto [host, path] = split_webhook(*std::get<std::string*>(key.value));
  if (const std::size_t user = host.find('@'), begin = host.find("://") + 3; user != std::string::npos) host.erase(begin, user + 1 - begin);
  return fmt::format("\"{}{}\"", host, path == "/" ? "" : "/...");
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
    if (text_of(now[i]) == text_of(wanted[i])) continue;
    ConfigChange change{fmt::format("{}.{}", now[i].section, now[i].name), shown(now[i]), shown(wanted[i])};
    const auto found = std::find_if(runtime.begin(), runtime.end(), [&](const RuntimeKey& key) {
      return key.section == now[i].section && key.name == now[i].name;
    });
    if (found != runtime.end()) {
      take_over(wanted[i], now[i]);
      found->apply(current);
      change.applied = true;
    }
    changes.push_back(std::move(change));
  }
  compare_acquirers(current, fresh, changes);
  return changes;
}

}  // namespace tollgate::cli

// Two configurations compared: what can change while a node runs is taken over, and what cannot is named.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"

namespace tollgate::cli {

// A key that is taken over at once.
struct RuntimeKey {
  std::string_view section, name;
  std::function<void(const Config&)> apply;
};

struct ConfigChange {
  std::string key;  // "node.log_level"
  std::string before, after;
  bool applied = false;  // false: it needs a restart
};

// Applies what it can of `fresh` to `current`, which then says what is in force.
[[nodiscard]] std::vector<ConfigChange> apply_changes(Config& current, Config fresh, const std::vector<RuntimeKey>& runtime);

}  // namespace tollgate::cli

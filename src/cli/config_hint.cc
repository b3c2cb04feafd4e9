#include "cli/config_hint.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace tollgate::cli {
namespace {

// Characters put in, left out or changed (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

// One mistake in a short name, two in a long one.
bool resembles(std::string_view known, std::string_view name) { return distance(known, name) <= (name.size() < 6 ? 1u : 2u); }

std::vector<std::string> sections_with(std::span<const ConfigKey> keys, std::string_view name) {
  std::vector<std::string> sections;
  for (const ConfigKey& key : keys)
    if (key.name == name) sections.push_back(fmt::format("[{}]", key.section));
  return sections;
}

constexpr std::string_view look = "is not known: see `tollgate config example` for what there is";

}  // namespace

std::string unknown_key(std::span<const ConfigKey> keys, std::string_view section, std::string_view name) {
  for (const ConfigKey& key : keys)
    if (key.section == section && resembles(key.name, name)) return fmt::format("is not known: did you mean {}?", key.name);
  if (const auto sections = sections_with(keys, name); !sections.empty())
    return fmt::format("is not known here: it belongs under {}", fmt::join(sections, " or "));
  return std::string(look);
}

std::string unknown_section(std::span<const ConfigKey> keys, std::string_view name) {
  for (const ConfigSection& section : config_sections())
    if (resembles(section.name, name)) return fmt::format("is not known: did you mean [{}]?", section.name);
  if (const auto sections = sections_with(keys, name); !sections.empty())
    return fmt::format("is not known outside a section: it belongs under {}", fmt::join(sections, " or "));
  return std::string(look);
}

}  // namespace tollgate::cli

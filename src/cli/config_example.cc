#include "cli/config.h"

namespace tollgate::cli {
namespace {

std::string bounds_of(const ConfigKey& key) {
  if (!key.choices.empty()) return fmt::format("one of {}", fmt::join(key.choices, ", "));
  if (std::holds_alternative<std::string*>(key.value)) return std::string(key.unit);
  return fmt::format("{}, {} to {}", key.unit, key.min, key.max);
}

std::string default_of(const ConfigKey& key) {
  if (int64_t* const* number = std::get_if<int64_t*>(&key.value)) return std::to_string(**number);
  return fmt::format("\"{}\"", *std::get<std::string*>(key.value));
}

std::string line_of(const ConfigKey& key) {
  return fmt::format("# {} ({})\n#{} = {}\n", key.description, bounds_of(key), key.name, default_of(key));
}

}  // namespace

std::string config_example() {
  std::string text =
      "# Configuration of a tollgate node: tollgate serve --config FILE\n"
      "# Every key there is, with its unit, bounds and default. A line with a default is commented out: take the # "
      "away to change it.\n"
      "# An unknown key or a value out of its bounds stops the start with an error that names it.\n";
  Config defaults;
  const std::vector<ConfigKey> keys = keys_of(defaults);
  for (const ConfigSection& section : config_sections()) {
    text += fmt::format("\n# {}\n[{}]\n", section.description, section.name);
    for (const ConfigKey& key : keys)
      if (key.section == section.name)
        text += line_of(key);
  }
  text +=
      "\n# A live acquirer, one section each; without any, live keys are refused. Partners choose one with live_acquirer.\n"
      "#[[acquirers]]\n";
  AcquirerConfig acquirer = example_acquirer();
  for (const ConfigKey& key : keys_of(acquirer)) text += line_of(key);
  return text;
}

}  // namespace tollgate::cli

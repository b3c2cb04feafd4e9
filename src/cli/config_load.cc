// The library as headers and without exceptions: Debian's compiled one throws.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/config_hint.h"

namespace tollgate::cli {
namespace {

constexpr std::size_t config_bytes_max = 1 << 20;

// Every message begins with where it is.
class Problem {
 public:
  Problem(const std::string& path, const toml::node& node, std::string_view section, std::string_view key)
      : where_(fmt::format("{}:{}: {}{}{}", path, node.source().begin.line, section, key.empty() ? "" : ".", key)) {}
  template <class... Args>
  [[nodiscard]] Status operator()(fmt::format_string<Args...> format, Args&&... args) const {
    return invalid_argument("{} {}", where_, fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string where_;
};

Status set_number(const ConfigKey& key, int64_t& to, const toml::node& node, const Problem& problem) {
  const auto value = node.value_exact<int64_t>();
  if (!value) return problem("must be a whole number of {}", key.unit);
  if (*value < key.min || *value > key.max)
    return problem("is {}, but must be {} to {} ({})", *value, key.min, key.max, key.unit);
  to = *value;
  return absl::OkStatus();
}

Status set_text(const ConfigKey& key, std::string& to, const toml::node& node, const Problem& problem) {
  const auto value = node.value_exact<std::string>();
  if (!value) return problem("must be a text in quotes ({})", key.unit);
  if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), *value) == key.choices.end())
    return problem("is \"{}\", but must be one of {}", *value, fmt::join(key.choices, ", "));
  to = *value;
  return absl::OkStatus();
}

Status set_key(const ConfigKey& key, const toml::node& node, const std::string& path) {
  const Problem problem(path, node, key.section, key.name);
  if (int64_t* const* number = std::get_if<int64_t*>(&key.value)) return set_number(key, **number, node, problem);
  return set_text(key, *std::get<std::string*>(key.value), node, problem);
}

// `keys` are those of one section.
Status set_all(const std::vector<ConfigKey>& keys, std::string_view section, const toml::table& table, const std::string& path) {
  for (const auto& [name, node] : table) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&, wanted = name.str()](const ConfigKey& k) {
      return k.section == section && k.name == wanted;
    });
    if (key == keys.end())
      return Problem(path, node, section, name.str())("{}", unknown_key(keys, section, name.str()));
    TOLLGATE_RETURN_IF_ERROR(set_key(*key, node, path));
  }
  return absl::OkStatus();
}

Status set_acquirers(Config& config, const toml::node& node, const std::string& path) {
  const toml::array* tables = node.as_array();
  if (tables == nullptr) return Problem(path, node, "acquirers", "")("must be sections: [[acquirers]], one for each");
  for (const toml::node& entry : *tables) {
    const toml::table* table = entry.as_table();
    if (table == nullptr) return Problem(path, entry, "acquirers", "")("must be sections: [[acquirers]], one for each");
    AcquirerConfig acquirer;
    TOLLGATE_RETURN_IF_ERROR(set_all(keys_of(acquirer), "acquirers", *table, path));
    config.acquirers.push_back(std::move(acquirer));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<Config> parse_config(std::string_view text, const std::string& path) {
  Config config;
  const std::vector<ConfigKey> keys = keys_of(config);
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed)
    return invalid_argument("{}:{}: {}", path, parsed.error().source().begin.line,
                            std::string_view(parsed.error().description()));
  for (const auto& [section_key, section_node] : parsed.table()) {
    const std::string_view section = section_key.str();
    if (section == "acquirers") {
      TOLLGATE_RETURN_IF_ERROR(set_acquirers(config, section_node, path));
      continue;
    }
    const auto sections = config_sections();
    const bool known =
        std::any_of(sections.begin(), sections.end(), [&](const ConfigSection& s) { return s.name == section; });
    if (!known)
      return Problem(path, section_node, section, "")("{}", unknown_section(keys, section));
    const toml::table* table = section_node.as_table();
    if (table == nullptr) return Problem(path, section_node, section, "")("must be a section: [{}]", section);
    TOLLGATE_RETURN_IF_ERROR(set_all(keys, section, *table, path));
  }
  if (const Status status = check_config(config); !status.ok())
    return invalid_argument("{}: {}", path, message_of(status));
  return config;
}

StatusOr<Config> load_config(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return invalid_argument("{} is a directory: name the configuration file in it", path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return not_found("cannot read {}", path);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.view().size() > config_bytes_max)
    return invalid_argument("cannot read {}, or it has more than {} bytes", path, config_bytes_max);
  return parse_config(text.view(), path);
}

}  // namespace tollgate::cli

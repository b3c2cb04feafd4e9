// Reading a snapshot that may lack anything: an older node, one that has just begun, something that is switched off.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/terminal_text.h"

namespace tollgate::cli {

using Json = nlohmann::ordered_json;

// Never fails: what is not there is null, and null has nothing in it.
[[nodiscard]] inline const Json& at(const Json& from, std::initializer_list<const char*> path) {
  static const Json nothing;
  const Json* found = &from;
  for (const char* name : path) {
    if (!found->is_object()) return nothing;
    const auto next = found->find(name);
    if (next == found->end()) return nothing;
    found = &*next;
  }
  return *found;
}

// An array's elements; of anything else none.
[[nodiscard]] inline const Json& list_at(const Json& from, std::initializer_list<const char*> path) {
  static const Json none = Json::array();
  const Json& found = at(from, path);
  return found.is_array() ? found : none;
}

[[nodiscard]] inline const Json& object_at(const Json& from, std::initializer_list<const char*> path) {
  static const Json none = Json::object();
  const Json& found = at(from, path);
  return found.is_object() ? found : none;
}

[[nodiscard]] inline std::optional<double> number(const Json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

[[nodiscard]] inline std::optional<int64_t> whole(const Json& value) {
  return value.is_number_integer() ? std::optional(value.get<int64_t>()) : std::nullopt;
}
// A count: nothing below zero.
[[nodiscard]] inline uint64_t count(const Json& value) {
  const int64_t found = whole(value).value_or(0);
  return found < 0 ? 0 : static_cast<uint64_t>(found);
}

// Fit for a terminal.
[[nodiscard]] inline std::string text(const Json& value) {
  return value.is_string() ? printable(value.get_ref<const std::string&>()) : std::string();
}

}  // namespace tollgate::cli

// JSON for stdout, whatever is in it.
#pragma once
#include <nlohmann/json.hpp>

#include <string>

namespace tollgate::cli {

// Bytes that are no UTF-8, of a path or quoted from damaged data, become U+FFFD: the library alone throws.
[[nodiscard]] inline std::string text_of_json(const nlohmann::ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tollgate::cli

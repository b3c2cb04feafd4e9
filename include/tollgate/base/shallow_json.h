// JSON that somebody else wrote. What copies, compares or prints a value follows it down by recursion: one that nests without end would use up the
// stack.
#pragma once
#include <string_view>

namespace tollgate {

// Deeper than anything of ours is.
inline constexpr int json_depth_max = 64;

// Discarded if the text is no JSON, or nested deeper. `Json`: nlohmann's, which no public header names.
template <class Json>
[[nodiscard]] Json parse_shallow_json(std::string_view text, int depth_max = json_depth_max) {
  bool too_deep = false;
  const auto shallow = [&](int depth, typename Json::parse_event_t event, Json&) {
    const bool begins = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    too_deep |= begins && depth >= depth_max;
    return !too_deep;
  };
  Json parsed = Json::parse(text.begin(), text.end(), shallow, /*allow_exceptions=*/false);
  if (too_deep) return Json(Json::value_t::discarded);
  return parsed;
}

}  // namespace tollgate

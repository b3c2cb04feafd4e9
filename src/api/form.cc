// Forms into the parameter tree.
#include <array>

#include "api/param_tree.h"
#include "api/text.h"

namespace tollgate::api {
namespace {

constexpr std::array<int8_t, 256> make_hex_table() {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) table[static_cast<std::size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    table[static_cast<std::size_t>('a' + i)] = static_cast<int8_t>(10 + i);
    table[static_cast<std::size_t>('A' + i)] = static_cast<int8_t>(10 + i);
  }
  return table;
}
constexpr auto hex_of = make_hex_table();

// Percent and plus, decoded; false for a broken escape.
bool decode(std::string_view raw, std::string& to) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '+') {
      to.push_back(' ');
    } else if (c == '%') {
      if (i + 2 >= raw.size()) return false;
      const int high = hex_of[static_cast<uint8_t>(raw[i + 1])];
      const int low = hex_of[static_cast<uint8_t>(raw[i + 2])];
      if (high < 0 || low < 0) return false;
      to.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      to.push_back(c);
    }
  }
  return true;
}

bool is_clean(std::string_view text) { return text.find('\0') == std::string_view::npos && is_utf8(text); }

}  // namespace

std::optional<ApiError> ParamTree::add_form(std::string_view form) {
  while (!form.empty()) {
    const std::size_t end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    form.remove_prefix(end == std::string_view::npos ? form.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (auto error = add_pair(pair.substr(0, equals), value)) return error;
  }
  return std::nullopt;
}

std::optional<ApiError> ParamTree::add_pair(std::string_view raw_name, std::string_view raw_value) {
  const std::size_t name_at = text_.size();
  if (!decode(raw_name, text_)) return invalid_param({}, "The request has a broken percent escape in a parameter's name.");
  const std::string_view name(text_.data() + name_at, text_.size() - name_at);
  const std::size_t value_at = text_.size();
  if (!decode(raw_value, text_)) return invalid_param(shown(name), "The parameter's value has a broken percent escape.");
  const std::string_view value(text_.data() + value_at, text_.size() - value_at);
  if (!is_clean(name)) return invalid_param({}, "A parameter's name is not valid UTF-8 text.");
  if (!is_clean(value)) return invalid_param(shown(name), "The parameter's value is not valid UTF-8 text.");
  return set(name, value);
}

// `name` is the whole name with its brackets, both texts in the buffer.
std::optional<ApiError> ParamTree::set(std::string_view name, std::string_view value) {
  if (++scalars_ > params_max) return invalid_param({}, fmt::format("A request may have at most {} parameters.", params_max));
  const std::string_view whole = name;
  std::size_t bracket = name.find('[');
  std::string_view segment = name.substr(0, bracket);
  if (segment.empty()) return unknown_param(shown(whole));
  name.remove_prefix(segment.size());
  uint32_t at = root;
  for (std::size_t depth = 1;; ++depth) {
    if (depth > param_depth_max) {
      return invalid_param(shown(whole), fmt::format("Parameters may be nested at most {} levels deep.", param_depth_max));
    }
    const bool last = name.empty();
    // `a[]=` always appends; everything else names one place.
    uint32_t found = segment.empty() ? none : find(at, segment);
    if (found == none) {
      found = add(at, segment, last ? Kind::scalar : Kind::branch);
    } else if (last || nodes_[found].kind == Kind::scalar) {
      return invalid_param(path(found), "The parameter was given more than once.");
    }
    at = found;
    if (last) {
      nodes_[at].value = value;
      return std::nullopt;
    }
    bracket = name.find(']');
    if (name[0] != '[' || bracket == std::string_view::npos) return unknown_param(shown(whole));
    segment = name.substr(1, bracket - 1);
    name.remove_prefix(bracket + 1);
    // `a[][b]=`: elements that are objects need an index to tell them apart.
    if (segment.empty() && !name.empty()) return invalid_param(shown(whole), "Give the elements of a list of objects an index, as in a[0][b].");
  }
}

}  // namespace tollgate::api

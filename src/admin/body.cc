#include "admin/body.h"

#include <charconv>

#include "tollgate/base/bytes.h"
#include "tollgate/base/shallow_json.h"

namespace tollgate::admin {

Body::Body(std::string_view text) {
  if (text.empty()) return;
  Json parsed = parse_shallow_json<Json>(text);
  if (parsed.is_object()) object_ = std::move(parsed);
  else if (parsed.is_discarded()) error_ = FieldError{"", fmt::format("The body is not valid JSON, or nested deeper than {} levels.", json_depth_max)};
  else error_ = FieldError{"", "The body must be a JSON object."};
}

Body::Body(const Json& object, std::string name) : name_(std::move(name)) {
  if (object.is_object()) object_ = object;
  else error_ = FieldError{name_, "must be an object"};
}

std::string Body::name_of(std::string_view field) const {
  return name_.empty() ? std::string(field) : fmt::format("{}.{}", name_, field);
}

const Json* Body::take(std::string_view field) {
  taken_.emplace(field);
  const auto at = object_.find(field);
  return at == object_.end() ? nullptr : &*at;
}

void Body::wrong(std::string_view field, std::string message) {
  if (!error_) error_ = FieldError{name_of(field), std::move(message)};
}

void Body::adopt(const std::optional<FieldError>& other) {
  if (!error_) error_ = other;
}

bool Body::text(std::string_view field, std::string& to) {
  const Json* value = take(field);
  if (value == nullptr) return false;
  if (!value->is_string()) {
    wrong(field, "must be a string");
    return false;
  }
  to = value->get<std::string>();
  return true;
}

bool Body::read_integer(std::string_view field, int64_t min, int64_t max, int64_t& to) {
  const Json* value = take(field);
  if (value == nullptr) return false;
  const bool fits = value->is_number_unsigned() ? value->get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX)
                                                : value->is_number_integer();
  if (!fits || value->get<int64_t>() < min || value->get<int64_t>() > max) {
    wrong(field, fmt::format("must be an integer from {} to {}", min, max));
    return false;
  }
  to = value->get<int64_t>();
  return true;
}

std::optional<FieldError> Body::finish() {
  if (error_) return error_;
  for (const auto& [field, value] : object_.items())
    if (!taken_.contains(field)) return FieldError{name_of(field), "is not known here"};
  return std::nullopt;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  while (!text.empty()) {
    std::size_t used = 1;
    if (text.front() == '%') {
      const auto byte = from_hex(text.substr(1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      decoded += *byte;
      used = 3;
    } else {
      decoded.push_back(text.front() == '+' ? ' ' : text.front());
    }
    text.remove_prefix(used);
  }
  return decoded;
}

Query::Query(std::string_view query, std::initializer_list<std::string_view> known) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (std::find(known.begin(), known.end(), name) == known.end())
      error_ = FieldError{std::string(name), "is not known here"};
    else if (!value) error_ = FieldError{std::string(name), "has a wrong percent encoding"};
    else values_.emplace_back(name, *std::move(value));
  }
}

const std::string* Query::find(std::string_view name) const {
  for (const auto& [key, value] : values_)
    if (key == name) return &value;
  return nullptr;
}

std::optional<std::size_t> Query::limit(std::size_t otherwise, std::size_t max) {
  const std::string* text = find("limit");
  if (text == nullptr) return otherwise;
  std::size_t value = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (problem == std::errc{} && end == text->data() + text->size() && value >= 1 && value <= max) return value;
  error_ = FieldError{"limit", fmt::format("must be 1 to {}", max)};
  return std::nullopt;
}

}  // namespace tollgate::admin

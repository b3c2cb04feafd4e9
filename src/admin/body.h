// Reads a JSON body field by field. Each field is taken once; the first thing wrong is kept, by the name of its field;
// what nobody took is unknown and refused.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "admin/reply.h"

namespace tollgate::admin {

struct FieldError {
  std::string field;
  std::string message;  // goes on where the field's name ends: "must be ..."
};

class Body {
 public:
  // An empty text counts as {}.
  explicit Body(std::string_view text);
  // A part of a body; `name` stands before the names of its fields.
  Body(const Json& object, std::string name);

  // nullptr if the field is absent. Null is a value like any other.
  [[nodiscard]] const Json* take(std::string_view field);
  // Each leaves `to` as it is if the field is absent or wrong, and is true if it was set.
  bool text(std::string_view field, std::string& to);
  template <class Integer>
  bool integer(std::string_view field, int64_t min, int64_t max, Integer& to) {
    int64_t value = 0;
    if (!read_integer(field, min, max, value)) return false;
    to = static_cast<Integer>(value);
    return true;
  }

  void wrong(std::string_view field, std::string message);
  void adopt(const std::optional<FieldError>& other);
  // The first wrong or unknown field. Called last.
  [[nodiscard]] std::optional<FieldError> finish();
  [[nodiscard]] std::string name_of(std::string_view field) const;

 private:
  bool read_integer(std::string_view field, int64_t min, int64_t max, int64_t& to);

  Json object_ = Json::object();
  std::string name_;
  std::set<std::string, std::less<>> taken_;
  std::optional<FieldError> error_;
};

[[nodiscard]] inline HttpResponse failure(const FieldError& error) {
  return failure(400, "invalid_field",
                 error.field.empty() ? error.message : fmt::format("{} {}", error.field, error.message), error.field);
}

// The value of a query parameter, percent-decoded. `unknown` is set to the first parameter that is none of `known`.
class Query {
 public:
  Query(std::string_view query, std::initializer_list<std::string_view> known);
  [[nodiscard]] const std::string* find(std::string_view name) const;
  // 1 to `max`, `otherwise` if absent; nothing if it is no such number.
  [[nodiscard]] std::optional<std::size_t> limit(std::size_t otherwise, std::size_t max);
  [[nodiscard]] const std::optional<FieldError>& error() const { return error_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  std::optional<FieldError> error_;
};

[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace tollgate::admin

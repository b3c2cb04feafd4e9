// Where a row and the fold of its records differ, for people.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/record/json.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

// `"status":"succeeded"` for each field that is set, by name.
struct FieldTexts {
  struct Field { std::string name, text; };
  std::vector<Field> fields;
  template <class F>
  void operator()(int number, const char* name, const F& field) {
    Field& to = fields.emplace_back(Field{name, {}});
    JsonWriter writer(to.text);
    writer(number, name, field);
  }
};

template <class T>
std::string difference(std::string_view row_bytes, const T& fold) {
  T row;
  if (const Status status = wire::decode(row_bytes, row); !status.ok()) return std::string(message_of(status));
  FieldTexts in_row, in_fold;
  T::fields(std::as_const(row), in_row);
  T::fields(fold, in_fold);
  for (std::size_t i = 0; i < in_row.fields.size(); ++i) {
    const std::string &a = in_row.fields[i].text, &b = in_fold.fields[i].text;
    if (a != b) return fmt::format("{}: the row says {}, its records {}", in_row.fields[i].name, a.empty() ? "nothing" : a, b.empty() ? "nothing" : b);
  }
  return "the same fields in other bytes";
}

}  // namespace tollgate::audit

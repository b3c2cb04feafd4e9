// One line of an export: named cells, as a JSON object or as CSV (RFC 4180).
#pragma once
#include <string>
#include <string_view>

#include "tollgate/record/csv.h"
#include "tollgate/record/json.h"

namespace tollgate::audit {

class TableLine {
 public:
  enum class As { header, csv, json };
  TableLine(std::string& to, As as) : to_(to), as_(as) {
    to_.clear();
    if (as_ == As::json) to_ += '{';
  }
  void end() {
    if (as_ == As::json) to_ += '}';
  }
  void text(std::string_view name, std::string_view value) {
    if (begin(name)) (as_ == As::json ? append_json_text(to_, value) : append_csv_cell(to_, value));
  }
  void number(std::string_view name, int64_t value) {
    if (begin(name)) to_ += std::to_string(value);
  }
  // Empty in CSV, null in JSON.
  void number_or_none(std::string_view name, int64_t value, bool there) {
    if (!begin(name)) return;
    if (there) to_ += std::to_string(value);
    else if (as_ == As::json) to_ += "null";
  }
  void time(std::string_view name, int64_t time_us) { text(name, time_us == 0 ? std::string() : time_text(time_us)); }
  // Ready JSON; a cell of its own in CSV.
  void json(std::string_view name, std::string_view value) {
    if (begin(name)) (as_ == As::json ? static_cast<void>(to_ += value) : append_csv_cell(to_, value));
  }

 private:
  // False where the name is all that is wanted.
  bool begin(std::string_view name) {
    if (!first_) to_ += ',';
    first_ = false;
    if (as_ == As::json) {
      append_json_text(to_, name);
      to_ += ':';
    } else if (as_ == As::header) {
      to_ += name;
    }
    return as_ != As::header;
  }

  std::string& to_;
  As as_;
  bool first_ = true;
};

}  // namespace tollgate::audit

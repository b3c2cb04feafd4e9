// JSON, appended to a string. Commas follow from the last character written; keys are ours and need no escaping.
// Numbers are integers only: strict clients refuse a float where they expect an int64.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/base/clock.h"

namespace tollgate::api {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  // ---- values of an array, or of a key just written ----
  void begin_object() { comma(); out_.push_back('{'); }
  void end_object() { out_.push_back('}'); }
  void begin_array() { comma(); out_.push_back('['); }
  void end_array() { out_.push_back(']'); }
  void text(std::string_view value) {
    comma();
    append_string(value);
  }
  void number(int64_t value) {
    comma();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value);
    out_.append(digits, static_cast<std::size_t>(end.ptr - digits));
  }
  void boolean(bool value) {
    comma();
    out_.append(value ? "true" : "false");
  }
  void null() {
    comma();
    out_.append("null");
  }
  // Ready JSON.
  void raw(std::string_view json) {
    comma();
    out_.append(json);
  }
  template <class Id>
  void id(const Id& value) {
    comma();
    out_.push_back('"');
    value.append_text(out_);
    out_.push_back('"');
  }

  // ---- members of an object ----
  void key(std::string_view name) {
    comma();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
  }
  void object(std::string_view name) { key(name); out_.push_back('{'); }
  void array(std::string_view name) { key(name); out_.push_back('['); }
  void text(std::string_view name, std::string_view value) { key(name); append_string(value); }
  void text_or_null(std::string_view name, std::string_view value) {
    key(name);
    if (value.empty()) out_.append("null");
    else append_string(value);
  }
  void number(std::string_view name, int64_t value) { key(name); number(value); }
  void boolean(std::string_view name, bool value) { key(name); boolean(value); }
  void null(std::string_view name) { key(name); out_.append("null"); }
  // Microseconds, as unix seconds.
  void time(std::string_view name, int64_t time_us) { number(name, time_us / us_per_second); }
  void time_or_null(std::string_view name, int64_t time_us) {
    if (time_us == 0) null(name);
    else time(name, time_us);
  }
  template <class Id>
  void id(std::string_view name, const Id& value) { key(name); id(value); }
  template <class Id>
  void id_or_null(std::string_view name, const Id& value) {
    if (value.empty()) null(name);
    else id(name, value);
  }
  // Members of ready JSON, as in `"a":null,"b":[]`: long runs that are the same for every object.
  void members(std::string_view json) {
    comma();
    out_.append(json);
  }

  [[nodiscard]] std::string& out() { return out_; }

 private:
  void comma() {
    if (out_.empty()) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_.push_back(',');
  }
  void append_string(std::string_view value);

  std::string& out_;
};

}  // namespace tollgate::api

// Structs with fields() and records as JSON text for people and for auditors' tools: one way only, nothing reads it back. Enums by
// name, ids as the API writes them, amounts and times as integers, bytes as hex; fields at their default are left out.
#pragma once
#include <string>
#include <string_view>

#include "tollgate/record/field_types.h"
#include "tollgate/record/names.h"
#include "tollgate/record/record.h"

namespace tollgate {

// In quotes. What is not valid UTF-8 is replaced, so that the line is always JSON.
void append_json_text(std::string& to, std::string_view text);

// Ciphertexts of personal data: as hex, or as the word "sealed", for readers who have no use for them.
enum class Sealed : uint8_t { hex, named };

class JsonWriter {
 public:
  explicit JsonWriter(std::string& to, Sealed sealed = Sealed::hex) : to_(to), sealed_(sealed) {}

  template <class T>
  void object(const T& value) {
    to_ += '{';
    const bool outer_first = std::exchange(first_, true);
    T::fields(value, *this);
    first_ = outer_first;
    to_ += '}';
  }

  template <class F>
  void operator()(int, const char* name, const F& field) {
    if (is_default(field)) return;
    member(name);
    put(name, field);
  }
  // Begins a member of the object: a comma where one is needed, the name and the colon.
  void member(std::string_view name) {
    if (!std::exchange(first_, false)) to_ += ',';
    append_json_text(to_, name);
    to_ += ':';
  }

 private:
  template <class F>
  static bool is_default(const F& field) {
    if constexpr (wire::is_optional<F>) return !field;
    else if constexpr (wire::is_vector<F> || std::is_same_v<F, std::string>) return field.empty();
    else if constexpr (HasFields<F>) return false;
    else return field == F{};
  }
  template <class F>
  void put(const char* name, const F& field) {
    if constexpr (wire::is_optional<F>) {
      put(name, *field);
    } else if constexpr (std::is_same_v<F, std::vector<wire::MetadataEntry>>) {
      put_entries(field);
    } else if constexpr (wire::is_vector<F>) {
      to_ += '[';
      for (std::size_t i = 0; i < field.size(); ++i) {
        if (i != 0) to_ += ',';
        put(name, field[i]);
      }
      to_ += ']';
    } else if constexpr (HasFields<F>) {
      object(field);
    } else if constexpr (std::is_same_v<F, bool>) {
      to_ += field ? "true" : "false";
    } else if constexpr (std::is_enum_v<F>) {
      if (const std::string_view text = name_of(field); !text.empty()) append_json_text(to_, text);
      else to_ += std::to_string(static_cast<uint64_t>(field));
    } else if constexpr (std::is_integral_v<F>) {
      to_ += std::to_string(field);
    } else if constexpr (std::is_same_v<F, std::string>) {
      if (sealed_ == Sealed::named && std::string_view(name).starts_with("sealed_")) append_json_text(to_, "sealed");
      else append_json_text(to_, holds_bytes(name) ? to_hex(field) : field);
    } else if constexpr (std::is_same_v<F, Currency>) {
      append_json_text(to_, field.lower());
    } else {
      append_json_text(to_, field.text());
    }
  }
  void put_entries(const std::vector<wire::MetadataEntry>& entries);

  std::string& to_;
  Sealed sealed_;
  bool first_ = true;
};

template <HasFields T>
[[nodiscard]] std::string to_json(const T& value, Sealed sealed = Sealed::hex) {
  std::string text;
  JsonWriter(text, sealed).object(value);
  return text;
}
// {"partition":1,"sequence":7,...,"type":"payment_created","cause":{...},"event":{...}}; `hash` is that of the stored bytes.
void append_json(std::string& to, const Record& record, const Digest& hash, Sealed sealed = Sealed::hex);
// "2025-06-15T12:00:00.000001Z"
[[nodiscard]] std::string time_text(int64_t time_us);

}  // namespace tollgate

// One event of every type with every field set, for codecs: values differ from field to field and from their defaults.
#pragma once
#include <variant>
#include <vector>

#include "tollgate/record/field_types.h"
#include "tollgate/record/record.h"

namespace tollgate::samples {

inline IdCore core(int number) { return IdCore::make(1'750'000'000'000'000 + number * 1'000, static_cast<uint16_t>(number), 0xabcdef01); }

// Gives every field a value that follows from its number.
struct Filler {
  template <class F>
  void operator()(int number, const char* name, F& field) { field = value<F>(number, name); }

  template <class F>
  static F value(int number, const char* name) {
    if constexpr (wire::is_optional<F>) return value<typename F::value_type>(number, name);
    else if constexpr (std::is_same_v<F, wire::MetadataEntry>) return {std::string("key_") + name + std::to_string(number), "värde"};
    else if constexpr (wire::is_vector<F>) return {value<typename F::value_type>(number, name), value<typename F::value_type>(number + 1, name)};
    else if constexpr (HasFields<F>) return whole<F>();
    else if constexpr (std::is_same_v<F, bool>) return true;
    else if constexpr (std::is_enum_v<F>) return static_cast<F>(2);
    else if constexpr (std::is_same_v<F, int64_t>) return number % 2 == 0 ? int64_t{-1'000'000} * number : int64_t{1} << (20 + number);
    else if constexpr (std::is_signed_v<F>) return static_cast<F>(-number);
    else if constexpr (std::is_integral_v<F>) return static_cast<F>(number + (sizeof(F) > 1 ? 300 : 10));
    else if constexpr (std::is_same_v<F, std::string>) return std::string(name) + " \xc3\xa5";
    else if constexpr (std::is_same_v<F, Currency>) return *Currency::parse(number % 2 == 0 ? "usd" : "jpy");
    else if constexpr (std::is_same_v<F, PartnerId>) return PartnerId{0x0123456789abcdefULL + static_cast<uint64_t>(number)};
    else if constexpr (wire::is_child_id<F>) return F{core(number), static_cast<uint16_t>(number + 300)};
    else return F{core(number)};
  }
  template <class T>
  static T whole() {
    T value{};
    Filler filler;
    T::fields(value, filler);
    return value;
  }
};

template <class... E>
std::vector<Event> filled_events(const std::variant<E...>*) { return {Event(Filler::whole<E>())...}; }
template <class... E>
std::vector<Event> empty_events(const std::variant<E...>*) { return {Event(E{})...}; }
inline std::vector<Event> filled_events() { return filled_events(static_cast<const Event*>(nullptr)); }
inline std::vector<Event> empty_events() { return empty_events(static_cast<const Event*>(nullptr)); }

inline Cause cause() { return Filler::whole<Cause>(); }

inline RecordHeader header(uint64_t sequence = 7) {
  RecordHeader header;
  header.mode = Mode::live;
  header.partition = 3;
  header.epoch = 9;
  header.sequence = sequence;
  header.time_us = 1'750'000'000'123'456;
  header.partner = PartnerId{0x1122334455667788};
  for (std::size_t i = 0; i < header.prev_hash.size(); ++i) header.prev_hash[i] = static_cast<uint8_t>(i + 1);
  return header;
}

inline std::string record(const Event& event, uint64_t sequence = 7, const Cause& why = cause()) {
  std::string bytes;
  const auto hash = append_record(bytes, header(sequence), why, event);
  return hash.ok() ? bytes : std::string();
}

}  // namespace tollgate::samples

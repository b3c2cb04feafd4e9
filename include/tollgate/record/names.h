// The names of types and enum values as the source writes them, for people and for the published schema. They are taken from
// the compiler, so that no table can fall behind the headers.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tollgate {

namespace names_internal {
// "... [with T = tollgate::Payment; ...]" (GCC), "... [T = tollgate::Payment]" (clang).
constexpr std::string_view last_name(std::string_view function, std::string_view parameter) {
  function.remove_prefix(function.find(parameter) + parameter.size());
  function = function.substr(0, function.find_first_of(";]"));
  if (function.front() == '(') return {};  // a cast: the value has no name
  const std::size_t colon = function.rfind(':');
  return colon == std::string_view::npos ? function : function.substr(colon + 1);
}
template <class Type>
constexpr std::string_view type_text() { return last_name(__PRETTY_FUNCTION__, "Type = "); }
template <auto Value>
constexpr std::string_view value_text() { return last_name(__PRETTY_FUNCTION__, "Value = "); }

inline constexpr std::size_t enum_values_max = 64;
template <class E, std::size_t... I>
constexpr std::array<std::string_view, enum_values_max> value_texts(std::index_sequence<I...>) {
  return {value_text<static_cast<E>(I)>()...};
}
}  // namespace names_internal

template <class T>
inline constexpr std::string_view type_name = names_internal::type_text<T>();

// By number; empty where there is no such value.
template <class E>
inline constexpr auto enum_names = names_internal::value_texts<E>(std::make_index_sequence<names_internal::enum_values_max>());

// Empty if the number has no name.
template <class E>
  requires std::is_enum_v<E>
constexpr std::string_view name_of(E value) {
  const auto number = static_cast<std::size_t>(value);
  return number < enum_names<E>.size() ? enum_names<E>[number] : std::string_view();
}

// Text fields that hold bytes and not text: ciphertexts, hashes, fingerprints.
constexpr bool holds_bytes(std::string_view field) {
  return field.starts_with("sealed_") || field == "hash" || field == "fingerprint" || field == "parameters";
}

}  // namespace tollgate

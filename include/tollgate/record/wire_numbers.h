// How numbers stand on the wire: varints and zigzag (protobuf's encoding document).
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tollgate/record/field_types.h"

namespace tollgate::wire {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2 };

inline constexpr std::size_t varint_bytes_max = 10;

inline std::size_t varint_size(uint64_t v) { return (static_cast<std::size_t>(63 - __builtin_clzll(v | 1)) * 9 + 73) / 64; }
inline char* put_varint(char* to, uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<char>(v);
  return to;
}
inline uint64_t zigzag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
inline int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

// The number that stands on the wire for a value, and back.
template <Number T>
uint64_t to_wire(T value) {
  if constexpr (std::is_enum_v<T>) return to_wire(static_cast<std::underlying_type_t<T>>(value));
  else if constexpr (std::is_signed_v<T>) return zigzag(value);
  else return static_cast<uint64_t>(value);
}
template <Number T>
bool from_wire(uint64_t number, T& value) {
  if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> underlying;
    if (!from_wire(number, underlying)) return false;
    value = static_cast<T>(underlying);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (number > 1) return false;
    value = number == 1;
  } else if constexpr (std::is_signed_v<T>) {
    const int64_t wide = unzigzag(number);
    if (wide < std::numeric_limits<T>::min() || wide > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(wide);
  } else {
    if (number > std::numeric_limits<T>::max()) return false;
    value = static_cast<T>(number);
  }
  return true;
}

}  // namespace tollgate::wire

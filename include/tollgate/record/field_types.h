// What a visitor of fields() must tell apart (base/fields.h).
#pragma once
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tollgate/base/fields.h"
#include "tollgate/base/id.h"
#include "tollgate/money/money.h"

namespace tollgate::wire {

template <class T>
inline constexpr bool is_object_id = false;
template <class Tag>
inline constexpr bool is_object_id<ObjectId<Tag>> = true;
template <class T>
inline constexpr bool is_child_id = false;
template <class Tag>
inline constexpr bool is_child_id<ChildId<Tag>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

using MetadataEntry = std::pair<std::string, std::string>;

// A varint on the wire.
template <class T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;
// Of a fixed number of bytes, length-delimited.
template <class T>
concept ObjectOrChildId = is_object_id<T> || is_child_id<T>;
// Several in one length-delimited field.
template <class T>
concept Packed = Number<T> || std::is_same_v<T, PartnerId>;

}  // namespace tollgate::wire

// Structs with fields() to and from the protobuf wire format, deterministic: fields in their declared order, defaults
// (zero, empty, false, absent) left out, int32/int64 that may be negative as sint64 (zigzag), unsigned and enums as uint64,
// ids as bytes (PartnerId as fixed64, a ChildId as core and 2 big-endian bytes), Currency as its three letters, metadata
// entries as messages {string key = 1; string value = 2;}. Decoding refuses unknown fields and wrong wire types.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/base/bytes.h"
#include "tollgate/base/fields.h"
#include "tollgate/base/id.h"
#include "tollgate/base/status.h"
#include "tollgate/money/money.h"

namespace tollgate::wire {

template <HasFields T>
void encode(std::string& to, const T& value);
template <HasFields T>
[[nodiscard]] std::string encode(const T& value) {
  std::string to;
  encode(to, value);
  return to;
}
// Replaces `value`. data_loss with the field's name if the bytes are not an encoding of a T.
template <HasFields T>
[[nodiscard]] Status decode(std::string_view bytes, T& value);

}  // namespace tollgate::wire

#include "tollgate/record/wire_impl.h"

// A partition's row of the meta table, which recovery reads first.
#pragma once
#include <optional>
#include <string_view>

#include "tollgate/record/wire.h"

namespace tollgate::audit {

// Everything before this sequence has its outcome, or is with the resolver. Nothing if the row does not decode.
[[nodiscard]] inline std::optional<uint64_t> floor_of_meta(std::string_view row) {
  uint64_t floor = 1, tag = 0;
  wire::Reader in(row);
  if (!in.done() && (!in.varint(tag) || tag != (uint64_t{1} << 3) || !in.varint(floor) || !in.done())) return std::nullopt;
  return floor;
}

}  // namespace tollgate::audit

// One copy of an anchor's table, as bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/base/anchor.h"

namespace tollgate {

[[nodiscard]] std::string anchor_image(const Anchor& anchor);
// `copy`: the bytes of a copy and whatever follows it. Nothing unless it is whole.
[[nodiscard]] std::optional<Anchor> parse_anchor_image(std::string_view copy);

}  // namespace tollgate

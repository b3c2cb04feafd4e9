#pragma once
#include "tollgate/eventlog/anchored.h"

namespace tollgate {

// The anchor that fits the log as it is. Epochs never fall below those of `before`.
[[nodiscard]] StatusOr<Anchor> anchor_now(const EventLog& log, const Anchor& before);

}  // namespace tollgate

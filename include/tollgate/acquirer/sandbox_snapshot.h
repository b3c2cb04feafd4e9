// The sandbox's own books, for backups.
#pragma once
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate {

// `sandbox`: one that open_sandbox() gave. Lives as long as it does.
[[nodiscard]] Snapshotter& snapshotter_of(Sandbox& sandbox);

}  // namespace tollgate

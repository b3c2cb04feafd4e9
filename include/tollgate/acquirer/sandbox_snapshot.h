// The sandbox's own books, for backups and for who watches the node.
#pragma once
#include "tollgate/acquirer/sandbox.h"
#include "tollgate/base/cache_stats.h"
#include "tollgate/rocks/snapshotter.h"

namespace tollgate {

// `sandbox`: one that open_sandbox() gave. Lives as long as it does.
[[nodiscard]] Snapshotter& snapshotter_of(Sandbox& sandbox);
// "sandbox_blocks": the block cache of its books.
[[nodiscard]] CacheStats cache_of(const Sandbox& sandbox);

}  // namespace tollgate

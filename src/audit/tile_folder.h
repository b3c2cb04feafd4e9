// Files of a folder of tiles.
#pragma once
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::audit {

// Whole or not there; folders on the way are made. Not synced: what a crash takes is exported again.
[[nodiscard]] Status write_tile_file(const std::string& path, std::string_view content);

}  // namespace tollgate::audit

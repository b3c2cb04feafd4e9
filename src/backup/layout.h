// Names of files and folders that more than one part of this module knows.
#pragma once
#include <string>
#include <string_view>

#include "tollgate/backup/backup.h"

namespace tollgate::backup {

// In a data directory until its restore is complete.
inline constexpr std::string_view unfinished_file = "/restore.unfinished";
inline constexpr std::string_view backup_marker = "/tollgate-backup";
inline constexpr std::string_view archive_marker = "/tollgate-archive";
inline constexpr std::string_view marker_text = "layout 1\n";

// Where a key file stands in a backup directory.
[[nodiscard]] std::string key_path(const std::string& directory, const KeyFile& key);

}  // namespace tollgate::backup

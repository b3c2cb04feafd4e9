// Where things are inside an archive.
#pragma once
#include <string>
#include <vector>

#include "tollgate/backup/archive.h"

namespace tollgate::backup {

[[nodiscard]] std::string generation_folder(const std::string& archive, uint64_t generation);
[[nodiscard]] std::string partition_folder(const std::string& archive, uint64_t generation, uint32_t partition);
[[nodiscard]] StatusOr<std::vector<uint32_t>> partitions_in(const std::string& archive, uint64_t generation);
// By name: first, last, path, bytes. Sorted by first, the longest first among those that begin alike.
[[nodiscard]] StatusOr<std::vector<SegmentInfo>> segments_in(const std::string& archive, uint64_t generation, uint32_t partition);
// Makes an empty or missing directory an archive; any other one is refused.
[[nodiscard]] Status make_archive(const std::string& directory);
// Adds what is wrong with the copies of vault and sandbox that stand beside the segments.
void check_side(const std::string& archive, std::vector<std::string>& problems);
[[nodiscard]] inline std::string side_folder(const std::string& archive) { return archive + "/side"; }

}  // namespace tollgate::backup

// Records out of exported tiles (C2SP tlog-tiles): entry bundles of up to 256 records, each behind its length as a big-endian u16.
//
//   DIR/tile/entries/<N>        N in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067
//   DIR/tile/entries/<N>.p/<W>  the last bundle, while it has W < 256 records
//
// Which partition a directory holds is said by its records, and by nothing else.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tollgate/audit/source.h"

namespace tollgate::audit {

inline constexpr uint64_t bundle_records = 256;

// "x001/x234/067"
[[nodiscard]] std::string bundle_path(uint64_t number);
// `path` itself and the directories below it, a few levels deep, that have a tile/entries.
[[nodiscard]] std::vector<std::string> find_tiles(const std::string& path);
[[nodiscard]] StatusOr<std::unique_ptr<RecordSource>> open_tiles(const std::vector<std::string>& directories);

}  // namespace tollgate::audit

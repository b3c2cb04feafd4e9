// Records out of exported tiles (C2SP tlog-tiles): entry bundles of up to 256 records, each behind its length as a big-endian u16.
//
//   DIR/tile/entries/<N>        N in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067
//   DIR/tile/entries/<N>.p/<W>  the last bundle, while it has W < 256 records
//   DIR/checkpoint              if there is one: over how many records there must be
//
// Which partition a directory holds is said by its records, and by nothing else.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/audit/source.h"
#include "tollgate/proof/checkpoint.h"
#include "tollgate/proof/tile.h"

namespace tollgate::audit {

struct Tree {
  std::string directory;
  uint64_t records = 0;  // that must be there: as far as the bundles reach, or the checkpoint
  uint32_t partition = 0;
  std::optional<proof::SignedCheckpoint> checkpoint;
};

// data_loss if nothing tells which partition it is.
[[nodiscard]] StatusOr<Tree> survey_tiles(const std::string& directory);
// `path` itself and the directories below it, a few levels deep, that have a tile/entries or a checkpoint.
[[nodiscard]] std::vector<std::string> find_tiles(const std::string& path);
[[nodiscard]] StatusOr<std::unique_ptr<RecordSource>> open_tiles(const std::vector<std::string>& directories);

}  // namespace tollgate::audit

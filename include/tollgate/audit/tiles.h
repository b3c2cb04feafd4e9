// A partition's log as static files in a folder (C2SP tlog-tiles): written from an event log, and checked with nothing but the log's key.
//
//   <folder>/checkpoint   <folder>/vkey   <folder>/tile/<level>/...   <folder>/tile/entries/...
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/proof/checkpoint.h"
#include "tollgate/proof/tile.h"

namespace tollgate::audit {

// Called from time to time with how many records of a partition are done.
using TileProgress = std::function<void(uint64_t records)>;

struct TilesExported {
  uint64_t size = 0;  // records of the checkpoint
  uint64_t kept = 0;  // of them were there from an earlier export
};
// The tree of the checkpoint, which `key` has signed, goes into `folder`, made if it is missing. Full bundles that an earlier export, or one
// that was broken off, has left there are taken as they are; the checkpoint is written last, once all of it has led to the signed root.
// failed_precondition if it does not, or if a checkpoint that stands there already disagrees with this one.
[[nodiscard]] StatusOr<TilesExported> export_tiles(const EventLog& log, uint32_t partition, const proof::SignedCheckpoint& checkpoint,
                                                   const proof::VerifierKey& key, const std::string& folder, const TileProgress& progress = {});

struct TilesProblem {
  std::optional<uint64_t> index;  // of the first entry at fault, from 0; absent: it is not one entry's
  std::string what;
};
struct TilesReport {
  proof::Checkpoint checkpoint;  // if its signature held
  uint64_t entries = 0;          // that were checked
  std::optional<TilesProblem> problem;
};
// Signature, every entry against its tile and against the record before it, every tile against those below, and the root.
[[nodiscard]] TilesReport verify_tiles(const std::string& folder, const proof::VerifierKey& key, const TileProgress& progress = {});

// Tiles in such a folder.
class FolderTiles final : public proof::TileReader {
 public:
  explicit FolderTiles(std::string folder) : folder_(std::move(folder)) {}
  StatusOr<std::string> tile(const proof::TileId& tile) const override;
  [[nodiscard]] StatusOr<std::string> entries(uint64_t index, uint16_t width) const;
  // not_found if there is no such file.
  [[nodiscard]] StatusOr<std::string> file(const std::string& path) const;

 private:
  std::string folder_;
};

}  // namespace tollgate::audit

#include "audit/tiles.h"
#include "tollgate/audit/checkpoints.h"
#include "tollgate/audit/tiles.h"

namespace tollgate::audit {

StatusOr<CheckpointEvidence> read_tiles_evidence(const std::string& path) {
  CheckpointEvidence evidence;
  std::map<uint32_t, std::string> folders;
  for (const std::string& directory : find_tiles(path)) {
    TOLLGATE_ASSIGN_OR_RETURN(const Tree tree, survey_tiles(directory));
    if (!tree.checkpoint) continue;
    evidence.checkpoints.push_back({tree.partition, evidence.generation, *tree.checkpoint});
    folders[tree.partition] = directory;
    const auto text = FolderTiles(directory).file("vkey");
    if (absl::IsNotFound(text.status())) continue;
    TOLLGATE_RETURN_IF_ERROR(text.status());
    auto key = proof::VerifierKey::parse(*text);
    if (!key.ok()) return data_loss("{}/vkey: {}", directory, message_of(key.status()));
    evidence.keys.push_back(*std::move(key));
  }
  evidence.tiles = [folders](uint32_t partition, uint64_t) -> std::unique_ptr<proof::TileReader> {
    return std::make_unique<FolderTiles>(folders.at(partition));
  };
  return evidence;
}

}  // namespace tollgate::audit

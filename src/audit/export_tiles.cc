#include <filesystem>

#include "audit/tile_folder.h"
#include "tollgate/audit/tiles.h"

namespace tollgate::audit {
namespace {

using proof::tile_width;

constexpr uint64_t records_per_report = 16'384;

class TileExport {
 public:
  TileExport(const EventLog& log, uint32_t partition, const proof::SignedCheckpoint& checkpoint, const std::string& folder, const TileProgress& progress)
      : log_(log), partition_(partition), wanted_(checkpoint.checkpoint), folder_(folder), files_(folder), progress_(progress) {}

  [[nodiscard]] StatusOr<TilesExported> run() {
    TOLLGATE_RETURN_IF_ERROR(read_former());
    TOLLGATE_RETURN_IF_ERROR(take_kept());
    TOLLGATE_RETURN_IF_ERROR(write_rest());
    if (builder_.root() != wanted_.root) {
      return failed_precondition("the {} records do not lead to the root that was signed over them: {}", wanted_.size,
                                 kept_ == 0 ? "the log was changed; `tollgate audit verify` says where"
                                            : fmt::format("either the log was changed, or what an earlier export left in {}; export into an empty folder to find out", folder_));
    }
    TOLLGATE_RETURN_IF_ERROR(check_former());
    return TilesExported{wanted_.size, kept_};
  }

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

  // A checkpoint that was exported before.
  [[nodiscard]] Status read_former() {
    const auto text = files_.file("checkpoint");
    if (absl::IsNotFound(text.status())) return absl::OkStatus();
    if (!text.ok()) return text.status();
    auto former = proof::read_checkpoint(*text);
    if (!former.ok()) return data_loss("{}: {}", path("checkpoint"), message_of(former.status()));
    if (former->checkpoint.origin != wanted_.origin) return failed_precondition("{} is of the log {}, not of {}", folder_, former->checkpoint.origin, wanted_.origin);
    if (former->checkpoint.size > wanted_.size)
      return failed_precondition("{} holds a newer export, of {} records; the log's newest checkpoint has {}", folder_, former->checkpoint.size, wanted_.size);
    former_ = former->checkpoint;
    return absl::OkStatus();
  }

  // Both are what this log once said: they must agree.
  [[nodiscard]] Status check_former() const {
    if (!former_) return absl::OkStatus();
    TOLLGATE_ASSIGN_OR_RETURN(const Digest root, proof::root_of(proof::TiledTree(files_, former_->size), former_->size));
    if (root == former_->root) return absl::OkStatus();
    return failed_precondition("{} has a checkpoint over {} records that the log does not continue: one of the two is a fork", folder_, former_->size);
  }

  // What an earlier export left: leaf hashes come from its tiles, not from the log.
  [[nodiscard]] Status take_kept() {
    std::error_code ignored;
    for (uint64_t index = 0; (index + 1) * tile_width <= wanted_.size; ++index) {
      if (!std::filesystem::exists(path(proof::entries_path(index, tile_width)), ignored)) break;
      const auto hashes = files_.file(proof::tile_path({0, index, tile_width}));
      if (!hashes.ok() || hashes->size() != tile_width * proof::hash_bytes) break;
      for (std::size_t i = 0; i < tile_width; ++i) TOLLGATE_RETURN_IF_ERROR(add(proof::hash_at(*hashes, i)));
    }
    kept_ = builder_.size();
    return absl::OkStatus();
  }

  [[nodiscard]] Status add(const Digest& leaf) {
    Status written;
    builder_.add(leaf, [&](const proof::TileId& tile, std::string_view hashes) {
      if (written.ok()) written = write_tile_file(path(proof::tile_path(tile)), hashes);
    });
    if (progress_ && builder_.size() % records_per_report == 0) progress_(builder_.size());
    return written;
  }

  [[nodiscard]] Status write_rest() {
    if (builder_.size() == wanted_.size) return write_partial_tiles();
    std::string bundle;
    uint16_t width = 0;
    Status written;
    const auto write_bundle = [&] {
      const uint64_t index = builder_.size() / tile_width;
      const Status status = write_tile_file(path(proof::entries_path(index, width)), bundle);
      bundle.clear();
      width = 0;
      return status;
    };
    const Status read = log_.read(partition_, builder_.size() + 1, [&](uint64_t sequence, std::string_view record) {
      proof::append_entry(bundle, record);
      ++width;
      // The bundle before the tile: a tile that is there means that its entries are.
      if (width == tile_width || sequence == wanted_.size) written = write_bundle();
      if (written.ok()) written = add(proof::hash_leaf(record));
      return written.ok() && sequence < wanted_.size;
    });
    TOLLGATE_RETURN_IF_ERROR(written);
    TOLLGATE_RETURN_IF_ERROR(read);
    if (builder_.size() != wanted_.size)
      return failed_precondition("partition {} ends at record {}, but a checkpoint over {} records was signed: records are lost", partition_, builder_.size(), wanted_.size);
    return write_partial_tiles();
  }

  [[nodiscard]] Status write_partial_tiles() const {
    Status written;
    builder_.for_each_partial([&](const proof::TileId& tile, std::string_view hashes) {
      if (written.ok()) written = write_tile_file(path(proof::tile_path(tile)), hashes);
    });
    return written;
  }

  const EventLog& log_;
  const uint32_t partition_;
  const proof::Checkpoint& wanted_;
  const std::string& folder_;
  const FolderTiles files_;
  const TileProgress& progress_;
  std::optional<proof::Checkpoint> former_;
  proof::TreeBuilder builder_;
  uint64_t kept_ = 0;
};

}  // namespace

StatusOr<TilesExported> export_tiles(const EventLog& log, uint32_t partition, const proof::SignedCheckpoint& checkpoint, const proof::VerifierKey& key,
                                     const std::string& folder, const TileProgress& progress) {
  TOLLGATE_RETURN_IF_ERROR(proof::verify_note(checkpoint.note, key));
  TOLLGATE_ASSIGN_OR_RETURN(const TilesExported exported, TileExport(log, partition, checkpoint, folder, progress).run());
  TOLLGATE_RETURN_IF_ERROR(write_tile_file(folder + "/vkey", key.text() + "\n"));
  TOLLGATE_RETURN_IF_ERROR(write_tile_file(folder + "/checkpoint", checkpoint.note.format()));
  return exported;
}

}  // namespace tollgate::audit

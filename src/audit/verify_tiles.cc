#include "audit/chain.h"
#include "tollgate/audit/tiles.h"

namespace tollgate::audit {
namespace {

using proof::tile_width;

constexpr uint64_t records_per_report = 16'384;

class TileCheck {
 public:
  TileCheck(const std::string& folder, const proof::VerifierKey& key, const TileProgress& progress) : files_(folder), key_(key), progress_(progress) {}

  TilesReport run() {
    if (open_checkpoint()) check_entries();
    report_.entries = builder_.size();
    return std::move(report_);
  }

 private:
  // False, always, so that a check can end with it.
  bool wrong(std::optional<uint64_t> index, std::string what) {
    if (!report_.problem) report_.problem = {index, std::move(what)};
    return false;
  }

  bool open_checkpoint() {
    const auto text = files_.file("checkpoint");
    if (!text.ok()) return wrong(std::nullopt, std::string(message_of(text.status())));
    const auto opened = proof::open_checkpoint(*text, key_);
    if (!opened.ok()) return wrong(std::nullopt, fmt::format("the checkpoint: {}", message_of(opened.status())));
    report_.checkpoint = opened->checkpoint;
    return true;
  }

  void check_entries() {
    const uint64_t size = report_.checkpoint.size;
    for (uint64_t index = 0; index * tile_width < size; ++index) {
      if (!check_bundle(index, proof::width_in(size, 0, index))) return;
    }
    builder_.for_each_partial([this](const proof::TileId& tile, std::string_view hashes) { compare(tile, hashes); });
    if (report_.problem || builder_.root() == report_.checkpoint.root) return;
    wrong(std::nullopt, fmt::format("entries and tiles fit each other, but not the root that was signed over {} of them: a forked log", size));
  }

  bool check_bundle(uint64_t index, uint16_t width) {
    const uint64_t first = index * tile_width;
    const auto bundle = files_.entries(index, width);
    if (!bundle.ok()) return wrong(first, std::string(message_of(bundle.status())));
    const proof::TileId id{0, index, width};
    const auto tile = files_.tile(id);
    if (!tile.ok()) return wrong(first, std::string(message_of(tile.status())));
    if (tile->size() != width * proof::hash_bytes)
      return wrong(first, fmt::format("{} has {} bytes where {} belong", proof::tile_path(id), tile->size(), width * proof::hash_bytes));
    const auto entries = proof::entries_of(*bundle, width);
    // Also of a bundle that is cut off or too long, the first entry at fault is named.
    std::string_view rest = *bundle;
    for (uint16_t i = 0; i < width; ++i) {
      std::string_view entry;
      if (!take_entry(rest, entry)) return wrong(first + i, std::string(message_of(entries.status())));
      if (!check_entry(first + i, entry, proof::hash_at(*tile, i))) return false;
    }
    return entries.ok() || wrong(first + width - 1u, std::string(message_of(entries.status())));
  }

  static bool take_entry(std::string_view& rest, std::string_view& entry) {
    if (rest.size() < 2) return false;
    const std::size_t size = load_be16(rest.data());
    if (rest.size() - 2 < size) return false;
    entry = rest.substr(2, size);
    rest.remove_prefix(2 + size);
    return true;
  }

  bool check_entry(uint64_t index, std::string_view entry, const Digest& hash) {
    const Digest leaf = proof::hash_leaf(entry);
    if (leaf != hash) return wrong(index, "it is not the entry whose hash the tile has");
    if (!chain_) {
      const auto header = decode_header(entry);
      if (!header.ok()) return wrong(index, std::string(message_of(header.status())));
      chain_.emplace(header->partition);
    }
    if (std::string why = chain_->broken_by(entry); !why.empty()) return wrong(index, std::move(why));
    builder_.add(leaf, [this](const proof::TileId& tile, std::string_view hashes) {
      if (tile.level != 0) compare(tile, hashes);
    });
    if (progress_ && builder_.size() % records_per_report == 0) progress_(builder_.size());
    return !report_.problem;
  }

  void compare(const proof::TileId& id, std::string_view hashes) {
    const auto stored = files_.tile(id);
    // The first entry below what is wrong.
    const auto entry_below = [&](std::size_t offset) { return (id.index * tile_width + offset) << (id.level * proof::tile_height); };
    if (!stored.ok()) {
      wrong(entry_below(0), std::string(message_of(stored.status())));
      return;
    }
    for (std::size_t i = 0; i < id.width; ++i) {
      if ((i + 1) * proof::hash_bytes > stored->size() || proof::hash_at(*stored, i) != proof::hash_at(hashes, i)) {
        wrong(entry_below(i), fmt::format("{} does not follow from the entries below it", proof::tile_path(id)));
        return;
      }
    }
    if (stored->size() > hashes.size()) {
      const auto exact = files_.file(proof::tile_path(id));
      if (exact.ok() && exact->size() != hashes.size()) wrong(entry_below(id.width - 1u), fmt::format("{} is too long", proof::tile_path(id)));
    }
  }

  const FolderTiles files_;
  const proof::VerifierKey& key_;
  const TileProgress& progress_;
  TilesReport report_;
  std::optional<Chain> chain_;
  proof::TreeBuilder builder_;
};

}  // namespace

TilesReport verify_tiles(const std::string& folder, const proof::VerifierKey& key, const TileProgress& progress) {
  return TileCheck(folder, key, progress).run();
}

}  // namespace tollgate::audit

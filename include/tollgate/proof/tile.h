// The tree as static files (C2SP tlog-tiles): tiles of 256 hashes, bundles of 256 entries, and their paths.
//
//   tile/<level>/<index>[.p/<width>]   hashes of subtrees of 256^level entries, 32 bytes each
//   tile/entries/<index>[.p/<width>]   the entries themselves: big-endian length u16, bytes
//   index 1234067 is written x001/x234/067; .p/<width> if there are less than 256
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/proof/tree.h"

namespace tollgate::proof {

inline constexpr unsigned tile_height = 8;
inline constexpr uint64_t tile_width = 256;
inline constexpr unsigned tile_levels = 8;  // 64 bits of entries
inline constexpr std::size_t hash_bytes = 32;
inline constexpr std::size_t entry_bytes_max = 65'535;

struct TileId {
  uint8_t level = 0;
  uint64_t index = 0;
  uint16_t width = tile_width;  // 1 to 256
  auto operator<=>(const TileId&) const = default;
};

[[nodiscard]] std::string tile_path(const TileId& tile);
[[nodiscard]] std::string entries_path(uint64_t index, uint16_t width);

struct Resource {
  enum class Kind : uint8_t { checkpoint, tile, entries };
  Kind kind = Kind::checkpoint;
  TileId tile;  // of entries: level 0
};
// Nothing for any other text, also for another way to write a number.
[[nodiscard]] std::optional<Resource> parse_path(std::string_view path);

// How many hashes tile (level, index) has in a tree of that size: 0 to 256.
[[nodiscard]] uint16_t width_in(uint64_t size, uint8_t level, uint64_t index);
// Every tile of a tree, level by level.
void for_each_tile(uint64_t size, const std::function<void(const TileId&)>& visit);

[[nodiscard]] Digest hash_at(std::string_view tile, std::size_t index);
// The root of `2^height` neighbouring hashes from `first` on.
[[nodiscard]] Digest subtree_root(std::string_view tile, std::size_t first, unsigned height);

void append_entry(std::string& bundle, std::string_view entry);
// Exactly `count` entries; data_loss otherwise. Views of `bundle`.
[[nodiscard]] StatusOr<std::vector<std::string_view>> entries_of(std::string_view bundle, std::size_t count);

// Where tiles come from: a database, a folder.
class TileReader {
 public:
  virtual ~TileReader() = default;
  // At least `tile.width` hashes; a tile that has grown since may have more. not_found, or data_loss, if there are less.
  [[nodiscard]] virtual StatusOr<std::string> tile(const TileId& tile) const = 0;
};

// The nodes of a tree of `size` from its tiles. Keeps the tiles it has read: make one for each proof, or for several that belong together.
// One thread.
class TiledTree final : public NodeReader {
 public:
  TiledTree(const TileReader& tiles, uint64_t size) : tiles_(tiles), size_(size) {}
  [[nodiscard]] StatusOr<Digest> node(unsigned height, uint64_t index) const override;

 private:
  const TileReader& tiles_;
  const uint64_t size_;
  mutable std::map<std::pair<uint8_t, uint64_t>, std::string> read_;
};

// Grows a tree entry by entry and gives the tiles as they become full.
class TreeBuilder {
 public:
  using TileSink = std::function<void(const TileId& tile, std::string_view hashes)>;
  TreeBuilder() = default;
  // Goes on from a tree of that size: reads its tiles that are not full.
  [[nodiscard]] static StatusOr<TreeBuilder> resume(const TileReader& tiles, uint64_t size);

  void add(const Digest& leaf, const TileSink& full);
  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;
  // The tiles that are not full, at most one of each level.
  void for_each_partial(const TileSink& partial) const;

 private:
  uint64_t size_ = 0;
  std::vector<std::string> partial_;  // by level
};

}  // namespace tollgate::proof

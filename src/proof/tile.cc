#include "tollgate/proof/tile.h"

#include <cstring>

#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"

namespace tollgate::proof {
namespace {

// How many whole subtrees of 256^level entries there are.
constexpr uint64_t subtrees(uint64_t size, unsigned level) { return level < tile_levels ? size >> (level * tile_height) : 0; }

}  // namespace

uint16_t width_in(uint64_t size, uint8_t level, uint64_t index) {
  const uint64_t hashes = subtrees(size, level);
  if (index > hashes >> tile_height) return 0;
  const uint64_t left = hashes - (index << tile_height);
  return static_cast<uint16_t>(std::min(left, tile_width));
}

void for_each_tile(uint64_t size, const std::function<void(const TileId&)>& visit) {
  for (uint8_t level = 0; level < tile_levels && subtrees(size, level) != 0; ++level) {
    for (uint64_t index = 0;; ++index) {
      const uint16_t width = width_in(size, level, index);
      if (width == 0) break;
      visit({level, index, width});
      if (width < tile_width) break;
    }
  }
}

Digest hash_at(std::string_view tile, std::size_t index) {
  TOLLGATE_ASSERT((index + 1) * hash_bytes <= tile.size());
  Digest hash;
  std::memcpy(hash.data(), tile.data() + index * hash_bytes, hash_bytes);
  return hash;
}

Digest subtree_root(std::string_view tile, std::size_t first, unsigned height) {
  TOLLGATE_ASSERT(height <= tile_height);
  std::array<Digest, tile_width> hashes;
  std::size_t count = std::size_t{1} << height;
  for (std::size_t i = 0; i < count; ++i) hashes[i] = hash_at(tile, first + i);
  for (; count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i) hashes[i] = hash_children(hashes[2 * i], hashes[2 * i + 1]);
  }
  return hashes[0];
}

void append_entry(std::string& bundle, std::string_view entry) {
  TOLLGATE_ASSERT(entry.size() <= entry_bytes_max);
  append_be16(bundle, static_cast<uint16_t>(entry.size()));
  bundle.append(entry);
}

StatusOr<std::vector<std::string_view>> entries_of(std::string_view bundle, std::size_t count) {
  std::vector<std::string_view> entries;
  entries.reserve(count);
  while (!bundle.empty()) {
    if (bundle.size() < 2) return data_loss("the entry bundle ends within a length");
    const std::size_t size = load_be16(bundle.data());
    bundle.remove_prefix(2);
    if (bundle.size() < size) return data_loss("the entry bundle ends within its entry {}", entries.size());
    if (entries.size() == count) return data_loss("the entry bundle has more than {} entries", count);
    entries.push_back(bundle.substr(0, size));
    bundle.remove_prefix(size);
  }
  if (entries.size() != count) return data_loss("the entry bundle has {} entries where {} belong", entries.size(), count);
  return entries;
}

StatusOr<Digest> TiledTree::node(unsigned height, uint64_t index) const {
  const auto level = static_cast<uint8_t>(height / tile_height);
  const unsigned within = height % tile_height;
  // In hashes of the tile's level.
  const uint64_t first = index << within;
  TileId id{level, first >> tile_height, 0};
  id.width = width_in(size_, level, id.index);
  const auto offset = static_cast<std::size_t>(first % tile_width);
  if (offset + (std::size_t{1} << within) > id.width)
    return invalid_argument("a tree of {} has no node {} of height {}", size_, index, height);
  auto at = read_.find({level, id.index});
  if (at == read_.end()) {
    TOLLGATE_ASSIGN_OR_RETURN(std::string hashes, tiles_.tile(id));
    if (hashes.size() < id.width * hash_bytes)
      return data_loss("{} has {} bytes where {} belong", tile_path(id), hashes.size(), id.width * hash_bytes);
    at = read_.emplace(std::pair(level, id.index), std::move(hashes)).first;
  }
  return subtree_root(at->second, offset, within);
}

StatusOr<TreeBuilder> TreeBuilder::resume(const TileReader& tiles, uint64_t size) {
  TreeBuilder builder;
  builder.size_ = size;
  for (uint8_t level = 0; level < tile_levels && subtrees(size, level) != 0; ++level) {
    std::string& hashes = builder.partial_.emplace_back();
    const uint64_t count = subtrees(size, level);
    const TileId id{level, count >> tile_height, static_cast<uint16_t>(count % tile_width)};
    if (id.width == 0) continue;
    TOLLGATE_ASSIGN_OR_RETURN(hashes, tiles.tile(id));
    if (hashes.size() < id.width * hash_bytes) return data_loss("{} has only {} bytes", tile_path(id), hashes.size());
    hashes.resize(id.width * hash_bytes);
  }
  return builder;
}

void TreeBuilder::add(const Digest& leaf, const TileSink& full) {
  Digest hash = leaf;
  for (uint8_t level = 0;; ++level) {
    if (partial_.size() == level) partial_.emplace_back().reserve(tile_width * hash_bytes);
    std::string& hashes = partial_[level];
    hashes.append(view(hash));
    if (hashes.size() < tile_width * hash_bytes) break;
    full({level, subtrees(size_, level + 1u), tile_width}, hashes);
    hash = subtree_root(hashes, 0, tile_height);
    hashes.clear();
  }
  ++size_;
}

Digest TreeBuilder::root() const {
  std::optional<Digest> right;  // what is behind the hashes looked at so far
  for (const std::string& hashes : partial_) {
    std::size_t width = hashes.size() / hash_bytes;
    // The perfect subtrees of a row, from the smallest, which is the last.
    for (unsigned height = 0; width != 0; ++height) {
      const std::size_t size = std::size_t{1} << height;
      if ((width & size) == 0) continue;
      width -= size;
      const Digest left = subtree_root(hashes, width, height);
      right = right ? hash_children(left, *right) : left;
    }
  }
  return right.value_or(empty_root());
}

void TreeBuilder::for_each_partial(const TileSink& partial) const {
  for (uint8_t level = 0; level < partial_.size(); ++level) {
    const auto width = static_cast<uint16_t>(partial_[level].size() / hash_bytes);
    if (width != 0) partial({level, subtrees(size_, level + 1u), width}, partial_[level]);
  }
}

}  // namespace tollgate::proof

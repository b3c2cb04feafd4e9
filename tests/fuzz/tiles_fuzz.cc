// Whatever a peer asks for as a tile, and whatever a disk or a peer gives as one. The first byte chooses: a path is refused, or written again
// the same; a bundle is refused, or is the entries that it was made of, each of which can be proved; a tree over tiles that fit nothing gives
// errors or proofs, and proofs that hold as far as its tiles can agree with themselves.
#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/proof/tile.h"

namespace {

using namespace tollgate;
using namespace tollgate::proof;

void check_path(std::string_view path) {
  const auto parsed = parse_path(path);
  if (!parsed) return;
  switch (parsed->kind) {
    case Resource::Kind::checkpoint: TOLLGATE_ASSERT(path == "checkpoint"); break;
    case Resource::Kind::tile: TOLLGATE_ASSERT(path == tile_path(parsed->tile)); break;
    case Resource::Kind::entries: TOLLGATE_ASSERT(path == entries_path(parsed->tile.index, parsed->tile.width)); break;
  }
}

struct OwnTiles final : TileReader {
  std::map<std::pair<uint8_t, uint64_t>, std::string> tiles;
  StatusOr<std::string> tile(const TileId& id) const override {
    const auto found = tiles.find({id.level, id.index});
    if (found == tiles.end()) return not_found("there is no {}", tile_path(id));
    return found->second;
  }
};

void check_bundle(std::string_view bundle) {
  std::size_t count = 0;
  for (std::string_view rest = bundle; rest.size() >= 2; ++count) rest.remove_prefix(std::min<std::size_t>(rest.size(), 2u + load_be16(rest.data())));
  const auto entries = entries_of(bundle, count);
  if (!entries.ok()) return;
  TOLLGATE_ASSERT(entries->size() == count && !entries_of(bundle, count + 1).ok());
  std::string again;
  TreeBuilder builder;
  OwnTiles tiles;
  const auto put = [&](const TileId& id, std::string_view hashes) { tiles.tiles[{id.level, id.index}] = hashes; };
  for (const std::string_view entry : *entries) {
    append_entry(again, entry);
    builder.add(hash_leaf(entry), put);
  }
  TOLLGATE_ASSERT(again == bundle);
  builder.for_each_partial(put);
  if (count == 0) return;
  const TiledTree tree(tiles, count);
  TOLLGATE_ASSERT(*root_of(tree, count) == builder.root());
  for (std::size_t i = 0; i < count; i += 1 + count / 8)
    TOLLGATE_ASSERT(verify_inclusion(hash_leaf((*entries)[i]), i, count, *inclusion_proof(tree, i, count), builder.root()).ok());
}

// The bytes again and again, from a place that the tile's name leads to; sometimes too few.
struct HostileTiles final : TileReader {
  std::string_view bytes;
  StatusOr<std::string> tile(const TileId& id) const override {
    std::string hashes;
    const std::size_t wanted = id.width * hash_bytes, first = (id.index * 7 + id.level * 31) % bytes.size();
    if (bytes[first] == 0) return not_found("there is no {}", tile_path(id));
    for (std::size_t i = 0; i < wanted; ++i) hashes.push_back(bytes[(first + i) % bytes.size()]);
    if (bytes[first] == 1) hashes.pop_back();
    return hashes;
  }
};

void check_hostile(std::string_view bytes) {
  if (bytes.size() < 13) return;
  const uint64_t size = load_le64(bytes.data()) >> (bytes[8] & 63), index = load_le32(bytes.data() + 8);
  HostileTiles tiles;
  tiles.bytes = bytes.substr(12);
  const TiledTree tree(tiles, size);
  const auto root = root_of(tree, size);
  const auto path = inclusion_proof(tree, index, size);
  TOLLGATE_ASSERT(index < size || !path.ok());
  static_cast<void>(consistency_proof(tree, index, size));
  const auto leaf = tree.node(0, index);
  static_cast<void>(TreeBuilder::resume(tiles, size));
  if (!root.ok() || !path.ok() || !leaf.ok()) return;
  const Status held = verify_inclusion(*leaf, index, size, *path, *root);
  // One level of tiles cannot contradict another.
  TOLLGATE_ASSERT(size >= tile_width || held.ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: check_path(bytes); break;
    case 1: check_bundle(bytes); break;
    default: check_hostile(bytes);
  }
  return 0;
}

// Trees to test with, their tiles in memory.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "support/catch.h"
#include "tollgate/proof/tile.h"

namespace tollgate::proof {

class MemoryTiles final : public TileReader {
 public:
  std::map<std::pair<uint8_t, uint64_t>, std::string> tiles;

  void put(const TileId& id, std::string_view hashes) { tiles[{id.level, id.index}] = hashes; }
  StatusOr<std::string> tile(const TileId& id) const override {
    const auto found = tiles.find({id.level, id.index});
    if (found == tiles.end()) return not_found("there is no {}", tile_path(id));
    return found->second;
  }
};

// Entry i is the decimal text of i.
struct Forest {
  TreeBuilder builder;
  MemoryTiles tiles;
  std::vector<Digest> leaves;

  explicit Forest(uint64_t size = 0) { grow(size); }
  static std::string entry(uint64_t index) { return std::to_string(index); }
  void grow(uint64_t size) {
    const auto put = [this](const TileId& id, std::string_view hashes) { tiles.put(id, hashes); };
    while (builder.size() < size) {
      leaves.push_back(hash_leaf(entry(builder.size())));
      builder.add(leaves.back(), put);
    }
    builder.for_each_partial(put);
  }
  // MTH of RFC 6962, as it stands there.
  [[nodiscard]] Digest root_by_definition(std::size_t begin, std::size_t end) const {
    if (begin == end) return sha256({});
    if (end - begin == 1) return leaves[begin];
    std::size_t split = 1;
    while (2 * split < end - begin) split *= 2;
    return hash_children(root_by_definition(begin, begin + split), root_by_definition(begin + split, end));
  }
};

inline const Forest& large_forest() {
  static const Forest forest(70'000);
  return forest;
}

template <class T>
T value_of(StatusOr<T> made) {
  INFO(made.status().ToString());
  REQUIRE(made.ok());
  return *std::move(made);
}

}  // namespace tollgate::proof

#include "tollgate/proof/tile.h"

#include <set>

#include "proof/forest.h"

namespace tollgate::proof {

TEST_CASE("Paths are those of the specification") {
  CHECK(tile_path({0, 0, 256}) == "tile/0/000");
  CHECK(tile_path({2, 1'234'067, 256}) == "tile/2/x001/x234/067");
  CHECK(tile_path({1, 1'000, 5}) == "tile/1/x001/000.p/5");
  CHECK(entries_path(999, 255) == "tile/entries/999.p/255");
  for (const uint64_t index : {uint64_t{0}, uint64_t{9}, uint64_t{999}, uint64_t{1'000}, uint64_t{999'999}, uint64_t{1'234'067}, UINT64_MAX >> 8}) {
    for (const uint16_t width : {uint16_t{1}, uint16_t{255}, uint16_t{256}}) {
      const auto tile = parse_path(tile_path({3, index, width})), entries = parse_path(entries_path(index, width));
      REQUIRE((tile && entries));
      CHECK(tile->kind == Resource::Kind::tile);
      CHECK(tile->tile == TileId{3, index, width});
      CHECK(entries->kind == Resource::Kind::entries);
      CHECK(entries->tile == TileId{0, index, width});
    }
  }
  CHECK(parse_path("checkpoint")->kind == Resource::Kind::checkpoint);
}

TEST_CASE("No other text is a path") {
  for (const char* wrong :
       {"", "/checkpoint", "checkpoint/", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x001", "tile/0/x001/",
        "tile/0/x000/001", "tile/0/001/002", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/001.p/", "tile/0/001.p/5/", "tile/0/001.p/-1",
        "tile/64/000", "tile/00/000", "tile/-1/000", "tile/+1/000", "tile/entries", "tile/entries/", "tile/entries/00a", "tile/data/000", "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/0 1", "Tile/0/000"}) {
    INFO(wrong);
    CHECK_FALSE(parse_path(wrong));
  }
}

TEST_CASE("A tree of 70,000 has the tiles that the specification says") {
  std::map<uint8_t, std::pair<int, int>> widths;  // full, width of the partial one
  for_each_tile(70'000, [&](const TileId& tile) {
    if (tile.width == tile_width) ++widths[tile.level].first;
    else widths[tile.level].second = tile.width;
  });
  CHECK(widths == std::map<uint8_t, std::pair<int, int>>{{0, {273, 112}}, {1, {1, 17}}, {2, {0, 1}}});
  std::vector<TileId> tiles;
  for_each_tile(256, [&](const TileId& tile) { tiles.push_back(tile); });
  CHECK(tiles == std::vector<TileId>{{0, 0, 256}, {1, 0, 1}});
  for_each_tile(0, [](const TileId&) { FAIL("a tile of nothing"); });
  CHECK(width_in(70'000, 0, 274) == 0);
  CHECK(width_in(UINT64_MAX, 7, 0) == 255);
  CHECK(width_in(UINT64_MAX, 8, 0) == 0);
  CHECK(width_in(UINT64_MAX, 63, 0) == 0);
}

TEST_CASE("The builder makes exactly a tree's tiles, also when it was stopped and resumed at any size") {
  for (const uint64_t size : {0u, 1u, 2u, 255u, 256u, 257u, 511u, 512u, 65'535u, 65'536u, 70'000u}) {
    INFO(size);
    const Forest whole(size);
    std::set<std::pair<uint8_t, uint64_t>> expected;
    for_each_tile(size, [&](const TileId& id) {
      expected.emplace(id.level, id.index);
      REQUIRE(whole.tiles.tiles.count({id.level, id.index}) == 1);
      const std::string& hashes = whole.tiles.tiles.at({id.level, id.index});
      CHECK(hashes.size() == id.width * hash_bytes);
    });
    CHECK(whole.tiles.tiles.size() == expected.size());
    for (const uint64_t stop : {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{256}, size / 2, size - std::min<uint64_t>(size, 1), size}) {
      if (stop > size) continue;
      Forest halves(stop);
      halves.builder = value_of(TreeBuilder::resume(halves.tiles, stop));
      halves.grow(size);
      CHECK(halves.builder.root() == whole.builder.root());
      CHECK(halves.tiles.tiles == whole.tiles.tiles);
    }
  }
}

TEST_CASE("A tile that has grown since still serves the smaller tree, one that is too short does not") {
  Forest forest(300);
  const Digest root = forest.builder.root();
  forest.grow(600);
  CHECK(value_of(root_of(TiledTree(forest.tiles, 300), 300)) == root);
  CHECK_FALSE(TiledTree(forest.tiles, 300).node(0, 300).ok());
  CHECK_FALSE(TiledTree(forest.tiles, 300).node(9, 0).ok());
  forest.tiles.tiles[{0, 2}].resize(87 * hash_bytes);
  CHECK_FALSE(root_of(TiledTree(forest.tiles, 600), 600).ok());
  CHECK_FALSE(TreeBuilder::resume(forest.tiles, 600).ok());
  forest.tiles.tiles.erase({1, 0});
  CHECK_FALSE(root_of(TiledTree(forest.tiles, 600), 600).ok());
}

TEST_CASE("An entry bundle is lengths and bytes, and nothing else is one") {
  std::string bundle;
  append_entry(bundle, "ab");
  append_entry(bundle, "");
  append_entry(bundle, std::string(65'535, 'x'));
  CHECK(bundle.substr(0, 6) == std::string("\x00\x02"
                                           "ab\x00\x00",
                                           6));
  const auto entries = value_of(entries_of(bundle, 3));
  CHECK(entries[0] == "ab");
  CHECK(entries[1].empty());
  CHECK(entries[2].size() == 65'535);
  CHECK(value_of(entries_of("", 0)).empty());
  CHECK_FALSE(entries_of(bundle, 2).ok());
  CHECK_FALSE(entries_of(bundle, 4).ok());
  CHECK_FALSE(entries_of(std::string_view(bundle).substr(0, bundle.size() - 1), 3).ok());
  CHECK_FALSE(entries_of(std::string_view(bundle).substr(0, 7), 3).ok());
  CHECK_FALSE(entries_of(std::string_view("\x00", 1), 1).ok());
}

}  // namespace tollgate::proof

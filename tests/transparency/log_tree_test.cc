#include "transparency/log_tree.h"

#include "eventlog/backends.h"
#include "tollgate/transparency/transparency.h"

namespace tollgate::transparency {
namespace {

using testing::TempDir;

std::unique_ptr<TileStore> open_store(const TempDir& dir) {
  auto store = TileStore::open(dir.path() + "/tlog", TileStore::Access::write);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  return *std::move(store);
}

bool always() { return true; }

}  // namespace

TEST_CASE("A tree follows the log over any borders and takes up where it ended") {
  TempDir dir;
  const auto log = open_memory_log();
  auto store = open_store(dir);
  proof::TreeBuilder reference;
  uint64_t size = 0;
  for (const std::size_t step : {1u, 254u, 1u, 1u, 255u, 66'000u, 3u}) {
    for (std::size_t left = step; left > 0;) {
      const std::size_t count = std::min<std::size_t>(left, 1'000);
      REQUIRE(testing::append_next(*log, 1, count).ok());
      left -= count;
    }
    const uint64_t from = size;
    size += step;
    REQUIRE(log->read(1, from + 1, [&](uint64_t, std::string_view record) {
                 reference.add(proof::hash_leaf(record), [](const proof::TileId&, std::string_view) {});
                 return true;
               }).ok());
    LogTree tree(*log, *store, 1);
    REQUIRE(tree.resume().ok());
    CHECK(tree.size() == from);
    REQUIRE(tree.follow(size, always).ok());
    CHECK(tree.size() == size);
    CHECK(tree.root() == reference.root());
    const auto root = tree.root_at(size);
    REQUIRE(root.ok());
    CHECK(*root == reference.root());
    store.reset();
    store = open_store(dir);
  }
}

TEST_CASE("A long way ends early when it is told to, and goes on from there") {
  TempDir dir;
  const auto log = open_memory_log();
  for (int i = 0; i < 140; ++i) REQUIRE(testing::append_next(*log, 1, 1'000).ok());
  const auto store = open_store(dir);
  LogTree tree(*log, *store, 1);
  REQUIRE(tree.follow(140'000, [] { return false; }).ok());
  CHECK(tree.size() == 65'536);
  int calls = 0;
  REQUIRE(tree.follow(140'000, [&] {
                ++calls;
                return true;
              }).ok());
  CHECK(tree.size() == 140'000);
  CHECK(calls == 1);
}

TEST_CASE("Partitions do not see each other's tiles, and one that is discarded leaves nothing") {
  TempDir dir;
  const auto log = open_memory_log();
  const auto store = open_store(dir);
  for (const uint32_t partition : {0u, 1u, 255u, 256u}) {
    REQUIRE(testing::append_next(*log, partition, 300 + partition).ok());
    LogTree tree(*log, *store, partition);
    REQUIRE(tree.follow(300 + partition, always).ok());
  }
  LogTree one(*log, *store, 1);
  REQUIRE(one.resume().ok());
  REQUIRE(one.begin_anew().ok());
  CHECK(*store->size(1) == 0);
  CHECK(absl::IsNotFound(store->tile(1, {0, 0, 256}).status()));
  CHECK(absl::IsNotFound(store->tile(1, {1, 0, 1}).status()));
  for (const uint32_t partition : {0u, 255u, 256u}) {
    CHECK(*store->size(partition) == 300 + partition);
    LogTree tree(*log, *store, partition);
    REQUIRE(tree.resume().ok());
    CHECK(tree.size() == 300 + partition);
  }
}

TEST_CASE("Tiles beside a running node are read without touching them") {
  TempDir dir;
  const auto log = open_memory_log();
  REQUIRE(testing::append_next(*log, 1, 300).ok());
  CHECK(absl::IsNotFound(open_stored_tiles(dir.path()).status()));
  {
    const auto store = open_store(dir);
    LogTree tree(*log, *store, 1);
    REQUIRE(tree.follow(300, always).ok());
  }
  const auto tiles = open_stored_tiles(dir.path());
  REQUIRE(tiles.ok());
  CHECK((*tiles)->size(1) == 300);
  CHECK((*tiles)->size(2) == 0);
  CHECK((*tiles)->tiles(1)->tile({0, 0, 256})->size() == 8'192);
}

}  // namespace tollgate::transparency

#include "tollgate/proof/tree.h"

#include "proof/forest.h"
#include "tollgate/base/bytes.h"

namespace tollgate::proof {
namespace {

std::string hex(const Digest& digest) { return to_hex(view(digest)); }

std::string hex_of_path(const Path& path) {
  std::string all;
  for (const Digest& hash : path) all += view(hash);
  return to_hex(view(sha256(all)));
}

}  // namespace

TEST_CASE("The roots of the eight entries that implementations of RFC 6962 are tested with") {
  const char* const entries[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CHECK(hex(empty_root()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  TreeBuilder builder;
  CHECK(builder.root() == empty_root());
  for (std::size_t i = 0; i < 8; ++i) {
    builder.add(hash_leaf(*from_hex(entries[i])), [](const TileId&, std::string_view) {});
    CHECK(hex(builder.root()) == roots[i]);
  }
}

TEST_CASE("Roots and proofs are those that an implementation by others makes") {
  const std::map<uint64_t, const char*> roots = {
      {1, "db3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c03"},
      {2, "cb00989d94a569c0a678ae042b63dcd4625db96440517f37a6eb7976ea24ed4b"},
      {3, "725d5230db68f557470dc35f1d8865813acd7ebb07ad152774141decbae71327"},
      {7, "a3e23b32ccb6bf96d092d165d8aa546e09829de8f03b0e8957581d1e16b92bdf"},
      {255, "32f85bcaa87d7bcd05728f09e9aeba350ba6a2f733830087f0597682848be5cb"},
      {256, "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1"},
      {257, "1eda049a4351d86f76252bd7ec0b7746ad75b7fa0316ad5f541dbda458a312c4"},
      {65535, "74f13a0e1a75689372efb990cf68c664e44c763d9304844955b2eaff624e8df1"},
      {65536, "f025d06ed804859fd274a1bdacadd6e48ea87634aa91e1edb20143f9498cd02b"},
      {65537, "dc8795a25fd4bd52a0b84f639fd3139ba160824023d188e428eb5db0f3ce221a"},
      {70000, "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e"}};
  Forest forest;
  for (const auto& [size, root] : roots) {
    forest.grow(size);
    INFO(size);
    CHECK(hex(forest.builder.root()) == root);
    CHECK(hex(value_of(root_of(TiledTree(forest.tiles, size), size))) == root);
  }
  const TiledTree tree(forest.tiles, 70'000);
  const Path inclusion = value_of(inclusion_proof(tree, 65'536, 70'000)), consistency = value_of(consistency_proof(tree, 65'000, 70'000));
  CHECK(inclusion.size() == 14);
  CHECK(hex_of_path(inclusion) == "f38ccfccec8efb20ea1159d3bf46d806713aef674afc0b136298c85d170dac07");
  CHECK(consistency.size() == 15);
  CHECK(hex_of_path(consistency) == "be13b300f885958be5acf86b7d8c914066a7e6a7fe0b7aeea7347ce4401d9b3d");
}

TEST_CASE("Every entry of every small tree has a proof, and that proof fits nothing else") {
  for (uint64_t size = 1; size <= 40; ++size) {
    const Forest forest(size);
    const TiledTree tree(forest.tiles, size);
    const Digest root = forest.root_by_definition(0, size);
    CHECK(forest.builder.root() == root);
    for (uint64_t index = 0; index < size; ++index) {
      const Path path = value_of(inclusion_proof(tree, index, size));
      CHECK(verify_inclusion(forest.leaves[index], index, size, path, root).ok());
      // The other places.
      for (uint64_t other = 0; other < size; ++other)
        CHECK(verify_inclusion(forest.leaves[index], other, size, path, root).ok() == (other == index));
      CHECK_FALSE(verify_inclusion(hash_leaf("other"), index, size, path, root).ok());
      CHECK_FALSE(verify_inclusion(forest.leaves[index], index, size, path, empty_root()).ok());
      CHECK_FALSE(verify_inclusion(forest.leaves[index], size, size, path, root).ok());
      Path changed = path;
      changed.push_back(root);
      CHECK_FALSE(verify_inclusion(forest.leaves[index], index, size, changed, root).ok());
      for (std::size_t i = 0; i < path.size(); ++i) {
        changed = path;
        changed[i][31] ^= 1;
        CHECK_FALSE(verify_inclusion(forest.leaves[index], index, size, changed, root).ok());
      }
      if (path.empty()) continue;
      changed.assign(path.begin(), path.end() - 1);
      CHECK_FALSE(verify_inclusion(forest.leaves[index], index, size, changed, root).ok());
      changed.assign(path.begin() + 1, path.end());
      CHECK_FALSE(verify_inclusion(forest.leaves[index], index, size, changed, root).ok());
    }
    CHECK_FALSE(inclusion_proof(tree, size, size).ok());
  }
}

TEST_CASE("Every small tree is consistent with each of its beginnings, and with no other tree") {
  for (uint64_t size = 0; size <= 40; ++size) {
    const Forest forest(size);
    const TiledTree tree(forest.tiles, size);
    const Digest root = forest.root_by_definition(0, size);
    for (uint64_t old_size = 0; old_size <= size; ++old_size) {
      const Digest old_root = forest.root_by_definition(0, old_size);
      const Path path = value_of(consistency_proof(tree, old_size, size));
      INFO(old_size << " " << size);
      CHECK(verify_consistency(old_size, old_root, size, root, path).ok());
      Digest other = old_root;
      other[0] ^= 1;
      CHECK_FALSE(verify_consistency(old_size, other, size, root, path).ok());
      other = root;
      other[0] ^= 1;
      if (old_size != 0) CHECK_FALSE(verify_consistency(old_size, old_root, size, other, path).ok());
      CHECK_FALSE(verify_consistency(size + 1, old_root, size, root, path).ok());
      Path changed = path;
      changed.push_back(root);
      CHECK_FALSE(verify_consistency(old_size, old_root, size, root, changed).ok());
      for (std::size_t i = 0; i < path.size(); ++i) {
        changed = path;
        changed[i][0] ^= 0x80;
        CHECK_FALSE(verify_consistency(old_size, old_root, size, root, changed).ok());
      }
      if (path.empty()) continue;
      changed.assign(path.begin(), path.end() - 1);
      CHECK_FALSE(verify_consistency(old_size, old_root, size, root, changed).ok());
    }
    CHECK_FALSE(consistency_proof(tree, size + 1, size).ok());
  }
}

TEST_CASE("Proofs over the borders of tiles hold") {
  const Forest& forest = large_forest();
  for (const uint64_t size : {1u, 2u, 255u, 256u, 257u, 511u, 512u, 513u, 65'535u, 65'536u, 65'537u, 70'000u}) {
    const TiledTree tree(forest.tiles, size);
    const Digest root = value_of(root_of(tree, size));
    for (const uint64_t index : {0u, 1u, 254u, 255u, 256u, 257u, 511u, 512u, 65'279u, 65'280u, 65'535u, 65'536u, 69'999u}) {
      if (index >= size) continue;
      INFO(index << " of " << size);
      CHECK(verify_inclusion(forest.leaves[index], index, size, value_of(inclusion_proof(tree, index, size)), root).ok());
      const Digest old_root = value_of(root_of(TiledTree(forest.tiles, index + 1), index + 1));
      CHECK(verify_consistency(index + 1, old_root, size, root, value_of(consistency_proof(tree, index + 1, size))).ok());
    }
  }
}

}  // namespace tollgate::proof

// The Merkle tree of RFC 6962, section 2.1, over SHA-256: hashes, roots, and proofs that one entry is in a tree, or that a tree is
// the beginning of another.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "tollgate/base/digest.h"
#include "tollgate/base/status.h"

namespace tollgate::proof {

[[nodiscard]] Digest hash_leaf(std::string_view entry);
[[nodiscard]] Digest hash_children(const Digest& left, const Digest& right);
[[nodiscard]] Digest empty_root();

// From the leaf's side to the root's.
using Path = std::vector<Digest>;
inline constexpr std::size_t path_length_max = 64;

// Roots of the perfect subtrees of a tree: node(h, i) is that of the entries [i * 2^h, (i + 1) * 2^h).
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  [[nodiscard]] virtual StatusOr<Digest> node(unsigned height, uint64_t index) const = 0;
};

[[nodiscard]] StatusOr<Digest> root_of(const NodeReader& nodes, uint64_t size);
// invalid_argument unless index < size.
[[nodiscard]] StatusOr<Path> inclusion_proof(const NodeReader& nodes, uint64_t index, uint64_t size);
// invalid_argument unless old_size <= size. Empty if old_size is 0 or size.
[[nodiscard]] StatusOr<Path> consistency_proof(const NodeReader& nodes, uint64_t old_size, uint64_t size);

// OK if `leaf` is the hash of entry `index` in the tree of that size and root; what is wrong otherwise (failed_precondition).
[[nodiscard]] Status verify_inclusion(const Digest& leaf, uint64_t index, uint64_t size, const Path& path, const Digest& root);
// OK if the tree of `old_size` is the beginning of the tree of `size`.
[[nodiscard]] Status verify_consistency(uint64_t old_size, const Digest& old_root, uint64_t size, const Digest& root, const Path& path);

}  // namespace tollgate::proof

#include "tollgate/proof/tree.h"

#include <array>
#include <bit>
#include <cstring>

#include "tollgate/base/assert.h"

namespace tollgate::proof {
namespace {

constexpr std::string_view leaf_prefix("\x00", 1);

// The largest power of two below `size`.
uint64_t split_of(uint64_t size) { return std::bit_floor(size - 1); }

// The root of the entries [begin, end). `begin` is where a subtree of at least that size may begin.
StatusOr<Digest> range_root(const NodeReader& nodes, uint64_t begin, uint64_t end) {
  const uint64_t size = end - begin;
  if (std::has_single_bit(size)) {
    const auto height = static_cast<unsigned>(std::countr_zero(size));
    return nodes.node(height, begin >> height);
  }
  const uint64_t middle = begin + split_of(size);
  TOLLGATE_ASSIGN_OR_RETURN(const Digest left, range_root(nodes, begin, middle));
  TOLLGATE_ASSIGN_OR_RETURN(const Digest right, range_root(nodes, middle, end));
  return hash_children(left, right);
}

Status wrong(std::string_view what) { return failed_precondition("the proof does not hold: {}", what); }

}  // namespace

Digest hash_leaf(std::string_view entry) { return sha256(leaf_prefix, entry); }

Digest hash_children(const Digest& left, const Digest& right) {
  std::array<char, 65> node;
  node[0] = '\x01';
  std::memcpy(node.data() + 1, left.data(), left.size());
  std::memcpy(node.data() + 33, right.data(), right.size());
  return sha256({node.data(), node.size()});
}

Digest empty_root() { return sha256({}); }

StatusOr<Digest> root_of(const NodeReader& nodes, uint64_t size) { return size == 0 ? empty_root() : range_root(nodes, 0, size); }

StatusOr<Path> inclusion_proof(const NodeReader& nodes, uint64_t index, uint64_t size) {
  if (index >= size) return invalid_argument("there is no entry {} in a tree of {}", index, size);
  // From the root down, which is the path's end first.
  Path path;
  uint64_t begin = 0, end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + split_of(end - begin);
    const bool left = index < middle;
    TOLLGATE_ASSIGN_OR_RETURN(const Digest sibling, left ? range_root(nodes, middle, end) : range_root(nodes, begin, middle));
    path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  return Path(path.rbegin(), path.rend());
}

StatusOr<Path> consistency_proof(const NodeReader& nodes, uint64_t old_size, uint64_t size) {
  if (old_size > size) return invalid_argument("a tree of {} cannot be the beginning of one of {}", old_size, size);
  Path path;
  if (old_size == 0 || old_size == size) return path;
  uint64_t begin = 0, end = size;
  bool whole = true;  // the old tree's root itself, which the verifier has
  while (old_size != end) {
    const uint64_t middle = begin + split_of(end - begin);
    const bool left = old_size <= middle;
    TOLLGATE_ASSIGN_OR_RETURN(const Digest sibling, left ? range_root(nodes, middle, end) : range_root(nodes, begin, middle));
    path.push_back(sibling);
    if (!left) whole = false;
    (left ? end : begin) = middle;
  }
  if (!whole) {
    TOLLGATE_ASSIGN_OR_RETURN(const Digest last, range_root(nodes, begin, end));
    path.push_back(last);
  }
  return Path(path.rbegin(), path.rend());
}

Status verify_inclusion(const Digest& leaf, uint64_t index, uint64_t size, const Path& path, const Digest& root) {
  if (index >= size) return wrong(fmt::format("entry {} is not in a tree of {}", index, size));
  uint64_t at = index, last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : path) {
    if (last == 0) return wrong("it is too long");
    if ((at & 1) != 0 || at == last) {
      hash = hash_children(sibling, hash);
      // The last node of a row may have no sibling: it stands in for its parents until it has one.
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = hash_children(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return wrong("it is too short");
  if (hash != root) return wrong("it leads to another root");
  return absl::OkStatus();
}

Status verify_consistency(uint64_t old_size, const Digest& old_root, uint64_t size, const Digest& root, const Path& path) {
  if (old_size > size) return wrong(fmt::format("a tree of {} is not the beginning of one of {}", old_size, size));
  if (old_size == 0) {
    if (!path.empty()) return wrong("it is too long");
    return old_root == empty_root() ? absl::OkStatus() : wrong("the root of no entries is another");
  }
  if (old_size == size) {
    if (!path.empty()) return wrong("it is too long");
    return old_root == root ? absl::OkStatus() : wrong("two roots for one size");
  }
  if (path.empty()) return wrong("it is too short");
  uint64_t at = old_size - 1, last = size - 1;
  while ((at & 1) != 0) {
    at >>= 1;
    last >>= 1;
  }
  // An old tree that is perfect is its own first node.
  std::size_t next = 0;
  Digest first = at == 0 ? old_root : path[next++];
  Digest second = first;
  for (; next < path.size(); ++next) {
    if (last == 0) return wrong("it is too long");
    if ((at & 1) != 0 || at == last) {
      first = hash_children(path[next], first);
      second = hash_children(path[next], second);
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      second = hash_children(second, path[next]);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return wrong("it is too short");
  if (first != old_root) return wrong("it leads to another old root");
  if (second != root) return wrong("it leads to another new root");
  return absl::OkStatus();
}

}  // namespace tollgate::proof

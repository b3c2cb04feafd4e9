#include "transparency/log_tree.h"

#include "tollgate/base/give_way.h"

namespace tollgate::transparency {
namespace {

constexpr uint64_t leaves_per_write_max = 65'536;
constexpr uint64_t leaves_between_ways = 64;  // some 0.1 ms

}  // namespace

// Every record holds the hash of the one before, so the last one stands for all of them.
bool LogTree::ends_like_the_log(uint64_t size) const {
  const proof::TileId last{0, (size - 1) / proof::tile_width, static_cast<uint16_t>((size - 1) % proof::tile_width + 1)};
  const auto tile = store_.tile(partition_, last);
  if (!tile.ok() || tile->size() < last.width * proof::hash_bytes) return false;
  bool same = false;
  const Status read = log_.read(partition_, size, [&](uint64_t sequence, std::string_view record) {
    same = sequence == size && proof::hash_leaf(record) == proof::hash_at(*tile, last.width - 1u);
    return false;
  });
  return read.ok() && same;
}

Status LogTree::begin_anew() {
  builder_ = {};
  return store_.discard(partition_);
}

Status LogTree::resume() {
  const auto size = store_.size(partition_);
  TOLLGATE_ASSIGN_OR_RETURN(const Head head, log_.head(partition_));
  if (!size.ok() || *size > head.sequence) return begin_anew();
  if (*size == 0) return absl::OkStatus();
  auto builder = proof::TreeBuilder::resume(PartitionTiles(store_, partition_), *size);
  if (!builder.ok() || !ends_like_the_log(*size)) return begin_anew();
  builder_ = *std::move(builder);
  return absl::OkStatus();
}

Status LogTree::follow(uint64_t sequence, const std::function<bool()>& between) {
  while (builder_.size() < sequence) {
    TileStore::Batch batch(partition_);
    const proof::TreeBuilder::TileSink put = [&batch](const proof::TileId& tile, std::string_view hashes) { batch.put(tile, hashes); };
    const uint64_t first = builder_.size() + 1, last = std::min(sequence, builder_.size() + leaves_per_write_max);
    const Status read = log_.read(partition_, first, [&](uint64_t at, std::string_view record) {
      builder_.add(proof::hash_leaf(record), put);
      if (at % leaves_between_ways == 0) give_way();
      return at < last;
    });
    TOLLGATE_RETURN_IF_ERROR(read);
    if (builder_.size() != last) return data_loss("partition {}: record {} is missing", partition_, builder_.size() + 1);
    builder_.for_each_partial(put);
    batch.set_size(last);
    TOLLGATE_RETURN_IF_ERROR(store_.write(batch));
    if (last < sequence && !between()) break;
  }
  return absl::OkStatus();
}

StatusOr<Digest> LogTree::root_at(uint64_t size) const {
  const PartitionTiles tiles(store_, partition_);
  return proof::root_of(proof::TiledTree(tiles, size), size);
}

}  // namespace tollgate::transparency

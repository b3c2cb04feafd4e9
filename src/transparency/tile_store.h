// The tiles of all partitions in a small RocksDB. Nothing in it is synced or logged: it follows from the event log, and what a crash
// takes is made again. A partition's size and its tiles are written together, so that they always fit each other.
//
//   key: partition u32, level u8, index u64 -> the tile's hashes, as many as there are;  partition u32, 0xff -> size u64 (big-endian)
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "tollgate/base/cache_stats.h"
#include "tollgate/proof/tile.h"

namespace tollgate::transparency {

class TileStore {
 public:
  // Tiles of one partition, with its new size.
  class Batch {
   public:
    explicit Batch(uint32_t partition);
    ~Batch();
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    void put(const proof::TileId& tile, std::string_view hashes);
    void set_size(uint64_t size);

   private:
    friend class TileStore;
    struct Writes;
    uint32_t partition_;
    std::unique_ptr<Writes> writes_;
  };

  enum class Access : uint8_t { write, read_only };
  // With `write` a database that cannot be opened because its bytes are wrong is removed and begun anew.
  [[nodiscard]] static StatusOr<std::unique_ptr<TileStore>> open(const std::string& directory, Access access,
                                                                 std::size_t block_cache_bytes = std::size_t{16} << 20);
  ~TileStore();

  [[nodiscard]] Status write(Batch& batch);
  // After a write that failed: takes writes again if the disk does. Nothing is said of what was in memory.
  [[nodiscard]] Status resume();
  // Removes all of a partition.
  [[nodiscard]] Status discard(uint32_t partition);
  [[nodiscard]] StatusOr<uint64_t> size(uint32_t partition) const;
  [[nodiscard]] StatusOr<std::string> tile(uint32_t partition, const proof::TileId& tile) const;
  [[nodiscard]] CacheStats block_cache() const;

 private:
  struct Database;
  explicit TileStore(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

// One partition of it.
class PartitionTiles final : public proof::TileReader {
 public:
  PartitionTiles(const TileStore& store, uint32_t partition) : store_(store), partition_(partition) {}
  StatusOr<std::string> tile(const proof::TileId& tile) const override { return store_.tile(partition_, tile); }

 private:
  const TileStore& store_;
  uint32_t partition_;
};

}  // namespace tollgate::transparency

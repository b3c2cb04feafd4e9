// One partition's tree: follows the event log and writes its tiles.
#pragma once
#include <cstdint>
#include <functional>

#include "tollgate/eventlog/event_log.h"
#include "transparency/tile_store.h"

namespace tollgate::transparency {

class LogTree {
 public:
  LogTree(const EventLog& log, TileStore& store, uint32_t partition) : log_(log), store_(store), partition_(partition) {}

  // Takes up where the tiles end. Tiles that do not belong to this log, or not to its durable part, are removed: the tree begins anew.
  [[nodiscard]] Status resume();
  // Up to the record `sequence`, which is durable. Calls `between` from time to time on a long way; false from it ends the way early.
  [[nodiscard]] Status follow(uint64_t sequence, const std::function<bool()>& between);
  [[nodiscard]] Status begin_anew();
  [[nodiscard]] uint64_t size() const { return builder_.size(); }
  [[nodiscard]] Digest root() const { return builder_.root(); }
  // Of an earlier size, from the tiles.
  [[nodiscard]] StatusOr<Digest> root_at(uint64_t size) const;

 private:
  [[nodiscard]] bool ends_like_the_log(uint64_t size) const;

  const EventLog& log_;
  TileStore& store_;
  const uint32_t partition_;
  proof::TreeBuilder builder_;
};

}  // namespace tollgate::transparency

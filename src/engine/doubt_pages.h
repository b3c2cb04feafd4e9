// What is in doubt and the dispatcher has no room for stands in the in_doubt table all the same. Once the dispatcher has room it is sent again,
// page by page, with the rest, which the dispatcher knows already. The worker does this, and the simulator as the worker does.
#pragma once
#include <span>
#include <string>

#include "engine/processor.h"

namespace tollgate::engine {

class DoubtPages {
 public:
  // Something was turned away that was not sent again since.
  [[nodiscard]] bool wanted(const AcquirerPort& port) const { return under_way_ || port.in_doubt_dropped() != dropped_seen_; }
  // Sends the next page, if one is wanted and there is room. True: there is more, to be sent at once. `partitions`: the processor's, always the
  // same.
  [[nodiscard]] StatusOr<bool> send_next(Processor& processor, std::span<const uint32_t> partitions, AcquirerPort& port);

 private:
  bool under_way_ = false;
  std::size_t partition_ = 0;  // place of the one that is being gone through
  std::string after_;          // the row that it has come to
  uint64_t dropped_seen_ = 0;  // when the turn began: what is turned away during it is for the next one
};

}  // namespace tollgate::engine

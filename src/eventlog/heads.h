// Where each partition ends, in memory, and the latch that closes a log after its first failed append. Shared by the backends.
#pragma once
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "tollgate/eventlog/event_log.h"

namespace tollgate {

class Heads {
 public:
  void set(uint32_t partition, const Head& head);
  [[nodiscard]] Head get(uint32_t partition) const;
  [[nodiscard]] std::vector<uint32_t> partitions() const;
  // Sequence and epoch fence. The latched error if an earlier append failed.
  [[nodiscard]] Status check(std::span<const Append> appends) const;
  void advance(std::span<const Append> appends);
  // Every later check() fails. Gives the error back.
  Status latch(Status error);

 private:
  mutable std::mutex mutex_;
  std::map<uint32_t, Head> heads_;
  Status failed_;
};

}  // namespace tollgate

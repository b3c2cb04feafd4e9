// Who waits for a checkpoint that covers a record. Under the lock of its owner.
#pragma once
#include <cstdint>
#include <vector>

#include "tollgate/base/time.h"
#include "tollgate/engine/command.h"

namespace tollgate::transparency {

class Waiting {
 public:
  static constexpr std::size_t waiters_max = 10'000;
  static constexpr int64_t wait_max_us = 2 * us_per_second;

  void add(uint32_t partition, uint64_t sequence, int64_t now_us, ResultSink& sink, ResultHandler handler);
  // A checkpoint over `size` records is there.
  void covered(uint32_t partition, uint64_t size);
  void expire(int64_t now_us);
  // When the next one must be told; INT64_MAX if nobody waits.
  [[nodiscard]] int64_t next_expiry_us() const { return waiters_.empty() ? INT64_MAX : waiters_.front().until_us; }
  void give_up();
  static void tell(ResultSink& sink, ResultHandler handler, CommandResult::Kind kind);

 private:
  struct Waiter {
    uint32_t partition;
    uint64_t sequence;
    int64_t until_us;
    ResultSink* sink;
    ResultHandler handler;
  };
  template <class Done>
  void tell_if(CommandResult::Kind kind, Done&& done);

  std::vector<Waiter> waiters_;  // in the order in which they came, so that the first one waits no longer than the others
};

}  // namespace tollgate::transparency

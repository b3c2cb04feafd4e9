// The calls that wait for an answer. The time allowed is the same for all, so those in the order of their deadlines are those in
// the order of their arrival: a list through the slots, and a deadline costs two index writes.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "tollgate/acquirer/acquirer.h"

namespace tollgate {

class InFlight {
 public:
  explicit InFlight(std::size_t calls_max) : calls_max_(calls_max) {}

  // Numbers the request and keeps a copy of it (without its CVC, which no one needs again). False: full.
  // Deadlines must not go back from call to call.
  [[nodiscard]] bool add(AcquirerRequest& request, int64_t deadline_us);
  // Nothing if that call was answered or has expired before.
  [[nodiscard]] std::optional<AcquirerRequest> take(uint64_t call);
  void take_expired(int64_t now_us, std::vector<AcquirerRequest>& expired);

  [[nodiscard]] bool full() const { return free_.empty() && slots_.size() >= calls_max_; }
  [[nodiscard]] std::size_t size() const { return slots_.size() - free_.size(); }
  // INT64_MAX if there is none.
  [[nodiscard]] int64_t next_deadline_us() const { return oldest_ == none ? INT64_MAX : slots_[oldest_].deadline_us; }

 private:
  static constexpr uint32_t none = UINT32_MAX;
  struct Slot {
    AcquirerRequest request;
    int64_t deadline_us = 0;
    uint32_t generation = 0;  // tells a call from the earlier ones of its slot
    uint32_t older = none, newer = none;
    bool used = false;
  };

  [[nodiscard]] AcquirerRequest release(uint32_t index);

  std::size_t calls_max_;
  std::deque<Slot> slots_;
  std::vector<uint32_t> free_;  // the last one freed is used first: few slots are touched when answers are quick
  uint32_t oldest_ = none, newest_ = none;
};

}  // namespace tollgate

#include "acquirer/in_flight.h"

namespace tollgate {

bool InFlight::add(AcquirerRequest& request, int64_t deadline_us) {
  uint32_t index;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    if (slots_.size() >= calls_max_) return false;
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  Slot& slot = slots_[index];
  slot.used = true;
  ++slot.generation;
  // Never 0, which means: not a call of a dispatcher.
  request.call = static_cast<uint64_t>(slot.generation) << 32 | (index + 1);
  slot.request = request;
  slot.request.cvc.reset();
  slot.deadline_us = deadline_us;
  slot.older = newest_;
  slot.newer = none;
  (newest_ == none ? oldest_ : slots_[newest_].newer) = index;
  newest_ = index;
  return true;
}

std::optional<AcquirerRequest> InFlight::take(uint64_t call) {
  const uint32_t index = static_cast<uint32_t>(call) - 1;
  if (call == 0 || index >= slots_.size()) return std::nullopt;
  const Slot& slot = slots_[index];
  if (!slot.used || slot.generation != static_cast<uint32_t>(call >> 32)) return std::nullopt;
  return release(index);
}

void InFlight::take_expired(int64_t now_us, std::vector<AcquirerRequest>& expired) {
  while (next_deadline_us() <= now_us) expired.push_back(release(oldest_));
}

AcquirerRequest InFlight::release(uint32_t index) {
  Slot& slot = slots_[index];
  (slot.older == none ? oldest_ : slots_[slot.older].newer) = slot.newer;
  (slot.newer == none ? newest_ : slots_[slot.newer].older) = slot.older;
  slot.used = false;
  free_.push_back(index);
  return std::move(slot.request);
}

}  // namespace tollgate

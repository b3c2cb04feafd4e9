#include "limits/addresses.h"

namespace tollgate::limits {

int64_t Addresses::take(uint64_t peer, int64_t now_us) {
  if (rate_.per_second == 0) return 0;
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= addresses_max && !buckets_.contains(peer)) make_room(now_us);
  TokenBucket& bucket = buckets_[peer];
  const bool taken = bucket.take(rate_, now_us);
  const int64_t wait_us = bucket.retry_after_us(rate_);
  if (wait_us > 0) some_until_us_.store(std::max(some_until_us_.load(std::memory_order_relaxed), now_us + wait_us), std::memory_order_relaxed);
  return taken ? 0 : wait_us;
}

bool Addresses::exhausted(uint64_t peer, int64_t now_us) {
  if (rate_.per_second == 0 || now_us >= some_until_us_.load(std::memory_order_relaxed)) return false;
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(peer);
  return found != buckets_.end() && found->second.available(rate_, now_us) == 0;
}

// Whose bucket is full again is as good as new. An attacker with very many addresses pushes others out: they start full again.
void Addresses::make_room(int64_t now_us) {
  absl::erase_if(buckets_, [&](auto& item) { return item.second.full(rate_, now_us); });
  if (buckets_.size() < addresses_max) return;
  auto at = buckets_.begin();
  for (std::size_t i = 0; i < addresses_max / 16; ++i) buckets_.erase(at++);
}

}  // namespace tollgate::limits

#include "observe/line_queue.h"

#include <atomic>
#include <chrono>

namespace tollgate::observe {

void LineQueue::push(std::string_view line) {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % shard_count;
  Shard& shard = shards_[mine];
  bool filling;
  {
    const std::lock_guard lock(shard.mutex);
    const std::size_t before = shard.bytes.size();
    if (before + line.size() > shard_bytes_max_) {
      ++shard.dropped;
      return;
    }
    shard.bytes.append(line);
    ++shard.lines;
    const std::size_t much = shard_bytes_max_ / full_share;
    filling = before < much && shard.bytes.size() >= much;
  }
  if (filling) wake();
}

void LineQueue::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  woken_condition_.notify_one();
}

void LineQueue::take(std::string& to, int wait_ms) {
  to.clear();
  {
    std::unique_lock lock(mutex_);
    woken_condition_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return woken_; });
    woken_ = false;
  }
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    to.append(shard.bytes);
    shard.bytes.clear();
  }
}

uint64_t LineQueue::sum(uint64_t Shard::* field) const {
  uint64_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.*field;
  }
  return total;
}

}  // namespace tollgate::observe

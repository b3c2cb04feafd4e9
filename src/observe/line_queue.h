// Finished lines on their way to the thread that writes them. Bounded: what does not fit is dropped and counted.
#pragma once
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace tollgate::observe {

class LineQueue {
 public:
  explicit LineQueue(std::size_t bytes_max) : shard_bytes_max_(bytes_max / shard_count) {}

  // `line` ends with a newline. Never waits for the writer.
  void push(std::string_view line);
  // Waits for up to `wait_ms` or until wake(), then appends to `to` (emptied first) everything there is.
  void take(std::string& to, int wait_ms);
  void wake();

  [[nodiscard]] uint64_t lines() const { return sum(&Shard::lines); }
  [[nodiscard]] uint64_t dropped() const { return sum(&Shard::dropped); }

 private:
  static constexpr std::size_t shard_count = 8;
  // A shard that is this full is fetched at once.
  static constexpr std::size_t full_share = 4;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::string bytes;
    uint64_t lines = 0, dropped = 0;
  };
  [[nodiscard]] uint64_t sum(uint64_t Shard::* field) const;

  const std::size_t shard_bytes_max_;
  std::array<Shard, shard_count> shards_;  // a thread always uses the same one: its lines stay in order
  std::mutex mutex_;
  std::condition_variable woken_condition_;
  bool woken_ = false;
};

}  // namespace tollgate::observe

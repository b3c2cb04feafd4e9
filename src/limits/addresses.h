// Who sends requests without a valid key, by address: a bucket each, so that trying keys out is slow. Any thread.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "tollgate/limits/token_bucket.h"

namespace tollgate::limits {

class Addresses {
 public:
  static constexpr std::size_t addresses_max = 65'536;

  explicit Addresses(Rate rate) : rate_(rate) {}

  // 0: it may; else how long to wait.
  [[nodiscard]] int64_t take(uint64_t peer, int64_t now_us);
  // It has had its share: nothing that it tries now is told apart from a wrong key. Costs nothing while there is no such address.
  [[nodiscard]] bool exhausted(uint64_t peer, int64_t now_us);

 private:
  void make_room(int64_t now_us);

  const Rate rate_;
  std::mutex mutex_;
  absl::flat_hash_map<uint64_t, TokenBucket> buckets_;
  std::atomic<int64_t> some_until_us_{INT64_MIN};  // until then an address may be exhausted
};

}  // namespace tollgate::limits

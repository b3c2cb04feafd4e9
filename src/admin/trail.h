// How many refused accesses get a record of their own. A flood must not fill the log: those beyond the rate are counted, and the next
// record tells their number.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tollgate/base/time.h"

namespace tollgate::admin {

class RefusalBudget {
 public:
  static constexpr int64_t burst = 20, refill_us = 10 * us_per_second;
  static constexpr std::size_t users_max = 1'000;

  // Of a user, or of everybody whom no token names (empty): a flood of unknown tokens does not hide what a known user tries. How many were
  // suppressed since the last record, if this one is to have one.
  std::optional<uint64_t> take(const std::string& user, int64_t now_us) {
    if (!buckets_.contains(user) && buckets_.size() >= users_max) return count(suppressed_users_);
    Bucket& bucket = buckets_[user];
    if (bucket.since_us == 0) bucket.since_us = now_us;
    const int64_t refilled = std::max<int64_t>(now_us - bucket.since_us, 0) / refill_us;
    bucket.left = std::min(burst, bucket.left + refilled);
    bucket.since_us += refilled * refill_us;
    if (bucket.left == 0) return count(bucket.suppressed);
    --bucket.left;
    return std::exchange(bucket.suppressed, 0);
  }
  // That no record has told yet.
  [[nodiscard]] uint64_t untold() const {
    uint64_t sum = suppressed_users_;
    for (const auto& [user, bucket] : buckets_) sum += bucket.suppressed;
    return sum;
  }

 private:
  struct Bucket {
    int64_t left = burst, since_us = 0;
    uint64_t suppressed = 0;
  };
  static std::optional<uint64_t> count(uint64_t& counter) {
    ++counter;
    return std::nullopt;
  }
  std::map<std::string, Bucket> buckets_;
  uint64_t suppressed_users_ = 0;
};

}  // namespace tollgate::admin

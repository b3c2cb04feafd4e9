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
    Bucket& bucket = bucket_of(user);
    if (!refilled(bucket, now_us)) {
      count(bucket, 1);
      return std::nullopt;
    }
    return told(bucket);
  }
  // Those that were to be in a record that the log did not take.
  void not_recorded(const std::string& user, uint64_t refusals) { count(bucket_of(user), refusals); }
  // Who has suppressed ones that a record may tell now, and how many; they count as told.
  std::optional<std::pair<std::string, uint64_t>> due(int64_t now_us) {
    if (untold_ == 0) return std::nullopt;
    for (auto& [user, bucket] : buckets_)
      if (bucket.suppressed != 0 && refilled(bucket, now_us)) return std::pair(user, told(bucket));
    return std::nullopt;
  }
  // That no record has told yet.
  [[nodiscard]] uint64_t untold() const { return untold_; }

 private:
  struct Bucket {
    int64_t left = burst, since_us = 0;
    uint64_t suppressed = 0;
  };
  // Of users beyond the bound: the one of those whom nobody knows.
  Bucket& bucket_of(const std::string& user) {
    return !buckets_.contains(user) && buckets_.size() >= users_max ? buckets_[std::string()] : buckets_[user];
  }
  // True if there may be a record.
  static bool refilled(Bucket& bucket, int64_t now_us) {
    if (bucket.since_us == 0) bucket.since_us = now_us;
    const int64_t refills = std::max<int64_t>(now_us - bucket.since_us, 0) / refill_us;
    bucket.left = std::min(burst, bucket.left + refills);
    bucket.since_us += refills * refill_us;
    return bucket.left != 0;
  }
  uint64_t told(Bucket& bucket) {
    --bucket.left;
    untold_ -= bucket.suppressed;
    return std::exchange(bucket.suppressed, 0);
  }
  void count(Bucket& bucket, uint64_t refusals) {
    bucket.suppressed += refusals;
    untold_ += refusals;
  }

  std::map<std::string, Bucket> buckets_;
  uint64_t untold_ = 0;
};

}  // namespace tollgate::admin

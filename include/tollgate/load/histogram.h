// Latencies in log-linear buckets: 128 steps to each power of two, so a percentile is off by less than 1 %.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace tollgate::load {

class Histogram {
 public:
  void add(uint64_t ns) {
    ns = std::min(ns, ns_max);
    ++buckets_[index_of(ns)];
    ++count_;
    sum_ += ns;
    max_ = std::max(max_, ns);
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] double max_us() const { return static_cast<double>(max_) / 1e3; }
  [[nodiscard]] double mean_us() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_) / 1e3;
  }

  // The upper edge of the bucket that holds the given share of the values.
  [[nodiscard]] double percentile_us(double percent) const {
    if (count_ == 0) return 0;
    const auto rank = static_cast<uint64_t>(percent / 100 * static_cast<double>(count_));
    uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > rank || seen == count_) return static_cast<double>(std::min(upper_edge(i), max_)) / 1e3;
    }
    return max_us();
  }

 private:
  static constexpr unsigned step_bits = 7;
  static constexpr uint64_t steps = 1U << step_bits;
  static constexpr uint64_t ns_max = (1ULL << 40) - 1;  // 18 minutes

  [[nodiscard]] static std::size_t index_of(uint64_t ns) {
    if (ns < steps) return ns;
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - step_bits;
    return (shift + 1) * steps + ((ns >> shift) & (steps - 1));
  }
  [[nodiscard]] static uint64_t upper_edge(std::size_t index) {
    if (index < steps) return index;
    const std::size_t shift = index / steps - 1;
    return ((steps + index % steps + 1) << shift) - 1;
  }

  std::vector<uint64_t> buckets_ = std::vector<uint64_t>((40 - step_bits + 1) * steps);
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
};

}  // namespace tollgate::load

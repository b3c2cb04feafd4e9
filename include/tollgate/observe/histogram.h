// Counters and histograms that one thread writes and any thread reads: no locked instruction, no shared cache line on the hot path.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace tollgate::observe {

class Counter {
 public:
  void add(uint64_t by = 1) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Upper bounds in microseconds, six or seven to a decade: percentiles read from them are within a fifth of the truth.
inline constexpr std::array<uint32_t, 42> latency_bounds_us = {
    50,        70,        100,       150,       200,       300,        400,        500,        700,        1'000,     1'500,
    2'000,     3'000,     4'000,     5'000,     7'000,     10'000,     15'000,     20'000,     30'000,     40'000,    50'000,
    70'000,    100'000,   150'000,   200'000,   300'000,   400'000,    500'000,    700'000,    1'000'000,  1'500'000, 2'000'000,
    3'000'000, 4'000'000, 5'000'000, 7'000'000, 10'000'000, 15'000'000, 20'000'000, 30'000'000, 60'000'000};
// What Prometheus gets of them: a series for each, so fewer.
inline constexpr std::array<uint32_t, 14> latency_bounds_exposed_us = {500,     1'000,   2'000,     5'000,     10'000,    20'000,    50'000,
                                                                       100'000, 200'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};
// Of one partner: a hundred thousand of them are kept.
inline constexpr std::array<uint32_t, 5> latency_bounds_partner_us = {5'000, 20'000, 100'000, 500'000, 2'000'000};

// `Bounds`: one of the arrays above; the last bucket takes what is over all of them.
template <const auto& Bounds>
class Histogram {
 public:
  static constexpr std::size_t buckets = std::size(Bounds) + 1;
  void record(int64_t us) {
    const uint32_t value = us <= 0 ? 0 : us >= UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(us);
    counts_[static_cast<std::size_t>(std::lower_bound(Bounds.begin(), Bounds.end(), value) - Bounds.begin())].add();
    sum_us_.add(value);
  }
  [[nodiscard]] uint64_t count(std::size_t bucket) const { return counts_[bucket].get(); }
  [[nodiscard]] uint64_t sum_us() const { return sum_us_.get(); }

 private:
  std::array<Counter, buckets> counts_;
  Counter sum_us_;
};

// What was read from such histograms, of one moment or of the time between two.
template <const auto& Bounds>
struct HistogramTotals {
  std::array<uint64_t, std::size(Bounds) + 1> counts{};
  uint64_t sum_us = 0;

  void add(const Histogram<Bounds>& from) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += from.count(i);
    sum_us += from.sum_us();
  }
  void add(const HistogramTotals& from) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += from.counts[i];
    sum_us += from.sum_us;
  }
  [[nodiscard]] HistogramTotals since(const HistogramTotals& before) const {
    HistogramTotals difference = *this;
    for (std::size_t i = 0; i < counts.size(); ++i) difference.counts[i] -= before.counts[i];
    difference.sum_us -= before.sum_us;
    return difference;
  }
  [[nodiscard]] uint64_t count() const {
    uint64_t sum = 0;
    for (const uint64_t one : counts) sum += one;
    return sum;
  }
  // How many were over `bound_us`, which is one of the bounds.
  [[nodiscard]] uint64_t over(uint32_t bound_us) const {
    uint64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (i == Bounds.size() || Bounds[i] > bound_us) sum += counts[i];
    return sum;
  }
  // Between the bounds as if spread evenly. 0 if there is nothing.
  [[nodiscard]] int64_t percentile_us(unsigned per_mille) const {
    const uint64_t all = count();
    if (all == 0) return 0;
    const uint64_t wanted = std::max<uint64_t>(1, (all * per_mille + 999) / 1'000);
    uint64_t below = 0;
    for (std::size_t i = 0; i < Bounds.size(); ++i) {
      if (below + counts[i] >= wanted) {
        const uint64_t low = i == 0 ? 0 : Bounds[i - 1];
        return static_cast<int64_t>(low + (Bounds[i] - low) * (wanted - below) / counts[i]);
      }
      below += counts[i];
    }
    return Bounds.back();
  }
};

using FineHistogram = Histogram<latency_bounds_us>;
using FineTotals = HistogramTotals<latency_bounds_us>;
using OperationHistogram = Histogram<latency_bounds_exposed_us>;
using OperationTotals = HistogramTotals<latency_bounds_exposed_us>;
using PartnerHistogram = Histogram<latency_bounds_partner_us>;
using PartnerLatency = HistogramTotals<latency_bounds_partner_us>;

}  // namespace tollgate::observe

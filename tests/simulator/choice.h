// Every choice that a simulation makes, from its seed. Each part of the world draws from a stream of its own, so that one more choice
// in one part does not change all the others.
#pragma once
#include <cstdint>
#include <vector>

namespace tollgate::sim {

class Choice {
 public:
  Choice(uint64_t seed, uint64_t stream) : state_(mix(seed + 0x9e3779b97f4a7c15ULL) ^ mix(stream * 0xd6e8feb86659fd93ULL + 1)) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return mix(state_);
  }
  // 0 .. bound - 1
  uint64_t below(uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  // first .. last
  int64_t between(int64_t first, int64_t last) { return first + static_cast<int64_t>(below(static_cast<uint64_t>(last - first) + 1)); }
  bool chance(uint32_t per_mille) { return per_mille != 0 && below(1'000) < per_mille; }
  bool one_in(uint64_t count) { return count != 0 && below(count) == 0; }
  // The place of a weight, picked in proportion to it.
  template <class Weights>
  std::size_t weighted(const Weights& weights) {
    uint64_t sum = 0;
    for (const auto weight : weights) sum += static_cast<uint64_t>(weight);
    uint64_t at = below(sum);
    std::size_t place = 0;
    for (const auto one : weights) {
      const auto weight = static_cast<uint64_t>(one);
      if (at < weight) return place;
      at -= weight;
      ++place;
    }
    return 0;
  }
  template <class T>
  const T& of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

 private:
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

}  // namespace tollgate::sim

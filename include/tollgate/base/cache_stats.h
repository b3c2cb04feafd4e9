// How a cache is doing, in the same words for all of them. A figure that a cache does not have stays 0.
#pragma once
#include <cstdint>

namespace tollgate {

struct CacheStats {
  const char* name = "";                   // static text: the label of its series
  uint64_t entries = 0, entries_max = 0;   // objects; 0: bounded by bytes
  uint64_t bytes = 0, bytes_max = 0;       // 0: bounded by entries
  uint64_t pinned_bytes = 0;               // of them, in use at this moment: never evicted
  uint64_t hits = 0, misses = 0;           // since the start
  uint64_t evictions = 0;                  // that gave way to others, or whose file is gone

  // The same cache of another thread.
  CacheStats& operator+=(const CacheStats& other) {
    name = other.name;
    entries += other.entries;
    entries_max += other.entries_max;
    bytes += other.bytes;
    bytes_max += other.bytes_max;
    pinned_bytes += other.pinned_bytes;
    hits += other.hits;
    misses += other.misses;
    evictions += other.evictions;
    return *this;
  }
};

}  // namespace tollgate

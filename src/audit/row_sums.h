// How rows and records are compared in memory that does not grow with them: each row that the records lead to is added to a sum of keyed hashes, each row that is
// there to another, and the sets are equal if the sums are. The key is random for each run, so nobody can have made rows to deceive it. Where sums differ,
// row_hunt.h finds the row.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tollgate/base/bytes.h"
#include "tollgate/base/siphash.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

class RowHash {
 public:
  explicit RowHash(std::string key) : key_(std::move(key)) {}  // 16 random bytes
  [[nodiscard]] uint64_t operator()(std::string_view key, std::string_view value) const {
    if (value.empty()) return siphash(key_, key);
    // Where the one ends and the other begins is part of it.
    thread_local std::string both;
    both.assign(key).append(value);
    append_be32(both, static_cast<uint32_t>(key.size()));
    return siphash(key_, both);
  }

 private:
  std::string key_;
};

struct RowSum {
  uint64_t sum = 0;
  uint64_t rows = 0;
  void put(uint64_t hash) {
    sum += hash;
    ++rows;
  }
  void remove(uint64_t hash) {
    sum -= hash;
    --rows;
  }
  bool operator==(const RowSum&) const = default;
};

}  // namespace tollgate::audit

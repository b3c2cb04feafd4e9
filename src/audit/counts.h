// How much of each check was done.
#pragma once
#include <array>

#include "tollgate/audit/verify.h"

namespace tollgate::audit {

class Counts {
 public:
  void add(Check check, uint64_t more = 1) { counts_[static_cast<std::size_t>(check)] += more; }
  void add(const Counts& other) {
    for (std::size_t i = 0; i < check_count; ++i) counts_[i] += other.counts_[i];
  }
  [[nodiscard]] uint64_t of(Check check) const { return counts_[static_cast<std::size_t>(check)]; }

 private:
  std::array<uint64_t, check_count> counts_{};
};

}  // namespace tollgate::audit

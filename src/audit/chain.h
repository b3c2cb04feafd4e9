// The part of the check that needs only headers and bytes: each record stands where it must and follows from the one before.
#pragma once
#include "tollgate/record/record.h"

namespace tollgate::audit {

class Chain {
 public:
  explicit Chain(uint32_t partition) : partition_(partition) {}
  // Takes the next record. Empty if it follows from the ones before, else why not.
  [[nodiscard]] std::string broken_by(std::string_view bytes);
  [[nodiscard]] uint64_t sequence() const { return sequence_; }
  [[nodiscard]] uint64_t epoch() const { return epoch_; }
  [[nodiscard]] int64_t time_us() const { return time_us_; }
  [[nodiscard]] const Digest& hash() const { return hash_; }

 private:
  uint32_t partition_;
  uint64_t sequence_ = 0;
  uint64_t epoch_ = 0;
  int64_t time_us_ = INT64_MIN;
  Digest hash_ = genesis_hash;
};

}  // namespace tollgate::audit

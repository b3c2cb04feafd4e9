// Checks a log against itself, with no trust in whoever wrote it and no running server: that every record stands where it must and follows
// from the one before, that every event is legal where it happens, that money is neither made nor lost, and that the state rows are
// what the records fold to.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

struct VerifyOptions {
  unsigned threads = 2;  // partitions are checked in parallel
  // An idempotency key may be used for another request after this long, and its row may be gone.
  int64_t idempotency_kept_us = int64_t{30} * 86'400 * 1'000'000;
  // Called from time to time with the records checked so far; one call at a time.
  std::function<void(uint64_t records)> progress;
};

// The first thing wrong in a partition. What comes behind it cannot be trusted, so the partition's check ends there.
struct Problem {
  uint32_t partition = 0;
  uint64_t sequence = 0;  // of the record at fault; 0: it is not one record's
  std::string what;
  std::string advice;
};

struct VerifiedPartition {
  uint32_t partition = 0;
  uint64_t sequence = 0;  // of the last record; all up to it were checked
  Digest hash{};          // of the last record: compare it with what others were told
};

struct VerifyReport {
  std::vector<VerifiedPartition> partitions;
  uint64_t records = 0, payments = 0, customers = 0, methods = 0, setups = 0, partners = 0, books = 0, idempotency_keys = 0;
  uint64_t in_doubt = 0;  // payments with an operation whose outcome nobody knows yet: not a problem, but worth knowing
  std::vector<Problem> problems;  // at most one for each partition, in their order
  [[nodiscard]] bool ok() const { return problems.empty(); }
};

[[nodiscard]] VerifyReport verify(const EventLog& log, const VerifyOptions& options = {});

}  // namespace tollgate::audit

// Checks a log against itself, with no trust in whoever wrote it and no running server: that every record stands where it must and follows
// from the one before, that every event is legal where it happens, that money is neither made nor lost, and that the state rows are
// what the records fold to.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tollgate/audit/source.h"
#include "tollgate/base/anchor.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate::audit {

struct VerifyOptions {
  unsigned threads = 2;  // partitions are checked in parallel
  // An idempotency key may be used for another request after this long, and its row may be gone.
  int64_t idempotency_kept_us = int64_t{30} * 86'400 * 1'000'000;
  // Called from time to time with the records checked so far; one call at a time.
  std::function<void(uint64_t records)> progress;
  // Payments that still have records to come, held in memory by each thread at most twice; others are folded again when their next record comes.
  std::size_t open_payments_max = 32'768;
  // Rows held at a time while one that is wrong is looked for.
  std::size_t hunted_rows_max = 1'000'000;
};

// What was checked, in the order in which it is told. Every invariant of the design has a name here.
enum class Check : uint8_t {
  chain = 0,
  encoding,
  heads,
  partners,
  admins,
  tenancy,
  modes,
  keys,
  transitions,
  captures,
  refunds,
  postings,
  balances,
  attempts,
  references,
  idempotency,
  state,
  index,
  timers,
  in_doubt,
  recovery,
};
inline constexpr std::size_t check_count = 21;

struct CheckResult {
  Check check = Check::chain;
  uint64_t count = 0;    // of what was looked at
  bool skipped = false;  // records alone: there are no rows
};
// "captured <= authorized", "captures".
[[nodiscard]] const char* sentence_of(Check check);
[[nodiscard]] const char* unit_of(Check check);

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

// With what else than itself a log was compared.
struct Compared {
  uint64_t anchored_partitions = 0;
  uint64_t checkpoints = 0;            // whose root is that of the records
  uint64_t checkpoint_partitions = 0;  // that they are of
  std::vector<std::string> missing;    // what there was to compare with, and no more
};

struct VerifyReport {
  std::vector<VerifiedPartition> partitions;
  uint64_t records = 0, payments = 0, customers = 0, methods = 0, setups = 0, partners = 0, books = 0, idempotency_keys = 0;
  uint64_t in_doubt = 0;  // payments with an operation whose outcome nobody knows yet: not a problem, but worth knowing
  std::vector<CheckResult> checks;  // each of Check, in order; a count says how much of it was done before a problem ended it
  std::vector<Problem> problems;  // at most one for each partition, in their order
  Compared compared;
  std::string files_problem;  // with the log's files, for which a node does not start; whoever opened them looks
  [[nodiscard]] bool ok() const { return problems.empty() && compared.missing.empty() && files_problem.empty(); }
};

// Needs the same memory for any number of payments: that of the rows and folds above for each thread, and some hundred bytes for each partner, customer, payment
// method and setup intent. Of records alone (no rows to compare with) each payment is held.
[[nodiscard]] VerifyReport verify(const RecordSource& source, const VerifyOptions& options = {});
// Adds to the report what the log lacks of what its anchor (eventlog/anchored.h) says. `anchor` was read before the log was opened;
// not_found is no problem.
void compare_with_anchor(const StatusOr<Anchor>& anchor, const EventLog& log, VerifyReport& report);

[[nodiscard]] VerifyReport verify(const EventLog& log, const VerifyOptions& options = {});

}  // namespace tollgate::audit

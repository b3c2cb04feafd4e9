// The blocks of all threads, added up.
#pragma once
#include "tollgate/observe/metrics.h"

namespace tollgate::observe {

struct OperationTotal {
  std::array<uint64_t, ended_count> ended{};
  OperationTotals latency;
};

struct AcquirerTotal {
  uint64_t approved = 0, in_doubt = 0;
  std::array<uint64_t, decline_codes_max> declined{};
  std::array<std::array<uint64_t, call_outcome_count>, actions_max> calls{};
  FineTotals latency;

  [[nodiscard]] uint64_t all_declined() const;
};

struct Totals {
  std::array<OperationTotal, operations_max> operations;
  FineTotals requests;
  std::array<FineTotals, stage_count> stages;
  std::array<AcquirerTotal, acquirers_max> acquirers;

  [[nodiscard]] std::array<uint64_t, ended_count> ended() const;
  [[nodiscard]] uint64_t approved() const;
  [[nodiscard]] uint64_t declined() const;
};

[[nodiscard]] std::unique_ptr<Totals> totals_of(const Metrics& metrics);

}  // namespace tollgate::observe

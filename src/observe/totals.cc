#include "observe/totals.h"

#include <numeric>

namespace tollgate::observe {

uint64_t AcquirerTotal::all_declined() const { return std::accumulate(declined.begin(), declined.end(), uint64_t{0}); }

std::array<uint64_t, ended_count> Totals::ended() const {
  std::array<uint64_t, ended_count> sum{};
  for (const OperationTotal& operation : operations)
    for (std::size_t i = 0; i < ended_count; ++i) sum[i] += operation.ended[i];
  return sum;
}

uint64_t Totals::approved() const {
  uint64_t sum = 0;
  for (const AcquirerTotal& acquirer : acquirers) sum += acquirer.approved;
  return sum;
}

uint64_t Totals::declined() const {
  uint64_t sum = 0;
  for (const AcquirerTotal& acquirer : acquirers) sum += acquirer.all_declined();
  return sum;
}

std::unique_ptr<Totals> totals_of(const Metrics& metrics) {
  auto totals = std::make_unique<Totals>();
  for (const ThreadMetrics* block : metrics.blocks()) {
    for (std::size_t i = 0; i < operations_max; ++i) {
      for (std::size_t e = 0; e < ended_count; ++e) totals->operations[i].ended[e] += block->operations[i].ended[e].get();
      totals->operations[i].latency.add(block->operations[i].latency);
    }
    totals->requests.add(block->requests);
    for (std::size_t i = 0; i < stage_count; ++i) totals->stages[i].add(block->stages[i]);
    for (std::size_t i = 0; i < acquirers_max; ++i) {
      AcquirerTotal& to = totals->acquirers[i];
      const AcquirerMetrics& from = block->acquirers[i];
      to.approved += from.approved.get();
      to.in_doubt += from.in_doubt.get();
      for (std::size_t c = 0; c < decline_codes_max; ++c) to.declined[c] += from.declined[c].get();
      for (std::size_t a = 0; a < actions_max; ++a)
        for (std::size_t o = 0; o < call_outcome_count; ++o) to.calls[a][o] += from.calls[a][o].get();
      to.latency.add(from.latency);
    }
  }
  return totals;
}

}  // namespace tollgate::observe

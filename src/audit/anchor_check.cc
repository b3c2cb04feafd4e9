#include <algorithm>

#include "tollgate/audit/verify.h"
#include "tollgate/eventlog/anchored.h"

namespace tollgate::audit {
namespace {

constexpr const char* advice = "Compare with a backup or a replica: what was acknowledged must be in one of them.";

}  // namespace

void compare_with_anchor(const StatusOr<Anchor>& anchor, const EventLog& log, VerifyReport& report) {
  if (absl::IsNotFound(anchor.status())) return;
  if (!anchor.ok()) {
    report.problems.push_back({0, 0, std::string(message_of(anchor.status())), advice});
    return;
  }
  report.compared.anchored_partitions = anchor->slots.size();
  for (AnchorFault& fault : tollgate::compare_with_anchor(*anchor, log)) {
    const uint32_t partition = fault.anchored.id;
    // What is wrong earlier in the partition says more.
    if (std::any_of(report.problems.begin(), report.problems.end(),
                    [&](const Problem& one) { return one.partition == partition; })) {
      continue;
    }
    const uint64_t first_missing = std::min(fault.found.sequence + 1, fault.anchored.sequence);
    report.problems.push_back({partition, first_missing, std::move(fault.what), advice});
  }
  std::stable_sort(report.problems.begin(), report.problems.end(),
                   [](const Problem& a, const Problem& b) { return a.partition < b.partition; });
}

}  // namespace tollgate::audit

#include "cli/node_doubt.h"

#include <spdlog/spdlog.h>

#include "tollgate/record/names.h"

namespace tollgate::cli {
namespace {

constexpr int64_t told_for_us = 3'600 * us_per_second;

}  // namespace

void Contradictions::note(const Contradiction& one) {
  count_.fetch_add(1, std::memory_order_relaxed);
  newest_us_.store(monotonic_us(), std::memory_order_relaxed);
  const Operation& operation = one.operation;
  const auto is = [&](auto... kinds) { return ((operation.kind == kinds) || ...); };
  const bool reversible = is(OperationKind::authorize, OperationKind::sale, OperationKind::increment);
  const bool reversed = one.answer.approved && reversible && operation.by_hand != HandOutcome::approved;
  spdlog::error("{}: the {} of {} was resolved by hand as {}, and the acquirer now says that it was {}; {}",
                reference_of(one.partner, one.answer.payment, operation.ordinal), name_of(operation.kind),
                to_text({operation.amount, one.currency}), name_of(operation.by_hand), one.answer.approved ? "done, of " + to_text({one.answer.amount, one.currency}) : "not done",
                reversed ? "it is being reversed there" : "nothing was changed: settle it with the acquirer");
}

void Contradictions::add_to(observe::NodeFacts& facts) const {
  const uint64_t count = count_.load(std::memory_order_relaxed);
  const int64_t newest_us = newest_us_.load(std::memory_order_relaxed);
  facts.resolution_contradicted = newest_us != 0 && monotonic_us() - newest_us < told_for_us;
  facts.samples.push_back({"tollgate_resolutions_contradicted_total", "Operations resolved by hand of which the acquirer said otherwise since.",
                           true, {}, static_cast<double>(count)});
}

void add_doubt_ports(AdminPorts& ports, Dispatcher& dispatcher) {
  ports.resolving = [&dispatcher](AcquirerAction action, Mode mode, const std::string& reference) {
    return dispatcher.resolving(action, mode, reference);
  };
  ports.ask_now = [&dispatcher](AcquirerAction action, Mode mode, const std::string& reference) {
    return dispatcher.ask_now(action, mode, reference);
  };
}

}  // namespace tollgate::cli

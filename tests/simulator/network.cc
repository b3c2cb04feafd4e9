#include "simulator/network.h"

namespace tollgate::sim {
namespace {

constexpr int64_t slowest_us = 120 * us_per_second;

// The node may try again what the acquirer says it has never seen, once the grace is over: what cannot be undone must not arrive later.
bool may_be_slow(AcquirerAction action) {
  return action != AcquirerAction::capture && action != AcquirerAction::cancel && action != AcquirerAction::refund;
}

}  // namespace

int64_t Network::delay_us(uint32_t slow, int64_t most_us) {
  int64_t delay_us = choice_.between(1, 20) * us_per_ms;
  if (world_.strikes(choice_, slow)) delay_us = choice_.one_in(3) ? choice_.between(1, slowest_us) : choice_.between(20 * us_per_ms, 4 * us_per_second);
  return std::min(delay_us, most_us);
}

void Network::carry(int64_t delay_us, Schedule::Happening arrival) {
  ++busy_;
  world_.schedule.in(delay_us, [this, arrival = std::move(arrival)] {
    --busy_;
    arrival();
  });
}

void Network::send(uint64_t life, const AcquirerRequest& request) {
  const Faults& faults = world_.profile.faults;
  if (down()) {
    // Some connections are refused at once, others hang.
    if (choice_.one_in(2)) carry(choice_.between(1, 50) * us_per_ms, [this, life, request] { listener_.answered(life, request, AcquirerAnswer{}); });
    return;
  }
  if (world_.strikes(choice_, faults.request_lost)) return;
  const int64_t most_us = may_be_slow(request.action) ? slowest_us : world_.profile.dispatcher.not_found_grace_us - us_per_ms;
  const int copies = world_.strikes(choice_, faults.request_twice) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy)
    carry(delay_us(faults.request_slow, most_us), [this, life, request] { arrive(life, request); });
}

void Network::arrive(uint64_t life, const AcquirerRequest& request) {
  const AcquirerAnswer said = bank_.arrive(request);
  world_.note("bank: {} of {} over {} is {}{}", static_cast<int>(request.action), request.reference, request.amount,
              static_cast<int>(said.outcome), said.not_found ? ", never seen" : "");
  if (request.action == AcquirerAction::refund) plan_settlement(request);
  const Faults& faults = world_.profile.faults;
  if (world_.strikes(choice_, faults.answer_lost)) return;
  AcquirerAnswer told = said;
  if (world_.strikes(choice_, faults.answer_unknown)) told = AcquirerAnswer{};
  const int copies = world_.strikes(choice_, faults.answer_twice) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy)
    carry(delay_us(faults.answer_slow, slowest_us), [this, life, request, told] { listener_.answered(life, request, told); });
}

void Network::plan_settlement(const AcquirerRequest& request) {
  if (!bank_.settles(request.reference)) return;
  const bool pending = bank_.entries().at(request.reference).answer.outcome == Outcome::pending;
  if (!pending && !world_.strikes(choice_, world_.profile.faults.refund_fails_later)) return;
  // Sometimes the report overtakes the answer.
  carry(choice_.one_in(3) ? choice_.between(1, 50) * us_per_ms : choice_.between(1, 300'000) * us_per_ms, [this, request] {
    if (!bank_.settles(request.reference)) return;
    report(bank_.settle(request.reference));
    plan_settlement(request);
  });
}

void Network::report(const Bank::Report& report) {
  world_.note("bank: refund {} {}", report.refund.reference, report.succeeded ? "is settled" : "came back");
  carry(delay_us(world_.profile.faults.answer_slow, slowest_us), [this, report] { listener_.reported(report); });
}

void Network::report_all() {
  for (const Bank::Report& again : bank_.reports()) report(again);
}

}  // namespace tollgate::sim

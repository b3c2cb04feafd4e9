#include "plan/lane.h"

#include <numeric>

#include "support/catch.h"

namespace tollgate::plan {
namespace {

uint64_t total(const Requests& of) { return std::accumulate(of.begin(), of.end(), uint64_t{0}); }

constexpr std::size_t read_at = static_cast<std::size_t>(RequestClass::read), payment_at = static_cast<std::size_t>(RequestClass::payment);

// 1,000 payments a second by the engine, 5,000 requests by the io thread.
LaneOptions options() {
  LaneOptions o;
  o.engine_us[payment_at] = 1'000;
  o.io_us.fill(200);
  o.partners = 1'000;
  return o;
}

Requests of(std::size_t which, uint64_t count) {
  Requests to{};
  to[which] = count;
  return to;
}

}  // namespace

TEST_CASE("a lane that has time serves everyone in the second that they come") {
  Lane lane(options(), 0);
  for (int second = 0; second < 10; ++second) {
    const LaneSecond done = lane.second(of(payment_at, 500));
    CHECK(done.shed[payment_at] == 0);
    CHECK(done.waiting_max < 20);
    CHECK(done.wait_max_us <= 20'000);
  }
  for (int second = 0; second < 2; ++second) static_cast<void>(lane.second({}));
  CHECK(lane.idle());
  CHECK(total(lane.waiting()) == 0);
}

TEST_CASE("a mailbox that is full refuses, and never holds more than its bound") {
  LaneOptions bounded = options();
  bounded.queue_delay_target_us = 1'000'000'000;  // leaves nobody out
  bounded.mailbox_max = 300;
  bounded.batch_max = 100;
  Lane lane(bounded, 0);
  uint64_t arrived = 0, served = 0, refused = 0;
  for (int second = 0; second < 5; ++second) {
    const LaneSecond done = lane.second(of(payment_at, 3'000));
    arrived += 3'000;
    served += total(done.served);
    refused += total(done.refused);
    CHECK(total(done.shed) == 0);
    // The mailbox, and what the io thread has not read of a step.
    CHECK(done.waiting_max <= 300 + 3'000 / 200 + 1);
  }
  CHECK(refused > 9'000);
  CHECK(arrived == served + refused + total(lane.waiting()));
  CHECK(served == Approx(5'000).epsilon(0.05));
}

TEST_CASE("no connection is left: refused at the door") {
  LaneOptions few = options();
  few.queue_delay_target_us = 1'000'000'000;
  few.connections_max = 50;
  Lane lane(few, 0);
  const LaneSecond done = lane.second(of(payment_at, 10'000));
  CHECK(done.waiting_max <= 50);
  CHECK(10'000 == total(done.served) + total(done.refused) + total(lane.waiting()));
}

TEST_CASE("saying no is work too: more than an io thread can refuse wait for no longer than the connections allow") {
  LaneOptions busy = options();
  busy.refused_us = 10;  // 100,000 a second
  busy.connections_max = 5'000;
  Lane lane(busy, 0);
  uint64_t served = 0, counted = 0;
  for (int second = 0; second < 10; ++second) {
    const LaneSecond done = lane.second(of(payment_at, 300'000));
    CHECK(done.waiting_max <= 5'000);
    served += total(done.served);
    counted += total(done.served) + total(done.shed) + total(done.refused);
    // 5,000 to be read, each 200 us at the most, and then the engine's queue.
    CHECK(done.wait_max_us < 6'000'000);
  }
  CHECK(served > 1'000);
  CHECK(3'000'000 == counted + total(lane.waiting()));
}

TEST_CASE("an io thread with too much to do leaves reads out before payments") {
  Lane lane(options(), 0);
  uint64_t shed_reads = 0, shed_payments = 0;
  for (int second = 0; second < 10; ++second) {
    Requests arriving = of(read_at, 8'000);
    arriving[payment_at] = 500;
    const LaneSecond done = lane.second(arriving);
    shed_reads += done.shed[read_at];
    shed_payments += done.shed[payment_at];
  }
  CHECK(shed_reads > 20'000);
  CHECK(shed_payments < 500);
}

}  // namespace tollgate::plan

// The bulkhead and the circuit breaker of one acquirer, on a clock of the test's own.
#include "acquirer/fixture.h"
#include "acquirer/lane.h"

namespace tollgate::test {
namespace {

using Action = AcquirerAction;

constexpr int64_t s = us_per_second;

struct Clocked {
  explicit Clocked(BulkheadOptions bulkhead = {.in_flight_max = 100, .resolving_max = 2, .failures_max = 3, .open_us = 5 * s, .open_max_us = 12 * s},
                   DispatcherOptions options = {})
      : lane("psp", options, bulkhead) {}

  // False: not sent.
  bool send(AcquirerRequest& asked) { return lane.admit(asked, now_us); }
  bool call(bool reached) {
    AcquirerRequest asked = request(Action::sale, ++count, 1, 100);
    if (!lane.admit(asked, now_us)) return false;
    AcquirerAnswer answer;
    answer.reached = reached;
    REQUIRE(lane.settle(asked, answer, now_us).request);
    return true;
  }
  [[nodiscard]] BreakerState state() const { return lane.health(now_us).breaker; }

  Lane lane;
  int64_t now_us = 1'000 * s;
  int count = 0;
};

}  // namespace

TEST_CASE("several calls in a row without an answer open the breaker, one with an answer in between does not") {
  Clocked at;
  for (int i = 0; i < 10; ++i) {
    CHECK(at.call(false));
    CHECK(at.call(false));
    CHECK(at.call(true));
  }
  CHECK(at.state() == BreakerState::closed);
  for (int i = 0; i < 3; ++i) CHECK(at.call(false));
  CHECK(at.state() == BreakerState::open);
  CHECK_FALSE(at.call(true));
  CHECK(at.lane.health(at.now_us).refused == 1);
  CHECK(at.lane.health(at.now_us).opened == 1);
}

TEST_CASE("when its time is over one call finds out; without an answer it stays open twice as long, up to a bound") {
  Clocked at;
  for (int i = 0; i < 3; ++i) CHECK(at.call(false));
  for (const int64_t open_us : {5 * s, 10 * s, 12 * s, 12 * s}) {
    at.now_us += open_us - 1;
    CHECK_FALSE(at.call(false));
    at.now_us += 1;
    AcquirerRequest probe = request(Action::sale, 1'000, 1, 100);
    REQUIRE(at.send(probe));
    CHECK(at.state() == BreakerState::half_open);
    // Only one.
    CHECK_FALSE(at.call(true));
    AcquirerAnswer nothing;
    nothing.reached = false;
    CHECK(at.lane.settle(probe, nothing, at.now_us).request);
    CHECK(at.state() == BreakerState::open);
  }
  at.now_us += 12 * s;
  CHECK(at.call(true));
  CHECK(at.state() == BreakerState::closed);
  CHECK(at.call(true));
  // As if it had never been open.
  for (int i = 0; i < 3; ++i) CHECK(at.call(false));
  at.now_us += 5 * s;
  CHECK(at.call(true));
}

TEST_CASE("an acquirer that nobody asks any more is not cut off for ever") {
  Clocked at({.in_flight_max = 100, .resolving_max = 2, .failures_max = 3, .open_us = 5 * s, .open_max_us = 12 * s, .unasked_us = 300 * s});
  const auto cut_off = [&] { return at.lane.health(at.now_us).cut_off; };
  for (int i = 0; i < 3; ++i) CHECK(at.call(false));
  CHECK(cut_off());
  // Its time is over, but whether it is back nobody knows.
  at.now_us += 305 * s - 1;
  CHECK(cut_off());
  CHECK(at.state() == BreakerState::open);
  at.now_us += 1;
  CHECK_FALSE(cut_off());
  CHECK(at.state() == BreakerState::half_open);
  // What is in doubt is asked about meanwhile: without an answer it is as far away as before.
  AcquirerRequest doubtful = request(Action::inquire, 7, 1, 100);
  AcquirerAnswer none;
  none.reached = false;
  static_cast<void>(at.lane.settle(doubtful, none, at.now_us));
  CHECK(cut_off());
  at.now_us += 300 * s;
  CHECK_FALSE(cut_off());
  // The next call finds out.
  AcquirerRequest probe = request(Action::sale, 1'000, 1, 100);
  REQUIRE(at.send(probe));
  CHECK(cut_off());
  static_cast<void>(at.lane.settle(probe, none, at.now_us));
  CHECK(cut_off());
  CHECK_FALSE(at.call(true));
  at.now_us += 10 * s;
  CHECK(at.call(true));
  CHECK_FALSE(cut_off());
}

TEST_CASE("a call that is not answered by its deadline counts, and so does the one that was to find out") {
  Clocked at;
  std::vector<AcquirerRequest> calls(3, request(Action::sale, 1, 1, 100)), expired;
  for (auto& asked : calls) REQUIRE(at.send(asked));
  CHECK(at.lane.next_us() == at.now_us + 10 * s);
  at.now_us += 10 * s;
  at.lane.take_expired(at.now_us, expired);
  CHECK(expired.size() == 3);
  CHECK(at.state() == BreakerState::open);
  at.now_us += 5 * s;
  AcquirerRequest probe = request(Action::sale, 2, 1, 100);
  REQUIRE(at.send(probe));
  at.now_us += 10 * s;
  expired.clear();
  at.lane.take_expired(at.now_us, expired);
  CHECK(expired.size() == 1);
  CHECK(at.state() == BreakerState::open);
  // The late answer of a call that was given up: it is back.
  CHECK(at.lane.settle(probe, AcquirerAnswer{}, at.now_us).repeated);
  CHECK(at.state() == BreakerState::closed);
}

TEST_CASE("calls beyond the bound are not sent, and leave the place of the one that finds out alone") {
  Clocked at({.in_flight_max = 2, .resolving_max = 2, .failures_max = 1, .open_us = 5 * s});
  std::vector<AcquirerRequest> calls(3, request(Action::sale, 1, 1, 100)), expired;
  CHECK(at.send(calls[0]));
  CHECK(at.send(calls[1]));
  CHECK_FALSE(at.send(calls[2]));
  CHECK(at.lane.health(at.now_us).in_flight == 2);
  at.now_us += 10 * s;
  at.lane.take_expired(at.now_us, expired);
  CHECK(at.state() == BreakerState::open);
}

TEST_CASE("what is in doubt is asked about while the breaker is open, and an answer to it closes the breaker") {
  Clocked at;
  for (int i = 0; i < 3; ++i) CHECK(at.call(false));
  REQUIRE(at.lane.resolve(about(Action::inquire, request(Action::sale, 7, 1, 100)), at.now_us, 0));
  std::vector<AcquirerRequest> due;
  at.lane.take_due(at.now_us, due);
  REQUIRE(due.size() == 1);
  // It answers, though it cannot tell: it is there.
  CHECK_FALSE(at.lane.settle(due[0], AcquirerAnswer{}, at.now_us).request);
  CHECK(at.state() == BreakerState::closed);
  CHECK(at.lane.health(at.now_us).inquiries == 1);
}

TEST_CASE("inquiries take turns within their bound, and one whose answer is lost keeps its place until it is tried again") {
  Clocked at;
  for (int i = 0; i < 5; ++i) REQUIRE(at.lane.resolve(about(Action::inquire, request(Action::sale, i, 1, 100)), at.now_us, 0));
  std::vector<AcquirerRequest> due;
  at.lane.take_due(at.now_us, due);
  REQUIRE(due.size() == 2);
  // Nothing to do before one of the two is answered, or lost: the deadline and the first delay.
  CHECK(at.lane.next_us() == at.now_us + 10 * s + 200 * us_per_ms);
  AcquirerAnswer found;
  found.outcome = Outcome::approved;
  CHECK(at.lane.settle(due[0], found, at.now_us).request);
  CHECK(at.lane.next_us() <= at.now_us);
  std::vector<AcquirerRequest> third;
  at.lane.take_due(at.now_us, third);
  REQUIRE(third.size() == 1);
  CHECK(third[0].reference != due[1].reference);
  // Both lost.
  at.now_us += 11 * s;
  std::vector<AcquirerRequest> again;
  at.lane.take_due(at.now_us, again);
  REQUIRE(again.size() == 2);
  for (const auto& asked : again) CHECK((asked.reference == due[1].reference || asked.reference == third[0].reference));
  // One is not definite: another one has its turn.
  CHECK_FALSE(at.lane.settle(again[0], AcquirerAnswer{}, at.now_us).request);
  std::vector<AcquirerRequest> next;
  at.lane.take_due(at.now_us, next);
  REQUIRE(next.size() == 1);
  CHECK(next[0].reference != again[0].reference);
  CHECK(at.lane.in_doubt() == 4);
}

TEST_CASE("the sandbox's lane never opens: cards that give no answer are what it is for") {
  Clocked at({.in_flight_max = 10, .resolving_max = SIZE_MAX, .failures_max = 0});
  for (int i = 0; i < 100; ++i) CHECK(at.call(false));
  CHECK(at.state() == BreakerState::closed);
}

}  // namespace tollgate::test

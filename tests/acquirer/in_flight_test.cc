#include "acquirer/in_flight.h"
#include "acquirer/fixture.h"

namespace tollgate::test {

TEST_CASE("a call is taken once, and a later call of the same place is another one") {
  InFlight calls(1);
  auto first = request(AcquirerAction::sale, 1, 1, 100), second = request(AcquirerAction::sale, 2, 1, 100);
  REQUIRE(calls.add(first, 10));
  CHECK(first.call != 0);
  CHECK_FALSE(calls.add(second, 10));
  REQUIRE(calls.take(first.call));
  CHECK_FALSE(calls.take(first.call));
  REQUIRE(calls.add(second, 20));
  CHECK(second.call != first.call);
  CHECK_FALSE(calls.take(first.call));
  const auto taken = calls.take(second.call);
  REQUIRE(taken);
  CHECK(taken->reference == second.reference);
  CHECK_FALSE(calls.take(0));
  CHECK_FALSE(calls.take(99));
  CHECK(calls.size() == 0);
}

TEST_CASE("calls expire in their order at their deadline, whichever were answered meanwhile") {
  InFlight calls(100);
  std::vector<AcquirerRequest> requests;
  for (int i = 0; i < 10; ++i) {
    requests.push_back(request(AcquirerAction::sale, i, 1, 100));
    REQUIRE(calls.add(requests.back(), 100 + i));
  }
  for (const int answered : {0, 5, 9}) REQUIRE(calls.take(requests[static_cast<std::size_t>(answered)].call));
  CHECK(calls.next_deadline_us() == 101);
  std::vector<AcquirerRequest> expired;
  calls.take_expired(106, expired);
  std::vector<std::string> references;
  for (const auto& one : expired) references.push_back(one.reference);
  CHECK(references == std::vector<std::string>{reference(1, 1), reference(2, 1), reference(3, 1), reference(4, 1), reference(6, 1)});
  CHECK(calls.size() == 2);
  calls.take_expired(108, expired);
  CHECK(calls.size() == 0);
  CHECK(calls.next_deadline_us() == INT64_MAX);
}

}  // namespace tollgate::test

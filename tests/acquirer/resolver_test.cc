// When what is in doubt is asked about again, in a time that the test makes.
#include "acquirer/resolver.h"

#include "acquirer/fixture.h"

namespace tollgate::test {
namespace {

constexpr int64_t ms = us_per_ms;
constexpr int64_t utc_us = 1'750'000'000 * us_per_second;

DispatcherOptions options() {
  return {.call_timeout_us = 1'000 * ms, .inquiry_delay_first_us = 100 * ms, .inquiry_delay_max_us = 1'600 * ms, .not_found_grace_us = 2'000 * ms};
}

AcquirerAnswer outcome(Outcome of) {
  AcquirerAnswer answer;
  answer.outcome = of;
  return answer;
}
AcquirerAnswer never_seen() {
  AcquirerAnswer answer;
  answer.not_found = true;
  return answer;
}

std::size_t due_at(Resolver& resolver, int64_t now_us) {
  std::vector<AcquirerRequest> due;
  resolver.take_due(now_us, due);
  return due.size();
}

}  // namespace

TEST_CASE("delays double up to their bound, with jitter") {
  Resolver resolver(options());
  const auto inquiry = about(AcquirerAction::inquire, request(AcquirerAction::sale, 1, 1, 1));
  int64_t now_us = 0;
  REQUIRE(resolver.add(inquiry, now_us, utc_us));
  for (const int64_t delay_us : {100 * ms, 200 * ms, 400 * ms, 800 * ms, 1'600 * ms, 1'600 * ms}) {
    CHECK(due_at(resolver, now_us) == 1);
    CHECK_FALSE(resolver.settle(inquiry, outcome(Outcome::unknown), now_us));
    const int64_t waits_us = resolver.next_us() - now_us;
    CHECK(waits_us >= delay_us * 3 / 4);
    CHECK(waits_us < delay_us * 5 / 4);
    CHECK(due_at(resolver, resolver.next_us() - 1) == 0);
    now_us = resolver.next_us();
  }
}

TEST_CASE("an inquiry that goes on only looks as soon as people have resolved the operation") {
  Resolver resolver(options());
  auto inquiry = about(AcquirerAction::inquire, request(AcquirerAction::sale, 1, 1, 1));
  REQUIRE(resolver.add(inquiry, 0, utc_us));
  CHECK(due_at(resolver, 0) == 1);
  CHECK_FALSE(resolver.settle(inquiry, outcome(Outcome::unknown), 0));
  inquiry.look_only = true;
  REQUIRE(resolver.add(inquiry, 1, utc_us + 1));
  std::vector<AcquirerRequest> due;
  resolver.take_due(1, due);
  CHECK(due.empty());  // its time has not changed
  resolver.take_due(resolver.next_us(), due);
  REQUIRE(due.size() == 1);
  CHECK(due[0].look_only);
  CHECK(due[0].sent_us <= utc_us);
}

TEST_CASE("a great many that are due are taken in batches") {
  Resolver resolver(options());
  constexpr std::size_t count = 2 * Resolver::due_batch_max + 1;
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(resolver.add(about(AcquirerAction::inquire, request(AcquirerAction::sale, static_cast<int>(i), 1, 1)), 0, utc_us));
  }
  CHECK(due_at(resolver, 0) == Resolver::due_batch_max);
  CHECK(resolver.next_us() == 0);
  CHECK(due_at(resolver, 0) == Resolver::due_batch_max);
  CHECK(due_at(resolver, 0) == 1);
  CHECK(due_at(resolver, 0) == 0);
}

TEST_CASE("without any answer the next try comes behind the deadline of this one") {
  Resolver resolver(options());
  const auto reversal = about(AcquirerAction::reverse, request(AcquirerAction::sale, 1, 1, 1));
  REQUIRE(resolver.add(reversal, 0, utc_us));
  int64_t last_us = 0, tries = 0;
  for (; tries < 20; ++tries) {
    REQUIRE(due_at(resolver, resolver.next_us()) == 1);
    CHECK(resolver.next_us() - last_us >= 1'000 * ms);
    CHECK(resolver.next_us() - last_us <= (1'000 + 2'000) * ms);
    last_us = resolver.next_us();
  }
  CHECK(resolver.settle(reversal, outcome(Outcome::approved), last_us));
  CHECK(resolver.next_us() == INT64_MAX);
}

TEST_CASE("never seen is definite only when it was asked about long enough, whatever the time of day says of when it was sent") {
  constexpr int64_t definite_us = 2'000 * ms;
  for (const int64_t sent_us : {int64_t{0}, utc_us - 500 * ms, utc_us - 9'000 * ms, utc_us + us_per_day}) {
    Resolver resolver(options());
    auto inquiry = about(AcquirerAction::inquire, request(AcquirerAction::sale, 1, 1, 1));
    inquiry.sent_us = sent_us;
    REQUIRE(resolver.add(inquiry, 0, utc_us));
    std::vector<AcquirerRequest> sent;
    resolver.take_due(0, sent);
    REQUIRE(sent.size() == 1);
    CHECK_FALSE(resolver.settle(sent.front(), never_seen(), definite_us - 1));
    CHECK(resolver.next_us() == definite_us);
    resolver.take_due(definite_us, sent);
    REQUIRE(sent.size() == 2);
    // The acquirer looked before the time was over: what it says arrives too late to count.
    CHECK_FALSE(resolver.settle(sent.front(), never_seen(), definite_us + 1));
    CHECK(resolver.settle(sent.back(), never_seen(), definite_us + 2));
  }
}

TEST_CASE("how far one has come is known, and its next try can be had at once, but not again at once") {
  Resolver resolver(options());
  const auto inquiry = about(AcquirerAction::inquire, request(AcquirerAction::sale, 1, 1, 1));
  const auto find = [&] { return resolver.find(AcquirerAction::inquire, Mode::test, inquiry.reference); };
  const auto hurry = [&](int64_t now_us) { return resolver.hurry(AcquirerAction::inquire, Mode::test, inquiry.reference, now_us); };
  CHECK_FALSE(find());
  CHECK(hurry(0) == AskNow::not_waiting);
  auto asked = inquiry;
  asked.mode = Mode::test;
  REQUIRE(resolver.add(asked, 0, utc_us));
  REQUIRE(find());
  CHECK(find()->tries == 0);
  CHECK(hurry(0) == AskNow::asked);
  CHECK(due_at(resolver, 0) == 1);
  CHECK(find()->tries == 1);
  CHECK(find()->waiting);
  CHECK_FALSE(find()->answered);
  CHECK(hurry(ask_now_pause_us - 1) == AskNow::too_soon);
  // Delays grow far: then a person asks.
  int64_t now_us = 0;
  for (int i = 0; i < 6; ++i) {
    CHECK_FALSE(resolver.settle(asked, outcome(Outcome::unknown), now_us));
    now_us = resolver.next_us();
    CHECK(due_at(resolver, now_us) == 1);
  }
  CHECK_FALSE(resolver.settle(asked, never_seen(), now_us));
  CHECK(find()->answered);
  CHECK(find()->not_found);
  CHECK(find()->tries == 7);
  CHECK(find()->next_us == resolver.next_us());
  // One that waits for its answer is asked again as well.
  CHECK(due_at(resolver, resolver.next_us()) == 1);
  CHECK(find()->waiting);
  const int64_t again_us = find()->last_try_us + ask_now_pause_us;
  CHECK(hurry(again_us) == AskNow::asked);
  CHECK(due_at(resolver, again_us) == 1);
  CHECK(find()->tries == 9);
  CHECK(resolver.settle(asked, outcome(Outcome::approved), again_us));
  CHECK_FALSE(find());
}

TEST_CASE("what is definite of an inquiry and of a reversal") {
  struct Row {
    AcquirerAction action;
    Outcome outcome;
    bool definite;
  };
  using A = AcquirerAction;
  for (const Row row : {Row{A::inquire, Outcome::approved, true}, Row{A::inquire, Outcome::declined, true}, Row{A::inquire, Outcome::pending, true},
                        Row{A::inquire, Outcome::authentication_required, true}, Row{A::inquire, Outcome::unknown, false},
                        Row{A::reverse, Outcome::approved, true}, Row{A::reverse, Outcome::declined, false}, Row{A::reverse, Outcome::unknown, false}}) {
    Resolver resolver(options());
    const auto asked = about(row.action, request(A::sale, 1, 1, 1));
    REQUIRE(resolver.add(asked, 0, utc_us));
    CHECK(due_at(resolver, 0) == 1);
    CHECK(resolver.settle(asked, outcome(row.outcome), 1).has_value() == row.definite);
    CHECK(resolver.inquiries() + resolver.reversals() == (row.definite ? 0 : 1));
    // A second answer settles nothing.
    if (row.definite) CHECK_FALSE(resolver.settle(asked, outcome(row.outcome), 2));
  }
}

}  // namespace tollgate::test

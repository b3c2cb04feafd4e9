#include "support/catch.h"
#include "tollgate/limits/token_bucket.h"

using tollgate::Rate;
using tollgate::TokenBucket;

namespace {

constexpr int64_t start_us = 1'750'000'000'000'000;

// How many of `tries` are let in at one moment.
uint32_t taken(TokenBucket& bucket, const Rate& rate, int64_t now_us, uint32_t tries) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < tries; ++i) count += bucket.take(rate, now_us) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a bucket lets in exactly its burst, and then exactly what the time has given", "[limits]") {
  struct Step {
    int64_t after_us;
    uint32_t tries, in;
  };
  struct Case {
    Rate rate;
    std::vector<Step> steps;
  };
  const std::vector<Case> cases = {
      {{10, 1}, {{0, 5, 1}, {99'999, 1, 0}, {1, 1, 1}, {0, 1, 0}, {100'000, 2, 1}}},
      {{10, 20}, {{0, 100, 20}, {100'000, 5, 1}, {1'000'000, 100, 10}, {60'000'000, 100, 20}}},
      {{1, 3}, {{0, 2, 2}, {0, 2, 1}, {2'500'000, 5, 2}, {500'000, 5, 1}}},
      {{3, 3}, {{0, 9, 3}, {333'333, 1, 0}, {1, 1, 1}, {333'333, 1, 1}, {333'333, 2, 1}, {333'333, 1, 0}}},
      {{1'000'000, 1'000'000}, {{0, 1'000'001, 1'000'000}, {1, 2, 1}, {7, 10, 7}}},
      {{0, 0}, {{0, 1'000, 1'000}}},
  };
  for (const Case& one : cases) {
    INFO(one.rate.per_second << " a second, burst " << one.rate.burst);
    TokenBucket bucket;
    int64_t now_us = start_us;
    for (const Step& step : one.steps) {
      now_us += step.after_us;
      INFO("at " << now_us - start_us << " us");
      CHECK(taken(bucket, one.rate, now_us, step.tries) == step.in);
    }
  }
}

TEST_CASE("over a long time a bucket lets in its rate to a request, however often it is asked", "[limits]") {
  for (const int64_t step_us : {1, 7, 313, 10'007}) {
    const Rate rate{37, 5};
    TokenBucket bucket;
    uint64_t in = 0;
    int64_t now_us = start_us;
    const int64_t end_us = start_us + 10'000'000;
    for (; now_us < end_us; now_us += step_us) in += bucket.take(rate, now_us) ? 1 : 0;
    const int64_t last_us = now_us - step_us - start_us;
    INFO("every " << step_us << " us");
    // One asked often enough wastes nothing.
    if (step_us < 10'000) CHECK(in == 5 + static_cast<uint64_t>(last_us * 37 / 1'000'000));
  }
}

TEST_CASE("what a bucket says about waiting is exact", "[limits]") {
  for (const uint32_t per_second : {1U, 3U, 7U, 999U, 1'000'000U}) {
    const Rate rate{per_second, 2};
    TokenBucket bucket;
    CHECK(taken(bucket, rate, start_us, 3) == 2);
    const int64_t wait_us = bucket.retry_after_us(rate);
    INFO(per_second);
    CHECK_FALSE(bucket.take(rate, start_us + wait_us - 1));
    CHECK(bucket.take(rate, start_us + wait_us));
  }
}

TEST_CASE("a limit that is changed holds from the next request on", "[limits]") {
  TokenBucket bucket;
  CHECK(taken(bucket, {10, 100}, start_us, 50) == 50);
  CHECK(taken(bucket, {10, 5}, start_us, 50) == 5);
  CHECK(taken(bucket, {10, 100}, start_us, 50) == 0);
  CHECK(taken(bucket, {1'000, 100}, start_us + 10'000, 50) == 10);
  CHECK(taken(bucket, {0, 0}, start_us + 10'000, 50) == 50);
}

TEST_CASE("a clock that is set back gives nothing and takes nothing", "[limits]") {
  const Rate rate{10, 10};
  TokenBucket bucket;
  CHECK(taken(bucket, rate, start_us, 5) == 5);
  CHECK(taken(bucket, rate, start_us - 3'600'000'000, 9) == 5);
  CHECK(taken(bucket, rate, start_us - 3'600'000'000 + 100'000, 9) == 1);
}

TEST_CASE("a request that was let in and not served gives its token back", "[limits]") {
  const Rate rate{1, 2};
  TokenBucket bucket;
  CHECK(taken(bucket, rate, start_us, 2) == 2);
  bucket.give_back(rate);
  CHECK(taken(bucket, rate, start_us, 2) == 1);
  for (int i = 0; i < 5; ++i) bucket.give_back(rate);
  CHECK(taken(bucket, rate, start_us, 9) == 2);
}

#include "support/catch.h"
#include "tollgate/limits/decline_counts.h"

#include "tollgate/base/time.h"

using namespace tollgate;

namespace {
constexpr int64_t hour_us = 3'600 * us_per_second;
constexpr int64_t start_us = 1'750'003'200 * us_per_second;  // the first of an hour
const PartnerId first{1}, second{2};
}  // namespace

TEST_CASE("declines count for seven to eight eighths of the window, then they are over", "[limits]") {
  DeclineCounts counts(1'000);
  const auto key = DeclineCounts::card(first, Mode::test, "fingerprint");
  CHECK(counts.count(key, hour_us, start_us) == 0);
  counts.add(key, hour_us, start_us);
  counts.add(key, hour_us, start_us + hour_us / 2);
  CHECK(counts.count(key, hour_us, start_us + hour_us / 2) == 2);
  CHECK(counts.count(key, hour_us, start_us + hour_us - 1) == 2);
  CHECK(counts.count(key, hour_us, start_us + hour_us) == 1);
  CHECK(counts.count(key, hour_us, start_us + hour_us * 3 / 2 - 1) == 1);
  CHECK(counts.count(key, hour_us, start_us + hour_us * 3 / 2) == 0);
  counts.add(key, hour_us, start_us + 10 * hour_us);
  CHECK(counts.count(key, hour_us, start_us + 10 * hour_us) == 1);
}

TEST_CASE("cards, BINs, partners and modes are counted apart", "[limits]") {
  DeclineCounts counts(1'000);
  counts.add(DeclineCounts::card(first, Mode::test, "424242"), hour_us, start_us);
  CHECK(counts.count(DeclineCounts::card(first, Mode::test, "424242"), hour_us, start_us) == 1);
  CHECK(counts.count(DeclineCounts::bin(first, Mode::test, "424242"), hour_us, start_us) == 0);
  CHECK(counts.count(DeclineCounts::card(first, Mode::live, "424242"), hour_us, start_us) == 0);
  CHECK(counts.count(DeclineCounts::card(second, Mode::test, "424242"), hour_us, start_us) == 0);
  CHECK(counts.count(DeclineCounts::card(first, Mode::test, "424243"), hour_us, start_us) == 0);
}

TEST_CASE("a window of another length counts anew", "[limits]") {
  DeclineCounts counts(1'000);
  const auto key = DeclineCounts::bin(first, Mode::live, "424242");
  counts.add(key, hour_us, start_us);
  CHECK(counts.count(key, hour_us / 2, start_us) == 0);
  counts.add(key, hour_us / 2, start_us);
  CHECK(counts.count(key, hour_us / 2, start_us) == 1);
}

TEST_CASE("a flood of new cards costs no more memory than was given", "[limits]") {
  DeclineCounts counts(1'000);
  for (int i = 0; i < 50'000; ++i) {
    counts.add(DeclineCounts::card(first, Mode::live, std::to_string(i)), hour_us, start_us + i * us_per_second / 10);
    REQUIRE(counts.size() <= 1'000);
  }
  // The flood is over for hours: what is left of it makes room first.
  const auto key = DeclineCounts::card(second, Mode::live, "x");
  counts.add(key, hour_us, start_us + 10 * hour_us);
  CHECK(counts.count(key, hour_us, start_us + 10 * hour_us) == 1);
}

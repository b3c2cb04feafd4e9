#include "tollgate/observe/histogram.h"

#include "support/catch.h"

namespace tollgate::observe {
namespace {

FineTotals totals_of_values(const std::vector<int64_t>& values) {
  FineHistogram histogram;
  for (const int64_t us : values) histogram.record(us);
  FineTotals totals;
  totals.add(histogram);
  return totals;
}

}  // namespace

TEST_CASE("A value falls into the first bucket whose bound it does not exceed") {
  const FineTotals totals = totals_of_values({50, 51, 70, 71});
  CHECK(totals.counts[0] == 1);
  CHECK(totals.counts[1] == 2);
  CHECK(totals.counts[2] == 1);
  CHECK(totals.sum_us == 242);
}

TEST_CASE("Negative and huge durations are counted at the ends") {
  const FineTotals totals = totals_of_values({-5, INT64_MAX});
  CHECK(totals.counts.front() == 1);
  CHECK(totals.counts.back() == 1);
}

TEST_CASE("Percentiles lie within the bucket of the value that they stand for") {
  std::vector<int64_t> values;
  for (int64_t us = 1; us <= 10'000; ++us) values.push_back(us);
  const FineTotals totals = totals_of_values(values);
  for (const auto& [per_mille, exact] : std::initializer_list<std::pair<unsigned, int64_t>>{{500, 5'000}, {900, 9'000}, {990, 9'900}, {999, 9'990}}) {
    const int64_t us = totals.percentile_us(per_mille);
    CHECK(us >= exact * 8 / 10);
    CHECK(us <= exact * 12 / 10);
  }
  CHECK(FineTotals{}.percentile_us(990) == 0);
  CHECK(totals_of_values({INT64_MAX}).percentile_us(500) == latency_bounds_us.back());
}

TEST_CASE("What took longer than a bound is counted to the value") {
  CHECK(totals_of_values({500'000, 500'001, 700'000, 4}).over(500'000) == 2);
  CHECK(totals_of_values({INT64_MAX}).over(60'000'000) == 1);
}

TEST_CASE("The difference of two moments has what came between") {
  FineHistogram histogram;
  histogram.record(10);
  FineTotals before;
  before.add(histogram);
  histogram.record(1'000);
  FineTotals after;
  after.add(histogram);
  const FineTotals between = after.since(before);
  CHECK(between.count() == 1);
  CHECK(between.sum_us == 1'000);
}

TEST_CASE("Every bound that Prometheus sees is one of those kept") {
  for (const uint32_t bound : latency_bounds_exposed_us) CHECK(std::binary_search(latency_bounds_us.begin(), latency_bounds_us.end(), bound));
  CHECK(std::is_sorted(latency_bounds_us.begin(), latency_bounds_us.end()));
}

}  // namespace tollgate::observe

#include "tollgate/plan/day.h"

#include <algorithm>

#include "plan/node.h"
#include "support/catch.h"

namespace tollgate::plan {
namespace {

constexpr std::size_t at(RequestClass of) { return static_cast<std::size_t>(of); }

Demand mixed(double average, double peak) {
  Demand demand = payments_only(average, peak);
  demand.mix = {};
  return demand;
}

void check_conserved(const Day& day) {
  for (std::size_t i = 0; i < request_class_count; ++i) {
    INFO(name_of(static_cast<RequestClass>(i)));
    CHECK(day.arrived[i] == day.served[i] + day.shed[i] + day.refused[i] + day.waiting[i]);
  }
  double arrived = 0, served = 0, shed = 0, refused = 0;
  for (const Second& second : day.seconds) {
    arrived += second.arrived;
    served += second.served;
    shed += second.shed;
    refused += second.refused;
  }
  CHECK(arrived == sum(day.arrived));
  CHECK(served == sum(day.served));
  CHECK(shed == sum(day.shed));
  CHECK(refused == sum(day.refused));
}

}  // namespace

TEST_CASE("a day's curve has the average and the peak that it was given") {
  const std::pair<double, double> cases[] = {{500, 5'000}, {500, 500}, {100, 101}, {1, 900}, {4'000, 5'000}, {0.5, 20}};
  for (const auto& [average, peak] : cases) {
    INFO(average << " and " << peak);
    const uint32_t peak_at_s = 18 * 3'600;
    const DayCurve curve(average, peak, peak_at_s);
    double total = 0, highest = 0;
    for (uint32_t second = 0; second < day_s; ++second) {
      total += curve.at(second);
      highest = std::max(highest, curve.at(second));
    }
    CHECK(total / day_s == Approx(average).epsilon(0.001));
    CHECK(highest == Approx(peak));
    CHECK(curve.at(peak_at_s) == Approx(peak));
    CHECK(curve.at(peak_at_s - 3'600) == Approx(curve.at(peak_at_s + 3'600)));
    CHECK(curve.at(6 * 3'600) >= 0.199 * average);
  }
}

TEST_CASE("a day that the nodes carry leaves nobody out") {
  DayOptions options;
  options.spike.factor = 1;
  const Day day = simulate(slow_node(), mixed(100, 500), {}, 1, options);
  check_conserved(day);
  CHECK_FALSE(day.trouble());
  CHECK(day.recovered());
  CHECK(sum(day.shed) + sum(day.refused) == 0);
  CHECK(day.served == day.arrived);
  CHECK(day.arrived[at(RequestClass::payment)] == Approx(100 * 1.1 * day_s).epsilon(0.001));
}

TEST_CASE("what arrived was served, left out, refused or waits, whatever the day") {
  struct Case {
    double average, peak, factor;
    uint32_t minutes, at_s, nodes;
    double engine_threads;
  };
  const Case cases[] = {
      {100, 500, 3, 10, 20 * 3'600, 1, 1},
      {100, 500, 20, 5, 3 * 3'600, 1, 1},
      {100, 500, 10, 30, 23 * 3'600 + 1'800, 1, 1},  // over midnight it is still going on
      {300, 3'000, 4, 15, 20 * 3'600, 3, 1},
      {300, 3'000, 4, 15, 20 * 3'600, 1, 4},
      {2'000, 2'000, 1, 1, 0, 1, 1},  // all day too much
      {1'000, 50'000, 1, 1, 0, 2, 1},
  };
  for (const Case& one : cases) {
    INFO(one.average << " to " << one.peak << ", spike " << one.factor << ", " << one.nodes << " nodes");
    Capacities node = slow_node();
    node.engine_threads = node.io_threads = one.engine_threads;
    DayOptions options;
    options.spike = {one.factor, one.minutes, one.at_s};
    check_conserved(simulate(node, mixed(one.average, one.peak), {}, one.nodes, options));
  }
}

TEST_CASE("the least important is left out first, and settlements last") {
  // A node does some 700 payments a second with this mix; the spike asks for 1,000, 1,500 and 4,000.
  for (const double factor : {2.0, 3.0, 8.0}) {
    DayOptions options;
    options.spike.factor = factor;
    const Day day = simulate(slow_node(), mixed(100, 500), {}, 1, options);
    INFO(factor);
    check_conserved(day);
    REQUIRE(day.trouble());
    double before = 1;
    for (std::size_t i = 0; i < request_class_count; ++i) {
      const double share = day.shed[i] / day.arrived[i];
      INFO(name_of(static_cast<RequestClass>(i)) << " " << share);
      CHECK(share <= before + 0.002);
      before = share;
    }
    CHECK(day.shed[at(RequestClass::list)] > 0);
  }
}

TEST_CASE("trouble begins with the spike and ends soon after it") {
  DayOptions options;
  options.spike = {4, 20, 12 * 3'600};
  options.peak_at_s = 12 * 3'600;
  const Day day = simulate(slow_node(), mixed(100, 500), {}, 1, options);
  REQUIRE(day.trouble());
  CHECK(day.first_trouble_s >= options.spike.at_s);
  CHECK(day.first_trouble_s <= options.spike.at_s + 3);
  const uint32_t spike_end_s = options.spike.at_s + options.spike.minutes * 60;
  CHECK(day.last_trouble_s >= spike_end_s - 2);
  CHECK(day.last_trouble_s <= spike_end_s + 20);
  CHECK(day.recovered());
  CHECK(day.waiting_max > 0);
  CHECK(sum(day.waiting) == 0);
  // The shedder keeps the wait short and the node busy all the same.
  CHECK(day.wait_max_ms < 5'000);
}

TEST_CASE("an overloaded node goes on doing nearly what it can") {
  DayOptions options;
  options.spike = {4, 30, 12 * 3'600};
  options.peak_at_s = 12 * 3'600 + 900;
  const Demand demand = payments_only(100, 500);  // 2,000 payments a second in the spike, and the node does 1,000
  const Day day = simulate(slow_node(), demand, {}, 1, options);
  double served = 0;
  constexpr uint32_t settling_s = 10;
  for (uint32_t s = options.spike.at_s + settling_s; s < options.spike.at_s + 1'800; ++s) served += day.seconds[s].served;
  CHECK(served / (1'800 - settling_s) == Approx(1'000).epsilon(0.12));
}

TEST_CASE("the same day twice is the same day") {
  DayOptions options;
  options.spike.factor = 5;
  const Day one = simulate(slow_node(), mixed(100, 500), {}, 1, options), other = simulate(slow_node(), mixed(100, 500), {}, 1, options);
  CHECK(one.shed == other.shed);
  CHECK(one.served == other.served);
  CHECK(one.wait_max_ms == other.wait_max_ms);
  CHECK(one.last_trouble_s == other.last_trouble_s);
}

TEST_CASE("more nodes leave fewer out") {
  DayOptions options;
  options.spike.factor = 6;
  double before = 1e18;
  for (const uint32_t nodes : {1U, 2U, 3U, 5U}) {
    const Day day = simulate(slow_node(), mixed(100, 500), {}, nodes, options);
    CHECK(sum(day.shed) <= before);
    before = sum(day.shed);
  }
  CHECK(before == 0);
}

TEST_CASE("fewer cores than threads are slower threads") {
  Deployment half;
  half.cores = 0.5;
  DayOptions options;
  options.spike.factor = 1;
  CHECK_FALSE(simulate(slow_node(), payments_only(100, 200), half, 1, options).trouble());
  CHECK(simulate(slow_node(), payments_only(100, 400), half, 1, options).trouble());
}

TEST_CASE("a spike that does not fit into the day is refused") {
  DayOptions options;
  CHECK(check(options).ok());
  options.spike = {3, 60, 23 * 3'600 + 60};
  CHECK_FALSE(check(options).ok());
  options.spike = {101, 10, 0};
  CHECK_FALSE(check(options).ok());
  options.spike = {3, 0, 0};
  CHECK_FALSE(check(options).ok());
}

}  // namespace tollgate::plan

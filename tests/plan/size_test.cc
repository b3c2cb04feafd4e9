#include <cmath>
#include <limits>

#include "plan/node.h"
#include "support/catch.h"

namespace tollgate::plan {
namespace {

Deployment at(double utilisation, double degraded, uint32_t spare) {
  Deployment deployment;
  deployment.utilisation = utilisation;
  deployment.utilisation_degraded = degraded;
  deployment.spare = spare;
  return deployment;
}

bool says(const Sizing& sizing, std::string_view part) {
  for (const std::string& one : sizing.problems)
    if (one.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a node can do what the scarcest of its processor and threads allows") {
  struct Case {
    double cores;
    Cost payment;
    double sync_us, expected;
    Bound bound;
  };
  // 1,000,000 us of a second over the us of a payment; a sync is shared by 512 commands.
  const Case cases[] = {
      {2, {100, 40, 30}, 0, 20'000, Bound::cores},
      {1, {100, 40, 30}, 0, 10'000, Bound::cores},
      {8, {100, 40, 30}, 0, 25'000, Bound::engine},
      {8, {100, 40, 50}, 0, 20'000, Bound::io},
      {8, {100, 40, 30}, 5'120, 20'000, Bound::engine},   // 10 us more
      {8, {100, 40, 30}, 81'920, 5'000, Bound::engine},   // 160 us more
  };
  for (const Case& one : cases) {
    Capacities node = round_node();
    node.payment = one.payment;
    Deployment deployment;
    deployment.cores = one.cores;
    deployment.sync_us = one.sync_us;
    const Sizing sizing = size(node, payments_only(100, 100), deployment);
    INFO(one.cores << " cores, sync " << one.sync_us);
    CHECK(sizing.capacity_per_s == Approx(one.expected));
    CHECK(sizing.bound == one.bound);
  }
}

TEST_CASE("nodes for a peak, worked out by hand") {
  struct Case {
    double peak;
    uint32_t spare, nodes;
  };
  // A node can do 20,000: 10,000 are planned for at 50 %, and 16,000 with nodes lost at 80 %.
  const Case cases[] = {{1, 0, 1},       {5'000, 0, 1},  {10'000, 0, 1}, {10'001, 0, 2}, {5'000, 1, 2},    {16'000, 1, 2},
                        {16'001, 1, 3},  {20'000, 1, 3}, {30'001, 1, 4}, {30'001, 2, 4}, {100'000, 1, 10}, {100'000, 4, 11}};
  for (const Case& one : cases) {
    INFO(one.peak << " a second, " << one.spare << " spare");
    const Sizing sizing = size(round_node(), payments_only(1, one.peak), at(0.5, 0.8, one.spare));
    CHECK(sizing.nodes == one.nodes);
    CHECK(sizing.problems.empty());
    CHECK(sizing.utilisation_peak == Approx(one.peak / (one.nodes * 20'000)));
    CHECK(sizing.partitions == std::max(4U, 4 * one.nodes));
  }
}

TEST_CASE("what comes besides payments takes its share of a node") {
  Demand demand = payments_only(100, 1'000);
  demand.mix = {.lists = 50, .reads = 100, .tests = 20, .settlements = 30, .cards = 10};
  // Of the processor: 1.5 payments (150) + 0.1 cards (10) + 1 read (10) + 0.5 lists (40); of the engine: 1.6 times 50; of the io thread:
  // 1.6 times 40 + 8 + 35.
  const Cost cost = cost_with_mix(round_node(), demand.mix);
  CHECK(cost.cpu_us == Approx(210));
  CHECK(cost.engine_us == Approx(80));
  CHECK(cost.io_us == Approx(107));
  const Sizing sizing = size(round_node(), demand, {});
  CHECK(sizing.bound == Bound::io);
  CHECK(sizing.capacity_per_s == Approx(1e6 / 107));
}

TEST_CASE("a plan with too few nodes says what it lacks") {
  const auto plan = [](uint32_t nodes, double peak, uint32_t spare) {
    Deployment deployment = at(0.5, 0.8, spare);
    deployment.nodes = nodes;
    return size(round_node(), payments_only(1, peak), deployment);
  };
  CHECK(plan(3, 30'000, 0).problems.empty());
  CHECK(says(plan(2, 30'000, 0), "it needs 3 nodes"));
  CHECK(says(plan(1, 100, 1), "nothing is left"));
  // 3 nodes do at 50 % (1.5), but the 2 that are left not at 80 % (1.6).
  CHECK(says(plan(4, 50'000, 1), "with 1 node(s) lost, 3 carry 48000"));
  CHECK(plan(4, 50'000, 1).nodes_needed == 5);
  CHECK(says(plan(0, 9'999'999, 0), "1000 nodes") == false);
  CHECK(says(plan(0, 10'000'001, 0), "more than 1000"));
}

TEST_CASE("memory and disk that a node has are checked") {
  Deployment deployment;
  deployment.memory_bytes = 500e6;
  CHECK(says(size(round_node(), payments_only(100, 1'000), deployment), "GiB of memory"));
  deployment.memory_bytes = 700e6;
  CHECK(size(round_node(), payments_only(100, 1'000), deployment).problems.empty());
  deployment.disk_bytes = 1e9;
  CHECK(says(size(round_node(), payments_only(100, 1'000), deployment), "GiB of disk"));
}

TEST_CASE("a partner too large for one engine thread is a problem, one over its limit an advice") {
  Demand demand = payments_only(1'000, 50'000);
  demand.largest_partner_percent = 10;  // 5,000 a second, and a thread carries 60 % of 20,000
  Sizing sizing = size(round_node(), demand, {});
  CHECK(sizing.problems.empty());
  REQUIRE(sizing.advice.size() == 1);
  CHECK(sizing.advice[0].find("5000 requests/s") != std::string::npos);
  demand.largest_partner_percent = 30;
  CHECK(says(size(round_node(), demand, {}), "one engine thread"));
  demand.largest_partner_percent = 0;
  sizing = size(round_node(), demand, {});
  CHECK(sizing.largest_partner_peak_per_s == Approx(50));
  CHECK(sizing.advice.empty());
}

TEST_CASE("bytes of a day, by hand") {
  Demand demand = payments_only(100, 1'000);
  demand.mix.tests = 10;
  demand.mix.cards = 20;
  demand.retention_days = 10;
  demand.archive_days = 100;
  const Sizing s = size(round_node(), demand, {});
  constexpr double payments = 8'640'000;
  CHECK(s.payments_per_day == Approx(payments));
  CHECK(s.log_bytes_per_day == Approx(payments * (1.1 * 1'000 + 0.2 * 500)));
  CHECK(s.sandbox_bytes_per_day == Approx(payments * 0.1 * 100));
  CHECK(s.vault_bytes_per_day == Approx(payments * 0.2 * 300));
  CHECK(s.tree_bytes_per_day == Approx(payments * 1.1 * 10));
  CHECK(s.node_bytes_per_day == Approx(payments * 1'281));
  CHECK(s.nodes == 2);
  CHECK(s.disk_bytes_per_node == Approx(payments * 1'281 * 10 * 1.5 / 2));
  CHECK(s.archive_bytes == Approx(payments * 1.1 * 600 * 100));
  CHECK(s.rows_bytes_per_day == Approx(payments * 1.1 * 400));
  // Of a node: half of 9,504,000 payments a day with 4 records each; ten days of them.
  CHECK(s.verify_day_s == Approx(4'752'000 * 4 / 400'000.0));
  CHECK(s.replay_day_s == Approx(4'752'000 * 4 / 200'000.0));
  CHECK(s.restore_s == Approx(4'752'000 * 10 / 50'000.0));
}

TEST_CASE("network counts packets and their acknowledgements") {
  // 1,000 bytes in one packet, its answer of 2,000 in two; headers of 66 bytes on each, and on what acknowledges them.
  const Sizing s = size(round_node(), payments_only(10, 1'000), {});
  CHECK(s.in_bits_peak == Approx(8'000 * (1'000 + 66 * 3)));
  CHECK(s.out_bits_peak == Approx(8'000 * (2'000 + 66 * 3)));
  CHECK(s.in_bits_average == Approx(s.in_bits_peak / 100));
}

TEST_CASE("memory grows with the partners that a node has when another is lost") {
  Demand demand = payments_only(100, 1'000);
  CHECK(size(round_node(), demand, {}).memory_bytes_per_node == Approx(1.5 * 400e6));
  demand.partners = 101'000;
  CHECK(size(round_node(), demand, {}).memory_bytes_per_node == Approx(1.5 * (400e6 + 100'000 * 1'000)));
}

TEST_CASE("busy cores lie between the measured rates") {
  const Capacities node = round_node();
  CHECK(cores_of_payments(node, 0) == Approx(0));
  CHECK(cores_of_payments(node, 500) == Approx(0.1));
  CHECK(cores_of_payments(node, 1'000) == Approx(0.2));
  CHECK(cores_of_payments(node, 5'500) == Approx(0.6));
  CHECK(cores_of_payments(node, 10'000) == Approx(1.0));
  CHECK(cores_of_payments(node, 15'000) == Approx(1.5));
}

TEST_CASE("a slower disk costs four syncs of a payment's time") {
  Deployment deployment;
  const double before = size(round_node(), payments_only(100, 1'000), deployment).p50_ms;
  deployment.sync_us = 2'000;
  CHECK(size(round_node(), payments_only(100, 1'000), deployment).p50_ms == Approx(before + 8));
}

TEST_CASE("more to do never needs less, and more to do it with never needs more") {
  uint32_t before = 0;
  double disk = 0, memory = 0;
  for (double peak = 10; peak < 5e6; peak *= 1.1) {
    const Sizing s = size(reference(), payments_only(std::min(peak, 500.0), peak), {});
    CHECK(s.nodes >= before);
    before = s.nodes;
  }
  for (double average = 1; average < 5'000; average *= 1.3) {
    Deployment deployment;
    deployment.nodes = 3;
    Demand demand = payments_only(average, 5'000);
    demand.partners = average * 1'000;
    const Sizing s = size(reference(), demand, deployment);
    CHECK(s.disk_bytes_per_node >= disk);
    CHECK(s.memory_bytes_per_node >= memory);
    disk = s.disk_bytes_per_node;
    memory = s.memory_bytes_per_node;
  }
  before = UINT32_MAX;
  for (double cores = 1; cores <= 64; cores *= 2) {
    Deployment deployment;
    deployment.cores = cores;
    const Sizing s = size(reference(), payments_only(500, 50'000), deployment);
    CHECK(s.nodes <= before);
    before = s.nodes;
  }
  before = 0;
  for (double sync_ms = 0.1; sync_ms < 1'000; sync_ms *= 2) {
    Deployment deployment;
    deployment.sync_us = sync_ms * 1'000;
    const Sizing s = size(reference(), payments_only(500, 50'000), deployment);
    CHECK(s.nodes >= before);
    before = s.nodes;
  }
}

TEST_CASE("the same load on components of fixed capacity, by hand") {
  const std::tuple<std::string_view, double, uint64_t, uint64_t> expected[] = {
      {"API gateway", 1'000, 1, 5},  {"load balancer", 1'200, 1, 5},    {"message queue", 800, 1, 7},     {"cache, reads", 5'000, 1, 1},
      {"cache, writes", 1'000, 1, 5}, {"database, reads", 2'000, 1, 3}, {"database, writes", 500, 1, 10}, {"core process", 700, 1, 8}};
  const auto all = components(500, 5'000);
  REQUIRE(all.size() == std::size(expected));
  uint64_t average = 0, peak = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [name, per_instance, of_average, of_peak] = expected[i];
    CHECK(all[i].name == name);
    CHECK(all[i].per_instance == per_instance);
    CHECK(all[i].average == of_average);
    CHECK(all[i].peak == of_peak);
    average += all[i].average;
    peak += all[i].peak;
  }
  CHECK(average == 8);
  CHECK(peak == 44);
}

TEST_CASE("what cannot be is refused by the name of its option") {
  const auto message = [](const Demand& demand, const Deployment& deployment) { return std::string(message_of(check(demand,
      deployment))); };
  const auto names = [](const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; };
  CHECK(message({}, {}).empty());
  Demand demand;
  demand.average_per_s = 5'001;
  CHECK(names(message(demand, {}), "the average cannot be more than the peak"));
  demand = {};
  demand.average_per_s = 1;
  CHECK(names(message(demand, {}), "--spike-factor"));
  demand = {};
  demand.partners = 0;
  CHECK(names(message(demand, {}), "--partners is 0"));
  demand = {};
  demand.peak_per_s = std::numeric_limits<double>::quiet_NaN();
  CHECK(names(message(demand, {}), "--peak is nan"));
  demand = {};
  demand.mix.reads = -1;
  CHECK(names(message(demand, {}), "--mix read is -1"));
  Deployment deployment;
  deployment.utilisation = 0.9;
  CHECK(names(message({}, deployment), "--utilisation-node-lost"));
  deployment = {};
  deployment.sync_us = 2e6;
  CHECK(names(message({}, deployment), "--sync-ms is 2000"));
}

TEST_CASE("the built-in reference is whole, and so is what checks it") {
  CHECK(check(reference()).ok());
  CHECK(reference().built_in);
  CHECK_FALSE(reference().machine.empty());
  Capacities broken = reference();
  broken.points.clear();
  CHECK_FALSE(check(broken).ok());
  broken = reference();
  broken.points = {{2, 1, 1, 1}, {1, 1, 1, 1}};
  CHECK_FALSE(check(broken).ok());
  broken = reference();
  broken.payment.engine_us = 0;
  CHECK(std::string(message_of(check(broken))).find("payment.engine_us") != std::string::npos);
}

}  // namespace tollgate::plan

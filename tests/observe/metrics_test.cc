#include "tollgate/observe/metrics.h"

#include <thread>

#include "observe/partner_watch.h"
#include "observe/totals.h"
#include "support/catch.h"

namespace tollgate::observe {
namespace {

void request(Metrics& metrics, uint64_t partner, int count = 1, Ended ended = Ended::ok) {
  for (int i = 0; i < count; ++i) {
    PartnerMetrics& to = metrics.here()->partners.of({partner, Mode::test});
    to.ended[static_cast<std::size_t>(ended)].add();
    to.latency.record(1'000);
  }
}

void authorize(Metrics& metrics, uint64_t partner, int approved, int declined) {
  PartnerMetrics& to = metrics.here()->partners.of({partner, Mode::test});
  to.approved.add(static_cast<uint64_t>(approved));
  to.declined.add(static_cast<uint64_t>(declined));
}

}  // namespace

TEST_CASE("Each thread has a block of its own, and the totals are the sum of all") {
  Metrics metrics;
  const uint16_t pay = metrics.operation("POST /v1/payment_intents");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) {
        metrics.here()->operations[pay].ended[0].add();
        metrics.here()->requests.record(n);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto totals = totals_of(metrics);
  CHECK(metrics.blocks().size() == 4);
  CHECK(totals->operations[pay].ended[0] == 4'000);
  CHECK(totals->requests.count() == 4'000);
}

TEST_CASE("A thread that works for two nodes keeps them apart, also when one is made where another was") {
  auto first = std::make_unique<Metrics>();
  first->here()->requests.record(1);
  Metrics second;
  second.here()->requests.record(1);
  second.here()->requests.record(1);
  CHECK(totals_of(*first)->requests.count() == 1);
  CHECK(totals_of(second)->requests.count() == 2);
  for (int i = 0; i < 10; ++i) {
    first = std::make_unique<Metrics>();
    CHECK(totals_of(*first)->requests.count() == 0);
    first->here()->requests.record(1);
    CHECK(totals_of(*first)->requests.count() == 1);
  }
}

TEST_CASE("A name has one number; beyond the bound all are \"other\"") {
  Metrics metrics;
  const uint16_t sandbox = metrics.acquirer("sandbox");
  CHECK(sandbox != 0);
  CHECK(metrics.acquirer("sandbox") == sandbox);
  for (std::size_t i = 0; i < acquirers_max * 2; ++i) CHECK(metrics.acquirer(std::to_string(i)) < acquirers_max);
  CHECK(metrics.acquirer("one too many") == 0);
  CHECK(metrics.acquirers().size() == acquirers_max);
}

TEST_CASE("A hundred thousand partners fit, and those beyond the bound share an entry") {
  Metrics metrics(MetricsOptions{.partners_max = 100'000, .errors_kept_max = 1});
  for (uint64_t partner = 1; partner <= 100'010; ++partner) request(metrics, partner);
  CHECK(metrics.here()->partners.size() == 100'001);
  CHECK(metrics.here()->partners.entry(0).ended[0].get() == 10);
  PartnerWatch watch(50);
  watch.update(metrics, 1'000);
  CHECK(watch.shown().size() == 50);
  CHECK(watch.other().requests() + watch.shown().size() >= 100'010 - 50);
  CHECK(watch.known() == 100'000);
}

TEST_CASE("Test and live traffic of a partner are apart") {
  Metrics metrics;
  metrics.here()->partners.of({7, Mode::test}).ended[0].add();
  metrics.here()->partners.of({7, Mode::live}).ended[0].add(2);
  CHECK(metrics.here()->partners.of({7, Mode::test}).ended[0].get() == 1);
  CHECK(metrics.here()->partners.size() == 3);
}

TEST_CASE("The busiest partners come to be shown, and no series that is shown ever goes back") {
  Metrics metrics;
  PartnerWatch watch(2);
  int64_t now_s = 1'000;
  for (uint64_t partner = 1; partner <= 4; ++partner) request(metrics, partner);
  watch.update(metrics, now_s);
  std::map<std::pair<uint64_t, Mode>, uint64_t> before;
  uint64_t other_before = 0;
  for (int round = 0; round < 200; ++round) {
    now_s += 5;
    request(metrics, 1, 1);
    request(metrics, 2, 1);
    request(metrics, 3, 40);
    request(metrics, 4, 60);
    for (uint64_t idle = 100; idle < 120; ++idle) request(metrics, idle, 2);
    watch.update(metrics, now_s);
    for (const auto& [key, totals] : watch.shown()) {
      const auto seen = before.find(key);
      if (seen != before.end()) CHECK(totals.requests() >= seen->second);
    }
    CHECK(watch.other().requests() >= other_before);
    other_before = watch.other().requests();
    before.clear();
    for (const auto& [key, totals] : watch.shown()) before[key] = totals.requests();
  }
  CHECK(watch.shown().contains({3, Mode::test}));
  CHECK(watch.shown().contains({4, Mode::test}));
  const auto busiest = watch.busiest(2, now_s);
  REQUIRE(busiest.size() == 2);
  CHECK(busiest[0].key.partner == 4);
  CHECK(busiest[0].requests_per_s > 8);
  CHECK(busiest[0].requests_per_s < 16);
}

TEST_CASE("A partner whose approval rate falls below its own is found, and one that was always low is not") {
  Metrics metrics;
  PartnerWatch watch(10);
  int64_t now_s = 1'000;
  for (int minute = 0; minute < 240; ++minute, now_s += 60) {
    authorize(metrics, 1, 95, 5);
    authorize(metrics, 2, 40, 60);
    watch.update(metrics, now_s);
  }
  CHECK(watch.falling(25, now_s).empty());
  for (int minute = 0; minute < 15; ++minute, now_s += 60) {
    authorize(metrics, 1, 40, 60);
    authorize(metrics, 2, 40, 60);
    watch.update(metrics, now_s);
  }
  const auto falling = watch.falling(25, now_s);
  REQUIRE(falling.size() == 1);
  CHECK(falling[0].key.partner == 1);
}

TEST_CASE("A few declines of a partner without history alarm nobody") {
  Metrics metrics;
  PartnerWatch watch(10);
  authorize(metrics, 1, 0, 29);
  watch.update(metrics, 1'000);
  CHECK(watch.falling(25, 1'000).empty());
}

TEST_CASE("Errors wait to be shown up to the bound; the rest is counted") {
  Metrics metrics(MetricsOptions{.partners_max = 10, .errors_kept_max = 3});
  for (int i = 0; i < 5; ++i) metrics.error({.time_us = i, .request = {}, .partner = {}, .operation = 0, .code = "x", .status = 500});
  CHECK(metrics.take_errors().size() == 3);
  CHECK(metrics.errors_not_shown() == 2);
  CHECK(metrics.take_errors().empty());
}

}  // namespace tollgate::observe

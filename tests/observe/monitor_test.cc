#include "tollgate/observe/monitor.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/catch.h"

namespace tollgate::observe {
namespace {

using Json = nlohmann::json;

struct World {
  World() {
    metrics.name_declines({"none", "generic_decline", "insufficient_funds"});
    metrics.name_actions({"", "authorize", "sale"});
    facts.ready = true;
    facts.partners = 3;
    MonitorOptions options{.version = "1.2.3", .partners_shown_max = 2, .watchers_max = 2, .limits = {}};
    monitor = Monitor::open(std::move(options), metrics, clock, [this] { return facts; });
  }
  void pay(uint64_t partner, bool approved, int64_t us = 900) {
    ThreadMetrics& here = *metrics.here();
    const Ended ended = approved ? Ended::ok : Ended::declined;
    here.operations[operation].ended[static_cast<std::size_t>(ended)].add();
    here.operations[operation].latency.record(us);
    here.requests.record(us);
    here.stage(Stage::sync).record(us / 2);
    auto& to = here.partners.of({partner, Mode::test});
    to.ended[static_cast<std::size_t>(ended)].add();
    to.latency.record(us);
    (approved ? to.approved : to.declined).add();
    auto& sandbox = here.acquirers[acquirer];
    (approved ? sandbox.approved : sandbox.declined[2]).add();
    sandbox.calls[2][approved ? 0 : 1].add();
    sandbox.latency.record(us / 4);
  }
  void second() {
    clock.advance(us_per_second);
    monitor->tick(clock.now_us());
  }
  // The value of a series in the exposition.
  double series(const std::string& name) {
    const std::string text = monitor->prometheus();
    const std::size_t at = text.find("\n" + name + " ");
    INFO(name << "\n" << text);
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + name.size() + 2));
  }
  bool has(const std::string& part) { return monitor->prometheus().find(part) != std::string::npos; }

  TestClock clock;
  Metrics metrics;
  NodeFacts facts;
  const uint16_t operation = metrics.operation("POST /v1/payment_intents");
  const uint16_t acquirer = metrics.acquirer("sandbox");
  std::unique_ptr<Monitor> monitor;
};

}  // namespace

TEST_CASE("The exposition has what the threads wrote down, as of now") {
  World world;
  for (int i = 0; i < 5; ++i) world.pay(1, true);
  world.pay(1, false, 700'000);
  world.second();
  CHECK(world.series(R"(tollgate_requests_total{operation="POST /v1/payment_intents",ended="ok"})") == 5);
  CHECK(world.series(R"(tollgate_requests_total{operation="POST /v1/payment_intents",ended="declined"})") == 1);
  CHECK(world.series(R"(tollgate_request_duration_seconds_bucket{operation="POST /v1/payment_intents",le="0.001"})") == 5);
  CHECK(world.series(R"(tollgate_request_duration_seconds_bucket{operation="POST /v1/payment_intents",le="+Inf"})") == 6);
  CHECK(world.series(R"(tollgate_authorizations_approved_total{acquirer="sandbox"})") == 5);
  CHECK(world.series(R"(tollgate_authorizations_declined_total{acquirer="sandbox",reason="insufficient_funds"})") == 1);
  CHECK(world.series(R"(tollgate_acquirer_calls_total{acquirer="sandbox",action="sale",outcome="approved"})") == 5);
  CHECK(world.series(R"(tollgate_stage_duration_seconds_count{stage="sync"})") == 6);
  world.pay(1, true);
  CHECK(world.series(R"(tollgate_requests_total{operation="POST /v1/payment_intents",ended="ok"})") == 6);
}

TEST_CASE("What is not there has no series: no checkpoint, no backup, no certificate") {
  World world;
  world.second();
  CHECK_FALSE(world.has("tollgate_checkpoint_age_seconds"));
  CHECK_FALSE(world.has("tollgate_backup_age_seconds"));
  CHECK_FALSE(world.has("tollgate_certificate"));
  world.facts.checkpoint_age_s = 12;
  world.facts.backup_age_s = 3'600;
  for (int i = 0; i < 6; ++i) world.second();
  CHECK(world.series("tollgate_checkpoint_age_seconds") == 12);
  CHECK(world.series("tollgate_backup_age_seconds") == 3'600);
}

TEST_CASE("What is in doubt has its amounts by currency and age, and what lags its seconds") {
  World world;
  world.facts.in_doubt.payments[1] = 2;
  world.facts.in_doubt.amounts[1]["usd"] = 1'099;
  world.facts.lags_s = {{"reports", 7}};
  world.facts.certificate_expires_in_s = 86'400;
  world.second();
  CHECK(world.series(R"(tollgate_in_doubt_payments{age="1m to 10m"})") == 2);
  CHECK(world.series(R"(tollgate_in_doubt_amount_minor_units{currency="usd",age="1m to 10m"})") == 1'099);
  CHECK(world.series(R"(tollgate_projection_lag_seconds{projection="reports"})") == 7);
  CHECK(world.series("tollgate_certificate_expires_in_seconds") == 86'400);
}

TEST_CASE("With many partners there are series for the busiest, and for the others together") {
  World world;
  world.second();
  for (int second = 0; second < 30; ++second) {
    for (uint64_t partner = 1; partner <= 200; ++partner)
      for (uint64_t i = 0; i < (partner <= 2 ? 20u : 1u); ++i) world.pay(partner, true);
    world.second();
  }
  const std::string text = world.monitor->prometheus();
  std::size_t series = 0;
  for (std::size_t at = 0; (at = text.find("\ntollgate_partner_authorizations_total{", at)) != std::string::npos; ++at) ++series;
  CHECK(series == 3 * 2);
  CHECK(world.has(PartnerId{1}.text()));
  CHECK(world.has(PartnerId{2}.text()));
  CHECK(world.has(R"(partner="other",mode="any")"));
}

TEST_CASE("The overview has throughput, percentiles, approvals, errors and the busiest partners") {
  World world;
  world.second();
  for (int i = 0; i < 90; ++i) world.pay(1, true);
  for (int i = 0; i < 10; ++i) world.pay(2, false);
  world.metrics.error({.time_us = 5,
                       .request = *RequestId::parse("req_00000000000000001"),
                       .partner = {2, Mode::test},
                       .operation = world.operation,
                       .code = "x_y",
                       .status = 500});
  world.second();
  const Json overview = Json::parse(world.monitor->overview());
  CHECK(overview["ready"] == true);
  CHECK(overview["requests_per_s"] == 100.0);
  CHECK(overview["authorizations_per_s"] == 100.0);
  CHECK(overview["approval_percent"] == 90.0);
  CHECK(overview["latency_us"]["p50"].get<int>() > 700);
  CHECK(overview["latency_us"]["p50"].get<int>() <= 1'000);
  REQUIRE(overview["partners"].size() == 2);
  CHECK(overview["partners"][0]["partner"] == PartnerId{1}.text());
  REQUIRE(overview["errors"].size() == 1);
  CHECK(overview["errors"][0]["request"] == "req_00000000000000001");
  CHECK(overview["errors"][0]["operation"] == "POST /v1/payment_intents");
  CHECK(overview["node"]["checkpoint_age_s"].is_null());
}

TEST_CASE("The overview has the last minutes, and what follows the log with how far behind it is") {
  World world;
  world.facts.lags_s = {{"archive", 7}};
  world.facts.uptime_s = 42;
  world.second();
  CHECK(Json::parse(world.monitor->overview())["history"]["authorizations_per_s"].empty());
  for (int second = 0; second < 40; ++second) {
    for (int i = 0; i < 10; ++i) world.pay(1, i != 0);
    world.second();
  }
  const Json overview = Json::parse(world.monitor->overview());
  const Json& history = overview["history"];
  CHECK(history["slot_s"] == 10);
  // Slots that are over, and none of before the node was there. The second of them is a whole one.
  REQUIRE(history["authorizations_per_s"].size() >= 3);
  CHECK(history["authorizations_per_s"].size() <= 5);
  CHECK(history["requests_per_s"].size() == history["authorizations_per_s"].size());
  CHECK(history["authorizations_per_s"][1] == 10.0);
  CHECK(history["requests_per_s"][1] == 10.0);
  CHECK(overview["node"]["lags_s"]["archive"] == 7);
  CHECK(overview["node"]["uptime_s"] == 42);
}

TEST_CASE("A node that is not ready is looked at each second, and shown to be ready as soon as it is") {
  World world;
  world.facts.ready = false;
  world.facts.not_ready_because = {"starting"};
  world.second();
  CHECK(Json::parse(world.monitor->overview())["not_ready_because"][0] == "starting");
  world.facts.ready = true;
  world.facts.not_ready_because.clear();
  world.second();
  CHECK(Json::parse(world.monitor->overview())["ready"] == true);
  CHECK(Json::parse(world.monitor->overview())["not_ready_because"].empty());
}

TEST_CASE("The history has a point for each second and one for each ten, oldest first, and is bounded") {
  World world;
  world.second();
  CHECK(Json::parse(world.monitor->history())["series"][1]["points"].empty());
  world.second();
  for (int i = 0; i < 9; ++i) world.pay(1, true);
  world.pay(1, false);
  world.second();
  const auto points = [&](std::size_t series) { return Json::parse(world.monitor->history())["series"][series]["points"]; };
  const Json before = Json::parse(world.monitor->history());
  CHECK(before["series"][0]["step_s"] == 10);
  CHECK(before["series"][1]["step_s"] == 1);
  REQUIRE(before["columns"].size() == 8);
  REQUIRE(points(1).size() == 2);
  const Json quiet = points(1)[0], busy = points(1)[1];
  CHECK(quiet[1] == 0.0);
  CHECK(quiet[4].is_null());
  CHECK(quiet[7].is_null());
  CHECK(busy[0].get<double>() - quiet[0].get<double>() == 1.0);
  CHECK(busy[1] == 10.0);
  CHECK(busy[3] == 1.0);
  CHECK(busy[4].get<int>() > 0);
  CHECK(busy[7] == 90.0);

  for (int second = 0; second < 4'000; ++second) world.second();
  CHECK(points(1).size() == 300);
  CHECK(points(0).size() == 360);
  for (const std::size_t series : {0u, 1u}) {
    const Json all = points(series);
    const double step = series == 0 ? 10 : 1;
    for (std::size_t i = 1; i < all.size(); ++i) REQUIRE(all[i][0].get<double>() - all[i - 1][0].get<double>() == step);
  }
  CHECK(world.monitor->history().size() < 100'000);
}

TEST_CASE("Where the node did not look there is no point, and a clock that was set back begins again from there") {
  World world;
  for (int i = 0; i < 5; ++i) world.second();
  world.clock.advance(100 * us_per_second);
  world.second();
  const auto times = [&] {
    std::vector<double> all;
    const Json answer = Json::parse(world.monitor->history());
    for (const Json& point : answer["series"][1]["points"]) all.push_back(point[0]);
    return all;
  };
  REQUIRE(times().size() == 5);
  CHECK(times()[4] - times()[3] == 101.0);
  const double before = times().back();
  world.monitor->tick(world.clock.now_us() - 100 * us_per_second);
  CHECK(times().back() == before - 100.0);
  const std::vector<double> all = times();
  CHECK(std::is_sorted(all.begin(), all.end()));
}

TEST_CASE("Who watches gets the overview each second until they want no more, and no more may watch than fit") {
  World world;
  int first = 0;
  std::string last;
  CHECK(world.monitor->watch([&](const std::string& event) {
    last = event;
    return ++first < 2;
  }));
  CHECK(world.monitor->watch([](const std::string&) { return true; }));
  CHECK_FALSE(world.monitor->watch([](const std::string&) { return true; }));
  for (int i = 0; i < 4; ++i) world.second();
  CHECK(first == 2);
  CHECK(last.starts_with("event: overview\ndata: {"));
  CHECK(last.ends_with("\n\n"));
  CHECK(world.monitor->watch([](const std::string&) { return true; }));
}

TEST_CASE("An alert is told, shown in the overview, the list and the metrics, and sent to who watches") {
  World world;
  std::vector<Alert> told;
  world.monitor->on_alert([&](const Alert& alert) { told.push_back(alert); });
  std::string events;
  REQUIRE(world.monitor->watch([&](const std::string& event) {
    events += event;
    return true;
  }));
  world.facts.in_doubt.oldest_age_s = 2'000;
  world.second();
  REQUIRE(told.size() == 1);
  CHECK(told[0].name == "InDoubtTooOld");
  CHECK(Json::parse(world.monitor->alerts())["data"][0]["alert"] == "InDoubtTooOld");
  CHECK(Json::parse(world.monitor->overview())["alerts"].size() == 1);
  CHECK(world.series(R"(tollgate_alert_firing{alert="InDoubtTooOld"})") == 1);
  CHECK(world.series(R"(tollgate_alert_firing{alert="BackupTooOld"})") == 0);
  CHECK(events.find("event: alert\ndata: {\"alert\":\"InDoubtTooOld\"") != std::string::npos);
  world.facts.in_doubt.oldest_age_s = 0;
  for (int i = 0; i < 6; ++i) world.second();
  CHECK(told.size() == 1);
  for (int i = 0; i < 60; ++i) world.second();
  REQUIRE(told.size() == 2);
  CHECK_FALSE(told[1].firing);
}

TEST_CASE("A monitor's thread starts, looks and stops") {
  World world;
  std::atomic<int> beats{0};
  world.monitor->on_tick([&] { ++beats; });
  world.monitor->start();
  for (int waited_ms = 0; waited_ms < 20'000 && beats == 0; ++waited_ms) ::usleep(1'000);
  world.monitor->stop();
  CHECK(beats >= 1);
}

}  // namespace tollgate::observe

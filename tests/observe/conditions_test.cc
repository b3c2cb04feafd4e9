#include "observe/conditions.h"

#include "observe/disk_trend.h"

#include "support/catch.h"
#include "tollgate/base/time.h"

namespace tollgate::observe {
namespace {

constexpr int64_t now_s = 1'000'000;

struct World {
  AlertLimits limits;
  History history;
  PartnerWatch partners{10};
  NodeFacts facts;
  uint64_t dropped = 0;

  World() { facts.ready = true; }
  // The same every second, for `seconds` up to now.
  void traffic(int64_t seconds, Outcomes each) {
    for (int64_t s = now_s - seconds + 1; s <= now_s; ++s) history.add(each, s);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Condition& condition : conditions(limits, history, partners, facts, dropped, now_s)) names.push_back(condition.name);
    return names;
  }
  using Names = std::vector<std::string>;
};

}  // namespace

TEST_CASE("A quiet node and a healthy one have no alerts") {
  World world;
  CHECK(world.names().empty());
  world.traffic(3'600, {.requests = 100, .failed = 0, .slow = 0, .turned_away = 0});
  CHECK(world.names().empty());
}

TEST_CASE("Two percent of failures burn the availability budget fast, when they go on and have gone on") {
  World world;
  world.traffic(3'600, {.requests = 100, .failed = 2, .slow = 0, .turned_away = 0});
  CHECK(world.names() == World::Names{"AvailabilityBurnsFast", "AvailabilityBurnsSlowly"});
  SECTION("what is over is no alert") {
    World over;
    for (int64_t s = now_s - 3'600; s <= now_s - 400; ++s) over.history.add({.requests = 100, .failed = 5, .slow = 0, .turned_away = 0}, s);
    for (int64_t s = now_s - 399; s <= now_s; ++s) over.history.add({.requests = 100, .failed = 0, .slow = 0, .turned_away = 0}, s);
    CHECK(over.names() == World::Names{"AvailabilityBurnsSlowly"});
  }
  SECTION("what has just begun is none yet") {
    World begun;
    for (int64_t s = now_s - 3'600; s <= now_s - 20; ++s) begun.history.add({.requests = 100, .failed = 0, .slow = 0, .turned_away = 0}, s);
    for (int64_t s = now_s - 19; s <= now_s; ++s) begun.history.add({.requests = 100, .failed = 100, .slow = 0, .turned_away = 0}, s);
    CHECK(begun.names().empty());
  }
  SECTION("a few failures among few requests are none") {
    World few;
    few.traffic(3'600, {.requests = 0, .failed = 0, .slow = 0, .turned_away = 0});
    few.history.add({.requests = 3, .failed = 3, .slow = 0, .turned_away = 0}, now_s);
    CHECK(few.names().empty());
  }
}

TEST_CASE("Slow requests burn the latency budget") {
  World world;
  world.traffic(3'600, {.requests = 100, .failed = 0, .slow = 20, .turned_away = 0});
  CHECK(world.names() == World::Names{"LatencyBurnsFast", "LatencyBurnsSlowly"});
  World slowly;
  slowly.traffic(6 * 3'600, {.requests = 100, .failed = 0, .slow = 8, .turned_away = 0});
  CHECK(slowly.names() == World::Names{"LatencyBurnsSlowly"});
}

TEST_CASE("What is slow or fails in the first minutes of a node, among few requests, is no slow burn") {
  for (const auto bad : {&Outcomes::slow, &Outcomes::failed}) {
    World started;
    Outcomes each{.requests = 5, .failed = 0, .slow = 0, .turned_away = 0};
    each.*bad = 1;
    // 200 requests in 40 s, a fifth of them bad: enough for what burns within the hour, too few for the hours.
    started.traffic(40, each);
    CHECK(started.names() == World::Names{bad == &Outcomes::slow ? "LatencyBurnsFast" : "AvailabilityBurnsFast"});
    // Exactly so many say nothing yet, one more does.
    World hours;
    hours.history.add({.requests = 800, .failed = 0, .slow = 0, .turned_away = 0}, now_s - 5 * 3'600);
    Outcomes lately{.requests = 200, .failed = 0, .slow = 0, .turned_away = 0};
    lately.*bad = 130;
    hours.history.add(lately, now_s - 600);
    CHECK(hours.names().empty());
    hours.history.add({.requests = 1, .failed = 0, .slow = 0, .turned_away = 0}, now_s - 600);
    CHECK(hours.names() == World::Names{bad == &Outcomes::slow ? "LatencyBurnsSlowly" : "AvailabilityBurnsSlowly"});
  }
}

TEST_CASE("Each fact about the node has its alert on the far side of its limit only") {
  const auto only = [](auto change) {
    World world;
    change(world.facts);
    return world.names();
  };
  using Names = World::Names;
  CHECK(only([](NodeFacts& f) { f.in_doubt.oldest_age_s = 901; }) == Names{"InDoubtTooOld"});
  CHECK(only([](NodeFacts& f) { f.in_doubt.oldest_age_s = 900; }).empty());
  CHECK(only([](NodeFacts& f) { f.resolution_contradicted = true; }) == Names{"ResolutionContradicted"});
  CHECK(only([](NodeFacts& f) { f.disk_bytes = 100, f.disk_free_bytes = 14; }) == Names{"DiskFillsUp"});
  CHECK(only([](NodeFacts& f) { f.disk_bytes = 100, f.disk_free_bytes = 4; }) == Names{"DiskAlmostFull"});
  CHECK(only([](NodeFacts& f) { f.disk_bytes = 100, f.disk_free_bytes = 15; }).empty());
  CHECK(only([](NodeFacts& f) { f.descriptors_max = 100, f.descriptors_open = 81; }) == Names{"FileDescriptorsRunOut"});
  CHECK(only([](NodeFacts& f) { f.writes_stopped = true; }) == Names{"WritesStall"});
  CHECK(only([](NodeFacts& f) { f.round_in_work_us = 11 * us_per_second; }) == Names{"EngineStandsStill"});
  CHECK(only([](NodeFacts& f) { f.certificate_expires_in_s = 13 * 86'400; }) == Names{"CertificateExpires"});
  CHECK(only([](NodeFacts& f) { f.disk_free_in_a_day = -1; }).size() == 1);
  CHECK(only([](NodeFacts& f) { f.disk_free_in_a_day = 1; }).empty());
  CHECK(only([](NodeFacts& f) { f.clock_behind_log_s = 61; }) == Names{"ClockBehindLog"});
  CHECK(only([](NodeFacts& f) { f.clock_behind_log_s = 60; }).empty());
  CHECK(only([](NodeFacts& f) { f.certificate_expires_in_s = 15 * 86'400; }).empty());
  CHECK(only([](NodeFacts& f) { f.revocation_list_ends_in_s = 6 * 3'600 - 1; }) == Names{"RevocationListEnds"});
  CHECK(only([](NodeFacts& f) { f.revocation_list_ends_in_s = 6 * 3'600; }).empty());
  CHECK(only([](NodeFacts& f) { f.checkpoint_age_s = 601; }) == Names{"CheckpointTooOld"});
  CHECK(only([](NodeFacts& f) { f.backup_age_s = 27 * 3'600; }) == Names{"BackupTooOld"});
  CHECK(only([](NodeFacts& f) { f.backup_failures = {{"backup", 2, "no space"}, {"archive", 0, "no space"}}; }) == Names{"BackupFails"});
  CHECK(only([](NodeFacts& f) { f.lags_s = {{"reports", 61}, {"tiles", 3}}; }) == Names{"ProjectionLags"});
  CHECK(only([](NodeFacts& f) { f.acquirers_cut_off = {{"psp", "connection refused"}}; }) == Names{"AcquirerCutOff"});
  CHECK(only([](NodeFacts& f) { f.vault_kek_problem = "CKR_DEVICE_REMOVED"; }) == Names{"VaultKekDown"});
  CHECK(only([](NodeFacts& f) { f.ready = false; }) == Names{"NotReady"});
  World dropping;
  dropping.dropped = 7;
  CHECK(dropping.names() == Names{"LogLinesDropped"});
}

TEST_CASE("Every alert that can be found is in the list of names") {
  World world;
  world.traffic(6 * 3'600, {.requests = 100, .failed = 50, .slow = 50, .turned_away = 50});
  world.facts = {};
  world.facts.in_doubt.oldest_age_s = 10'000;
  world.facts.resolution_contradicted = true;
  world.facts.disk_bytes = 100;
  world.facts.disk_free_in_a_day = -1;
  world.facts.clock_behind_log_s = 1'000;
  world.facts.descriptors_max = world.facts.descriptors_open = 10;
  world.facts.writes_delayed = true;
  world.facts.round_in_work_us = 100 * us_per_second;
  world.facts.certificate_expires_in_s = world.facts.checkpoint_age_s = 0;
  world.facts.backup_age_s = world.facts.checkpoint_age_s = 1'000'000;
  world.facts.revocation_list_ends_in_s = -1;
  world.facts.backup_failures = {{"backup", 1, "no space"}};
  world.facts.lags_s = {{"x", 100}};
  world.facts.acquirers_cut_off = {{"psp", ""}};
  world.facts.vault_kek_problem = "gone";
  world.dropped = 1;
  auto names = world.names();
  for (const std::string& name : names)
    CHECK(std::find(condition_names().begin(), condition_names().end(), name) != condition_names().end());
  // All but the two that exclude or need others.
  CHECK(names.size() == condition_names().size() - 2);
}

TEST_CASE("An alert is told once it has held for its time, and once more when it is over") {
  AlertBook book;
  const std::vector<Condition> holding{{"WritesStall", "", "page", "slow", 60}};
  int64_t now_us = us_per_second;
  CHECK(book.update(holding, now_us).empty());
  CHECK(book.update(holding, now_us += 30 * us_per_second).empty());
  const auto begun = book.update(holding, now_us += 31 * us_per_second);
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].firing);
  CHECK(begun[0].since_us == us_per_second);
  CHECK(book.update(holding, now_us += us_per_second).empty());
  CHECK(book.firing().size() == 1);
  CHECK(book.update({}, now_us += us_per_second).empty());
  const auto over = book.update({}, now_us += AlertBook::over_after_s * us_per_second);
  REQUIRE(over.size() == 1);
  CHECK_FALSE(over[0].firing);
  CHECK(book.firing().empty());
  // One that went away before its time was never told.
  CHECK(book.update(holding, now_us).empty());
  CHECK(book.update({}, now_us += us_per_second).empty());
}

TEST_CASE("An alert whose condition comes and goes is told once, and is over when it has been gone for a while") {
  AlertBook book;
  const std::vector<Condition> holding{{"DiskFillsUp", "", "ticket", "14 % are free", 0}};
  int64_t now_us = us_per_second;
  std::size_t told = book.update(holding, now_us).size();
  for (int i = 0; i < 20; ++i) {
    told += book.update({}, now_us += us_per_second).size();
    told += book.update({}, now_us += (AlertBook::over_after_s - 1) * us_per_second).size();
    told += book.update(holding, now_us += us_per_second).size();
    CHECK(book.firing().size() == 1);
  }
  CHECK(told == 1);
  CHECK(book.update({}, now_us += us_per_second).empty());
  CHECK(book.update({}, now_us += (AlertBook::over_after_s - 1) * us_per_second).empty());
  CHECK(book.update({}, now_us += us_per_second).size() == 1);
  CHECK(book.firing().empty());
  // Before its time an alert has nothing to wait for: each time that it holds is counted anew.
  const std::vector<Condition> slow{{"WritesStall", "", "page", "slow", 60}};
  for (int i = 0; i < 5; ++i) {
    CHECK(book.update(slow, now_us += us_per_second).empty());
    CHECK(book.update({}, now_us += 59 * us_per_second).empty());
  }
}

TEST_CASE("An alert that could wait and no longer can is told again") {
  AlertBook book;
  const auto expires = [](const char* severity) { return std::vector<Condition>{{"CertificateExpires", "", severity, "expires", 0}}; };
  CHECK(book.update(expires("ticket"), us_per_second).size() == 1);
  const auto worse = book.update(expires("page"), 2 * us_per_second);
  REQUIRE(worse.size() == 1);
  CHECK(worse[0].severity == "page");
  CHECK(worse[0].firing);
  CHECK(book.update(expires("page"), 3 * us_per_second).empty());
  CHECK(book.update(expires("ticket"), 4 * us_per_second).empty());
}

TEST_CASE("The trend of a disk is the line through its last hours") {
  const auto is_about = [](std::optional<double> value, double wanted) { return value && std::abs(*value - wanted) < 1; };
  DiskTrend trend;
  CHECK_FALSE(trend.free_in(86'400, 0));
  int64_t at_s = 1'000'000;
  uint64_t free_bytes = 1'000'000;
  for (int i = 0; i < 600; ++i) trend.add(free_bytes -= 60, at_s += 60);
  // 1 byte a second: the 600 minutes before do not count any more, but lie on the same line.
  CHECK(is_about(trend.free_in(0, at_s), static_cast<double>(free_bytes)));
  CHECK(is_about(trend.free_in(86'400, at_s), static_cast<double>(free_bytes) - 86'400));
  // More often than each minute is not looked at, and what freed itself long ago is forgotten.
  trend.add(0, at_s + 1);
  CHECK(is_about(trend.free_in(0, at_s), static_cast<double>(free_bytes)));
  for (int i = 0; i < 600; ++i) trend.add(5'000'000, at_s += 60);
  CHECK(is_about(trend.free_in(86'400, at_s), 5'000'000));
  trend.add(7, at_s - 1'000);
  CHECK_FALSE(trend.free_in(86'400, at_s));
}

TEST_CASE("Alerts of one name about different things are apart") {
  AlertBook book;
  const auto begun = book.update({{"ApprovalRateFell", "acct_1/live", "ticket", "a", 0}, {"ApprovalRateFell", "acct_2/live", "ticket", "b", 0}}, 1);
  CHECK(begun.size() == 2);
  CHECK(book.update({{"ApprovalRateFell", "acct_2/live", "ticket", "b", 0}}, 2).empty());
  const auto over = book.update({{"ApprovalRateFell", "acct_2/live", "ticket", "b", 0}}, 2 + AlertBook::over_after_s * us_per_second);
  REQUIRE(over.size() == 1);
  CHECK(over[0].about == "acct_1/live");
}

}  // namespace tollgate::observe

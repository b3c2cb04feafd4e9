// The reports of a node, on their thread.
#include "tollgate/report/reports.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <mutex>
#include <thread>

#include "eventlog/backends.h"
#include "projection/world.h"

namespace tollgate {
namespace {

using testing::TempDir;
using testing::World;

// Has forgotten its older records when it is told to.
class ForgetfulLog final : public EventLog {
 public:
  explicit ForgetfulLog(EventLog& inner) : inner_(inner) {}
  std::atomic<uint64_t> first{1};
  Status append(std::span<const Append> appends, std::span<const Row> rows) override { return inner_.append(appends, rows); }
  StatusOr<Head> head(uint32_t partition) const override { return inner_.head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return inner_.partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override {
    if (from < first) return failed_precondition("records before {} were moved to the archive", first.load());
    return inner_.read(partition, from, visit);
  }
  Status get(Table table, std::string_view key, std::string& value) const override { return inner_.get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return inner_.scan(table, from, to, order, visit);
  }

 private:
  EventLog& inner_;
};

struct Node {
  TempDir dir;
  World world;
  ForgetfulLog log{world.log()};
  std::atomic<int64_t> settled_us{0};
  std::mutex mutex;
  std::vector<std::string> said;
  std::unique_ptr<Reports> reports;

  ~Node() {
    if (reports) reports->stop();
  }
  void open() {
    ReportsOptions options;
    options.directory = dir.path() + "/reports";
    options.interval_us = 5 * us_per_ms;
    options.batch_records_max = 8;
    options.settled_us = [this] { return settled_us.load(); };
    options.say = [this](const std::string& what) {
      const std::lock_guard lock(mutex);
      said.push_back(what);
    };
    auto opened = Reports::open(options, log);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    reports = *std::move(opened);
  }
  void start() {
    open();
    reports->start();
  }
  template <class Condition>
  void wait(const Condition& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  void caught_up() const {
    wait([this] { return reports->figures(query()).ok() && reports->progress().records_behind == 0; });
  }
  [[nodiscard]] report::Query query() const {
    report::Query query;
    query.first_day = world.now_us() / us_per_day - 1;
    query.last_day = query.first_day + 2;
    return query;
  }
  [[nodiscard]] report::Figures figures() const {
    const auto made = reports->figures(query());
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    report::Figures sum;
    for (const report::Row& row : made->rows) REQUIRE(add(sum, row.figures));
    return sum;
  }
};

}  // namespace

TEST_CASE("Reports follow the log behind everybody's back") {
  Node node;
  static_cast<void>(node.world.paid(1'000));
  node.start();
  node.caught_up();
  CHECK(node.figures().captured_amount == 1'000);
  static_cast<void>(node.world.paid(500));
  node.caught_up();
  CHECK(node.figures().captured_amount == 1'500);
  node.reports->stop();
  static_cast<void>(node.world.paid(20));
  CHECK(node.reports->progress().records_behind == 4);
  CHECK(node.figures().captured_amount == 1'500);
  node.reports.reset();
  node.start();
  node.caught_up();
  CHECK(node.figures().captured_amount == 1'520);
  CHECK(node.reports->progress().rebuilds_done == 0);
  CHECK(node.said.empty());
}

TEST_CASE("Until the figures are there for the first time there are none") {
  Node node;
  static_cast<void>(node.world.paid(1'000));
  node.open();
  const auto made = node.reports->figures(node.query());
  CHECK(absl::IsUnavailable(made.status()));
  CHECK(message_of(made.status()).find("are being made from the log") != std::string_view::npos);
}

TEST_CASE("They are complete up to the time that the log was settled until when its end was reached") {
  Node node;
  const int64_t created_us = node.world.now_us();
  static_cast<void>(node.world.paid(1'000));
  node.settled_us = 7'000;
  node.start();
  node.caught_up();
  node.wait([&] { return node.reports->progress().complete_until_us == 7'000; });
  node.settled_us = 5'000;  // never back
  static_cast<void>(node.world.paid(1'000));
  node.caught_up();
  CHECK(node.reports->progress().complete_until_us == 7'000);
  // What is known after a restart, until the end is reached again: times rise in the log.
  node.reports->stop();
  const int64_t last_us = node.world.now_us() - us_per_ms;
  node.reports.reset();
  node.open();
  CHECK(node.reports->progress().complete_until_us == last_us);
  CHECK(last_us > created_us);
}

TEST_CASE("A rebuild gives the same figures, and there is one at a time") {
  Node node;
  for (int i = 0; i < 50; ++i) static_cast<void>(node.world.paid(100));
  node.start();
  node.caught_up();
  const report::Figures before = node.figures();
  const uint64_t done = node.reports->progress().rebuilds_done;
  REQUIRE(node.reports->rebuild().ok());
  bool refused = false;
  node.wait([&] {
    CHECK(node.figures() == before);
    refused = refused || absl::IsFailedPrecondition(node.reports->rebuild());
    return node.reports->progress().rebuilds_done > done;
  });
  CHECK(refused);
  CHECK(node.figures() == before);
}

TEST_CASE("Records that are nowhere to be read make a rebuild fail, say why, and leave the figures as they are") {
  Node node;
  for (int i = 0; i < 10; ++i) static_cast<void>(node.world.paid(100));
  node.start();
  node.caught_up();
  node.log.first = 20;
  REQUIRE(node.reports->rebuild().ok());
  node.wait([&] { return node.reports->progress().rebuilds_failed == 1; });
  const report::Progress progress = node.reports->progress();
  CHECK_FALSE(progress.rebuilding);
  CHECK(progress.problem.find("cannot be made from the log: records before 20 were moved to the archive") != std::string::npos);
  CHECK(node.figures().captured_amount == 1'000);
  // They go on.
  static_cast<void>(node.world.paid(7));
  node.caught_up();
  CHECK(node.figures().captured_amount == 1'007);
  {
    const std::lock_guard lock(node.mutex);
    CHECK(node.said.size() == 1);
  }
  // With the archive at hand it works.
  node.log.first = 1;
  REQUIRE(node.reports->rebuild().ok());
  node.wait([&] { return node.reports->progress().problem.empty(); });
  CHECK(node.figures().captured_amount == 1'007);
}

TEST_CASE("Without figures and without the log's beginning there is an answer that says so") {
  Node node;
  for (int i = 0; i < 10; ++i) static_cast<void>(node.world.paid(100));
  node.log.first = 20;
  node.start();
  node.wait([&] { return node.reports->progress().rebuilds_failed >= 1; });
  const auto made = node.reports->figures(node.query());
  CHECK(absl::IsUnavailable(made.status()));
  CHECK(message_of(made.status()).find("moved to the archive") != std::string_view::npos);
}

TEST_CASE("A report as JSON: integers, days that are over, sums, reasons") {
  report::Report report;
  report.query.first_day = 20'000;
  report.query.last_day = 20'001;
  report.progress.complete_until_us = 20'001 * us_per_day;
  report::Figures figures;
  figures.created = 2;
  figures.captured_amount = 9'007'199'254'740'993;  // no float has it
  figures.declined(DeclineCode::lost_card);
  figures.declined(static_cast<DeclineCode>(63));
  const Currency kwd = *Currency::parse("kwd");
  report.rows = {{20'000, Mode::live, kwd, figures}, {20'001, Mode::live, kwd, figures}};
  const auto json = nlohmann::json::parse(to_json(report));
  CHECK(json["report"] == "daily");
  CHECK(json["rows"].size() == 2);
  CHECK(json["rows"][0]["complete"] == true);
  CHECK(json["rows"][1]["complete"] == false);
  CHECK(json["rows"][0]["exponent"] == 3);
  CHECK(json["rows"][0]["captured_amount"].get<int64_t>() == 9'007'199'254'740'993);
  CHECK(json["rows"][0]["declined_by_reason"] == nlohmann::json{{"lost_card", 1}, {"other", 1}});
  REQUIRE(json["totals"].size() == 1);
  CHECK(json["totals"][0]["payments_created"] == 4);
  CHECK(json["totals"][0]["captured_amount"].get<int64_t>() == 2 * int64_t{9'007'199'254'740'993});
}

}  // namespace tollgate

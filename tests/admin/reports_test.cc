#include "tollgate/report/reports.h"

#include "admin/fixture.h"

namespace tollgate {
namespace {

class ListedReports final : public Reports {
 public:
  void start() override {}
  void stop() override {}
  StatusOr<report::Report> figures(const report::Query& query) const override {
    asked = query;
    if (!fails.ok()) return fails;
    report::Report report;
    report.query = query;
    report.progress = state;
    report::Figures figures;
    figures.created = 4;
    report.rows = {{query.last_day, Mode::test, *Currency::parse("usd"), figures}};
    return report;
  }
  report::Progress progress() const override { return state; }
  Status rebuild() override {
    ++rebuilds;
    return fails;
  }
  int64_t lag_us() const override { return 0; }

  mutable report::Query asked;
  report::Progress state;
  Status fails;
  int rebuilds = 0;
};

struct ReportsFixture : AdminFixture {
  ListedReports listed;
  ReportsFixture() {
    reports = &listed;
    make(true);
  }
};

}  // namespace

TEST_CASE_METHOD(ReportsFixture, "A report without days is of the last week, by the node's clock") {
  const Answer answer = call(Method::get, "/admin/v1/reports/daily");
  REQUIRE(answer.status == 200);
  CHECK(listed.asked.last_day == clock.now_us() / us_per_day);
  CHECK(listed.asked.first_day == listed.asked.last_day - 6);
  CHECK(listed.asked.partner.empty());
  CHECK_FALSE(listed.asked.mode);
  CHECK(answer.body["report"] == "daily");
  CHECK(answer.body["rows"][0]["payments_created"] == 4);
  CHECK(answer.body["complete_until"].is_null());
}

TEST_CASE_METHOD(ReportsFixture, "Days and mode are taken as they are given, and nothing that is wrong is guessed at") {
  REQUIRE(call(Method::get, "/admin/v1/reports/daily?from=2025-06-01&to=2025-06-02&mode=live").status == 200);
  CHECK(report::day_text(listed.asked.first_day) == "2025-06-01");
  CHECK(report::day_text(listed.asked.last_day) == "2025-06-02");
  CHECK(listed.asked.mode == Mode::live);
  for (const char* wrong : {"from=2025-13-01", "to=soon", "from=2025-06-02&to=2025-06-01", "mode=both", "partner=acct_1"}) {
    INFO(wrong);
    CHECK(call(Method::get, std::string("/admin/v1/reports/daily?") + wrong).status == 400);
  }
  CHECK(call(Method::get, "/admin/v1/reports/partners/acct_00000000001").status == 404);
  CHECK(call(Method::get, "/admin/v1/reports/partners/4242424242424242").status == 404);
  CHECK(call(Method::get, "/admin/v1/reports/monthly").status == 404);
}

TEST_CASE_METHOD(ReportsFixture, "Figures that are not there yet are told so") {
  listed.fails = unavailable("the reports are being made from the log");
  const Answer answer = call(Method::get, "/admin/v1/reports/daily");
  CHECK(answer.status == 503);
  CHECK(answer.body["error"]["message"] == "the reports are being made from the log");
}

TEST_CASE_METHOD(ReportsFixture, "A rebuild begins, its progress shows, and a second one waits") {
  listed.state.rebuilds_done = 3;
  const Answer begun = call(Method::post, "/admin/v1/reports/rebuild", "{}");
  CHECK(begun.status == 202);
  CHECK(begun.body["began_after"]["rebuilds_done"] == 3);
  CHECK(listed.rebuilds == 1);
  listed.state.rebuilding = true;
  listed.state.rebuilt_records = 50;
  listed.state.rebuild_records = 200;
  CHECK(call(Method::get, "/admin/v1/reports").body["rebuilding"]["percent"] == 25);
  listed.fails = failed_precondition("one is under way");
  CHECK(call(Method::post, "/admin/v1/reports/rebuild", "{}").status == 409);
  CHECK(call(Method::post, "/admin/v1/reports/rebuild", R"({"fast":true})").status == 400);
}

TEST_CASE_METHOD(AdminFixture, "A node without reports says that it has none") {
  for (const char* path : {"reports", "reports/daily", "reports/partners/acct_00000000001"}) CHECK(call(Method::get, std::string("/admin/v1/") + path).status == 404);
  CHECK(call(Method::post, "/admin/v1/reports/rebuild", "{}").status == 404);
}

}  // namespace tollgate

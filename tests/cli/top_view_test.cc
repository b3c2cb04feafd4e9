#include "cli/top_view.h"

#include <fmt/format.h>

#include "cli/top_format.h"
#include "cli/top_sections.h"
#include "support/catch.h"

namespace tollgate::cli {
namespace {

// As a node gives it, shortened.
const char* whole_snapshot = R"({
  "admin": "http://127.0.0.1:8081",
  "overview": {
    "time": "2026-01-31T14:03:22.123456Z", "ready": true, "not_ready_because": [],
    "requests_per_s": 512.3, "ended_per_s": {"ok": 480.1, "declined": 20.1, "refused": 0.0, "limited": 8.0, "overloaded": 1.0, "failed": 0.5},
    "authorizations_per_s": 412.0, "history": {"slot_s": 10, "requests_per_s": [1, 2, 3], "authorizations_per_s": [null, 0.0, 812.5]},
    "window_s": 10, "latency_us": {"p50": 820, "p90": 1200, "p99": 3200, "p999": 81000},
    "stages_us": {"prepare": {"p50": 40, "p90": 50, "p99": 60, "p999": 70}, "queue": {"p50": 0, "p90": 0, "p99": 0, "p999": 0},
                  "decide": {"p50": 12, "p90": 13, "p99": 14, "p999": 15}, "append": {"p50": 12, "p90": 13, "p99": 14, "p999": 15},
                  "sync": {"p50": 700, "p90": 800, "p99": 2900, "p999": 4000}, "acquirer": {"p50": 100, "p90": 120, "p99": 900, "p999": 50000},
                  "reply": {"p50": 31, "p90": 40, "p99": 55, "p999": 66}},
    "approval_percent": 96.12,
    "in_doubt": {"payments": 3, "oldest_s": 754, "amounts": {"usd": 120400, "jpy": 99}, "incomplete": false,
                 "by_age": [{"age": "under 1m", "payments": 0, "amounts": {}}, {"age": "10m to 1h", "payments": 3, "amounts": {"usd": 120400, "jpy": 99}}]},
    "partners": [
      {"partner": "acct_a", "mode": "live", "requests_per_s": 123.1, "failed_per_s": 0.5, "approval_percent": 61.0, "approval_percent_usual": 96.5},
      {"partner": "acct_b", "mode": "test", "requests_per_s": 1.0, "failed_per_s": 0.0, "approval_percent": null, "approval_percent_usual": null}],
    "errors": [{"time": "2026-01-31T14:03:20.000001Z", "request": "req_1", "partner": "acct_a", "operation": "POST /v1/payment_intents", "status": 500, "code": "api_error"},
               {"time": "2026-01-30T14:03:19.000001Z", "request": "req_2", "partner": null, "operation": "other", "status": 404, "code": null}],
    "alerts": [{"alert": "InDoubtTooOld", "about": null, "severity": "page", "state": "firing", "since": "2026-01-31T14:01:00.000000Z", "summary": "a payment is in doubt for 12 minutes"},
               {"alert": "ApprovalRateFell", "about": "acct_a/live", "severity": "ticket", "state": "firing", "since": "2026-01-31T14:02:00.000000Z", "summary": "approved 61 % of late, usually 96 %"}],
    "node": {"version": "1.2.3", "uptime_s": 187200, "partners": 1204, "connections": 42, "disk_free_bytes": 12884901888, "disk_bytes": 107374182400,
             "resident_bytes": 125829120, "descriptors_open": 98, "descriptors_max": 1024, "writes_stall": false,
             "certificate_expires_in_s": null, "checkpoint_age_s": 0, "backup_age_s": 11100, "lags_s": {"archive": 2}}},
  "status": {
    "ready": true, "version": "1.2.3",
    "limits": {"allowed": 1204000, "limited": {"requests_per_second": 1200, "queue_depth": 0, "unknown_keys": 4}, "shed": {"list": 40, "read": 0}},
    "acquirers": [{"name": "sandbox", "breaker": "closed", "in_flight": 3, "inquiries": 0, "reversals": 0, "refused": 0, "problem": null},
                  {"name": "psp", "breaker": "open", "in_flight": 0, "inquiries": 2, "reversals": 0, "refused": 7, "problem": "connection refused"}],
    "partitions": [{"partition": 0, "sequence": 12}, {"partition": 1, "sequence": 1234567}],
    "backup": {"directory": "/backup", "interval_s": 3600, "running": false, "last_success": "2026-01-31T11:00:00Z", "failures": 0, "last_error": null},
    "archive": {"directory": "/archive", "last_success": "2026-01-31T14:03:20Z", "failures": 2, "last_error": "disk full"}},
  "partners": {
    "acct_a": {"name": "Shop of things", "status": "active", "use": {"live": {"requests": {"per_second_max": 150}, "since_start": {"limited": 1200}}}},
    "acct_b": {"name": "Bäckerei Müller", "status": "suspended", "use": {"test": {"requests": {"per_second_max": null}, "since_start": {"limited": 0}}}}}
})";

Json snapshot() { return Json::parse(whole_snapshot); }

std::string text_of(const TopPicture& picture) {
  std::string text;
  for (const Line& line : picture.lines) text += painted(line, false) + "\n";
  return text;
}
std::string drawn(const Json& from, std::size_t width, std::size_t height = 0) {
  TopView view;
  view.width = width;
  view.height = height;
  return text_of(top_picture(from, view));
}
std::size_t widest(const TopPicture& picture) {
  std::size_t width = 0;
  for (const Line& line : picture.lines) width = std::max(width, display_width(line));
  return width;
}
std::string line_with(const std::string& text, const std::string& part) {
  const std::size_t found = text.find(part);
  INFO("looking for " << part << " in\n" << text);
  REQUIRE(found != std::string::npos);
  const std::size_t begin = text.rfind('\n', found) + 1;
  return text.substr(begin, text.find('\n', found) - begin);
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("A picture has every figure of the snapshot") {
  const std::string text = drawn(snapshot(), 200);
  INFO(text);
  for (const char* part :
       {"tollgate   1.2.3  http://127.0.0.1:8081  ready  up 2 d 4 h  1,204 partners  14:03:22 UTC", "412/s", "96.1 % approved", "up to 813/s in 30 s", "512/s  ok 480",
        "limited 8.0", "failed 0.5", "p50 820 us  p90 1.20 ms  p99 3.20 ms  p99.9 81.0 ms", "3 payments  oldest 12 min  1204.00 USD  99 JPY",
        "10m to 1h: 3, 1204.00 USD, 99 JPY", "1,204,000 let in  1,204 over a limit (requests_per_second 1,200, unknown_keys 4)  40 shed (list 40)",
        "sandbox reached, 3 in flight", "psp NOT REACHED, 2 asked about, 7 not sent: connection refused",
        "1,234,579 records  writing  all signed  archive 2 s behind  0: 12  1: 1,234,567", "disk 12.0 GiB free of 100.0 GiB (12 %)", "memory 120.0 MiB",
        "42 connections", "98 of 1,024 descriptors", "newest 3 h 05 min old", "archive complete 2 s ago  2 failed in a row: disk full", "2 firing",
        "page    InDoubtTooOld  since 14:01:00  a payment is in doubt for 12 minutes", "ticket  ApprovalRateFell  Shop of things/live"})
    CHECK(has(text, part));
  CHECK(line_with(text, "Shop of things   ") == line_with(text, "123 "));
  const std::string shop = line_with(text, "Shop of things   ");
  for (const char* part : {"live", "150", "82 %", "0.5", "61.0 %", "96.5 %", "1,200"}) CHECK(has(shop, part));
  const std::string bakery = line_with(text, "suspended: Bäckerei Müller");
  for (const char* part : {"test", "none", "-"}) CHECK(has(bakery, part));
  CHECK(has(line_with(text, "req_1"), "14:03:20  500  api_error"));
  CHECK(has(line_with(text, "req_1"), "Shop of things"));
  CHECK(has(line_with(text, "req_2"), "2026-01-30 14:03:19  404"));
}

TEST_CASE("No line is wider than the terminal, and none of the sections is lost to its width") {
  for (const std::size_t width : {60u, 80u, 120u, 200u, 20u, 1u}) {
    INFO("width " << width);
    TopView view;
    view.width = width;
    const TopPicture picture = top_picture(snapshot(), view);
    INFO(text_of(picture));
    CHECK(widest(picture) <= width);
    if (width < 60) continue;
    for (const char* name : {"tollgate", "ALERTS", "PAYMENTS", "REQUESTS", "LATENCY", "STAGES", "IN DOUBT", "LIMITS", "ACQUIRERS", "EVENT LOG", "NODE", "BACKUPS", "PARTNERS", "ERRORS"})
      CHECK(has(text_of(picture), std::string("\n") + name) != (std::string(name) == "tollgate"));
    CHECK(has(text_of(picture), "1204.00 USD"));
    CHECK(has(text_of(picture), "Shop of things"));
    CHECK(has(text_of(picture), "approved"));
  }
}

TEST_CASE("On a wide terminal the columns of partners are all there, on a narrow one those that count") {
  const std::string wide = line_with(drawn(snapshot(), 120), "PARTNERS"), narrow = line_with(drawn(snapshot(), 60), "PARTNERS");
  for (const char* title : {"mode", "req/s", "limit", "used", "failed/s", "approved", "usual", "limited"}) CHECK(has(wide, title));
  for (const char* title : {"mode", "req/s", "limit", "approved"}) CHECK(has(narrow, title));
  CHECK_FALSE(has(narrow, "usual"));
}

TEST_CASE("Long names of partners are cut, and columns stay where they are whatever a name is made of") {
  Json from = snapshot();
  const std::vector<std::string> names = {std::string(200, 'x'), "株式会社パン屋株式会社パン屋株式会社パン屋株式会社パン屋", "🍞🥐🥖 bread", "e\u0301a\u0300"};
  for (const std::size_t width : {60u, 80u, 120u, 200u}) {
    std::size_t column = 0;
    for (const std::string& name : names) {
      from["partners"]["acct_a"]["name"] = name;
      TopView view;
      view.width = width;
      const TopPicture picture = top_picture(from, view);
      for (const Line& line : picture.lines) {
        const std::string text = painted(line, false);
        const std::size_t found = text.find("  live");
        if (found == std::string::npos || !has(text, "123 ")) continue;
        const std::size_t at_column = display_width(text.substr(0, found));
        INFO(width << " " << text);
        CHECK(display_width(line) <= width);
        if (column == 0) column = at_column;
        CHECK(at_column == column);
      }
    }
    CHECK(column > 0);
  }
  from["partners"]["acct_a"]["name"] = std::string(200, 'x');
  CHECK(has(drawn(from, 80), "x…"));
}

TEST_CASE("No name, message or address reaches the terminal as something that it obeys") {
  Json from = snapshot();
  const std::string evil = "a\x1b[2J\x07\u009b\u202e\nb";
  from["admin"] = evil;
  from["partners"]["acct_a"]["name"] = evil;
  from["overview"]["alerts"][0]["summary"] = evil;
  from["overview"]["alerts"][1]["about"] = evil;
  from["overview"]["errors"][0]["operation"] = evil;
  from["overview"]["errors"][0]["code"] = evil;
  from["overview"]["ready"] = false;
  from["overview"]["not_ready_because"] = {evil};
  from["overview"]["node"]["lags_s"] = {{evil, 3}};
  from["overview"]["node"]["version"] = evil;
  from["overview"]["in_doubt"]["amounts"] = {{evil, 3}};
  from["overview"]["ended_per_s"] = {{evil, 3}};
  from["overview"]["stages_us"] = {{evil, {{"p50", 3}}}};
  from["status"]["acquirers"][1]["problem"] = evil;
  from["status"]["acquirers"][0]["name"] = evil;
  from["status"]["archive"]["last_error"] = evil;
  from["status"]["limits"]["shed"] = {{evil, 3}};
  for (const std::size_t width : {60u, 200u}) {
    TopView view;
    view.width = width;
    view.note = evil;
    for (const Line& line : top_picture(from, view).lines) {
      const std::string text = painted(line, false);
      INFO(text);
      for (const char c : text) CHECK((static_cast<uint8_t>(c) >= 0x20 && c != 0x7f));
      CHECK_FALSE(has(text, "\u009b"));
      CHECK_FALSE(has(text, "\u202e"));
    }
  }
}

TEST_CASE("Whatever is missing is left out or shown as unknown") {
  for (const char* empty : {"{}", "null", R"({"overview": {}, "status": {}})", R"({"overview": null, "status": [1], "partners": 3})"}) {
    const std::string text = drawn(Json::parse(empty), 80);
    INFO(empty << "\n" << text);
    CHECK(has(text, "PAYMENTS   -"));
    CHECK(has(text, "no traffic"));
    CHECK_FALSE(has(text, "NOT READY"));
  }
  // Each field gone, and each field of another kind.
  const Json whole = snapshot();
  const Json flat = whole.flatten();
  for (const auto& [path, value] : flat.items()) {
    for (const Json& other : {Json(), Json("text"), Json(-7), Json(1e300), Json::array(), Json({{"x", 1}})}) {
      Json changed = whole;
      changed[Json::json_pointer(path)] = other;
      INFO(path << " = " << other.dump());
      TopView view;
      view.width = 80;
      CHECK(widest(top_picture(changed, view)) <= 80);
    }
  }
  for (const char* part : {"overview", "status", "partners", "admin"}) {
    Json less = whole;
    less.erase(part);
    CHECK_FALSE(drawn(less, 80).empty());
  }
}

TEST_CASE("A node that is not ready says why, and one that does not answer is told from one that does") {
  Json from = snapshot();
  from["overview"]["ready"] = false;
  from["overview"]["not_ready_because"] = {"draining: it is about to stop"};
  CHECK(has(drawn(from, 80), "NOT READY"));
  CHECK(has(drawn(from, 80), "not ready: draining: it is about to stop"));
  from = snapshot();
  from["status"]["ready"] = false;  // newer than the overview
  CHECK(has(drawn(from, 80), "NOT READY"));
  TopView view;
  view.note = "no answer for 7 s";
  view.paused = true;
  CHECK(has(text_of(top_picture(snapshot(), view)), "no answer for 7 s"));
  CHECK(has(text_of(top_picture(snapshot(), view)), "PAUSED"));
}

TEST_CASE("What does not fit the height is left out, what matters least first") {
  Json from = snapshot();
  for (int i = 0; i < 30; ++i) {
    from["overview"]["partners"].push_back(from["overview"]["partners"][1]);
    from["overview"]["errors"].push_back(from["overview"]["errors"][1]);
  }
  for (std::size_t height = 1; height < 90; ++height) {
    TopView view;
    view.width = 80;
    view.height = height;
    view.has_keys = true;
    const TopPicture picture = top_picture(from, view);
    INFO(height << "\n" << text_of(picture));
    CHECK(picture.lines.size() == height);
    CHECK(has(painted(picture.lines.back(), false), "q quit"));
    if (height > 4) CHECK(has(text_of(picture), "ALERTS"));
    if (height >= 24) {
      for (const char* name : {"PAYMENTS", "REQUESTS", "LATENCY", "IN DOUBT", "PARTNERS"}) CHECK(has(text_of(picture), name));
    }
  }
  CHECK(has(drawn(from, 80, 40), "PARTNERS +"));
  CHECK_FALSE(has(drawn(from, 80), "PARTNERS +"));
}

TEST_CASE("The list in focus gets the room, and scrolls to its end and no further") {
  Json from = snapshot();
  for (int i = 0; i < 30; ++i) {
    Json row = from["overview"]["partners"][1];
    row["partner"] = fmt::format("acct_n{}", i);
    from["overview"]["partners"].push_back(row);
  }
  TopView view;
  view.width = 80;
  view.height = 24;
  view.focus = "partners";
  CHECK(has(text_of(top_picture(from, view)), "acct_n10"));
  CHECK_FALSE(has(text_of(top_picture(from, view)), "acct_n29"));
  view.scroll = 1'000;
  const TopPicture end = top_picture(from, view);
  CHECK(has(text_of(end), "acct_n29"));
  CHECK(end.scroll_max > 0);
  CHECK(end.scroll_max < 32);
  view.height = 0;
  CHECK(top_picture(from, view).scroll_max == 0);
  CHECK(next_focus("", false) == "alerts");
  CHECK(next_focus("alerts", true).empty());
  CHECK(next_focus("errors", false).empty());
  CHECK(next_focus("nonsense", false) == "alerts");
}

TEST_CASE("A sparkline has a column for each value, and tells a little from nothing") {
  CHECK(sparkline({}, 10).empty());
  CHECK(sparkline({0.0, 1.0, 1'000.0}, 10) == "▁▂█");
  CHECK(sparkline({std::nullopt, 5.0}, 10) == " █");
  CHECK(sparkline({9.0, 1.0, 2.0}, 2) == "▅█");
  CHECK(sparkline({0.0, 0.0}, 10) == "▁▁");
}

TEST_CASE("Figures read as people write them") {
  CHECK(rate_text(0.04) == "0.0");
  CHECK(rate_text(99.94) == "99.9");
  CHECK(rate_text(99.96) == "100");
  CHECK(rate_text(12'345.6) == "12,346");
  CHECK(rate_text(-1) == "0.0");
  CHECK(percent_text(96.12) == "96.1 %");
  CHECK(percent_text(99.97) == "99.97 %");
  CHECK(percent_text(100) == "100.0 %");
  CHECK(latency_text(999) == "999 us");
  CHECK(latency_text(1'000) == "1.00 ms");
  CHECK(latency_text(99'949) == "99.9 ms");
  CHECK(latency_text(350'000) == "350 ms");
  CHECK(latency_text(2'100'000) == "2.10 s");
  CHECK(age_text(-5) == "0 s");
  CHECK(age_text(59) == "59 s");
  CHECK(age_text(3'599) == "59 min");
  CHECK(age_text(11'100) == "3 h 05 min");
  CHECK(age_text(187'200) == "2 d 4 h");
}

}  // namespace tollgate::cli

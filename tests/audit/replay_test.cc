#include "tollgate/audit/replay.h"

#include <nlohmann/json.hpp>

#include "audit/log_builder.h"
#include "audit/open_log.h"

namespace tollgate::testing {
namespace {

const PartnerId alice{1001}, bob{1002};

struct Scene {
  std::unique_ptr<EventLog> log = open_memory_log();
  LogBuilder build{*log};
  PaymentId first, second;
  Scene() {
    build.add_partner(alice, 1);
    build.add_partner(bob, 1);
    first = build.pay(alice, Mode::test, 1'000, "key");
    second = build.pay(bob, Mode::live, 2'000);
  }
  [[nodiscard]] std::vector<std::string> lines(const audit::ReplayOptions& options) const {
    std::vector<std::string> found;
    CHECK(audit::replay(*log, options, [&](std::string_view line) {
            found.emplace_back(line);
            return true;
          }).ok());
    return found;
  }
};

TEST_CASE("every record is one line, in order, for people or as JSON") {
  const Scene scene;
  const auto text = scene.lines({});
  REQUIRE(text.size() == 2 + 8);
  CHECK(text[0].find("partner_created") != std::string::npos);
  CHECK(text[2].starts_with("2025-06-15T15:06:40."));
  CHECK(text[2].find("1/1  " + alice.text()) != std::string::npos);
  CHECK(text[2].find(" test  payment_created ") != std::string::npos);
  CHECK(text[2].find("(POST /v1/payment_intents)") != std::string::npos);
  audit::ReplayOptions options;
  options.json = true;
  uint64_t sequence = 0;
  std::string hash;
  for (const std::string& line : scene.lines(options)) {
    const auto json = nlohmann::json::parse(line);
    if (json["partition"] != 1) continue;
    CHECK(json["sequence"] == ++sequence);
    if (!hash.empty()) CHECK(json["prev_hash"] == hash);
    hash = json["hash"];
  }
  CHECK(sequence == 8);
}

TEST_CASE("filters keep what they name") {
  const Scene scene;
  audit::ReplayOptions options;
  options.partner = alice;
  CHECK(scene.lines(options).size() == 1 + 4);
  options.partition = 1;
  CHECK(scene.lines(options).size() == 4);
  options = {};
  options.payment = scene.second;
  const auto lines = scene.lines(options);
  REQUIRE(lines.size() == 4);
  CHECK(lines[3].find("payment_captured") != std::string::npos);
  options = {};
  options.partition = 1;
  options.from_sequence = 3;
  options.until_sequence = 6;
  CHECK(scene.lines(options).size() == 4);
  options = {};
  options.partition = 1;
  options.until_us = 1'750'000'000 * us_per_second + 4;
  CHECK(scene.lines(options).size() == 2);
}

TEST_CASE("replay stops when it is told to, and at a record that it cannot read") {
  const Scene scene;
  int count = 0;
  CHECK(audit::replay(*scene.log, {}, [&](std::string_view) { return ++count < 4; }).ok());
  CHECK(count == 4);
  OpenLog open = OpenLog::copy_of(*scene.log);
  open.records[1][2][0] = 'X';
  count = 0;
  const Status status = audit::replay(open, {}, [&](std::string_view) { return ++count > 0; });
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(count == 4);
}

}  // namespace
}  // namespace tollgate::testing

#include "cli/config_changes.h"

#include "support/catch.h"

namespace tollgate::cli {

TEST_CASE("What can change at run time is taken over, what cannot is named and stays") {
  Config current, fresh;
  fresh.log_level = "debug";
  fresh.engine_threads = 2;
  fresh.alert_webhook = "http://127.0.0.1:9/x";
  std::string applied;
  const auto changes = apply_changes(current, fresh, {{"node", "log_level", [&](const Config& c) { applied += c.log_level; }},
                                                      {"observe", "alert_webhook", [&](const Config& c) { applied += c.alert_webhook; }},
                                                      {"node", "drain_delay_ms", [&](const Config&) { applied += "not this"; }}});
  CHECK(applied == "debughttp://127.0.0.1:9/x");
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].key == "node.log_level");
  CHECK(changes[0].before == "\"info\"");
  CHECK(changes[0].after == "\"debug\"");
  CHECK(changes[0].applied);
  CHECK(changes[1].key == "engine.threads");
  CHECK_FALSE(changes[1].applied);
  CHECK(current.log_level == "debug");
  CHECK(current.engine_threads == 1);
  CHECK(current.alert_webhook == "http://127.0.0.1:9/x");
}

TEST_CASE("Of the webhook's address only scheme and host are told: the rest may be a secret") {
  Config current, fresh;
  fresh.alert_webhook = "https://user:word@hooks.test:8443/services/T0/B0/s3cret?token=1";
  const std::vector<RuntimeKey> runtime{{"observe", "alert_webhook", [](const Config&) {}}};
  auto changes = apply_changes(current, fresh, runtime);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].before == "\"\"");
  CHECK(changes[0].after == "\"https://hooks.test:8443/...\"");
  CHECK(current.alert_webhook == fresh.alert_webhook);
  // Another path is another address, though it looks the same.
  fresh.alert_webhook = "https://hooks.test:8443";
  changes = apply_changes(current, fresh, runtime);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].after == "\"https://hooks.test:8443\"");
  fresh.alert_webhook = "https://hooks.test:8443/a@b";
  CHECK(apply_changes(current, fresh, runtime)[0].after == "\"https://hooks.test:8443/...\"");
}

TEST_CASE("Reading the same configuration again changes nothing, and one that waits for a restart is named each time") {
  Config current, fresh;
  CHECK(apply_changes(current, fresh, {}).empty());
  fresh.io_threads = 3;
  CHECK(apply_changes(current, fresh, {}).size() == 1);
  CHECK(apply_changes(current, fresh, {}).size() == 1);
}

TEST_CASE("A change of an acquirer waits for a restart, and is named") {
  Config current;
  current.acquirers = {example_acquirer()};
  Config fresh = current;
  CHECK(apply_changes(current, fresh, {}).empty());
  fresh.acquirers[0].timeout_ms = 4'000;
  auto changes = apply_changes(current, fresh, {});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].key == "acquirers.timeout_ms of psp");
  CHECK(changes[0].after == "4000");
  CHECK_FALSE(changes[0].applied);
  fresh.acquirers.clear();
  changes = apply_changes(current, fresh, {});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].key == "acquirers");
  CHECK(changes[0].before == "psp");
  CHECK(changes[0].after == "none");
}

}  // namespace tollgate::cli

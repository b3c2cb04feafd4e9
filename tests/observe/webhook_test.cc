#include <unistd.h>

#include <atomic>
#include <mutex>

#include "support/catch.h"
#include "tollgate/observe/alerts.h"

namespace tollgate::observe {
namespace {

template <class F>
bool eventually(F condition) {
  for (int waited_ms = 0; waited_ms < 20'000; ++waited_ms) {
    if (condition()) return true;
    ::usleep(1'000);
  }
  return condition();
}

Alert alert(const std::string& name) { return {name, "", "page", "something", 1'767'225'599'000'042, true}; }

}  // namespace

TEST_CASE("An alert is repeated until the receiver takes it, and then once only") {
  std::atomic<int> attempts{0};
  std::mutex mutex;
  std::string last;
  const auto webhook = Webhook::open(
      [&](const std::string& body) -> Status {
        const std::lock_guard lock(mutex);
        last = body;
        if (++attempts < 3) return unavailable("nobody there");
        return absl::OkStatus();
      },
      {.alerts_max = 10, .attempts_max = 5, .delay_first_ms = 1});
  webhook->send(alert("DiskFillsUp"));
  REQUIRE(eventually([&] { return webhook->stats().sent == 1; }));
  CHECK(attempts == 3);
  CHECK(webhook->stats().failed_attempts == 2);
  const std::lock_guard lock(mutex);
  CHECK(last == R"({"alert":"DiskFillsUp","about":null,"severity":"page","state":"firing","since":"2025-12-31T23:59:59.000042Z","summary":"something"})");
}

TEST_CASE("What nobody takes is given up, and the next one is tried") {
  std::atomic<bool> there{false};
  const auto webhook = Webhook::open([&](const std::string&) -> Status { return there ? absl::OkStatus() : unavailable("nobody there"); },
                                     {.alerts_max = 10, .attempts_max = 2, .delay_first_ms = 1});
  webhook->send(alert("A"));
  REQUIRE(eventually([&] { return webhook->stats().dropped == 1; }));
  there = true;
  webhook->send(alert("B"));
  REQUIRE(eventually([&] { return webhook->stats().sent == 1; }));
}

TEST_CASE("With too many waiting the oldest give way, and a webhook can be closed while it waits to repeat") {
  const auto webhook = Webhook::open([](const std::string&) -> Status { return unavailable("nobody there"); },
                                     {.alerts_max = 3, .attempts_max = 8, .delay_first_ms = 60'000});
  for (int i = 0; i < 10; ++i) webhook->send(alert(std::to_string(i)));
  // One may be in work.
  CHECK(webhook->stats().dropped >= 6);
}

}  // namespace tollgate::observe

// The shedder against a simulated server: a clock that is moved by hand, one queue, a fixed capacity.
#include "tollgate/limits/shedder.h"

#include <cstdio>
#include <deque>
#include <map>

#include "support/catch.h"

using tollgate::RequestClass;
using tollgate::limits::Shedder;

namespace {

constexpr int64_t target_us = 25'000;
constexpr int64_t tick_us = 1'000;

struct Source {
  RequestClass of;
  double per_second;
  double due = 0;
  uint32_t nth = 0;
  uint64_t sent = 0, in = 0, done = 0;
  uint64_t window = 0;
};

// Takes a batch, works on it for as long as it costs, and only then looks at its queue again, as the engine does.
struct Server {
  explicit Server(double capacity_per_s) : us_each(1e6 / capacity_per_s) {}

  void step(std::vector<Source>& sources) {
    now_us += tick_us;
    for (Source& source : sources) {
      source.due += source.per_second * tick_us / 1e6;
      for (; source.due >= 1; source.due -= 1) {
        ++source.sent;
        const uint64_t window = shedder.window(now_us, 0);
        if (source.window != window) source.nth = 0;
        source.window = window;
        if (!shedder.admit(source.of, source.nth++)) continue;
        if (queue.size() >= queue_max) continue;
        ++source.in;
        queue.push_back({now_us, &source});
      }
    }
    while (busy_until_us <= now_us) {
      for (Source* source : batch) {
        shedder.completed();
        ++source->done;
      }
      batch.clear();
      if (queue.empty()) {
        shedder.engine_delay(0);
        break;
      }
      int64_t shortest_us = INT64_MAX;
      while (!queue.empty() && batch.size() < batch_max) {
        shortest_us = std::min(shortest_us, now_us - queue.front().first);
        longest_us = std::max(longest_us, now_us - queue.front().first);
        batch.push_back(queue.front().second);
        queue.pop_front();
      }
      shedder.engine_delay(queue.empty() ? 0 : shortest_us);
      busy_until_us = std::max(busy_until_us, now_us - tick_us) + static_cast<int64_t>(us_each * static_cast<double>(batch.size()));
    }
  }
  void run(std::vector<Source>& sources, double seconds) {
    longest_us = 0;
    for (const int64_t end_us = now_us + static_cast<int64_t>(seconds * 1e6); now_us < end_us;) step(sources);
  }
  // Requests done in so many seconds, a second.
  double goodput(std::vector<Source>& sources, double seconds) {
    uint64_t before = 0, after = 0;
    for (const Source& source : sources) before += source.done;
    run(sources, seconds);
    for (const Source& source : sources) after += source.done;
    return static_cast<double>(after - before) / seconds;
  }

  Shedder shedder{target_us};
  const double us_each;
  std::size_t batch_max = 512, queue_max = 16'384;
  int64_t now_us = 1'000'000'000;
  int64_t busy_until_us = 0;
  int64_t longest_us = 0;
  std::deque<std::pair<int64_t, Source*>> queue;
  std::vector<Source*> batch;
};

}  // namespace

TEST_CASE("levels go down with each class and with each further request of a partner", "[shed]") {
  for (int of = 0; of < 5; ++of) {
    uint32_t before = UINT32_MAX;
    for (uint32_t nth = 0; nth < 10'000; ++nth) {
      const uint32_t level = Shedder::level_of(static_cast<RequestClass>(of), nth);
      REQUIRE(level <= before);
      REQUIRE(level / Shedder::steps == static_cast<uint32_t>(of));
      if (nth < 16) REQUIRE(level < before);
      before = level;
    }
  }
}

TEST_CASE("below its capacity a server leaves nobody out", "[shed]") {
  for (const double share : {0.1, 0.5, 0.8, 0.95}) {
    Server server(20'000);
    std::vector<Source> sources{{RequestClass::test, 20'000 * share}};
    server.run(sources, 20);
    INFO(share);
    CHECK(sources[0].in == sources[0].sent);
  }
}

TEST_CASE("under any overload nine tenths of the capacity stay useful and the wait stays short", "[shed]") {
  for (const double capacity : {2'000.0, 5'000.0, 20'000.0})
    for (const double times : {1.1, 1.5, 2.0, 4.0, 20.0}) {
      INFO("capacity " << capacity << ", " << times << " times");
      Server server(capacity);
      std::vector<Source> sources;
      for (int i = 0; i < 50; ++i) sources.push_back({RequestClass::test, capacity * times / 50});
      // What came in before anything was known has to go first.
      server.run(sources, 15);
      const double goodput = server.goodput(sources, 20);
      CHECK(goodput >= 0.9 * capacity);
      CHECK(goodput <= 1.03 * capacity);
      // A batch of work and what is let in at a time, on top of the target.
      CHECK(server.longest_us < 300'000 + static_cast<int64_t>(2 * 512 * server.us_each));
    }
}

TEST_CASE("after an overload it lets everyone in again, soon", "[shed]") {
  for (const double times : {1.5, 4.0, 20.0}) {
    Server server(10'000);
    std::vector<Source> sources{{RequestClass::test, 10'000 * times}};
    server.run(sources, 10);
    CHECK(server.shedder.shedding());
    sources[0].per_second = 7'000;
    const uint64_t sent = sources[0].sent, in = sources[0].in;
    server.run(sources, 10);
    const uint64_t left_out = (sources[0].sent - sent) - (sources[0].in - in);
    INFO(times << " times");
    CHECK_FALSE(server.shedder.shedding());
    CHECK(left_out < 7'000);  // in all, less than a second's worth
    // And after a silence as well.
    sources[0].per_second = 10'000 * times;
    server.run(sources, 5);
    sources[0].per_second = 0;
    server.run(sources, 5);
    sources[0].per_second = 1'000;
    const uint64_t before = sources[0].sent - sources[0].in;
    server.run(sources, 5);
    CHECK(sources[0].sent - sources[0].in - before < 300);
  }
}

TEST_CASE("the least important class goes first, and the next only when that is gone", "[shed]") {
  // Each class alone is 40 % of what can be done; `fits` says how many of the classes, from the top, have room.
  Server server(10'000);
  std::vector<Source> sources;
  for (const RequestClass of :
       {RequestClass::list, RequestClass::read, RequestClass::test, RequestClass::payment, RequestClass::settlement})
    for (int i = 0; i < 10; ++i) sources.push_back({of, 400});
  server.run(sources, 10);
  for (Source& source : sources) source.sent = source.in = 0;
  server.run(sources, 20);
  std::map<RequestClass, double> share;
  for (const Source& source : sources) share[source.of] += static_cast<double>(source.in) / static_cast<double>(source.sent) / 10;
  CHECK(share[RequestClass::settlement] > 0.99);
  CHECK(share[RequestClass::payment] > 0.97);
  CHECK(share[RequestClass::test] < 0.7);
  CHECK(share[RequestClass::test] > 0.3);
  CHECK(share[RequestClass::read] < 0.05);
  CHECK(share[RequestClass::list] < 0.02);
}

TEST_CASE("in the class at the threshold the partners get equal shares, and who asks for little gets all of it", "[shed]") {
  Server server(10'000);
  std::vector<Source> sources;
  sources.push_back({RequestClass::test, 40'000});  // one asks for four times what there is
  for (int i = 0; i < 20; ++i) sources.push_back({RequestClass::test, 100});
  server.run(sources, 5);
  for (Source& source : sources) source.sent = source.in = 0;
  server.run(sources, 10);
  for (std::size_t i = 1; i < sources.size(); ++i) CHECK(static_cast<double>(sources[i].in) > 0.98 * static_cast<double>(sources[i].sent));
  CHECK(sources[0].in > 10 * 6'000);
}

TEST_CASE("a server that becomes slower is followed within a second or two", "[shed]") {
  Server server(20'000);
  std::vector<Source> sources;
  for (int i = 0; i < 20; ++i) sources.push_back({RequestClass::test, 900});
  server.run(sources, 5);
  CHECK_FALSE(server.shedder.shedding());
  const_cast<double&>(server.us_each) = 1e6 / 5'000;
  server.run(sources, 3);
  CHECK(server.goodput(sources, 10) >= 0.9 * 5'000);
  CHECK(server.longest_us < 800'000);
}

TEST_CASE("an io loop that lags is an overload too", "[shed]") {
  Shedder shedder(target_us);
  int64_t now_us = 1'000'000;
  for (int i = 0; i < 3'000; ++i, now_us += 100) {
    (void)shedder.window(now_us, 100'000);
    if (shedder.admit(RequestClass::list, 0) && i % 2 == 0) shedder.completed();
  }
  CHECK(shedder.shedding());
  for (int i = 0; i < 30'000; ++i, now_us += 100) {
    (void)shedder.window(now_us, 0);
    if (shedder.admit(RequestClass::list, 0)) shedder.completed();
  }
  CHECK_FALSE(shedder.shedding());
}

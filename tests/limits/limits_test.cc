#include "tollgate/limits/limits.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "support/catch.h"
#include "tollgate/base/time.h"

using namespace tollgate;

namespace {

constexpr int64_t start_us = 1'750'000'000 * us_per_second;
constexpr uint64_t home = 0x7f000001, abroad = 0x08080808;

Partner partner_with(PartnerLimits limits, uint64_t id = 7) {
  Partner partner;
  partner.id = PartnerId{id};
  partner.partition = 1;
  partner.config.limits = limits;
  return partner;
}

struct World {
  explicit World(LimitsOptions options = {}) : limits(std::move(options)) {}

  Limits::Verdict ask(const Partner& partner, Mode mode = Mode::test, RequestClass of = RequestClass::test, uint64_t peer = home) {
    Limits::Ticket ticket;
    const auto verdict = limits.admit(partner, mode, of, peer, now_us, now_us, ticket);
    if (verdict.answer == Limits::Answer::allowed) tickets.push_back(std::move(ticket));
    return verdict;
  }
  // How many of so many requests, each answered at once, are let in.
  uint32_t in(const Partner& partner, uint32_t tries, Mode mode = Mode::test) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < tries; ++i) {
      count += ask(partner, mode).answer == Limits::Answer::allowed ? 1 : 0;
      tickets.clear();
    }
    return count;
  }

  Limits limits;
  int64_t now_us = start_us;
  std::vector<Limits::Ticket> tickets;
};

}  // namespace

TEST_CASE("a partner's requests are let in to a request, test and live apart", "[limits]") {
  World world;
  const Partner partner = partner_with({.requests_per_second = 10, .burst = 15});
  CHECK(world.in(partner, 100) == 15);
  CHECK(world.in(partner, 100, Mode::live) == 15);
  world.now_us += 300'000;
  CHECK(world.in(partner, 100) == 3);
  const auto verdict = world.ask(partner);
  CHECK(verdict.answer == Limits::Answer::limited);
  CHECK(verdict.limit == LimitKind::requests);
  CHECK(verdict.retry_after_us == 100'000);
  CHECK(world.in(partner_with({.requests_per_second = 10, .burst = 15}, 8), 100) == 15);
  CHECK(world.limits.stats().allowed == 48);
  CHECK(world.limits.stats().limited[static_cast<std::size_t>(LimitKind::requests)] == 353);
}

TEST_CASE("what a partner has not of its own it has from the node", "[limits]") {
  const PartnerLimits node{.requests_per_second = 5, .burst = 9, .concurrent_requests = 3, .queue_depth = 70, .declines_per_card = 4,
                           .declines_per_bin = 40, .decline_window_s = 60};
  struct Case {
    const char* what;
    PartnerLimits own;
    uint32_t rate, burst;
  };
  for (const Case& one : {Case{"none", {}, 5, 9}, Case{"a rate", {.requests_per_second = 50}, 50, 100},
                          Case{"both", {.requests_per_second = 50, .burst = 60}, 50, 60}, Case{"a burst", {.burst = 2}, 5, 2}}) {
    INFO(one.what);
    const PartnerLimits both = limits_of(one.own, node, Mode::test);
    CHECK(both.requests_per_second == one.rate);
    CHECK(both.burst == one.burst);
    CHECK(both.concurrent_requests == 3);
    CHECK(both.queue_depth == 70);
  }
  // Tests decline on purpose, and all with the same few cards.
  CHECK(limits_of({}, node, Mode::test).declines_per_card == 0);
  CHECK(limits_of({}, node, Mode::live).declines_per_card == 4);
  CHECK(limits_of({.declines_per_card = 2}, node, Mode::test).declines_per_card == 2);
  CHECK(limits_of({.requests_per_second = 7}, {}, Mode::test).burst == 14);
}

TEST_CASE("requests in work are bounded, and each that ends makes room for one", "[limits]") {
  World world;
  const Partner partner = partner_with({.concurrent_requests = 3});
  for (int i = 0; i < 3; ++i) CHECK(world.ask(partner).answer == Limits::Answer::allowed);
  CHECK(world.ask(partner).limit == LimitKind::concurrency);
  CHECK(world.ask(partner, Mode::live).answer == Limits::Answer::allowed);
  CHECK(world.limits.use_of(partner, Mode::test, world.now_us).concurrent_requests == 3);
  world.tickets.pop_back();  // the live one
  CHECK(world.ask(partner).answer == Limits::Answer::limited);
  world.tickets.pop_back();
  CHECK(world.ask(partner).answer == Limits::Answer::allowed);
  CHECK(world.ask(partner).answer == Limits::Answer::limited);
  world.tickets.clear();
  CHECK(world.limits.use_of(partner, Mode::test, world.now_us).concurrent_requests == 0);
}

TEST_CASE("a limit changed at run time holds at once", "[limits]") {
  World world;
  CHECK(world.in(partner_with({.requests_per_second = 10, .burst = 10}), 20) == 10);
  CHECK(world.in(partner_with({.requests_per_second = 1'000, .burst = 1'000}), 20) == 0);
  world.now_us += 10'000;
  CHECK(world.in(partner_with({.requests_per_second = 1'000, .burst = 1'000}), 20) == 10);
  world.now_us += us_per_second;
  CHECK(world.in(partner_with({.requests_per_second = 1'000, .burst = 2}), 20) == 2);
}

TEST_CASE("guessing at keys from an address is slow, and a right guess does not show", "[limits]") {
  LimitsOptions options;
  options.unknown_keys = {2, 10};
  World world(options);
  const Partner at_home = partner_with({}, 1), guessed = partner_with({}, 2);
  CHECK(world.ask(at_home).answer == Limits::Answer::allowed);
  int in = 0;
  for (int i = 0; i < 100; ++i) in += world.limits.admit_unknown(home, world.now_us).answer == Limits::Answer::allowed ? 1 : 0;
  CHECK(in == 10);
  // A partner that was here before is served; one that never was could be a guess that has hit.
  CHECK(world.ask(at_home).answer == Limits::Answer::allowed);
  CHECK(world.ask(guessed).limit == LimitKind::unknown_key);
  CHECK(world.ask(guessed, Mode::test, RequestClass::test, abroad).answer == Limits::Answer::allowed);
  CHECK(world.limits.admit_unknown(abroad, world.now_us).answer == Limits::Answer::allowed);
  world.now_us += us_per_second / 2;
  CHECK(world.ask(guessed).answer == Limits::Answer::allowed);
  CHECK(world.limits.admit_unknown(home, world.now_us).answer == Limits::Answer::allowed);
  CHECK(world.limits.admit_unknown(home, world.now_us).retry_after_us == us_per_second / 2);
}

TEST_CASE("guesses from very many addresses cost bounded memory and no other address its share", "[limits]") {
  World world;
  for (uint64_t address = 0; address < 300'000; ++address) (void)world.limits.admit_unknown(address, world.now_us);
  world.now_us += 60 * us_per_second;
  for (int i = 0; i < 100; ++i) CHECK(world.limits.admit_unknown(home, world.now_us).answer == Limits::Answer::allowed);
}

TEST_CASE("use shows what is left of a limit", "[limits]") {
  World world;
  const Partner partner = partner_with({.requests_per_second = 10, .burst = 20});
  CHECK(world.limits.use_of(partner, Mode::test, world.now_us).requests_available == 20);
  CHECK(world.in(partner, 25) == 20);
  PartnerUse use = world.limits.use_of(partner, Mode::test, world.now_us);
  CHECK(use.requests_available == 0);
  CHECK(use.allowed == 20);
  CHECK(use.limited == 5);
  world.now_us += 500'000;
  CHECK(world.limits.use_of(partner, Mode::test, world.now_us).requests_available == 5);
}

TEST_CASE("many threads take exactly what there is", "[limits]") {
  World world;
  const Partner partner = partner_with({.requests_per_second = 1, .burst = 10'000});
  std::atomic<uint32_t> in{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5'000; ++i) {
        Limits::Ticket ticket;
        if (world.limits.admit(partner, Mode::test, RequestClass::test, home, start_us, start_us, ticket).answer == Limits::Answer::allowed) ++in;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(in == 10'000);
  CHECK(world.limits.use_of(partner, Mode::test, start_us).concurrent_requests == 0);
}

// Hidden: `limits_test "[bench]"` prints what a decision costs.
TEST_CASE("what a decision costs", "[.][bench]") {
  World world;
  const Partner free = partner_with({}, 1), over = partner_with({.requests_per_second = 1, .burst = 1}, 2);
  (void)world.ask(over);
  world.tickets.clear();
  constexpr int rounds = 2'000'000;
  for (const Partner* partner : {&free, &over}) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i) {
      Limits::Ticket ticket;
      (void)world.limits.admit(*partner, Mode::test, RequestClass::test, home, start_us, start_us + i, ticket);
    }
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s: %.0f ns\n", partner == &free ? "let in and released" : "over its limit", static_cast<double>(ns) / rounds);
  }
}

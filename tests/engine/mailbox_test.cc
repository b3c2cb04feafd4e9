// What waits for an engine thread is taken in turns. One thread, no engine: only the order.
#include "engine/mailbox.h"

#include <chrono>
#include <map>

#include "support/catch.h"
#include "tollgate/base/random.h"

namespace tollgate::engine {
namespace {

using Offer = Mailbox::Offer;

PaymentCommand costly() {
  CreatePayment create;
  create.confirm = Confirmation{};
  return create;
}

struct Post {
  explicit Post(std::size_t commands_max = 100'000) : mailbox(commands_max) {}

  Offer offer(uint64_t partner, uint64_t number = 0, PaymentCommand command = UpdatePayment{}, std::size_t queue_max = 0, Mode mode = Mode::test) {
    Input input;
    input.command.partner = PartnerId{partner};
    input.command.mode = mode;
    input.command.cause.operation = std::to_string(number);
    OnPayment target;
    target.command = std::move(command);
    input.command.target = std::move(target);
    return mailbox.offer(input, queue_max);
  }
  // What the next round takes: "partner/number".
  std::vector<std::string> take(std::size_t most) {
    mailbox.take(batch, most, std::chrono::steady_clock::now());
    std::vector<std::string> taken;
    for (const Input* input : batch.inputs)
      taken.push_back(std::to_string(input->command.partner.value) + "/" + input->command.cause.operation);
    return taken;
  }

  Mailbox mailbox;
  Mailbox::Batch batch;
};

}  // namespace

TEST_CASE("one partner's commands are taken in their order") {
  Post post;
  for (uint64_t i = 0; i < 10; ++i) REQUIRE(post.offer(1, i) == Offer::taken);
  CHECK(post.take(3) == std::vector<std::string>{"1/0", "1/1", "1/2"});
  CHECK(post.batch.left);
  REQUIRE(post.offer(1, 10) == Offer::taken);
  CHECK(post.take(100).size() == 8);
  CHECK_FALSE(post.batch.left);
  CHECK(post.take(100).empty());
}

TEST_CASE("a flood of ten thousand commands of one partner delays another's by its turn and no more") {
  // Whatever each of them costs: the other's command comes after at most one turn of the flood.
  for (const bool flood_costs : {false, true})
    for (const std::size_t taken_before : {0, 1, 3, 100, 5'000}) {
      Post post;
      for (uint64_t i = 0; i < 10'000; ++i) REQUIRE(post.offer(1, i, flood_costs ? costly() : UpdatePayment{}) == Offer::taken);
      if (taken_before > 0) CHECK(post.take(taken_before).size() == taken_before);
      REQUIRE(post.offer(2, 0, costly()) == Offer::taken);
      const auto taken = post.take(100);
      const auto at = std::find(taken.begin(), taken.end(), "2/0") - taken.begin();
      INFO("after " << taken_before);
      CHECK(at <= static_cast<int>(cost_max));
    }
}

TEST_CASE("whatever partners offer, each that waits gets its share of every round") {
  SeededRandom random(7);
  for (int round = 0; round < 20; ++round) {
    Post post;
    const uint64_t partners = 2 + random.next_u32() % 20;
    std::map<uint64_t, uint64_t> offered, next;
    for (int i = 0; i < 5'000; ++i) {
      // Some ask a hundred times as often as others.
      const uint64_t partner = random.next_u32() % 100 < 80 ? 1 : 1 + random.next_u32() % partners;
      REQUIRE(post.offer(partner, offered[partner]++, random.next_u32() % 3 == 0 ? costly() : UpdatePayment{}) == Offer::taken);
    }
    uint64_t taken_in_all = 0;
    while (true) {
      const auto taken = post.take(256);
      std::map<uint64_t, uint64_t> cost;
      for (const Input* input : post.batch.inputs) {
        const uint64_t partner = input->command.partner.value;
        CHECK(input->command.cause.operation == std::to_string(next[partner]++));
        cost[partner] += cost_of(input->command);
      }
      taken_in_all += taken.size();
      // Of those that still have something waiting none got much less than another: what deficit round robin allows is twice the most
      // expensive command and a turn.
      uint64_t least = UINT64_MAX, most = 0;
      for (const auto& [partner, count] : offered)
        if (next[partner] < count) least = std::min(least, cost[partner]), most = std::max(most, cost[partner]);
      if (least != UINT64_MAX) CHECK(most <= least + 3 * cost_max);
      if (!post.batch.left) break;
    }
    CHECK(taken_in_all == 5'000);
  }
}

TEST_CASE("test and live of one partner wait apart") {
  Post post;
  for (uint64_t i = 0; i < 100; ++i) REQUIRE(post.offer(1, i) == Offer::taken);
  REQUIRE(post.offer(1, 777, UpdatePayment{}, 0, Mode::live) == Offer::taken);
  const auto taken = post.take(10);
  CHECK(std::find(taken.begin(), taken.end(), "1/777") != taken.end());
  CHECK(post.mailbox.waiting(PartnerId{1}, Mode::test) == 91);
  CHECK(post.mailbox.waiting(PartnerId{1}, Mode::live) == 0);
}

TEST_CASE("what the node has to say comes first, whole, whatever waits") {
  Post post(16);
  for (uint64_t i = 0; i < 8; ++i) (void)post.offer(1, i);
  std::vector<Input> answers(40);
  for (Input& answer : answers) answer.command.cause.operation = "answer";
  post.mailbox.push_internal(std::move(answers));
  const auto taken = post.take(4);
  REQUIRE(taken.size() == 44);
  for (std::size_t i = 0; i < 40; ++i) CHECK(taken[i] == "0/answer");
}

TEST_CASE("a partner's own bound is exact, and others are not touched by it") {
  Post post;
  for (uint64_t i = 0; i < 5; ++i) CHECK(post.offer(1, i, UpdatePayment{}, 5) == Offer::taken);
  CHECK(post.offer(1, 5, UpdatePayment{}, 5) == Offer::queue_full);
  CHECK(post.offer(2, 0, UpdatePayment{}, 5) == Offer::taken);
  (void)post.take(1);
  CHECK(post.offer(1, 5, UpdatePayment{}, 5) == Offer::taken);
  CHECK(post.offer(1, 6, UpdatePayment{}, 5) == Offer::queue_full);
}

TEST_CASE("one partner cannot fill the mailbox: there is room for whoever comes next") {
  Post post(1'000);
  std::size_t taken = 0;
  for (int i = 0; i < 2'000; ++i) taken += post.offer(1) == Offer::taken ? 1 : 0;
  CHECK(taken == 500);
  CHECK(post.offer(1) == Offer::mailbox_full);
  for (uint64_t partner = 2; partner < 400; ++partner) REQUIRE(post.offer(partner) == Offer::taken);
  // Together they cannot fill it beyond its bound.
  std::size_t more = 0;
  for (uint64_t partner = 1'000; partner < 3'000; ++partner) more += post.offer(partner) == Offer::taken ? 1 : 0;
  CHECK(taken + 398 + more == 1'000);
}

TEST_CASE("a closed mailbox takes no command and gives out what it has") {
  Post post;
  REQUIRE(post.offer(1, 1) == Offer::taken);
  post.mailbox.close();
  CHECK(post.offer(1, 2) == Offer::mailbox_full);
  CHECK(post.take(10) == std::vector<std::string>{"1/1"});
}

TEST_CASE("a refused input is as it was") {
  Mailbox mailbox(1);
  Input first, second;
  second.command.cause.operation = "second";
  second.handler = [](CommandResult) {};
  REQUIRE(mailbox.offer(first, 0) == Offer::taken);
  REQUIRE(mailbox.offer(second, 0) == Offer::mailbox_full);
  CHECK(second.command.cause.operation == "second");
  CHECK(static_cast<bool>(second.handler));
}

TEST_CASE("the shortest wait of what was taken is told") {
  Post post;
  REQUIRE(post.offer(1) == Offer::taken);
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(3)) {
  }
  REQUIRE(post.offer(1) == Offer::taken);
  (void)post.take(1);
  CHECK(post.batch.shortest_wait_us >= 3'000);
  CHECK(post.batch.left);
  (void)post.take(1);
  CHECK_FALSE(post.batch.left);
}

}  // namespace tollgate::engine

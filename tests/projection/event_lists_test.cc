#include "projection/world.h"
#include "support/catch.h"
#include "tollgate/projection/views.h"

using namespace tollgate;
using tollgate::testing::World;

namespace {

struct At {
  uint64_t sequence = 0;
  uint8_t ordinal = 0;
  bool operator==(const At&) const = default;
};

std::vector<At> places(const Page<EventView>& page) {
  std::vector<At> to;
  for (const EventView& view : page.items) to.push_back({view.record.header.sequence, view.ordinal});
  return to;
}

std::vector<At> slice(const std::vector<At>& all, std::size_t from, std::size_t to) {
  return {all.begin() + static_cast<std::ptrdiff_t>(std::min(from, all.size())),
          all.begin() + static_cast<std::ptrdiff_t>(std::min(to, all.size()))};
}

}  // namespace

TEST_CASE("events are counted and paged one by one, also those of one record") {
  World world;
  for (int i = 0; i < 3; ++i) world.refund(world.paid(1000), 10);
  world.declined();
  PageQuery query;
  query.limit = 100;
  const auto whole = world.views().events(world.stream(), query, "");
  REQUIRE(whole.ok());
  const std::vector<At> all = places(*whole);
  REQUIRE(all.size() == 18);  // three times created, succeeded twice, refund twice; then created and failed twice
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool newer = all[i - 1].sequence > all[i].sequence ||
        (all[i - 1].sequence == all[i].sequence && all[i - 1].ordinal > all[i].ordinal);
    CHECK(newer);
  }
  for (const std::size_t limit : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{100}}) {
    for (std::size_t at = 0; at < all.size(); ++at) {
      PageQuery after;
      after.limit = limit;
      after.after_sequence = all[at].sequence;
      after.after_ordinal = all[at].ordinal;
      const auto next = world.views().events(world.stream(), after, "");
      REQUIRE(next.ok());
      CHECK(places(*next) == slice(all, at + 1, at + 1 + limit));
      CHECK(next->has_more == (all.size() > at + 1 + limit));
      PageQuery before;
      before.limit = limit;
      before.before_sequence = all[at].sequence;
      before.before_ordinal = all[at].ordinal;
      const auto previous = world.views().events(world.stream(), before, "");
      REQUIRE(previous.ok());
      CHECK(places(*previous) == slice(all, at > limit ? at - limit : 0, at));
      CHECK(previous->has_more == (at > limit));
    }
  }
}

TEST_CASE("a list of one type holds that type only") {
  World world;
  for (int i = 0; i < 3; ++i) world.paid(1000);
  world.declined();
  const auto types = [&](std::string_view type) {
    std::vector<std::string> to;
    const auto page = world.views().events(world.stream(), {}, type);
    REQUIRE(page.ok());
    for (const EventView& view : page->items) to.emplace_back(view.types.at(view.ordinal));
    return to;
  };
  CHECK(types("charge.succeeded") == std::vector<std::string>(3, "charge.succeeded"));
  CHECK(types("charge.*") == std::vector<std::string>{"charge.failed", "charge.succeeded", "charge.succeeded",
                                                      "charge.succeeded"});
  CHECK(types("payment_intent.canceled").empty());
  CHECK(types("charge").empty());
  CHECK(types("").size() == 10);
}

TEST_CASE("an event shows its subject as it was right after it") {
  World world;
  const PaymentId id = world.authorized(1000);
  world.capture(id, 1000, true);
  const auto page = world.views().events(world.stream(), {}, "payment_intent.*");
  REQUIRE(page.ok());
  std::vector<PaymentStatus> states;
  for (const EventView& view : page->items) {
    REQUIRE(view.payment != nullptr);
    CHECK(view.payment->id == id);
    states.push_back(view.payment->status);
  }
  CHECK(states == std::vector<PaymentStatus>{PaymentStatus::succeeded, PaymentStatus::requires_capture,
                                             PaymentStatus::requires_confirmation});
}

TEST_CASE("events of customers and methods show those") {
  World world;
  const CustomerId customer = world.customer();
  PaymentMethodAttached attached;
  attached.method = world.card(customer);
  const uint64_t attached_at = world.happens(CustomerEvent(attached));
  PaymentMethodDetached detached;
  detached.method = attached.method.id;
  detached.customer = customer;
  const uint64_t detached_at = world.happens(CustomerEvent(detached));
  CustomerDeleted deleted;
  deleted.customer = customer;
  const uint64_t deleted_at = world.happens(CustomerEvent(deleted));

  CHECK_FALSE(world.views().event(world.stream(), 1)->customer->deleted);
  CHECK(world.views().event(world.stream(), attached_at)->method->method.customer == customer);
  CHECK(world.views().event(world.stream(), detached_at)->method->detached);
  CHECK(world.views().event(world.stream(), deleted_at)->customer->deleted);
}

TEST_CASE("updates of customers and methods show them as they became") {
  World world;
  CustomerUpdated updated;
  updated.customer.id = world.customer();
  updated.customer.description = "second";
  const uint64_t customer_at = world.happens(CustomerEvent(updated));
  PaymentMethodCreated created;
  created.method = world.card();
  world.happens(CustomerEvent(created));
  PaymentMethodUpdated changed;
  changed.method = created.method;
  changed.method.card.exp_year = 2050;
  changed.metadata = {{"a", "b"}};
  const uint64_t method_at = world.happens(CustomerEvent(changed));

  const auto customer = world.views().event(world.stream(), customer_at);
  REQUIRE(customer.ok());
  CHECK(*customer->customer == **world.views().customer(world.stream(), updated.customer.id));
  const auto method = world.views().event(world.stream(), method_at);
  REQUIRE(method.ok());
  CHECK(*method->method == **world.views().method(world.stream(), created.method.id));
}

TEST_CASE("a record that tells nothing is no event") {
  World world;
  world.paid();
  CHECK(world.views().event(world.stream(), 1).ok());
  CHECK(absl::IsNotFound(world.views().event(world.stream(), 2).status()));  // authorization_requested
  PageQuery query;
  query.after_sequence = 2;
  CHECK(absl::IsNotFound(world.views().events(world.stream(), query, "").status()));
}

TEST_CASE("created bounds of events are their records' times") {
  World world;
  const int64_t start_us = world.now_us();
  world.created();
  world.wait(us_per_second);
  const int64_t later_us = world.now_us();
  world.created();
  PageQuery query;
  query.created_from_us = later_us;
  CHECK(world.views().events(world.stream(), query, "")->items.size() == 1);
  query.created_from_us = start_us;
  query.created_to_us = later_us;
  CHECK(world.views().events(world.stream(), query, "")->items.size() == 1);
  query.created_to_us = later_us + 1;
  CHECK(world.views().events(world.stream(), query, "")->items.size() == 2);
}

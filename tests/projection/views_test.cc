#include "tollgate/projection/views.h"

#include "projection/world.h"
#include "support/catch.h"

using namespace tollgate;
using tollgate::testing::World;

namespace {
const Stream other_partner{PartnerId{2}, Mode::test, 1};
const Stream other_mode{PartnerId{1}, Mode::live, 1};
}  // namespace

TEST_CASE("a payment is read as it is now") {
  World world;
  const PaymentId id = world.paid(1000);
  const auto read = world.views().payment(world.stream(), id);
  REQUIRE(read.ok());
  CHECK(**read == world.payment(id));
}

TEST_CASE("what belongs to another partner or mode is not found") {
  World world;
  const PaymentId id = world.paid(1000);
  const CustomerId customer = world.customer();
  for (const Stream& stream : {other_partner, other_mode}) {
    CHECK(absl::IsNotFound(world.views().payment(stream, id).status()));
    CHECK(absl::IsNotFound(world.views().payment_at(stream, id, 1).status()));
    CHECK(absl::IsNotFound(world.views().history(stream, id).status()));
    CHECK(absl::IsNotFound(world.views().customer(stream, customer).status()));
    CHECK(absl::IsNotFound(world.views().event(stream, 1).status()));
    CHECK(world.views().payments(stream, {})->items.empty());
    CHECK(world.views().charges(stream, {})->items.empty());
    CHECK(world.views().events(stream, {}, "")->items.empty());
  }
}

TEST_CASE("a payment is read as it was after each of its records") {
  World world;
  const PaymentId id = world.created(1000, {}, CaptureMethod::manual);
  std::vector<Payment> states{world.payment(id)};
  const PaymentId stranger = world.paid(5);  // its records lie between
  world.request(id, OperationKind::authorize, 1);
  states.push_back(world.payment(id));
  AuthorizationApproved approved;
  approved.payment = id;
  approved.operation = 1;
  approved.amount = 1000;
  approved.capture_before_us = world.now_us() + us_per_day;
  world.happens(approved);
  states.push_back(world.payment(id));
  for (int i = 0; i < 40; ++i) world.customer();
  world.capture(id, 250, false);
  world.refund(id, 50);
  states.push_back(world.payment(id));

  const auto& history = world.payment(id).history;
  for (const Payment& state : states) {
    const auto read = world.views().payment_at(world.stream(), id, state.history.back());
    REQUIRE(read.ok());
    CHECK(**read == state);
    // Up to just before its next record nothing changes.
    const auto later = world.views().payment_at(world.stream(), id, history.back() + 100);
    REQUIRE(later.ok());
    CHECK(**later == states.back());
  }
  const auto between = world.views().payment_at(world.stream(), id, states[1].history.back() - 1);
  REQUIRE(between.ok());
  CHECK(**between == states[0]);
  CHECK(absl::IsNotFound(world.views().payment_at(world.stream(), stranger, 1).status()));
}

TEST_CASE("a timeline is every record of the payment and no other") {
  World world;
  const PaymentId id = world.authorized(1000);
  world.paid(7);
  world.capture(id, 1000, true);
  const auto sequences = world.views().history(world.stream(), id);
  REQUIRE(sequences.ok());
  std::vector<std::string> names;
  const auto keep_name = [&](const Record& record) {
    names.emplace_back(name_of(record.event));
    return names.size() == 6 ? unavailable("enough") : absl::OkStatus();
  };
  REQUIRE(world.views().read(world.stream().partition, *sequences, keep_name).ok());
  CHECK(names == std::vector<std::string>{"payment_created", "authorization_requested", "authorization_approved",
                                          "capture_requested", "payment_captured"});
  CHECK(absl::IsUnavailable(world.views().read(world.stream().partition, *sequences, keep_name)));
  CHECK(names.size() == 6);  // nothing more was read
}

TEST_CASE("a record that must be there and is not is lost data") {
  World world;
  world.paid();
  CHECK(absl::IsDataLoss(world.views().record(1, 1000).status()));
  CHECK(world.views().record(1, 2)->header.sequence == 2);
  CHECK(absl::IsNotFound(world.views().event(world.stream(), 1000).status()));
  CHECK(absl::IsNotFound(world.views().event(world.stream(), 0).status()));
}

TEST_CASE("a method made in passing is found through its payment") {
  World world;
  PaymentCreated event;
  event.payment.core = world.new_core();
  event.amount = 1000;
  event.currency = *Currency::parse("usd");
  event.method = world.card();
  event.method->id = PaymentMethodId{event.payment.core, 1};
  world.happens(event);
  const auto read = world.views().method(world.stream(), event.method->id);
  REQUIRE(read.ok());
  CHECK((*read)->method == *event.method);
  CHECK(absl::IsNotFound(world.views().method(world.stream(), PaymentMethodId{event.payment.core, 2}).status()));
  CHECK(absl::IsNotFound(world.views().method(world.stream(), PaymentMethodId{event.payment.core, 0}).status()));
  CHECK(absl::IsNotFound(world.views().method(other_partner, event.method->id).status()));

  // It becomes an object of its own when it is attached.
  const CustomerId customer = world.customer();
  PaymentMethodAttached attached;
  attached.method = *event.method;
  attached.method.customer = customer;
  world.happens(CustomerEvent(attached));
  CHECK((*world.views().method(world.stream(), event.method->id))->method.customer == customer);
}

TEST_CASE("a setup intent is read as it was after each of its records") {
  World world;
  SetupIntentCreated created;
  created.setup.id.core = world.new_core();
  created.setup.created_us = world.now_us();
  created.setup.status = SetupStatus::requires_confirmation;
  created.setup.method = world.card();
  const uint64_t first = world.happens(CustomerEvent(created));
  SetupVerificationRequested requested;
  requested.setup = created.setup.id;
  requested.operation = 1;
  world.happens(CustomerEvent(requested));
  SetupSucceeded succeeded;
  succeeded.setup = created.setup.id;
  succeeded.operation = 1;
  const uint64_t last = world.happens(CustomerEvent(succeeded));
  const auto early = world.views().setup_at(world.stream(), created.setup.id, first);
  CHECK((*early)->status == SetupStatus::requires_confirmation);
  CHECK((*world.views().setup_at(world.stream(), created.setup.id, last))->status == SetupStatus::succeeded);
}

TEST_CASE("a partner without any movement has empty books") {
  World world;
  const auto books = world.views().books(world.stream());
  REQUIRE(books.ok());
  CHECK(books->totals.empty());
}

#include "tollgate/projection/index.h"

#include <algorithm>

#include "projection/world.h"
#include "support/catch.h"

using namespace tollgate;
using tollgate::testing::World;

namespace {

using Names = std::vector<std::string>;

// The public events of everything that was written since `from`, in order.
Names told_since(World& world, uint64_t from) {
  Names names;
  REQUIRE(world.log().read(world.stream().partition, from, [&](uint64_t sequence, std::string_view) {
    const auto view = world.views().event(world.stream(), sequence);
    if (view.ok()) names.insert(names.end(), view->types.begin(), view->types.end());
    return true;
  }).ok());
  return names;
}

Names told_by(World& world, const PaymentEvent& event) { return told_since(world, world.happens(event)); }
Names told_by(World& world, const CustomerEvent& event) { return told_since(world, world.happens(event)); }

std::size_t rows_of(const World& world, IndexKind kind) {
  const auto keys = world.index_keys();
  return static_cast<std::size_t>(std::count_if(keys.begin(), keys.end(),
      [&](const std::string& key) { return key.at(9) == static_cast<char>(kind); }));
}

std::size_t charges_listed(const World& world) {
  const auto page = world.views().charges(world.stream(), {.limit = 100});
  REQUIRE(page.ok());
  return page->items.size();
}

std::size_t transactions_listed(const World& world) {
  const auto page = world.views().transactions(world.stream(), {.limit = 100});
  REQUIRE(page.ok());
  return page->items.size();
}

}  // namespace

TEST_CASE("a sale tells of the payment, the charge and its success once each") {
  World world;
  world.paid();
  CHECK(told_since(world, 1) == Names{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"});
}

TEST_CASE("an authorization tells that an amount is capturable, and each capture of its own") {
  World world;
  const PaymentId id = world.authorized(1000);
  CHECK(told_since(world, 1) == Names{"payment_intent.created", "payment_intent.amount_capturable_updated",
                                      "charge.succeeded"});
  const uint64_t first = 4;
  world.capture(id, 400, false);
  CHECK(told_since(world, first) == Names{"charge.captured"});
  world.capture(id, 600, true);
  CHECK(told_since(world, first + 2) == Names{"charge.captured", "payment_intent.succeeded"});
}

TEST_CASE("a declined attempt tells of the failed charge") {
  World world;
  world.declined();
  CHECK(told_since(world, 1) == Names{"payment_intent.created", "charge.failed", "payment_intent.payment_failed"});
}

TEST_CASE("a payment in doubt is processing, and one reversed has failed") {
  World world;
  const PaymentId id = world.created();
  world.request(id, OperationKind::sale, 1);
  OperationInDoubt doubt;
  doubt.payment = id;
  doubt.operation = 1;
  CHECK(told_by(world, doubt) == Names{"payment_intent.processing"});
  CHECK(charges_listed(world) == 0);
  ReversalRequested reversal;
  reversal.payment = id;
  reversal.operation = 1;
  CHECK(told_by(world, reversal).empty());
  OperationReversed reversed;
  reversed.payment = id;
  reversed.operation = 1;
  CHECK(told_by(world, reversed) == Names{"charge.failed", "payment_intent.payment_failed"});
  CHECK(charges_listed(world) == 1);
}

TEST_CASE("a capture in doubt is not told as a payment that is processing") {
  World world;
  const PaymentId id = world.authorized();
  CaptureRequested requested;
  requested.payment = id;
  requested.operation = 2;
  requested.amount = 1000;
  CHECK(told_by(world, requested).empty());
  OperationInDoubt doubt;
  doubt.payment = id;
  doubt.operation = 2;
  CHECK(told_by(world, doubt).empty());
}

TEST_CASE("3-D Secure tells that an action is required, and the attempt is no charge before it has an answer") {
  World world;
  const PaymentId id = world.created();
  world.request(id, OperationKind::sale, 1);
  AuthenticationRequired required;
  required.payment = id;
  required.operation = 1;
  CHECK(told_by(world, required) == Names{"payment_intent.requires_action"});
  CHECK(charges_listed(world) == 0);
  AuthenticationCompleted failed;
  failed.payment = id;
  failed.attempt = 1;
  CHECK(told_by(world, failed) == Names{"charge.failed", "payment_intent.payment_failed"});
  CHECK(charges_listed(world) == 1);
}

TEST_CASE("cancellation and expiry tell of the payment's end") {
  World world;
  const PaymentId canceled = world.created();
  PaymentCanceled cancel;
  cancel.payment = canceled;
  CHECK(told_by(world, cancel) == Names{"payment_intent.canceled"});
  CHECK(charges_listed(world) == 0);

  const PaymentId expired = world.authorized();
  AuthorizationExpired expiry;
  expiry.payment = expired;
  CHECK(told_by(world, expiry) == Names{"charge.expired", "payment_intent.canceled"});
}

TEST_CASE("what remains of a payment captured in part is given back, and the payment has succeeded") {
  World world;
  for (const bool expires : {false, true}) {
    const PaymentId id = world.authorized(1000);
    world.capture(id, 400, false);
    if (expires) {
      AuthorizationExpired expiry;
      expiry.payment = id;
      CHECK(told_by(world, expiry) == Names{"payment_intent.succeeded"});
    } else {
      CancelRequested requested;
      requested.payment = id;
      requested.operation = 3;
      CHECK(told_by(world, requested).empty());
      PaymentCanceled canceled;
      canceled.payment = id;
      canceled.operation = 3;
      CHECK(told_by(world, canceled) == Names{"payment_intent.succeeded"});
    }
  }
}

TEST_CASE("a refund is told when the acquirer took it, once, whatever becomes of it") {
  World world;
  const PaymentId id = world.paid(1000);
  const uint64_t before = 5;
  world.refund(id, 300);
  CHECK(told_since(world, before) == Names{"refund.created", "charge.refunded"});

  RefundUpdated updated;
  updated.payment = id;
  updated.refund = 1;
  updated.metadata = {{"why", "size"}};
  CHECK(told_by(world, updated) == Names{"refund.updated"});

  RefundFailed failed;
  failed.payment = id;
  failed.refund = 1;
  failed.transaction = 3;
  failed.postings = refund_failure_postings(Money{300, *Currency::parse("usd")});
  CHECK(told_by(world, failed) == Names{"refund.updated", "refund.failed"});
  CHECK(rows_of(world, IndexKind::refunds) == 1);
  CHECK(transactions_listed(world) == 3);

  RefundRequested requested;
  requested.payment = id;
  requested.operation = 3;
  requested.refund = 2;
  requested.attempt = 1;
  requested.amount = 100;
  CHECK(told_by(world, requested).empty());
  CHECK(rows_of(world, IndexKind::refunds) == 2);
  RefundFailed refused;
  refused.payment = id;
  refused.operation = 3;
  refused.refund = 2;
  CHECK(told_by(world, refused) == Names{"refund.created", "refund.failed"});
}

TEST_CASE("customers and payment methods tell of their changes") {
  World world;
  CHECK(told_since(world, 1).empty());
  const CustomerId customer = world.customer();
  CHECK(told_since(world, 1) == Names{"customer.created"});
  PaymentMethodCreated created;
  created.method = world.card();
  CHECK(told_by(world, CustomerEvent(created)).empty());
  PaymentMethodAttached attached;
  attached.method = created.method;
  attached.method.customer = customer;
  CHECK(told_by(world, CustomerEvent(attached)) == Names{"payment_method.attached"});
  CHECK(rows_of(world, IndexKind::methods_by_customer) == 1);
  PaymentMethodDetached detached;
  detached.method = created.method.id;
  detached.customer = customer;
  CHECK(told_by(world, CustomerEvent(detached)) == Names{"payment_method.detached"});
  CHECK(rows_of(world, IndexKind::methods_by_customer) == 0);
}

TEST_CASE("each child of a payment gets one row, whatever else happens to the payment") {
  World world;
  const CustomerId customer = world.customer();
  const PaymentId id = world.paid(1000, customer);
  world.refund(id, 100);
  world.refund(id, 100);
  CHECK(charges_listed(world) == 1);
  CHECK(rows_of(world, IndexKind::charges_by_customer) == 1);
  CHECK(rows_of(world, IndexKind::payments_by_customer) == 1);
  CHECK(rows_of(world, IndexKind::refunds) == 2);
  CHECK(transactions_listed(world) == 3);
}

TEST_CASE("the common payment has two index rows, one for each of its events that are told") {
  World world;
  world.paid();
  CHECK(world.index_keys().size() == 2);
  CHECK(rows_of(world, IndexKind::events) == 2);
}

TEST_CASE("a charge that was made later than its payment has a row") {
  World world;
  const PaymentId id = world.created();
  world.wait(made_together_max_us + 1);
  world.pay(id);
  CHECK(rows_of(world, IndexKind::charges) == 1);
  CHECK(charges_listed(world) == 1);
}

TEST_CASE("a payment that gets another customer takes its rows with it") {
  World world;
  const CustomerId first = world.customer(), second = world.customer();
  PaymentId id = world.declined();
  PaymentUpdated update;
  update.payment = id;
  update.amount = 1000;
  update.currency = *Currency::parse("usd");
  for (const CustomerId& customer : {first, second, CustomerId{}}) {
    update.customer = customer;
    world.happens(update);
    for (const CustomerId& of : {first, second}) {
      PageQuery query;
      query.customer = of;
      const auto payments = world.views().payments(world.stream(), query);
      const auto charges = world.views().charges(world.stream(), query);
      REQUIRE(payments.ok());
      REQUIRE(charges.ok());
      CHECK(payments->items.size() == (of == customer ? 1u : 0u));
      CHECK(charges->items.size() == (of == customer ? 1u : 0u));
    }
  }
}

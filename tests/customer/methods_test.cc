#include "customer/desk.h"

namespace tollgate::testing {
namespace {

TEST_CASE("a method belongs to no one until it is attached") {
  Desk desk;
  desk.add_customer(1);
  desk.done(CreatePaymentMethod{snapshot(1, customer_id(1)), {{"a", "1"}}});
  CHECK(desk.method(1).method.customer.empty());
  desk.attach(1, 1);
  CHECK(desk.method(1).method.customer == customer_id(1));
  CHECK(desk.method(1).metadata == Metadata{{"a", "1"}});
}

TEST_CASE("attaching is refused in this order") {
  Desk desk;
  desk.add_customer(1);
  desk.add_customer(2);
  desk.add_method(1);
  const AttachPaymentMethod attach{customer_id(1), {}};
  CHECK(desk.refusal(attach, {9, 1}) == Refusal::customer_missing);
  CHECK(desk.refusal(attach, {2, 1}) == Refusal::customer_missing);
  CHECK(desk.refusal(attach, {1, 9}) == Refusal::method_missing_id);
  desk.attach(1, 2);
  CHECK(desk.refusal(attach, {1, 1}) == Refusal::method_in_use);
  desk.done(DetachPaymentMethod{}, {2, 1});
  CHECK(desk.refusal(attach, {1, 1}) == Refusal::method_detached);
}

TEST_CASE("attached again to the same customer: nothing changes, but it is a record, so that a key keeps its answer") {
  Desk desk;
  desk.add_customer(1);
  desk.add_method(1);
  desk.attach(1, 1);
  const PaymentMethod before = desk.method(1);
  const CustomerDecision again = desk.submit(AttachPaymentMethod{customer_id(1), {}}, {1, 1});
  CHECK_FALSE(again.refusal);
  CHECK(again.events.size() == 1);
  CHECK(desk.method(1).method == before.method);
  CHECK(desk.method(1).metadata == before.metadata);
}

TEST_CASE("a method made in passing becomes an object when it is attached") {
  Desk desk;
  desk.add_customer(1);
  desk.add_customer(2);
  desk.done(AttachPaymentMethod{customer_id(1), snapshot(7)}, {1});
  CHECK(desk.method(7).method.customer == customer_id(1));
  CHECK(desk.method(7).method.card.last4 == "4242");
  CHECK(desk.refusal(AttachPaymentMethod{customer_id(2), snapshot(8, customer_id(1))}, {2}) == Refusal::method_in_use);
}

TEST_CASE("a detached method is never used again") {
  Desk desk;
  desk.add_customer(1);
  desk.add_method(1);
  CHECK(desk.refusal(DetachPaymentMethod{}, {1, 1}) == Refusal::method_detached);  // no one has it
  desk.attach(1, 1);
  desk.done(UpdateCustomer{.sealed_personal = {}, .default_method = method_id(1)}, {1, 1});
  desk.done(DetachPaymentMethod{}, {1, 1});
  CHECK(desk.method(1).detached);
  CHECK(desk.method(1).method.customer.empty());
  CHECK(desk.customer(1).default_method.empty());
  CHECK(desk.refusal(DetachPaymentMethod{}, {1, 1}) == Refusal::method_detached);
  CHECK(desk.refusal(UpdatePaymentMethod{}, {1, 1}) == Refusal::method_detached);
  CHECK(desk.refusal(DetachPaymentMethod{}, {1, 9}) == Refusal::method_missing_id);
  CHECK(desk.refusal(UpdateCustomer{.sealed_personal = {}, .default_method = method_id(1)}, {1, 1}) ==
        Refusal::method_detached);
}

TEST_CASE("a payment that was on its way attaches no method that was detached or given away meanwhile") {
  Desk desk;
  desk.add_customer(1);
  desk.add_customer(2);
  desk.add_method(1);
  desk.attach(1, 1);
  desk.fold(PaymentMethodAttached{snapshot(1, customer_id(2)), {}});
  CHECK(desk.method(1).method.customer == customer_id(1));
  desk.done(DetachPaymentMethod{}, {1, 1});
  desk.fold(PaymentMethodAttached{snapshot(1, customer_id(2)), {}});
  CHECK(desk.method(1).detached);
  CHECK(desk.method(1).method.customer.empty());
}

TEST_CASE("an attach by a payment leaves the method's metadata as it is") {
  Desk desk;
  desk.add_customer(1);
  desk.done(CreatePaymentMethod{snapshot(1), {{"a", "1"}}});
  desk.fold(PaymentMethodAttached{snapshot(1, customer_id(1)), {}});
  CHECK(desk.method(1).method.customer == customer_id(1));
  CHECK(desk.method(1).metadata == Metadata{{"a", "1"}});
}

TEST_CASE("an update changes the expiry, the billing details and the metadata") {
  Desk desk;
  desk.add_method(1);
  desk.done(UpdatePaymentMethod{.exp_month = 1, .exp_year = 2031, .sealed_billing = "b", .metadata = {{"k", "v"}}},
            {0, 1});
  CHECK(desk.method(1).method.card.exp_month == 1);
  CHECK(desk.method(1).method.card.exp_year == 2031);
  CHECK(desk.method(1).method.sealed_billing == "b");
  CHECK(desk.method(1).metadata == Metadata{{"k", "v"}});
  CHECK(desk.method(1).version == 2);
  CHECK(desk.refusal(UpdatePaymentMethod{}, {0, 9}) == Refusal::method_missing_id);
  const UpdatePaymentMethod late{.sealed_billing = "late", .sealed_billing_base = "a"};
  CHECK(desk.refusal(late, {0, 1}) == Refusal::busy);
}

}  // namespace
}  // namespace tollgate::testing

#include "customer/desk.h"

namespace tollgate::testing {
namespace {

TEST_CASE("a customer is created from its id and what was given") {
  Desk desk;
  Customer customer;
  customer.id = customer_id(1);
  customer.description = "first";
  customer.sealed_personal = "ciphertext";
  customer.metadata = {{"a", "1"}, {"b", ""}};
  customer.deleted = true;  // nothing that a caller may say
  customer.version = 99;
  desk.done(CreateCustomer{customer});
  const Customer& made = desk.customer(1);
  CHECK(made.description == "first");
  CHECK(made.sealed_personal == "ciphertext");
  CHECK(made.metadata == Metadata{{"a", "1"}});
  CHECK_FALSE(made.deleted);
  CHECK(made.created_us == customer.id.core.created_us());
  CHECK(made.version == 1);
  CHECK(desk.refusal(CreateCustomer{customer}, {1}) == Refusal::unexpected_state);
}

TEST_CASE("a customer is created with a payment method, or not at all") {
  Desk desk;
  const auto wish = [](uint16_t number, PaymentMethodId method, PaymentMethodId by_default = {}) {
    CreateCustomer create;
    create.customer.id = customer_id(number);
    create.customer.default_method = by_default;
    create.method = method;
    return create;
  };
  SECTION("an object of its own") {
    desk.add_method(1);
    desk.done(wish(1, method_id(1)), {0, 1});
    CHECK(desk.method(1).method.customer == customer_id(1));
    CHECK(desk.customer(1).default_method.empty());
    // It has a customer now.
    CHECK(desk.refusal(wish(2, method_id(1)), {0, 1}) == Refusal::method_in_use);
    CHECK(desk.customers.size() == 1);
  }
  SECTION("one made in passing, as the default") {
    CreateCustomer create = wish(1, method_id(1), method_id(1));
    create.inline_method = snapshot(1);
    const CustomerDecision decision = desk.submit(create);
    REQUIRE(decision.events.size() == 3);
    CHECK(std::get<CustomerCreated>(decision.events[0]).customer.default_method.empty());
    CHECK(desk.method(1).method.customer == customer_id(1));
    CHECK(desk.customer(1).default_method == method_id(1));
  }
  SECTION("refusals") {
    CHECK(desk.refusal(wish(1, method_id(1))) == Refusal::method_missing_id);
    CHECK(desk.refusal(wish(1, {}, method_id(1))) == Refusal::customer_mismatch);
    CHECK(desk.refusal(wish(1, method_id(2), method_id(1)), {0, 2}) == Refusal::customer_mismatch);
    desk.add_customer(2);
    desk.add_method(3);
    desk.attach(3, 2);
    desk.done(DetachPaymentMethod{}, {2, 3});
    CHECK(desk.refusal(wish(1, method_id(3)), {0, 3}) == Refusal::method_detached);
    CHECK(desk.customers.size() == 1);
  }
}

TEST_CASE("an update changes what it names") {
  Desk desk;
  desk.add_customer(1);
  UpdateCustomer update;
  update.description = "new";
  update.metadata = {{"a", "1"}};
  desk.done(update, {1});
  desk.done(UpdateCustomer{.sealed_personal = "c", .metadata = {{"b", "2"}}}, {1});
  CHECK(desk.customer(1).description == "new");
  CHECK(desk.customer(1).sealed_personal == "c");
  CHECK(desk.customer(1).metadata == Metadata{{"a", "1"}, {"b", "2"}});
  desk.done(UpdateCustomer{.description = {}, .clear_metadata = true}, {1});
  CHECK(desk.customer(1).metadata.empty());
  CHECK(desk.customer(1).version == 4);
  CHECK(desk.refusal(update) == Refusal::customer_missing);
}

TEST_CASE("of two updates that sealed personal data over the same base the second is told to come again") {
  Desk desk;
  desk.add_customer(1);
  const std::string base = desk.customer(1).sealed_personal;
  desk.done(UpdateCustomer{.sealed_personal = "first", .sealed_personal_base = base}, {1});
  CHECK(desk.refusal(UpdateCustomer{.sealed_personal = "second", .sealed_personal_base = base}, {1}) == Refusal::busy);
  desk.done(UpdateCustomer{.sealed_personal = "second", .sealed_personal_base = "first"}, {1});
  CHECK(desk.customer(1).sealed_personal == "second");
}

TEST_CASE("a deleted customer is gone for good, and their methods with them") {
  Desk desk;
  desk.add_customer(1);
  desk.add_method(1);
  desk.add_method(2);
  desk.attach(1, 1);
  desk.attach(2, 1);
  desk.done(UpdateCustomer{.sealed_personal = "c", .description = "d", .default_method = method_id(1)}, {1, 1});
  desk.done(DeleteCustomer{{method_id(1), method_id(2)}}, {1});
  CHECK(desk.customer(1).deleted);
  CHECK(desk.customer(1).sealed_personal.empty());
  CHECK(desk.customer(1).description.empty());
  CHECK(desk.customer(1).default_method.empty());
  CHECK(desk.method(1).detached);
  CHECK(desk.method(2).detached);
  CHECK(desk.refusal(DeleteCustomer{}, {1}) == Refusal::customer_missing);
  CHECK(desk.refusal(UpdateCustomer{}, {1}) == Refusal::customer_missing);
  desk.add_method(3);
  CHECK(desk.refusal(AttachPaymentMethod{customer_id(1), {}}, {1, 3}) == Refusal::customer_missing);
}

TEST_CASE("the default method is one of the customer's own") {
  Desk desk;
  desk.add_customer(1);
  desk.add_customer(2);
  desk.add_method(1);
  const UpdateCustomer update{.sealed_personal = {}, .default_method = method_id(1)};
  CHECK(desk.refusal(update, {1}) == Refusal::method_missing_id);
  CHECK(desk.refusal(update, {1, 1}) == Refusal::customer_mismatch);
  desk.attach(1, 2);
  CHECK(desk.refusal(update, {1, 1}) == Refusal::customer_mismatch);
  desk.done(update, {2, 1});
  CHECK(desk.customer(2).default_method == method_id(1));
  desk.done(UpdateCustomer{.sealed_personal = {}, .default_method = PaymentMethodId{}}, {2});
  CHECK(desk.customer(2).default_method.empty());
}

TEST_CASE("metadata of customers, methods and setups has a bounded number of keys") {
  Metadata full;
  for (std::size_t i = 0; i <= metadata_keys_max; ++i) full.emplace_back("key" + std::to_string(i), "value");
  Desk desk;
  desk.add_customer(1);
  desk.add_method(1);
  desk.add_setup(1, 0, {}, false);
  Customer customer;
  customer.metadata = full;
  CHECK(desk.refusal(CreateCustomer{customer}) == Refusal::too_many);
  CHECK(desk.refusal(UpdateCustomer{.sealed_personal = {}, .metadata = full}, {1}) == Refusal::too_many);
  CHECK(desk.refusal(CreatePaymentMethod{snapshot(2), full}) == Refusal::too_many);
  CHECK(desk.refusal(UpdatePaymentMethod{.exp_month = {}, .metadata = full}, {0, 1}) == Refusal::too_many);
  CHECK(desk.refusal(UpdateSetupIntent{.customer = {}, .metadata = full}, {0, 0, 1}) == Refusal::too_many);
  CreateSetupIntent setup;
  setup.setup.metadata = full;
  CHECK(desk.refusal(setup) == Refusal::too_many);
}

}  // namespace
}  // namespace tollgate::testing

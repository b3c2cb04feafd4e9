// A partner's customers, payment methods and setup intents, decided and folded as the engine does it.
#pragma once
#include <map>

#include "support/catch.h"
#include "tollgate/customer/customer.h"

namespace tollgate::testing {

inline CustomerId customer_id(uint16_t number) { return {IdCore::make(1'750'000'000'000'000, number, 1)}; }
inline PaymentMethodId method_id(uint16_t number) { return {IdCore::make(1'750'000'000'000'000, number, 2), 0}; }
inline SetupIntentId setup_id(uint16_t number) { return {IdCore::make(1'750'000'000'000'000, number, 3)}; }
inline MethodSnapshot snapshot(uint16_t number, CustomerId customer = {}) {
  MethodSnapshot method;
  method.id = method_id(number);
  method.card_token = "pm_card_visa";
  method.card = {
      .brand = CardBrand::visa, .funding = CardFunding::credit, .last4 = "4242", .exp_month = 12, .exp_year = 2030};
  method.customer = customer;
  return method;
}

// Numbers of the objects that a command is about; 0: none.
struct About {
  uint16_t customer = 0, method = 0, setup = 0;
};

class Desk {
 public:
  CustomerDecision submit(const CustomerCommand& command, About about = {}) {
    CustomerDecision decision = decide(command, {.now_us = now_us,
                                                 .customer = find(customers, customer_id(about.customer)),
                                                 .method = find(methods, method_id(about.method)),
                                                 .setup = find(setups, setup_id(about.setup))});
    REQUIRE((!decision.refusal || decision.events.empty()));
    for (const CustomerEvent& event : decision.events) fold(event);
    return decision;
  }
  Refusal refusal(const CustomerCommand& command, About about = {}) {
    const CustomerDecision decision = submit(command, about);
    return decision.refusal ? decision.refusal->refusal : Refusal::none;
  }
  void done(const CustomerCommand& command, About about = {}) { REQUIRE(refusal(command, about) == Refusal::none); }

  // ---- short words for what most tests begin with ----
  void add_customer(uint16_t number) {
    Customer customer;
    customer.id = customer_id(number);
    done(CreateCustomer{customer});
  }
  void add_method(uint16_t number) { done(CreatePaymentMethod{snapshot(number), {}}); }
  void attach(uint16_t method, uint16_t customer) {
    done(AttachPaymentMethod{customer_id(customer), {}}, {customer, method, 0});
  }
  void add_setup(uint16_t number, uint16_t customer, std::optional<MethodSnapshot> method, bool confirm) {
    CreateSetupIntent create;
    create.setup.id = setup_id(number);
    if (customer != 0) create.setup.customer = customer_id(customer);
    create.setup.method = std::move(method);
    create.confirm = confirm;
    done(create, {customer, 0, 0});
  }
  CustomerDecision answer(uint16_t number, Outcome outcome, uint16_t customer = 0, uint16_t method = 0) {
    return submit(ApplySetupOutcome{setups.at(setup_id(number)).operation, outcome, DeclineCode::none},
                  {customer, method, number});
  }
  SetupIntent& setup(uint16_t number) { return setups.at(setup_id(number)); }
  PaymentMethod& method(uint16_t number) { return methods.at(method_id(number)); }
  Customer& customer(uint16_t number) { return customers.at(customer_id(number)); }

  std::map<CustomerId, Customer> customers;
  std::map<PaymentMethodId, PaymentMethod> methods;
  std::map<SetupIntentId, SetupIntent> setups;
  int64_t now_us = 1'750'000'000'000'000;
  uint64_t sequence = 0;

  // Folds an event into exactly one object, and makes sure that all others leave it alone.
  void fold(const CustomerEvent& event) {
    ++sequence;
    make_room(event);
    int folded = 0;
    for (auto& [id, object] : customers) folded += apply(object, event, sequence, now_us);
    for (auto& [id, object] : methods) folded += apply(object, event, sequence, now_us);
    for (auto& [id, object] : setups) folded += apply(object, event, sequence, now_us);
    REQUIRE(folded == 1);
  }

 private:
  template <class Id, class Object>
  static const Object* find(const std::map<Id, Object>& in, const Id& id) {
    const auto found = in.find(id);
    return found == in.end() ? nullptr : &found->second;
  }
  // An object that an event makes begins empty.
  void make_room(const CustomerEvent& event) {
    if (const auto* customer = std::get_if<CustomerCreated>(&event)) customers[customer->customer.id];
    if (const auto* method = std::get_if<PaymentMethodCreated>(&event)) methods[method->method.id];
    if (const auto* method = std::get_if<PaymentMethodAttached>(&event)) methods[method->method.id];
    if (const auto* setup = std::get_if<SetupIntentCreated>(&event)) setups[setup->setup.id];
  }
};

}  // namespace tollgate::testing

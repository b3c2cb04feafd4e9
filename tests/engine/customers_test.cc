// Customers, their payment methods and the commands that come between.
#include "engine/harness.h"

using namespace tollgate;
using namespace tollgate::engine;

namespace {

class Customers : public Harness {
 public:
  CustomerId customer() {
    CreateCustomer create;
    create.customer.id = CustomerId{ids.next(clock.now_us())};
    on_object({.customer = create.customer.id, .command = create});
    round();
    return create.customer.id;
  }
  PaymentMethodId method(const std::string& alias = "pm_card_visa", const std::string& billing = {}) {
    CreatePaymentMethod create;
    create.method = {.id = {ids.next(clock.now_us()), 0}, .card_token = alias, .sealed_billing = billing};
    on_object({.method = create.method.id, .command = create});
    round();
    return create.method.id;
  }
  std::shared_ptr<Reply> attach(CustomerId to, PaymentMethodId method) {
    return on_object({.customer = to, .method = method, .command = AttachPaymentMethod{to, {}}});
  }
  // As its row says.
  std::optional<PaymentMethod> row(PaymentMethodId id) {
    std::string bytes;
    if (!log.get(Table::methods, keys::method(PartnerId{7}, Mode::test, id), bytes).ok()) return std::nullopt;
    PaymentMethod decoded;
    REQUIRE(wire::decode(bytes, decoded).ok());
    return decoded;
  }
  CreatePayment saving(CustomerId of) {
    CreatePayment create = purchase(1000);
    create.customer = of;
    create.details.setup_future_usage = FutureUsage::off_session;
    return create;
  }
};

Metadata large_metadata() {
  Metadata metadata;
  for (std::size_t i = 0; i < metadata_keys_max; ++i) metadata.push_back({"key_" + std::to_string(i), std::string(900, 'x')});
  return metadata;
}

}  // namespace

TEST_CASE_METHOD(Customers, "a card is not kept for a customer who was deleted while it was charged") {
  const CustomerId ada = customer();
  const auto create = saving(ada);
  const auto reply = on_payment(create.payment, create);
  round();
  on_object({.customer = ada, .command = DeleteCustomer{}});
  round();
  approve();
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);
  CHECK_FALSE(row({create.payment.core, 1}));
}

TEST_CASE_METHOD(Customers, "a customer has a bounded number of cards; what a payment or a verification came to stands without one more") {
  const CustomerId ada = customer();
  std::shared_ptr<Reply> reply;
  std::size_t attached = 0;
  while (attached <= 1'000) {
    reply = attach(ada, method());
    round();
    if (reply->result.kind != CommandResult::Kind::done) break;
    ++attached;
  }
  CHECK(attached == 1'000);
  CHECK(reply->result.refusal.refusal == Refusal::too_many);

  const auto create = saving(ada);
  reply = on_payment(create.payment, create);
  round();
  approve();
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);
  CHECK_FALSE(row({create.payment.core, 1}));

  CreateSetupIntent setup;
  setup.setup.id = SetupIntentId{ids.next(clock.now_us())};
  setup.setup.customer = ada;
  setup.confirm = true;
  const PaymentMethodId spare = method();
  reply = on_object({.customer = ada, .method = spare, .setup = setup.setup.id, .command = setup});
  round();
  approve();
  CHECK(reply->result.setup->status == SetupStatus::succeeded);
  CHECK(row(spare)->method.customer.empty());

  // All of them go with the customer.
  reply = on_object({.customer = ada, .command = DeleteCustomer{}});
  round();
  CHECK(reply->result.kind == CommandResult::Kind::done);
}

TEST_CASE_METHOD(Customers, "a verification ends although its card was changed meanwhile to what fills a record") {
  const CustomerId ada = customer();
  const PaymentMethodId card = method("pm_card_visa", std::string(40'000, 'b'));
  CreateSetupIntent setup;
  setup.setup.id = SetupIntentId{ids.next(clock.now_us())};
  setup.setup.customer = ada;
  setup.confirm = true;
  const auto reply = on_object({.customer = ada, .method = card, .setup = setup.setup.id, .command = setup});
  round();
  UpdatePaymentMethod update;
  update.sealed_billing = "short";
  update.metadata = large_metadata();
  const auto updated = on_object({.method = card, .command = update});
  round();
  REQUIRE(updated->result.kind == CommandResult::Kind::done);
  approve();
  REQUIRE(reply->arrived);
  CHECK(reply->result.setup->status == SetupStatus::succeeded);
  CHECK(row(card)->method.customer == ada);
  CHECK(row(card)->method.sealed_billing == "short");
  CHECK(row(card)->metadata.size() == metadata_keys_max);
}

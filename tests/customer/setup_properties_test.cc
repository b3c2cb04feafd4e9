// Random histories of a few customers, methods and setups from a seed.
#include "customer/desk.h"
#include "tollgate/base/random.h"

namespace tollgate::testing {
namespace {

class Player {
 public:
  explicit Player(uint64_t seed) : random_(seed) {
    for (uint16_t i = 1; i <= 3; ++i) {
      desk.add_customer(i);
      desk.add_method(i);
      desk.add_setup(i, i, {}, false);
    }
  }

  void step() {
    const uint16_t customer = number(), method = number(), setup = number();
    const About about{customer, method, setup};
    switch (random_.next_u32() % 14) {
      case 0: desk.submit(AttachPaymentMethod{customer_id(customer), {}}, about); break;
      case 1: desk.submit(DetachPaymentMethod{}, about); break;
      case 2: desk.submit(UpdatePaymentMethod{.exp_month = 5}, about); break;
      case 3: desk.submit(UpdateCustomer{.sealed_personal = {}, .default_method = method_id(method)}, about); break;
      case 4:
        desk.submit(UpdateSetupIntent{.customer = {}, .method = desk.method(method).method}, {customer, 0, setup});
        break;
      case 5:
        // A new setup once the old one has ended, or nothing would happen any more.
        if (desk.setup(setup).status == SetupStatus::succeeded || desk.setup(setup).status == SetupStatus::canceled) {
          desk.setups.erase(setup_id(setup));
          desk.add_setup(setup, 0, {}, false);
        }
        break;
      case 6: desk.submit(CancelSetupIntent{}, about); break;
      case 7:
      case 8: desk.submit(ConfirmSetupIntent{snapshot(method), ""}, about); break;
      case 9: desk.submit(CompleteSetupAuthentication{random_.next_u32() % 3 != 0}, about); break;
      default: {
        const Outcome outcomes[] = {Outcome::approved, Outcome::declined, Outcome::unknown,
                                    Outcome::authentication_required};
        const SetupIntent& intent = desk.setup(setup);
        if (intent.method)
          desk.answer(setup, outcomes[random_.next_u32() % 4], customer_of(intent),
                      intent.method->id == method_id(method) ? method : 0);
      }
    }
  }

  Desk desk;

 private:
  uint16_t number() { return static_cast<uint16_t>(1 + random_.next_u32() % 3); }
  uint16_t customer_of(const SetupIntent& intent) const {
    for (uint16_t i = 1; i <= 3; ++i) {
      if (intent.customer == customer_id(i)) return i;
    }
    return 0;
  }
  SeededRandom random_;
};

void check(const SetupIntent& setup) {
  REQUIRE(setup.operation_open == (setup.status == SetupStatus::processing));
  REQUIRE((setup.status != SetupStatus::requires_payment_method || !setup.method));
  const bool has_method = setup.status == SetupStatus::requires_confirmation ||
                          setup.status == SetupStatus::requires_action || setup.status == SetupStatus::processing ||
                          setup.status == SetupStatus::succeeded;
  REQUIRE((!has_method || setup.method));
  REQUIRE(setup.history.back() == setup.version);
}

TEST_CASE("random histories keep methods with one customer, and ends stay ends") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Player player(seed);
    for (int step = 0; step < 120; ++step) {
      INFO("step " << step);
      const auto setups = player.desk.setups;
      const auto methods = player.desk.methods;
      player.step();
      for (const auto& [id, setup] : player.desk.setups) {
        check(setup);
        const auto before = setups.find(id);
        const bool same = before != setups.end() && setup.created_us == before->second.created_us &&
                          setup.history.front() == before->second.history.front();
        if (!same) continue;
        if (before->second.status == SetupStatus::succeeded || before->second.status == SetupStatus::canceled) {
          REQUIRE(setup.status == before->second.status);
        }
      }
      for (const auto& [id, method] : player.desk.methods) {
        const PaymentMethod& before = methods.at(id);
        if (before.detached) REQUIRE(method.detached);
        if (method.detached) REQUIRE(method.method.customer.empty());
        if (!before.method.customer.empty() && !method.detached)
          REQUIRE(method.method.customer == before.method.customer);
      }
    }
  }
}

}  // namespace
}  // namespace tollgate::testing

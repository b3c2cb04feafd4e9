// Thinks of requests: all operations on payments, customers, payment methods and setup intents, mostly sensible ones, often not.
#pragma once
#include <memory>
#include <vector>

#include "simulator/disk.h"
#include "simulator/wish.h"
#include "tollgate/projection/views.h"

namespace tollgate::sim {

// What a partner has in one mode, as far as it was ever told.
struct Belongings {
  std::vector<PaymentId> payments;
  std::vector<CustomerId> customers;
  std::vector<PaymentMethodId> methods;
  std::vector<SetupIntentId> setups;
};

class Wishes {
 public:
  Wishes(World& world, const Disk& disk) : world_(world), views_(disk), choice_(world.seed, 6) {}

  [[nodiscard]] Wish think_of(uint64_t number, const Stream& stream, const Belongings& has);
  [[nodiscard]] Wish think_of_partner(uint64_t number, const Partner& partner);
  [[nodiscard]] static PartnerConfig usual_config(uint32_t ordinal);

 private:
  OnPayment about_payment(const Stream& stream, const Belongings& has);
  OnPayment create_payment(const Belongings& has);
  PaymentCommand change(const Payment& payment, const Belongings& has, OnPayment& target);
  OnCustomerObject about_customer(const Belongings& has);
  OnCustomerObject about_method(const Belongings& has);
  OnCustomerObject about_setup(const Belongings& has);
  Confirmation confirmation(const Belongings& has, OnPayment& target);
  [[nodiscard]] MethodSnapshot new_card();
  [[nodiscard]] int64_t amount(int64_t usual_max);
  // Of all that can be captured or refunded: a part, all of it, or too much.
  [[nodiscard]] std::optional<int64_t> part_of(int64_t all);
  [[nodiscard]] Metadata metadata();
  [[nodiscard]] Currency currency();
  template <class Id>
  [[nodiscard]] Id any(const std::vector<Id>& ids) {
    return ids.empty() ? Id{} : choice_.one_in(2) ? ids[ids.size() - 1 - choice_.below(std::min<std::size_t>(ids.size(), 8))] : choice_.of(ids);
  }

  World& world_;
  Views views_;
  Choice choice_;
  uint64_t number_ = 0;
};

}  // namespace tollgate::sim

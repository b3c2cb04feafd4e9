#include <type_traits>

#include "payment/operations.h"

namespace tollgate {

using namespace payment_internal;

PaymentDecision decide(const Payment* state, const PaymentCommand& command, const PaymentContext& context) {
  // The caller looks payments up by partner and mode: another's payment here would be our own bug.
  TOLLGATE_ASSERT(state == nullptr || (state->partner == context.partner && state->mode == context.mode));
  return std::visit(
      [&]<class C>(const C& c) {
        if constexpr (std::is_same_v<C, CreatePayment>) {
          return decide_create(state, c, context);
        } else {
          if (state == nullptr) return refuse(Refusal::payment_missing);
          return decide_on(*state, c, context);
        }
      },
      command);
}

namespace payment_internal {

std::optional<RefusalDetail> refuse_amount(int64_t amount, const PaymentContext& context) {
  if (amount < 1) return RefusalDetail{.refusal = Refusal::amount_too_small, .param = "amount", .amount_allowed = 1};
  if (amount > amount_max) {
    return RefusalDetail{.refusal = Refusal::amount_too_large, .param = "amount", .amount_allowed = amount_max};
  }
  if (amount > context.amount_max) {
    return RefusalDetail{.refusal = Refusal::limit_exceeded, .param = "amount", .amount_allowed = context.amount_max};
  }
  return std::nullopt;
}

PaymentUpdated unchanged(const Payment& state) {
  return {.payment = state.id,
          .amount = state.amount,
          .currency = state.currency,
          .capture_method = state.capture_method,
          .customer = state.customer,
          .method = state.method,
          .details = state.details};
}

}  // namespace payment_internal
}  // namespace tollgate

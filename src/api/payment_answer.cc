#include "api/payment_answer.h"

#include "api/refusals.h"
#include "api/render.h"
#include "tollgate/projection/index.h"

namespace tollgate::api {
namespace {

// Why the operation was declined; none if it was not, or if nobody knows.
DeclineCode decline_of(const Payment& payment, const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::authorize:
    case OperationKind::sale: {
      if (operation.attempt == 0 || operation.attempt > payment.attempts.size()) return DeclineCode::none;
      const Attempt& attempt = payment.attempts[operation.attempt - 1u];
      return attempt.state == AttemptState::declined ? attempt.decline : DeclineCode::none;
    }
    case OperationKind::increment:
    case OperationKind::capture:
    case OperationKind::cancel:
      if (operation.state != OperationState::declined) return DeclineCode::none;
      return operation.code == DeclineCode::none ? DeclineCode::generic_decline : operation.code;
    case OperationKind::refund: break;
  }
  return DeclineCode::none;
}

Reply declined(Call& call, const Payment& payment, const Operation& operation, DeclineCode code) {
  ApiError error = card_error(code, {});
  const Attempt& attempt = payment.attempts[operation.attempt - 1u];
  if (is_charge(attempt)) error.charge = ChargeId{payment.id.core, attempt.ordinal}.text();
  Renderer r(call);
  r.out.key("payment_intent");
  write_payment_intent(r, payment, {});
  r.out.key("payment_method");
  write_payment_method(r, attempt.method, {}, {});
  return r.reply(std::move(error));
}

}  // namespace

Reply answer_payment(Call& call, const CommandResult& result) {
  if (!result.payment) return internal();
  const Payment& payment = *result.payment;
  if (result.operation != 0) {
    const Operation* operation = payment.operation(result.operation);
    const DeclineCode code = operation != nullptr ? decline_of(payment, *operation) : DeclineCode::none;
    if (code != DeclineCode::none && operation->attempt >= 1 && operation->attempt <= payment.attempts.size()) {
      return declined(call, payment, *operation, code);
    }
  }
  Renderer r(call);
  write_payment_intent(r, payment, call.expansions.root());
  return r.reply();
}

}  // namespace tollgate::api

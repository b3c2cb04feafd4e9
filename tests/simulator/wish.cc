#include "simulator/wish.h"

#include "tollgate/record/wire.h"

namespace tollgate::sim {
namespace {

bool is_about_customer(const CustomerCommand& command) {
  return std::holds_alternative<CreateCustomer>(command) || std::holds_alternative<UpdateCustomer>(command) ||
         std::holds_alternative<DeleteCustomer>(command);
}
bool is_about_method(const CustomerCommand& command) {
  return std::holds_alternative<CreatePaymentMethod>(command) || std::holds_alternative<AttachPaymentMethod>(command) ||
         std::holds_alternative<UpdatePaymentMethod>(command) || std::holds_alternative<DetachPaymentMethod>(command);
}

}  // namespace

std::string_view name_of(const Wish& wish) {
  // In the order of the variants.
  constexpr std::string_view payment[] = {"create payment", "update payment", "confirm", "capture", "cancel", "increment", "refund",
                                          "update refund", "authenticate"};
  constexpr std::string_view object[] = {"create customer", "update customer", "delete customer", "create method", "attach method",
                                         "update method", "detach method", "create setup", "update setup", "confirm setup",
                                         "cancel setup", "authenticate setup"};
  if (const auto* on_payment = std::get_if<OnPayment>(&wish.target)) return payment[on_payment->command.index()];
  if (const auto* on_object = std::get_if<OnCustomerObject>(&wish.target)) return object[on_object->command.index()];
  return "change partner";
}

std::string subject_of(const Wish& wish) {
  if (const auto* on_payment = std::get_if<OnPayment>(&wish.target)) return on_payment->payment.empty() ? "" : on_payment->payment.text();
  const auto* on_object = std::get_if<OnCustomerObject>(&wish.target);
  if (on_object == nullptr) return wish.partner.text();
  if (is_about_method(on_object->command)) return on_object->method.empty() ? "" : on_object->method.text();
  if (is_about_customer(on_object->command)) return on_object->customer.empty() ? "" : on_object->customer.text();
  return on_object->setup.empty() ? "" : on_object->setup.text();
}

std::string payload_of(const Wish& wish, const CommandResult& result) {
  const bool refused = result.kind == CommandResult::Kind::refused;
  std::string payload = refused ? "refused " + wire::encode(result.refusal) : "done ";
  if (std::holds_alternative<OnPayment>(wish.target)) {
    payload += fmt::format("operation {} refund {} ", result.operation, result.refund);
    if (result.payment) payload += wire::encode(*result.payment);
  } else if (const auto* target = std::get_if<OnCustomerObject>(&wish.target)) {
    if (is_about_customer(target->command)) {
      if (!refused && result.customer) payload += wire::encode(*result.customer);
    } else if (is_about_method(target->command)) {
      if (!refused && result.method) {
        PaymentMethod method = *result.method;
        method.version = 0;  // no partner sees it
        payload += wire::encode(method);
      }
    } else if (result.setup) {
      payload += wire::encode(*result.setup);
    }
  }
  return payload;
}

}  // namespace tollgate::sim

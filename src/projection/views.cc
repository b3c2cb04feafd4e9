#include "tollgate/projection/views.h"

#include <utility>

#include "projection/history.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

template <class T>
StatusOr<std::shared_ptr<const T>> get_row(const EventLog& log, Table table, std::string_view key) {
  std::string bytes;
  TOLLGATE_RETURN_IF_ERROR(log.get(table, key, bytes));
  auto value = std::make_shared<T>();
  TOLLGATE_RETURN_IF_ERROR(wire::decode(bytes, *value));
  return std::shared_ptr<const T>(std::move(value));
}

std::shared_ptr<const PaymentMethod> as_method(const MethodSnapshot& snapshot) {
  auto method = std::make_shared<PaymentMethod>();
  method->method = snapshot;
  return method;
}

}  // namespace

const MethodSnapshot* projection::method_of(const Payment& payment, const PaymentMethodId& id) {
  if (payment.method && payment.method->id == id) return &*payment.method;
  for (auto attempt = payment.attempts.rbegin(); attempt != payment.attempts.rend(); ++attempt) {
    if (attempt->method.id == id) return &attempt->method;
  }
  return nullptr;
}

StatusOr<std::shared_ptr<const Payment>> Views::payment(const Stream& stream, PaymentId id) const {
  return get_row<Payment>(log_, Table::payments, keys::object(stream.partner, stream.mode, id.core));
}

StatusOr<std::shared_ptr<const Customer>> Views::customer(const Stream& stream, CustomerId id) const {
  return get_row<Customer>(log_, Table::customers, keys::object(stream.partner, stream.mode, id.core));
}

StatusOr<std::shared_ptr<const SetupIntent>> Views::setup(const Stream& stream, SetupIntentId id) const {
  return get_row<SetupIntent>(log_, Table::setups, keys::object(stream.partner, stream.mode, id.core));
}

StatusOr<std::shared_ptr<const PaymentMethod>> Views::method(const Stream& stream, PaymentMethodId id) const {
  auto own = get_row<PaymentMethod>(log_, Table::methods, keys::method(stream.partner, stream.mode, id));
  if (own.ok() || !absl::IsNotFound(own.status()) || id.ordinal == 0) return own;
  // Made in passing: only the payment or the setup intent that used it knows it.
  const auto payment = this->payment(stream, PaymentId{id.core});
  if (payment.ok()) {
    const MethodSnapshot* snapshot = projection::method_of(**payment, id);
    return snapshot == nullptr ? own : as_method(*snapshot);
  }
  if (!absl::IsNotFound(payment.status())) return payment.status();
  const auto setup = this->setup(stream, SetupIntentId{id.core});
  if (!setup.ok()) return absl::IsNotFound(setup.status()) ? own.status() : setup.status();
  if (!(*setup)->method || (*setup)->method->id != id) return own;
  return as_method(*(*setup)->method);
}

StatusOr<Books> Views::books(const Stream& stream) const {
  std::string bytes;
  const Status found = log_.get(Table::books, keys::stream(stream.partner, stream.mode), bytes);
  Books books;
  if (absl::IsNotFound(found)) return books;
  TOLLGATE_RETURN_IF_ERROR(found);
  TOLLGATE_RETURN_IF_ERROR(wire::decode(bytes, books));
  return books;
}

}  // namespace tollgate

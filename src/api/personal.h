// Personal data: read from parameters, sealed before it enters a command, opened where it is shown. What lies in the log is ciphertext
// under the key of a subject: the customer if there is one, so that erasing one key erases the person, else the object itself.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"
#include "api/writer.h"
#include "tollgate/base/fields.h"
#include "tollgate/record/wire.h"

namespace tollgate::api {

struct Address {
  std::string city, country, line1, line2, postal_code, state;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "city", self.city);
    v(2, "country", self.country);
    v(3, "line1", self.line1);
    v(4, "line2", self.line2);
    v(5, "postal_code", self.postal_code);
    v(6, "state", self.state);
  }
  bool operator==(const Address&) const = default;
};
struct Shipping {
  Address address;
  std::string name, phone, carrier, tracking_number;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "address", self.address);
    v(2, "name", self.name);
    v(3, "phone", self.phone);
    v(4, "carrier", self.carrier);
    v(5, "tracking_number", self.tracking_number);
  }
  bool operator==(const Shipping&) const = default;
};
// Of a payment method.
struct BillingDetails {
  Address address;
  std::string email, name, phone;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "address", self.address);
    v(2, "email", self.email);
    v(3, "name", self.name);
    v(4, "phone", self.phone);
  }
  bool operator==(const BillingDetails&) const = default;
};
// Of a payment.
struct PaymentPersonal {
  std::optional<Shipping> shipping;
  std::string receipt_email;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "shipping", self.shipping);
    v(2, "receipt_email", self.receipt_email);
  }
  bool operator==(const PaymentPersonal&) const = default;
};
// Of a customer.
struct CustomerPersonal {
  std::string name, email, phone;
  std::optional<Address> address;
  std::optional<Shipping> shipping;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "name", self.name);
    v(2, "email", self.email);
    v(3, "phone", self.phone);
    v(4, "address", self.address);
    v(5, "shipping", self.shipping);
  }
  bool operator==(const CustomerPersonal&) const = default;
};

// Each reads what is given into what is there; true if anything was given. An empty text unsets.
[[nodiscard]] bool read_billing(Params params, BillingDetails& into);   // `params`: of "billing_details"
[[nodiscard]] bool read_payment_personal(Params params, PaymentPersonal& into);
[[nodiscard]] bool read_customer_personal(Params params, CustomerPersonal& into);

// What holds nothing is no ciphertext.
template <class T>
[[nodiscard]] StatusOr<std::string> seal(Call& call, std::string_view subject, const T& value) {
  if (value == T{}) return std::string();
  return call.services.vault.seal(call.stream.partner, call.stream.mode, subject, wire::encode(value));
}
// Nothing for data whose key was erased. An error if it cannot be read: to take that for nothing would show, and on an update even keep,
// what is not so.
template <class T>
[[nodiscard]] StatusOr<T> unseal(const Services& services, const Stream& stream, std::string_view sealed) {
  T value;
  if (sealed.empty()) return value;
  const auto clear = services.vault.open(stream.partner, stream.mode, sealed);
  if (absl::IsNotFound(clear.status())) return value;
  TOLLGATE_RETURN_IF_ERROR(clear.status());
  TOLLGATE_RETURN_IF_ERROR(wire::decode(*clear, value));
  return value;
}

void write_address(Writer& out, std::string_view key, const Address& address);
void write_shipping(Writer& out, const std::optional<Shipping>& shipping);
void write_billing(Writer& out, const BillingDetails& billing);

}  // namespace tollgate::api

// The public events of a record: which of the API's event types one fact shows itself as.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tollgate/payment/types.h"
#include "tollgate/record/event.h"

namespace tollgate::projection {

// Written into the rows of the events index, so that a list of one type need not read records: numbers are permanent.
enum class PublicType : uint8_t {
  payment_intent_created = 1,
  payment_intent_requires_action = 2,
  payment_intent_processing = 3,
  payment_intent_amount_capturable_updated = 4,
  payment_intent_succeeded = 5,
  payment_intent_payment_failed = 6,
  payment_intent_canceled = 7,
  charge_succeeded = 10,
  charge_failed = 11,
  charge_captured = 12,
  charge_expired = 13,
  charge_refunded = 14,
  refund_created = 20,
  refund_updated = 21,
  refund_failed = 22,
  customer_created = 30,
  customer_updated = 31,
  customer_deleted = 32,
  payment_method_attached = 40,
  payment_method_updated = 41,
  payment_method_detached = 42,
  setup_intent_created = 50,
  setup_intent_requires_action = 51,
  setup_intent_succeeded = 52,
  setup_intent_setup_failed = 53,
  setup_intent_canceled = 54,
};

// At most a few, kept without an allocation: this runs for every record that is written.
struct PublicTypes {
  static constexpr std::size_t count_max = 3;
  std::array<PublicType, count_max> types{};
  std::size_t count = 0;

  void add(PublicType type) { types[count++] = type; }
  [[nodiscard]] const PublicType* begin() const { return types.data(); }
  [[nodiscard]] const PublicType* end() const { return types.data() + count; }
  [[nodiscard]] bool empty() const { return count == 0; }
};

// "charge.succeeded"; "" for a number that is no type.
[[nodiscard]] const char* name_of(PublicType type);
// `payment`: after the event, if it is one of a payment.
[[nodiscard]] PublicTypes public_types(const Event& event, const Payment* payment);
// Whether `name` fits the filter: one type, or a resource and ".*" ("charge.*"). Empty: all do.
[[nodiscard]] bool matches(std::string_view filter, std::string_view name);

}  // namespace tollgate::projection

// Lists are walks over index rows, written in the same atomic write as the events that they follow from: a partner
// reads its own writes by construction, and nothing has to catch up after a crash. A row's key ends in the time and id
// of its object, so that a cursor is computed from the object itself and `created` filters are ranges.
//
// key: partner u64, mode u8, kind u8, [scope 12: a customer's core], time_us u64, child id (core 12, ordinal u16)
//   or, for events: the record's sequence u64
//
// Rows cost more than anything else of a payment, so what the common payment can do without has none: a charge that was made
// with its payment is found by walking the payments, and balance transactions stand in the row of the event that made them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/payment/types.h"
#include "tollgate/record/record.h"

namespace tollgate {

enum class IndexKind : uint8_t {
  charges = 1,               // id: charge, if it was not made with its payment
  refunds = 2,               // id: refund
  events = 4,                // sequence of a record that has public events or balance transactions
  payments_by_customer = 5,  // scoped; id: payment, ordinal 0
  methods_by_customer = 6,   // scoped; id: payment method
  setups_by_customer = 7,    // scoped; id: setup intent, ordinal 0
  charges_by_customer = 8,   // scoped; id: charge
};

// Whether the attempt is a charge of the API: the acquirer (or the cardholder's failed challenge) has ended it or let
// it stand.
[[nodiscard]] bool is_charge(const Attempt& attempt);

// Whether the charges of a payment begin with one that came to be with it: the list of charges then finds it by its payment, at the
// time of the payment's id.
inline constexpr int64_t made_together_max_us = 100'000;
[[nodiscard]] bool charge_made_with_payment(const Payment& payment);

// What the index must know of a payment or setup intent as it was before an event: a few numbers, so that nobody copies
// one to keep them. Empty: the object is new.
struct Indexed {
  bool newest_is_charge = false;
  std::size_t attempts = 0, refunds = 0, transactions = 0;
  CustomerId customer;
  [[nodiscard]] static Indexed of(const Payment& payment);
  [[nodiscard]] static Indexed of(const SetupIntent& setup);
};

// The rows that one applied event brings. `before`: of the payment or setup intent that it is about. `payment`: the
// payment after the event, if it is one of a payment.
void append_index_rows(std::vector<Row>& rows, const RecordHeader& header, const Event& event, const Indexed& before,
                       const Payment* payment);

// The names of the public events of a record, in order ("charge.succeeded"): the types that the API's events have.
// `payment`: after the event.
[[nodiscard]] std::vector<const char*> public_event_types(const Event& event, const Payment* payment);

}  // namespace tollgate

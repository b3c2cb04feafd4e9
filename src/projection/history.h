// Reading an object's own records back, by the sequences that it keeps.
#pragma once
#include <cstdint>
#include <functional>
#include <span>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/record/record.h"

namespace tollgate::projection {

// Visits the records of `sequences` (ascending) in order. data_loss if one is not there.
[[nodiscard]] Status read_records(const EventLog& log, uint32_t partition, std::span<const uint64_t> sequences,
                                  const std::function<Status(Record&&)>& visit);

// A method that a payment made in passing, as the payment last used it; nullptr if it made no such method.
[[nodiscard]] const MethodSnapshot* method_of(const Payment& payment, const PaymentMethodId& id);

// The leading part of `sequences` up to and with `last`.
[[nodiscard]] inline std::span<const uint64_t> up_to(std::span<const uint64_t> sequences, uint64_t last) {
  std::size_t count = 0;
  while (count < sequences.size() && sequences[count] <= last) ++count;
  return sequences.first(count);
}

}  // namespace tollgate::projection

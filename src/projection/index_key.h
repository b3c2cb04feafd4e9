// Keys of the index table (projection/index.h), built and read here only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/base/id.h"
#include "tollgate/projection/index.h"

namespace tollgate::projection {

inline constexpr std::size_t child_bytes = 14;  // core and ordinal
inline constexpr std::size_t sequence_bytes = 8;

// All rows of one list begin with this. `scope` only for the kinds that are scoped.
[[nodiscard]] std::string index_prefix(PartnerId partner, Mode mode, IndexKind kind, const CustomerId* scope = nullptr);

void append_time(std::string& key, int64_t time_us);
void append_child(std::string& key, const IdCore& core, uint16_t ordinal);

// The child id at the end of a key; nothing if the key is too short to have one.
[[nodiscard]] std::optional<PaymentMethodId> child_of(std::string_view key);
[[nodiscard]] std::optional<uint64_t> sequence_of(std::string_view key);

// The value of an event's row: its public types, a byte each, and, if it moved money, a zero and the id of its balance transaction.
struct EventRow {
  std::string_view types;
  std::optional<PaymentMethodId> transaction;  // core of the payment, ordinal of the transaction
};
[[nodiscard]] std::optional<EventRow> parse_event_row(std::string_view value);
// Of the balance transaction in it, told by its public types: no payment need be read to leave out those of other types.
[[nodiscard]] TransactionType transaction_type_of(const EventRow& row);

}  // namespace tollgate::projection

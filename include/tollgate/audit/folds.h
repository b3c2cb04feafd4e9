// Objects as records make them. A fold refuses what is illegal, in words, and never crashes on a log that someone else wrote.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "tollgate/audit/moment.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

// Called from time to time with the work done since the last call, in records or rows.
using ProgressReport = std::function<void(uint64_t more)>;

using Partners = std::map<PartnerId, Partner>;
[[nodiscard]] StatusOr<Partners> partners_at(const RecordSource& source, const Cut& cut);

// data_loss if the record may not happen to it.
[[nodiscard]] Status fold(std::optional<Payment>& payment, const Record& record);
[[nodiscard]] Status fold(std::optional<Customer>& customer, const Record& record);
[[nodiscard]] Status fold(std::optional<PaymentMethod>& method, const Record& record);
[[nodiscard]] Status fold(std::optional<SetupIntent>& setup, const Record& record);

// What a record is about.
enum class ObjectKind : uint8_t { none = 0, payment, customer, payment_method, setup_intent, partner, balance };
struct Subject {
  ObjectKind kind = ObjectKind::none;
  IdCore core;
  uint16_t ordinal = 0;  // of a payment method
  bool operator==(const Subject&) const = default;
  [[nodiscard]] std::string text() const;  // "pi_..."; empty for partner, balance and none
};
[[nodiscard]] Subject subject_of(const Event& event);

struct PaymentScope {
  std::optional<PartnerId> partner;
  std::optional<Mode> mode;
  // As the payment's id says.
  int64_t created_from_us = INT64_MIN;
  int64_t created_to_us = INT64_MAX;
};
// Every payment as it was at `cut`, partner by partner, in the order of ids, until `visit` returns false. With state rows: from them, and from the log
// where a payment went on after `cut`; any number of payments needs the same memory. From records alone: from all of them, held in memory meanwhile.
[[nodiscard]] Status for_each_payment(const RecordSource& source, const Partners& partners, const Cut& cut, const PaymentScope& scope,
                                      const std::function<bool(const Payment& payment, uint32_t partition)>& visit,
                                      const ProgressReport& progress = {});

// The records of an object, in order, by the sequences that it keeps.
[[nodiscard]] StatusOr<std::vector<Record>> read_records(const RecordSource& source, uint32_t partition,
                                                         const std::vector<uint64_t>& sequences);

}  // namespace tollgate::audit

// The read side: objects and lists of one partner and mode, from the rows and the log. Any thread; every read sees all
// that was acknowledged before it began.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/eventlog/event_log.h"
#include "tollgate/projection/index.h"
#include "tollgate/record/record.h"

namespace tollgate {

struct Stream {
  PartnerId partner;
  Mode mode = Mode::test;
  uint32_t partition = 0;
};

// A page of a list, newest first. Bounds are UTC microseconds: from <= created < to.
struct PageQuery {
  int64_t created_from_us = 0;
  int64_t created_to_us = INT64_MAX;
  std::size_t limit = 10;  // 1..100
  // The cursor's object: the page begins behind it (starting_after), or ends before it (ending_before). At most one is
  // set.
  // core and ordinal of whatever kind of object is listed (ordinal 0 if it has none)
  std::optional<PaymentMethodId> after, before;
  // For events instead: the record's sequence, and which of its public events.
  std::optional<uint64_t> after_sequence, before_sequence;
  uint8_t after_ordinal = 0, before_ordinal = 0;
  std::optional<CustomerId> customer;
  std::optional<TransactionType> transaction_type;  // of balance transactions: no others
};

// How many rows a list looks at for a page that a filter keeps empty or short.
inline constexpr std::size_t rows_scanned_max = 100'000;

// How many records of its partition a past balance may lie behind now, or before its first record.
inline constexpr uint64_t past_movements_records_max = 500'000;

// A moment of a partition: what the records up to one of them tell. The default is now.
struct KnownAt {
  uint64_t sequence = UINT64_MAX;  // of the last record that counts; 0: none does
  int64_t time_us = INT64_MAX;
  [[nodiscard]] bool is_now() const { return sequence == UINT64_MAX; }
};

template <class T>
struct Page {
  std::vector<T> items;
  bool has_more = false;
};

struct ChargeRef { std::shared_ptr<const Payment> payment; uint16_t attempt = 0; };
struct RefundRef { std::shared_ptr<const Payment> payment; uint16_t refund = 0; };
struct TransactionRef { std::shared_ptr<const Payment> payment; uint16_t transaction = 0; };

// A record with public events, and its subject as it was right after it: exactly one of the pointers is set. `types`
// are all of the record's public events; a list has one view for each event, and `ordinal` says which of them it is
// about.
struct EventView {
  Record record;
  uint8_t ordinal = 0;
  std::shared_ptr<const Payment> payment;
  std::shared_ptr<const Customer> customer;
  std::shared_ptr<const PaymentMethod> method;
  std::shared_ptr<const SetupIntent> setup;
  std::vector<const char*> types;
};

class Views {
 public:
  explicit Views(const EventLog& log) : log_(log) {}

  // not_found where there is none of this partner and mode.
  [[nodiscard]] StatusOr<std::shared_ptr<const Payment>> payment(const Stream& stream, PaymentId id) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const Customer>> customer(const Stream& stream, CustomerId id) const;
  // Also one that a payment or setup intent made in passing.
  [[nodiscard]] StatusOr<std::shared_ptr<const PaymentMethod>> method(const Stream& stream, PaymentMethodId id) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const SetupIntent>> setup(const Stream& stream, SetupIntentId id) const;
  [[nodiscard]] StatusOr<Books> books(const Stream& stream) const;  // empty ones if nothing ever moved

  // The last record of the partition that is not later. failed_precondition if it was moved to an archive that is not at hand.
  [[nodiscard]] StatusOr<KnownAt> at_time(uint32_t partition, int64_t time_us) const;
  // not_found if there is no such record yet; failed_precondition as above.
  [[nodiscard]] StatusOr<KnownAt> at_record(uint32_t partition, uint64_t sequence) const;
  // As they were known then. not_found: not there yet. failed_precondition: records that it follows from were moved to an archive that is not at
  // hand. resource_exhausted: too much has happened since.
  [[nodiscard]] StatusOr<std::shared_ptr<const Payment>> payment(const Stream& stream, PaymentId id, const KnownAt& at) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const Customer>> customer(const Stream& stream, CustomerId id, const KnownAt& at) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const PaymentMethod>> method(const Stream& stream, PaymentMethodId id, const KnownAt& at) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const SetupIntent>> setup(const Stream& stream, SetupIntentId id, const KnownAt& at) const;
  // Totals alone, and also of currencies that came later: those are zero.
  [[nodiscard]] StatusOr<Books> books(const Stream& stream, const KnownAt& at) const;
  // The sequences of all records of a payment up to then, in order; not_found if there was none yet.
  [[nodiscard]] StatusOr<std::vector<uint64_t>> history(const Stream& stream, PaymentId id, const KnownAt& at = {}) const;
  // Visits records, `sequences` ascending, one after the other: a history may be long. data_loss if the log has not all of them.
  [[nodiscard]] Status read(uint32_t partition, std::span<const uint64_t> sequences, const std::function<Status(Record&&)>& visit) const;

  // The payment as it was right after the record `sequence`: its history folded up to there.
  [[nodiscard]] StatusOr<std::shared_ptr<const Payment>> payment_at(const Stream& stream, PaymentId id,
                                                                    uint64_t sequence) const;
  [[nodiscard]] StatusOr<std::shared_ptr<const SetupIntent>> setup_at(const Stream& stream, SetupIntentId id,
                                                                      uint64_t sequence) const;
  // data_loss if the log has no such record although it must.
  [[nodiscard]] StatusOr<Record> record(uint32_t partition, uint64_t sequence) const;

  [[nodiscard]] StatusOr<Page<std::shared_ptr<const Payment>>> payments(const Stream& stream,
                                                                        const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<std::shared_ptr<const Customer>>> customers(const Stream& stream,
                                                                          const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<std::shared_ptr<const SetupIntent>>> setups(const Stream& stream,
                                                                          const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<std::shared_ptr<const PaymentMethod>>> methods(const Stream& stream,
                                                                             const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<ChargeRef>> charges(const Stream& stream, const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<RefundRef>> refunds(const Stream& stream, const PageQuery& query) const;
  [[nodiscard]] StatusOr<Page<TransactionRef>> transactions(const Stream& stream, const PageQuery& query) const;
  // `type`: one public type, "charge.*", or empty for all. resource_exhausted if none was found among rows_scanned_max:
  // the caller should narrow `created`.
  [[nodiscard]] StatusOr<Page<EventView>> events(const Stream& stream, const PageQuery& query,
                                                 std::string_view type) const;
  // not_found for another partner's or mode's record.
  [[nodiscard]] StatusOr<EventView> event(const Stream& stream, uint64_t sequence) const;

 private:
  const EventLog& log_;
};

}  // namespace tollgate

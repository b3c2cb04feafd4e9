// Identifiers. Each kind is a type of its own, so that none can be passed for another.
//
// An object's id is its kind's prefix and a core of 12 bytes: 6 bytes of milliseconds since 1970, 2 bytes of a counter
// and 4 random bytes, big-endian, written as 17 characters of base62. Ids of a kind therefore sort in the order of their
// creation, as bytes and as text, and a partner's objects can be listed by walking its ids.
//
// What belongs to a payment (charge, refund, balance transaction, a payment method made in passing) carries the
// payment's core and an ordinal from 1, two more characters: the payment of `ch_<17><2>` is `pi_<17>`.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tollgate/base/bytes.h"

namespace tollgate {

class Random;

struct IdCore {
  static constexpr std::size_t text_length = 17;
  std::array<uint8_t, 12> bytes{};

  [[nodiscard]] static IdCore make(int64_t now_us, uint16_t counter, uint32_t random);
  // The smallest core of that millisecond: the bound of a time range.
  [[nodiscard]] static IdCore first_at(int64_t time_us) { return make(time_us, 0, 0); }
  [[nodiscard]] static std::optional<IdCore> parse(std::string_view text);
  [[nodiscard]] int64_t created_us() const;
  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  [[nodiscard]] bool empty() const { return bytes == std::array<uint8_t, 12>{}; }
  void append_text(std::string& to) const;
  auto operator<=>(const IdCore&) const = default;
};

template <class Tag>
struct ObjectId {
  IdCore core;

  [[nodiscard]] static std::optional<ObjectId> parse(std::string_view text) {
    if (!text.starts_with(Tag::prefix)) return std::nullopt;
    const auto core = IdCore::parse(text.substr(Tag::prefix.size()));
    if (!core) return std::nullopt;
    return ObjectId{*core};
  }
  void append_text(std::string& to) const {
    to.append(Tag::prefix);
    core.append_text(to);
  }
  [[nodiscard]] std::string text() const {
    std::string to;
    append_text(to);
    return to;
  }
  [[nodiscard]] bool empty() const { return core.empty(); }
  auto operator<=>(const ObjectId&) const = default;
};

template <class Tag>
struct ChildId {
  static constexpr uint16_t ordinal_max = 62 * 62 - 1;
  IdCore core;
  uint16_t ordinal = 0;

  [[nodiscard]] static std::optional<ChildId> parse(std::string_view text) {
    if (!text.starts_with(Tag::prefix) || text.size() != Tag::prefix.size() + IdCore::text_length + 2) return std::nullopt;
    text.remove_prefix(Tag::prefix.size());
    const auto core = IdCore::parse(text.substr(0, IdCore::text_length));
    const auto ordinal = from_base62(text.substr(IdCore::text_length));
    if (!core || !ordinal) return std::nullopt;
    return ChildId{*core, static_cast<uint16_t>(*ordinal)};
  }
  void append_text(std::string& to) const {
    to.append(Tag::prefix);
    core.append_text(to);
    append_base62(to, ordinal, 2);
  }
  [[nodiscard]] std::string text() const {
    std::string to;
    append_text(to);
    return to;
  }
  [[nodiscard]] bool empty() const { return core.empty(); }
  auto operator<=>(const ChildId&) const = default;
};

struct PaymentTag { static constexpr std::string_view prefix = "pi_"; };
struct CustomerTag { static constexpr std::string_view prefix = "cus_"; };
struct SetupIntentTag { static constexpr std::string_view prefix = "seti_"; };
struct PaymentMethodTag { static constexpr std::string_view prefix = "pm_"; };
struct ChargeTag { static constexpr std::string_view prefix = "ch_"; };
struct RefundTag { static constexpr std::string_view prefix = "re_"; };
struct TransactionTag { static constexpr std::string_view prefix = "txn_"; };
struct RequestTag { static constexpr std::string_view prefix = "req_"; };

using PaymentId = ObjectId<PaymentTag>;
using CustomerId = ObjectId<CustomerTag>;
using SetupIntentId = ObjectId<SetupIntentTag>;
using RequestId = ObjectId<RequestTag>;
// Ordinal 0: created on its own. From 1: made in passing by that attempt of the payment or setup intent of the same core.
using PaymentMethodId = ChildId<PaymentMethodTag>;
using ChargeId = ChildId<ChargeTag>;
using RefundId = ChildId<RefundTag>;
using TransactionId = ChildId<TransactionTag>;

// `acct_` and 11 characters of base62.
struct PartnerId {
  uint64_t value = 0;
  [[nodiscard]] static std::optional<PartnerId> parse(std::string_view text);
  void append_text(std::string& to) const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool empty() const { return value == 0; }
  auto operator<=>(const PartnerId&) const = default;
};

// An event as the API shows it: the record at (partition, sequence) and which of that record's public events.
// `evt_`, 3 characters of partition, 11 of sequence, 1 of ordinal.
struct EventId {
  uint32_t partition = 0;
  uint64_t sequence = 0;
  uint8_t ordinal = 0;
  [[nodiscard]] static std::optional<EventId> parse(std::string_view text);
  void append_text(std::string& to) const;
  [[nodiscard]] std::string text() const;
  auto operator<=>(const EventId&) const = default;
};

// Test and live are separate streams of one partner and never mix.
enum class Mode : uint8_t { none = 0, test = 1, live = 2 };

// Makes the cores of one thread: time, a counter that keeps those of one millisecond in order, random bits.
class IdSource {
 public:
  explicit IdSource(Random& random) : random_(random) {}
  // Never goes back: a clock that was set back keeps the last millisecond and counts on.
  [[nodiscard]] IdCore next(int64_t now_us);

 private:
  Random& random_;
  int64_t last_ms_ = 0;
  uint16_t counter_ = 0;
};

}  // namespace tollgate

#include "acquirer/sandbox/entry.h"

#include "tollgate/base/bytes.h"

namespace tollgate::sandbox {
namespace {

constexpr uint8_t entry_version = 1;
constexpr uint8_t pending_version = 1;
enum Flag : uint8_t { flag_reversed = 1, flag_tombstone = 2, flag_canceled = 4 };

void put(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<char>(value | 0x80));
  to.push_back(static_cast<char>(value));
}

// Takes values off the front; after one that is not there everything reads as 0 and ok() says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes_.empty()) return fail();
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  int64_t amount() { return static_cast<int64_t>(number()); }
  template <class T>
  T small() { return static_cast<T>(number()); }
  std::string_view text() {
    const uint64_t length = number();
    if (length > bytes_.size()) return fail(), std::string_view();
    const std::string_view taken = bytes_.substr(0, length);
    bytes_.remove_prefix(length);
    return taken;
  }
  Currency currency() {
    const auto packed = small<uint32_t>();
    if (packed == 0) return {};  // a tombstone, a verification
    const auto known = Currency::from_packed(packed);
    if (!known) fail();
    return known.value_or(Currency());
  }
  [[nodiscard]] bool ok() const { return ok_ && bytes_.empty(); }

 private:
  uint64_t fail() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

void put_text(std::string& to, std::string_view text) {
  put(to, text.size());
  to.append(text);
}

}  // namespace

std::string encode(const Entry& entry) {
  std::string to;
  to.reserve(48 + entry.original.size());
  put(to, entry_version);
  put(to, static_cast<uint8_t>(entry.action));
  put(to, static_cast<uint8_t>(entry.outcome));
  put(to, static_cast<uint8_t>(entry.code));
  put(to, static_cast<uint8_t>(entry.cvc_check));
  put(to, entry.traits);
  put(to, (entry.reversed ? flag_reversed : 0) | (entry.tombstone ? flag_tombstone : 0) | (entry.canceled ? flag_canceled : 0));
  put(to, entry.times_seen);
  put(to, entry.times_moved);
  put(to, entry.violations);
  put(to, static_cast<uint64_t>(entry.amount));
  put(to, entry.currency.packed());
  put(to, static_cast<uint64_t>(entry.effect));
  put(to, static_cast<uint64_t>(entry.authorized));
  put(to, static_cast<uint64_t>(entry.captured));
  put(to, static_cast<uint64_t>(entry.refunded));
  put_text(to, entry.original);
  return to;
}

std::optional<Entry> decode_entry(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.number() != entry_version) return std::nullopt;
  Entry entry;
  entry.action = reader.small<AcquirerAction>();
  entry.outcome = reader.small<Outcome>();
  entry.code = reader.small<DeclineCode>();
  entry.cvc_check = reader.small<Check>();
  entry.traits = reader.small<uint8_t>();
  const auto flags = reader.small<uint8_t>();
  entry.reversed = (flags & flag_reversed) != 0;
  entry.tombstone = (flags & flag_tombstone) != 0;
  entry.canceled = (flags & flag_canceled) != 0;
  entry.times_seen = reader.small<uint32_t>();
  entry.times_moved = reader.small<uint32_t>();
  entry.violations = reader.small<uint32_t>();
  entry.amount = reader.amount();
  entry.currency = reader.currency();
  entry.effect = reader.amount();
  entry.authorized = reader.amount();
  entry.captured = reader.amount();
  entry.refunded = reader.amount();
  entry.original = reader.text();
  return reader.ok() ? std::optional(std::move(entry)) : std::nullopt;
}

SandboxEntry to_public(std::string reference, const Entry& entry) {
  SandboxEntry shown;
  shown.reference = std::move(reference);
  shown.action = entry.action;
  shown.outcome = entry.outcome;
  shown.reversed = entry.reversed;
  shown.tombstone = entry.tombstone;
  shown.times_seen = entry.times_seen;
  shown.times_moved = entry.times_moved;
  shown.amount = entry.amount;
  shown.currency = entry.currency;
  shown.code = entry.code;
  shown.authorized = entry.authorized;
  shown.captured = entry.captured;
  shown.refunded = entry.refunded;
  shown.violations = entry.violations;
  return shown;
}

std::string encode(const PendingRefund& pending) {
  const AcquirerRequest& refund = pending.refund;
  std::string to;
  put(to, pending_version);
  put(to, pending.succeeds ? 1 : 0);
  put(to, static_cast<uint8_t>(refund.mode));
  put(to, refund.partner.value);
  put(to, refund.partition);
  put_text(to, refund.payment.core.view());
  put(to, refund.operation);
  put(to, refund.refund);
  put(to, static_cast<uint64_t>(refund.amount));
  put(to, refund.currency.packed());
  put_text(to, refund.original_reference);
  return to;
}

std::optional<PendingRefund> decode_pending(std::string reference, std::string_view bytes) {
  Reader reader(bytes);
  if (reader.number() != pending_version) return std::nullopt;
  PendingRefund pending;
  AcquirerRequest& refund = pending.refund;
  refund.action = AcquirerAction::refund;
  refund.reference = std::move(reference);
  pending.succeeds = reader.number() == 1;
  refund.mode = reader.small<Mode>();
  refund.partner.value = reader.number();
  refund.partition = reader.small<uint32_t>();
  const std::string_view core = reader.text();
  if (core.size() != refund.payment.core.bytes.size()) return std::nullopt;
  std::memcpy(refund.payment.core.bytes.data(), core.data(), core.size());
  refund.operation = reader.small<uint16_t>();
  refund.refund = reader.small<uint16_t>();
  refund.amount = reader.amount();
  refund.currency = reader.currency();
  refund.original_reference = reader.text();
  return reader.ok() ? std::optional(std::move(pending)) : std::nullopt;
}

}  // namespace tollgate::sandbox

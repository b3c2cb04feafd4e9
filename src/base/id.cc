#include "tollgate/base/id.h"

#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"

namespace tollgate {
namespace {

constexpr std::size_t partner_digits = 11, partition_digits = 3, sequence_digits = 11;
constexpr std::string_view partner_prefix = "acct_", event_prefix = "evt_";

}  // namespace

IdCore IdCore::make(int64_t now_us, uint16_t counter, uint32_t random) {
  const auto ms = static_cast<uint64_t>(now_us < 0 ? 0 : now_us / us_per_ms);
  IdCore core;
  for (int i = 0; i < 6; ++i) core.bytes[static_cast<std::size_t>(i)] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  core.bytes[6] = static_cast<uint8_t>(counter >> 8);
  core.bytes[7] = static_cast<uint8_t>(counter);
  for (int i = 0; i < 4; ++i) core.bytes[static_cast<std::size_t>(8 + i)] = static_cast<uint8_t>(random >> (24 - 8 * i));
  return core;
}

std::optional<IdCore> IdCore::parse(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  const auto value = from_base62(text);
  // All zeros stands for "none" inside: from outside it is no id.
  if (!value || *value == 0 || *value >> 96 != 0) return std::nullopt;
  IdCore core;
  for (int i = 0; i < 12; ++i) core.bytes[static_cast<std::size_t>(i)] = static_cast<uint8_t>(*value >> (88 - 8 * i));
  return core;
}

int64_t IdCore::created_us() const {
  int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
  return ms * us_per_ms;
}

void IdCore::append_text(std::string& to) const {
  unsigned __int128 value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  append_base62(to, value, text_length);
}

std::optional<PartnerId> PartnerId::parse(std::string_view text) {
  if (!text.starts_with(partner_prefix) || text.size() != partner_prefix.size() + partner_digits) return std::nullopt;
  const auto value = from_base62(text.substr(partner_prefix.size()));
  if (!value || *value >> 64 != 0) return std::nullopt;
  return PartnerId{static_cast<uint64_t>(*value)};
}

void PartnerId::append_text(std::string& to) const {
  to.append(partner_prefix);
  append_base62(to, value, partner_digits);
}

std::string PartnerId::text() const {
  std::string to;
  append_text(to);
  return to;
}

std::optional<EventId> EventId::parse(std::string_view text) {
  if (!text.starts_with(event_prefix)) return std::nullopt;
  text.remove_prefix(event_prefix.size());
  if (text.size() != partition_digits + sequence_digits + 1) return std::nullopt;
  const auto partition = from_base62(text.substr(0, partition_digits));
  const auto sequence = from_base62(text.substr(partition_digits, sequence_digits));
  const auto ordinal = from_base62(text.substr(partition_digits + sequence_digits));
  if (!partition || !sequence || *sequence >> 64 != 0 || !ordinal) return std::nullopt;
  return EventId{static_cast<uint32_t>(*partition), static_cast<uint64_t>(*sequence), static_cast<uint8_t>(*ordinal)};
}

void EventId::append_text(std::string& to) const {
  to.append(event_prefix);
  append_base62(to, partition, partition_digits);
  append_base62(to, sequence, sequence_digits);
  append_base62(to, ordinal, 1);
}

std::string EventId::text() const {
  std::string to;
  append_text(to);
  return to;
}

IdCore IdSource::next(int64_t now_us) {
  const int64_t ms = now_us / us_per_ms;
  if (ms > last_ms_) {
    last_ms_ = ms;
    counter_ = 0;
  } else if (++counter_ == 0) {
    ++last_ms_;  // 65,536 in one millisecond: borrow from the next one
  }
  return IdCore::make(last_ms_ * us_per_ms, counter_, random_.next_u32());
}

}  // namespace tollgate

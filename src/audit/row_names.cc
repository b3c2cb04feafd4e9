#include "audit/row_names.h"

#include "audit/difference.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/projection/index.h"
#include "tollgate/record/idempotency.h"

namespace tollgate::audit {

namespace {

constexpr char expires_authorization = 1, releases_funds = 2;
constexpr std::size_t stream_bytes = 9, core_bytes = 12;
constexpr std::size_t timer_key_bytes = 4 + 8 + 1 + stream_bytes + core_bytes;

IdCore core_at(std::string_view bytes) {
  IdCore core;
  std::memcpy(core.bytes.data(), bytes.data(), core.bytes.size());
  return core;
}

std::string timer_key(uint32_t partition, int64_t due_us, char kind, PartnerId partner, Mode mode, const IdCore& core) {
  std::string key = keys::partition(partition);
  append_be64(key, static_cast<uint64_t>(due_us));
  key.push_back(kind);
  return key + keys::object(partner, mode, core);
}

std::string name_of_timer(std::string_view key) {
  if (key.size() != timer_key_bytes) return fmt::format("the timer {}", to_hex(key));
  const std::string due = time_text(static_cast<int64_t>(load_be64(key.data() + 4)));
  const PartnerId partner{load_be64(key.data() + 13)};
  if (key[12] == expires_authorization) return fmt::format("the timer that expires the authorization of {} at {}", PaymentId{core_at(key.substr(22))}.text(), due);
  if (key[12] == releases_funds) return fmt::format("the timer that makes funds of {} available at {}", partner.text(), due);
  return fmt::format("the timer {}", to_hex(key));
}

std::string name_of_index_row(std::string_view key) {
  constexpr std::size_t child_bytes = core_bytes + 2;
  const std::string_view kind = key.size() > stream_bytes ? name_of(static_cast<IndexKind>(key[stream_bytes])) : std::string_view();
  if (kind.empty() || key.size() < stream_bytes + 1 + 8 + 8) return fmt::format("the index row {}", to_hex(key));
  const auto of = [&](const std::string& id) { return fmt::format("the {} row of {} in the index", kind, id); };
  if (static_cast<IndexKind>(key[stream_bytes]) == IndexKind::events) return of(fmt::format("record {}", load_be64(key.data() + key.size() - 8)));
  if (key.size() < stream_bytes + 1 + 8 + child_bytes) return fmt::format("the index row {}", to_hex(key));
  const IdCore core = core_at(key.substr(key.size() - child_bytes));
  const uint16_t ordinal = load_be16(key.data() + key.size() - 2);
  if (ordinal > ChargeId::ordinal_max) return fmt::format("the index row {}", to_hex(key));  // no id has it
  switch (static_cast<IndexKind>(key[stream_bytes])) {
    case IndexKind::charges:
    case IndexKind::charges_by_customer: return of(ChargeId{core, ordinal}.text());
    case IndexKind::refunds: return of(RefundId{core, ordinal}.text());
    case IndexKind::payments_by_customer: return of(PaymentId{core}.text());
    case IndexKind::methods_by_customer: return of(PaymentMethodId{core, ordinal}.text());
    case IndexKind::setups_by_customer: return of(SetupIntentId{core}.text());
    default: return fmt::format("the {} row {} in the index", kind, to_hex(key));
  }
}

}  // namespace

std::string expiry_timer_key(uint32_t partition, int64_t due_us, PartnerId partner, Mode mode, const IdCore& core) {
  return timer_key(partition, due_us, expires_authorization, partner, mode, core);
}
std::string release_timer_key(uint32_t partition, int64_t due_us, PartnerId partner, Mode mode) {
  return timer_key(partition, due_us, releases_funds, partner, mode, {});
}

std::string name_of_row(Table table, std::string_view key) {
  const bool object = key.size() >= stream_bytes + core_bytes;
  switch (table) {
    case Table::payments:
      if (object) return fmt::format("the row of {}", PaymentId{core_at(key.substr(stream_bytes))}.text());
      break;
    case Table::in_doubt:
      if (key.size() == 4 + stream_bytes + core_bytes) return fmt::format("the resolver's row of {}", PaymentId{core_at(key.substr(4 + stream_bytes))}.text());
      break;
    case Table::idempotency: return fmt::format("the idempotency row {}", to_hex(key));
    case Table::timers: return name_of_timer(key);
    case Table::index: return name_of_index_row(key);
    default: break;
  }
  return fmt::format("the row {} of table {}", to_hex(key), static_cast<int>(table));
}

std::string wrong_value(Table table, std::string_view key, std::string_view row, std::string_view expected, const Origin& origin) {
  if (table != Table::idempotency) {
    return fmt::format("{} says {}, its records {}", name_of_row(table, key), row.empty() ? "nothing" : to_hex(row),
                       expected.empty() ? "nothing" : to_hex(expected));
  }
  IdempotencyEntry entry, fold;
  if (const Status status = wire::decode(row, entry); !status.ok()) return fmt::format("{} does not decode: {}", name_of_row(table, key), message_of(status));
  static_cast<void>(wire::decode(expected, fold));
  if (entry.request != fold.request || entry.fingerprint != fold.fingerprint)
    return fmt::format("{} is not of the request that record {} names", name_of_row(table, key), origin.sequence);
  return fmt::format("{} is not what the command of record {} led to: {}", name_of_row(table, key), origin.sequence, difference(row, fold));
}

std::string missing_row(Table table, std::string_view key, const Origin& origin) {
  if (table == Table::idempotency) return fmt::format("the idempotency key of record {} has no row", origin.sequence);
  if (table == Table::in_doubt && key.size() == 4 + stream_bytes + core_bytes) {
    return fmt::format("the payment {} has an operation in doubt and no row for the resolver", PaymentId{core_at(key.substr(4 + stream_bytes))}.text());
  }
  return fmt::format("{} is missing", name_of_row(table, key));
}

std::string stray_row(Table table, std::string_view key) {
  if (table == Table::in_doubt && key.size() == 4 + stream_bytes + core_bytes)
    return fmt::format("the resolver has a row for {}, which has nothing in doubt", PaymentId{core_at(key.substr(4 + stream_bytes))}.text());
  return fmt::format("{} follows from no record", name_of_row(table, key));
}

}  // namespace tollgate::audit

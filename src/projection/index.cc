#include "tollgate/projection/index.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

#include "projection/index_key.h"
#include "projection/public_events.h"
#include "tollgate/base/assert.h"

namespace tollgate {
namespace projection {

std::string index_prefix(PartnerId partner, Mode mode, IndexKind kind, const CustomerId* scope) {
  std::string key;
  key.reserve(48);  // a whole key of any kind: one allocation
  append_be64(key, partner.value);
  key.push_back(static_cast<char>(mode));
  key.push_back(static_cast<char>(kind));
  if (scope != nullptr) key.append(scope->core.view());
  return key;
}

void append_time(std::string& key, int64_t time_us) { append_be64(key, static_cast<uint64_t>(time_us)); }

void append_child(std::string& key, const IdCore& core, uint16_t ordinal) {
  key.append(core.view());
  append_be16(key, ordinal);
}

std::optional<PaymentMethodId> child_of(std::string_view key) {
  if (key.size() < child_bytes) return std::nullopt;
  key.remove_prefix(key.size() - child_bytes);
  PaymentMethodId id;
  std::memcpy(id.core.bytes.data(), key.data(), id.core.bytes.size());
  id.ordinal = load_be16(key.data() + id.core.bytes.size());
  return id;
}

std::optional<uint64_t> sequence_of(std::string_view key) {
  if (key.size() < sequence_bytes) return std::nullopt;
  return load_be64(key.data() + key.size() - sequence_bytes);
}

std::optional<EventRow> parse_event_row(std::string_view value) {
  EventRow row;
  row.types = value.substr(0, value.find('\0'));
  if (row.types.size() > PublicTypes::count_max) return std::nullopt;
  value.remove_prefix(row.types.size());
  if (value.empty()) return row;
  if (value.size() != 1 + child_bytes) return std::nullopt;
  row.transaction = child_of(value);
  return row;
}

TransactionType transaction_type_of(const EventRow& row) {
  const auto has = [&](PublicType type) { return row.types.find(static_cast<char>(type)) != std::string_view::npos; };
  if (has(PublicType::refund_failed)) return TransactionType::refund_failure;
  return has(PublicType::charge_refunded) ? TransactionType::refund : TransactionType::charge;
}

namespace {

struct Rows {
  std::vector<Row>& rows;
  const RecordHeader& header;

  void put(std::string key, std::string value = {}) {
    rows.push_back(Row{Table::index, std::move(key), std::move(value)});
  }
  void remove(std::string key) { rows.push_back(Row{Table::index, std::move(key), std::nullopt}); }

  [[nodiscard]] std::string child(IndexKind kind, const CustomerId* scope, int64_t time_us, const IdCore& core,
                                  uint16_t ordinal) const {
    std::string key = index_prefix(header.partner, header.mode, kind, scope);
    append_time(key, time_us);
    append_child(key, core, ordinal);
    return key;
  }
};

void add_event_row(Rows& to, const Event& event, const Indexed& before, const Payment* payment) {
  const PublicTypes types = public_types(event, payment);
  const bool moves_money = payment != nullptr && payment->transactions.size() > before.transactions;
  if (types.empty() && !moves_money) return;
  TOLLGATE_ASSERT(!moves_money || payment->transactions.size() == before.transactions + 1);
  std::string key = index_prefix(to.header.partner, to.header.mode, IndexKind::events);
  append_time(key, to.header.time_us);
  append_be64(key, to.header.sequence);
  std::string value;
  for (const PublicType type : types) value.push_back(static_cast<char>(type));
  if (moves_money) {
    value.push_back('\0');
    append_child(value, payment->id.core, payment->transactions.back().ordinal);
  }
  to.put(std::move(key), std::move(value));
}

std::string charge_key(const Rows& to, IndexKind kind, const CustomerId* scope, const Payment& payment,
                       const Attempt& attempt) {
  return to.child(kind, scope, attempt.created_us, payment.id.core, attempt.ordinal);
}

// Only the newest attempt can be waiting for an answer, so only it can become a charge.
void add_new_charge(Rows& to, const Indexed& before, const Payment& after) {
  const Attempt* attempt = after.newest_attempt();
  if (attempt == nullptr || !is_charge(*attempt)) return;
  if (before.attempts == after.attempts.size() && before.newest_is_charge) return;
  if (attempt->ordinal != 1 || !charge_made_with_payment(after)) to.put(charge_key(to, IndexKind::charges, nullptr, after, *attempt));
  if (!after.customer.empty()) {
    to.put(charge_key(to, IndexKind::charges_by_customer, &after.customer, after, *attempt));
  }
}

void add_new_refunds(Rows& to, const Indexed& before, const Payment& after) {
  for (std::size_t i = before.refunds; i < after.refunds.size(); ++i) {
    const Refund& refund = after.refunds[i];
    to.put(to.child(IndexKind::refunds, nullptr, refund.created_us, after.id.core, refund.ordinal));
  }
}

// A payment that gets another customer takes the charges that it already has with it.
void move_to_customer(Rows& to, const Indexed& before, const Payment& after) {
  if (before.customer == after.customer) return;
  const auto charges = std::span(after.attempts).first(std::min(before.attempts, after.attempts.size()));
  if (!before.customer.empty()) {
    to.remove(to.child(IndexKind::payments_by_customer, &before.customer, after.created_us, after.id.core, 0));
    for (const Attempt& attempt : charges) {
      if (!is_charge(attempt)) continue;
      to.remove(charge_key(to, IndexKind::charges_by_customer, &before.customer, after, attempt));
    }
  }
  if (after.customer.empty()) return;
  to.put(to.child(IndexKind::payments_by_customer, &after.customer, after.created_us, after.id.core, 0));
  for (const Attempt& attempt : charges) {
    if (is_charge(attempt)) to.put(charge_key(to, IndexKind::charges_by_customer, &after.customer, after, attempt));
  }
}

void move_setup(Rows& to, const SetupIntentId& id, const CustomerId& before, const CustomerId& after) {
  if (before == after) return;
  if (!before.empty()) to.remove(to.child(IndexKind::setups_by_customer, &before, id.core.created_us(), id.core, 0));
  if (!after.empty()) to.put(to.child(IndexKind::setups_by_customer, &after, id.core.created_us(), id.core, 0));
}

// What belongs to a customer can change only by these. The time is the id's: a detachment knows no more.
template <class E>
void add_customer_rows(Rows&, const E&, const Indexed&) {}
void add_customer_rows(Rows& to, const PaymentMethodAttached& event, const Indexed&) {
  const MethodSnapshot& method = event.method;
  to.put(to.child(IndexKind::methods_by_customer, &method.customer, method.id.core.created_us(), method.id.core,
                  method.id.ordinal));
}
void add_customer_rows(Rows& to, const PaymentMethodDetached& event, const Indexed&) {
  const PaymentMethodId& id = event.method;
  to.remove(to.child(IndexKind::methods_by_customer, &event.customer, id.core.created_us(), id.core, id.ordinal));
}
void add_customer_rows(Rows& to, const SetupIntentCreated& event, const Indexed&) {
  move_setup(to, event.setup.id, {}, event.setup.customer);
}
void add_customer_rows(Rows& to, const SetupIntentUpdated& event, const Indexed& before) {
  move_setup(to, event.setup, before.customer, event.customer);
}

}  // namespace
}  // namespace projection

bool is_charge(const Attempt& attempt) {
  switch (attempt.state) {
    case AttemptState::pending:
    case AttemptState::requires_action: return false;
    // Canceled before the issuer had authorized anything.
    case AttemptState::canceled: return attempt.amount_authorized > 0;
    case AttemptState::authorized:
    case AttemptState::captured:
    case AttemptState::declined:
    case AttemptState::expired: return true;
  }
  return false;
}

bool charge_made_with_payment(const Payment& payment) {
  if (payment.attempts.empty() || !is_charge(payment.attempts.front())) return false;
  const int64_t age_us = payment.attempts.front().created_us - payment.created_us;
  return 0 <= age_us && age_us <= made_together_max_us;
}

Indexed Indexed::of(const Payment& payment) {
  const Attempt* newest = payment.newest_attempt();
  return {.newest_is_charge = newest != nullptr && is_charge(*newest),
          .attempts = payment.attempts.size(),
          .refunds = payment.refunds.size(),
          .transactions = payment.transactions.size(),
          .customer = payment.customer};
}

Indexed Indexed::of(const SetupIntent& setup) {
  Indexed indexed;
  indexed.customer = setup.customer;
  return indexed;
}

void append_index_rows(std::vector<Row>& rows, const RecordHeader& header, const Event& event, const Indexed& before,
                       const Payment* payment) {
  using namespace projection;
  Rows to{rows, header};
  add_event_row(to, event, before, payment);
  if (payment != nullptr) {
    move_to_customer(to, before, *payment);
    add_new_charge(to, before, *payment);
    add_new_refunds(to, before, *payment);
    return;
  }
  std::visit([&](const auto& fact) { add_customer_rows(to, fact, before); }, event);
}

}  // namespace tollgate

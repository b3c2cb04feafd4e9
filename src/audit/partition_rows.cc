// The rows of a partition: that they are what its records led to, and that there are no others.
#include <algorithm>

#include "audit/difference.h"
#include "audit/meta_row.h"
#include "audit/partition_check.h"
#include "audit/row_names.h"
#include "tollgate/projection/index.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

// Tables that are added up by partner; of payments the keys alone, because their values are compared as they pass.
constexpr Table summed_tables[] = {Table::payments, Table::index, Table::idempotency};

// Whether the resolver has something to do.
bool is_asked_about(const Payment& payment) {
  return std::any_of(payment.operations.begin(), payment.operations.end(), [](const Operation& operation) { return operation.is_asked_about(); });
}
// What was resolved by hand is decided, though the acquirer is still asked.
bool has_doubt(const Payment& payment) {
  return std::any_of(payment.operations.begin(), payment.operations.end(), [](const Operation& operation) {
    return operation.state == OperationState::in_doubt || operation.state == OperationState::reversing || operation.late_approval;
  });
}

Check check_of(Table table) {
  switch (table) {
    case Table::index: return Check::index;
    case Table::idempotency: return Check::idempotency;
    case Table::timers: return Check::timers;
    case Table::in_doubt: return Check::in_doubt;
    default: return Check::state;
  }
}

}  // namespace

std::string name_of_object(const ObjectKey& key) {
  switch (key.table) {
    case Table::payments: return PaymentId{key.core}.text();
    case Table::customers: return CustomerId{key.core}.text();
    case Table::methods:
      if (key.ordinal > PaymentMethodId::ordinal_max) return fmt::format("payment method {}/{}", to_hex(key.core.view()), key.ordinal);  // no id has it
      return PaymentMethodId{key.core, key.ordinal}.text();
    default: return SetupIntentId{key.core}.text();
  }
}

Fault PartitionCheck::find_row(const ObjectKey& key, uint64_t sequence, ExpectedRow*& row) {
  row = rows_.find(key);
  if (row == nullptr) return {fmt::format("{}, which it is about, has no row", name_of_object(key)), advice_rows};
  // Also what follows a complete fold, which is forgotten by now.
  if (sequence > row->last_sequence)
    return {fmt::format("the row of {} says that record {} is its last", name_of_object(key), row->last_sequence), advice_rows};
  return {};
}

template <class T>
Fault PartitionCheck::complete(Objects<T>& objects, const ObjectKey& key, ExpectedRow& row) {
  const auto at = objects.find(key);
  wire::Writer& bytes = wire::Writer::of_thread();
  wire::encode(bytes, *at->second);
  if (short_digest(bytes.view()) != row.digest) {
    std::string stored;
    const Status read = log_->get(key.table, row_key(key), stored);
    return {fmt::format("the row of {} is not what its records fold to: {}", name_of_object(key),
                        read.ok() ? difference(stored, *at->second) : std::string(message_of(read))),
            advice_rows};
  }
  if constexpr (std::is_same_v<T, SetupIntent>) {
    if (at->second->operation_open) open_floor_ = std::min(open_floor_, at->second->requested_sequence);
  }
  counts_.add(Check::state);
  row.done = true;
  objects.erase(at);
  return {};
}
template Fault PartitionCheck::complete(Objects<Customer>& objects, const ObjectKey& key, ExpectedRow& row);
template Fault PartitionCheck::complete(Objects<PaymentMethod>& objects, const ObjectKey& key, ExpectedRow& row);
template Fault PartitionCheck::complete(Objects<SetupIntent>& objects, const ObjectKey& key, ExpectedRow& row);

Fault PartitionCheck::complete_payment(const PaymentKey& key, const OpenPayment& open, StreamState& stream) {
  wire::Writer& bytes = wire::Writer::of_thread();
  wire::encode(bytes, *open.state);
  if (bytes.view() != open.row)
    return {fmt::format("the row of {} is not what its records fold to: {}", open.state->id.text(), difference(open.row, *open.state)), advice_rows};
  counts_.add(Check::state);
  ++completed_payments_;
  Fault fault = expect_of(*open.state, stream);
  open_payments_.erase(key);
  return fault;
}

Fault PartitionCheck::expect_of(const Payment& payment, StreamState& stream) {
  const Origin origin{payment.history.back(), chain_.time_us()};
  for (const Operation& operation : payment.operations) {
    if (operation.state == OperationState::open) open_floor_ = std::min(open_floor_, operation.requested_sequence);
  }
  if (has_doubt(payment)) ++in_doubt_count_;
  if (is_asked_about(payment)) {
    const std::string key = keys::partition(partition_) + keys::object(stream.partner, stream.mode, payment.id.core);
    if (Fault fault = expect(in_doubt_, Table::in_doubt, key, {}, origin)) return fault;
  }
  const Attempt* newest = payment.newest_attempt();
  if (payment.status != PaymentStatus::requires_capture || newest == nullptr || newest->capture_before_us == 0) return {};
  return expect(timers_, Table::timers, expiry_timer_key(partition_, newest->capture_before_us, stream.partner, stream.mode, payment.id.core), {}, origin);
}

Fault PartitionCheck::expect(RowSum& sum, Table table, std::string_view key, std::string_view value, const Origin& origin) {
  sum.put(hash_(key, value));
  return hunt_ == nullptr ? Fault() : hunt_->put(table, key, value, origin);
}

Fault PartitionCheck::expect_index_rows(StreamState& stream, const Record& record, const Indexed& before, const Payment* payment) {
  index_rows_.clear();
  append_index_rows(index_rows_, record.header, record.event, before, payment);
  RowSum& sum = stream.sum(Table::index);
  for (const Row& row : index_rows_) {
    if (row.value) {
      if (Fault fault = expect(sum, row.table, row.key, *row.value, {record.header.sequence, record.header.time_us})) return fault;
    } else {
      // Only rows without a value are ever taken away.
      sum.remove(hash_(row.key, {}));
      if (hunt_ != nullptr) hunt_->remove(row.table, row.key);
    }
  }
  return {};
}

Fault PartitionCheck::expect_key(const KeyRow* row) {
  if (row == nullptr) return {};
  ++key_count_;
  if (log_ == nullptr) return {};
  const PartnerId partner{load_be64(row->key.data())};
  RowSum& sum = streams_.of(partner, static_cast<Mode>(row->key[8])).sum(Table::idempotency);
  Fault fault = expect(sum, Table::idempotency, row->key, row->value, row->origin);
  if (fault) key_fault_sequence_ = row->origin.sequence;
  return fault;
}

template <class T>
Fault PartitionCheck::find_incomplete(const Objects<T>& objects) {
  if (objects.empty()) return {};
  const ObjectKey& key = objects.begin()->first;
  return {fmt::format("the row of {} says that record {} is its last, which is none of its records", name_of_object(key),
                      rows_.find(key)->last_sequence),
          advice_rows};
}

// One whose row names more records than came. It may not be held any more: then each row's last record is looked at.
Fault PartitionCheck::find_incomplete_payment() {
  if (payment_count_ == completed_payments_) return {};
  const auto says = [](const PaymentId& id, uint64_t last) {
    return Fault{fmt::format("the row of {} says that record {} is its last, which is none of its records", id.text(), last), advice_rows};
  };
  if (const OpenPayment* open = open_payments_.any()) return says(open->state->id, open->history.back());
  Fault fault;
  Partners own;
  for (const auto& [id, partner] : directory_.partners()) {
    if (partner.partition == partition_) own.emplace(id, partner);
  }
  const Status walked = for_each_payment(source_, own, {}, {}, [&](const Payment& payment, uint32_t) {
    const auto last = read_records(source_, partition_, {payment.history.back()});
    const bool is_own = last.ok() && last->front().header.partner == payment.partner && last->front().header.mode == payment.mode &&
                        subject_of(last->front().event) == Subject{ObjectKind::payment, payment.id.core, 0};
    if (!is_own) fault = says(payment.id, payment.history.back());
    return is_own;
  });
  if (!walked.ok()) return {std::string(message_of(walked)), advice_bytes};
  return fault ? fault : Fault{"the rows of payments name records that are not theirs", advice_rows};
}

Fault PartitionCheck::find_incomplete() {
  if (Fault fault = find_incomplete_payment()) return fault;
  if (Fault fault = find_incomplete(customers_)) return fault;
  if (Fault fault = find_incomplete(methods_)) return fault;
  if (Fault fault = find_incomplete(setups_)) return fault;
  if (const ObjectKey* stray = rows_.find_unbegun()) return {fmt::format("the row of {} follows from no record", name_of_object(*stray)), advice_rows};
  rows_ = {};
  return {};
}

Fault PartitionCheck::check_books() {
  Fault fault;
  for (const auto& [id, partner] : directory_.partners()) {
    if (fault || partner.partition != partition_) continue;
    const std::string prefix = keys::partner(id);
    const Status scanned = log_->scan(Table::books, prefix, keys::after_prefix(prefix), Order::forward, [&, id = id](std::string_view key, std::string_view value) {
      StreamState* stream = key.size() == 9 ? streams_.find(id, static_cast<Mode>(key[8])) : nullptr;
      if (stream == nullptr || stream->books.version == 0) {
        fault = {fmt::format("the books {} of {} follow from no record", to_hex(key), id.text()), advice_rows};
      } else if (value != wire::encode(stream->books)) {
        fault = {fmt::format("the books of {} are not what its records fold to: {}", id.text(), difference(value, stream->books)), advice_rows};
      } else {
        stream->books_have_row = true;
        counts_.add(Check::state);
      }
      return !fault;
    });
    if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  }
  streams_.for_each([&](const StreamState& stream) {
    if (stream.books.version == 0) return;
    if (!fault && !stream.books_have_row) fault = {fmt::format("the books of {} have no row", stream.partner.text()), advice_rows};
  });
  return fault;
}

// Everything before the floor has its outcome, or is with the resolver: that is where a restart begins to read.
Fault PartitionCheck::check_floor() {
  if (chain_.sequence() == 0) return {};
  std::string bytes;
  if (!log_->get(Table::meta, keys::partition(partition_), bytes).ok()) return {"the partition has no meta row", advice_rows};
  const auto floor = floor_of_meta(bytes);
  if (!floor)
    return {fmt::format("the meta row of the partition does not decode: {}", to_hex(bytes)), advice_rows};
  const uint64_t first_open = std::min(open_floor_, chain_.sequence() + 1);
  if (*floor > first_open) {
    return {fmt::format("the meta row says that nothing before record {} waits for an acquirer; the first that may is {}", *floor, first_open),
            advice_rows};
  }
  counts_.add(Check::recovery);
  return {};
}

Fault PartitionCheck::sum_partner(PartnerId partner, std::vector<RowRange>& differing) {
  for (const Table table : summed_tables) {
    std::array<RowSum, 3> actual{};  // by mode
    const std::string prefix = keys::partner(partner);
    std::string strange;
    const Status scanned = log_->scan(table, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view key, std::string_view value) {
      const auto mode = key.size() > 8 ? static_cast<std::size_t>(key[8]) : actual.size();
      if (mode >= actual.size() || (mode == 0 && table != Table::idempotency)) {
        strange = key;
        return false;
      }
      actual[mode].put(hash_(key, table == Table::payments ? std::string_view() : value));
      return true;
    });
    if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
    if (!strange.empty()) return {stray_row(table, strange), advice_rows};
    for (const Mode mode : {Mode::test, Mode::live}) {
      StreamState* stream = streams_.find(partner, mode);
      const RowSum expected = stream == nullptr ? RowSum() : stream->sum(table);
      const RowSum& found = actual[static_cast<std::size_t>(mode)];
      if (table != Table::payments) counts_.add(check_of(table), found.rows);
      if (expected != found) differing.push_back({table, keys::stream(partner, mode), std::max(expected.rows, found.rows)});
    }
  }
  return {};
}

Fault PartitionCheck::check_sums(std::vector<RowRange>& differing) {
  for (const auto& [id, partner] : directory_.partners()) {
    if (partner.partition != partition_) continue;
    if (Fault fault = sum_partner(id, differing)) return fault;
  }
  const std::string prefix = keys::partition(partition_);
  for (const Table table : {Table::timers, Table::in_doubt}) {
    RowSum actual;
    const Status scanned = log_->scan(table, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view key, std::string_view value) {
      actual.put(hash_(key, value));
      return true;
    });
    if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
    counts_.add(check_of(table), actual.rows);
    const RowSum& expected = table == Table::timers ? timers_ : in_doubt_;
    if (expected != actual) differing.push_back({table, prefix, std::max(expected.rows, actual.rows)});
  }
  return {};
}

RowFault PartitionCheck::hunt(std::vector<RowRange> ranges) {
  RowHunt hunt(*log_, hash_, std::move(ranges), options_.idempotency_kept_us, options_.hunted_rows_max);
  while (hunt.wants_records()) {
    PartitionCheck again(source_, partition_, directory_, options_, hash_, &hunt);
    Progress silent;
    if (auto problem = again.check_records(silent)) {
      const uint64_t sequence = again.key_fault_sequence_ != 0 ? again.key_fault_sequence_ : problem->sequence;
      return {{std::move(problem->what), advice_event}, sequence};
    }
    if (Fault fault = again.expect_timers()) return {std::move(fault), 0};
    if (RowFault found = hunt.ended(chain_.time_us()); found.fault) return found;
  }
  return {};
}

// What each movement keeps, because its postings sum to zero and buckets move with their total; the whole is looked at once.
Fault PartitionCheck::check_sum_of_books() {
  Fault fault;
  streams_.for_each([&](const StreamState& stream) {
    if (stream.books.version == 0 || fault) return;
    counts_.add(Check::balances);
    if (std::string broken = broken_invariant(stream.books); !broken.empty()) fault = {fmt::format("{}: {}", stream.partner.text(), broken)};
  });
  return fault;
}

// Of the books: funds that are still pending become available by a timer each day.
Fault PartitionCheck::expect_timers() {
  Fault fault;
  streams_.for_each([&](const StreamState& stream) {
    int64_t before_us = 0;
    for (const PendingFunds& pending : stream.books.pending) {
      if (std::exchange(before_us, pending.due_us) == pending.due_us || fault) continue;
      fault = expect(timers_, Table::timers, release_timer_key(partition_, pending.due_us, stream.partner, stream.mode), {},
                     {stream.books.version, chain_.time_us()});
    }
  });
  return fault;
}

std::optional<Problem> PartitionCheck::check_rows() {
  const auto problem = [&](Fault fault, uint64_t sequence = 0) { return Problem{partition_, sequence, std::move(fault.what), fault.advice}; };
  if (Fault fault = check_sum_of_books()) return problem(std::move(fault));
  if (log_ == nullptr) return std::nullopt;
  if (Fault fault = find_incomplete()) return problem(std::move(fault));
  if (Fault fault = check_books()) return problem(std::move(fault));
  if (Fault fault = check_floor()) return problem(std::move(fault));
  if (Fault fault = expect_timers()) return problem(std::move(fault));
  std::vector<RowRange> differing;
  if (Fault fault = check_sums(differing)) return problem(std::move(fault));
  if (differing.empty()) return std::nullopt;
  RowFault found = hunt(std::move(differing));
  if (!found.fault) return std::nullopt;
  return problem(std::move(found.fault), found.sequence);
}

}  // namespace tollgate::audit

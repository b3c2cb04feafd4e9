#include "audit/partition_check.h"

#include "audit/difference.h"
#include "audit/legal.h"
#include "audit/narrow.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/record/wire.h"

namespace tollgate::audit {

namespace {

std::string name_of_object(const ObjectKey& key) {
  switch (key.table) {
    case Table::payments: return PaymentId{key.core}.text();
    case Table::customers: return CustomerId{key.core}.text();
    case Table::methods: return PaymentMethodId{key.core, key.ordinal}.text();
    default: return SetupIntentId{key.core}.text();
  }
}

const Postings* postings_of(const PaymentEvent& event) {
  if (const auto* captured = std::get_if<PaymentCaptured>(&event)) return &captured->postings;
  if (const auto* accepted = std::get_if<RefundAccepted>(&event)) return &accepted->postings;
  if (const auto* failed = std::get_if<RefundFailed>(&event)) return &failed->postings;
  return nullptr;
}

// Whether the resolver has something to do: a late approval stands until it is reversed as well.
bool has_doubt(const Payment& payment) {
  return std::any_of(payment.operations.begin(), payment.operations.end(), [](const Operation& operation) {
    return operation.state == OperationState::in_doubt || operation.state == OperationState::reversing || operation.late_approval;
  });
}

// The object that a customer event is about.
ObjectKey key_of(const RecordHeader& header, const CustomerEvent& event) {
  ObjectKey key{.partner = header.partner, .core = {}, .mode = header.mode};
  const auto of = [&](Table table, const IdCore& core, uint16_t ordinal = 0) {
    key.table = table;
    key.core = core;
    key.ordinal = ordinal;
  };
  std::visit(
      [&]<class E>(const E& e) {
        if constexpr (requires { e.setup.id; }) of(Table::setups, e.setup.id.core);
        else if constexpr (requires { e.setup; }) of(Table::setups, e.setup.core);
        else if constexpr (requires { e.method.id; }) of(Table::methods, e.method.id.core, e.method.id.ordinal);
        else if constexpr (std::is_same_v<E, PaymentMethodDetached>) of(Table::methods, e.method.core, e.method.ordinal);
        else if constexpr (requires { e.customer.id; }) of(Table::customers, e.customer.id.core);
        else of(Table::customers, e.customer.core);
      },
      event);
  return key;
}

// The customer that an event makes an object refer to; empty if none.
template <class Variant>
CustomerId customer_named(const Variant& event) {
  return std::visit(
      []<class E>(const E& e) -> CustomerId {
        if constexpr (std::is_same_v<E, PaymentCreated> || std::is_same_v<E, PaymentUpdated> || std::is_same_v<E, SetupIntentUpdated>) return e.customer;
        else if constexpr (std::is_same_v<E, SetupIntentCreated>) return e.setup.customer;
        else if constexpr (std::is_same_v<E, PaymentMethodAttached> || std::is_same_v<E, PaymentMethodUpdated> ||
                           std::is_same_v<E, PaymentMethodCreated>) return e.method.customer;
        else return {};
      },
      event);
}

}  // namespace

Fault PartitionCheck::on_record(Record& record) {
  const RecordHeader& header = record.header;
  if (header.mode != Mode::test && header.mode != Mode::live) return {"it is of neither test nor live mode"};
  const auto partner = partners_.find(header.partner);
  if (partner == partners_.end()) return {fmt::format("there is no partner {}", header.partner.text())};
  if (partner->second.partition != partition_)
    return {fmt::format("{} belongs to partition {}", header.partner.text(), partner->second.partition)};
  if (std::string why = idempotency_.used_before(header, record.cause); !why.empty()) return {std::move(why)};
  if (const auto event = narrow<PaymentEvent>(record.event)) return on_payment(header, *event);
  if (const auto event = narrow<CustomerEvent>(record.event)) return on_customer_object(header, *event);
  if (const auto event = narrow<LedgerEvent>(record.event)) return on_ledger(header, *event);
  if (std::holds_alternative<RequestRefused>(record.event)) return {};
  return {"an event about a partner, outside the partition of the partners"};
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
    const Status read = log_.get(key.table, row_key(key), stored);
    return {fmt::format("the row of {} is not what its records fold to: {}", name_of_object(key),
                        read.ok() ? difference(stored, *at->second) : std::string(message_of(read))),
            advice_rows};
  }
  row.done = true;
  objects.erase(at);
  return {};
}

Fault PartitionCheck::missing_reference(const RecordHeader& header, CustomerId customer) {
  if (customer.empty()) return {};
  const ObjectKey key{.partner = header.partner, .core = customer.core, .mode = header.mode, .table = Table::customers};
  if (rows_.begun(key)) return {};
  return {fmt::format("it refers to {}, which this partner does not have", customer.text())};
}

Fault PartitionCheck::on_payment(const RecordHeader& header, const PaymentEvent& event) {
  const PaymentId id = std::visit([](const auto& e) { return e.payment; }, event);
  const ObjectKey key{.partner = header.partner, .core = id.core, .mode = header.mode, .table = Table::payments};
  ExpectedRow* row = nullptr;
  if (Fault fault = find_row(key, header.sequence, row)) return fault;
  const auto at = payments_.find(key);
  if (std::string why = illegal(at == payments_.end() ? nullptr : at->second.get(), event, header.time_us); !why.empty())
    return {fmt::format("{}: {}", id.text(), why)};
  if (Fault fault = missing_reference(header, customer_named(event))) return fault;
  row->begun = true;
  const bool created = std::holds_alternative<PaymentCreated>(event);
  if (created) {
    // The acquirer knows an operation by partner, payment and number: both modes together must not use a number twice.
    ObjectKey other = key;
    other.mode = header.mode == Mode::test ? Mode::live : Mode::test;
    if (rows_.begun(other)) return {fmt::format("{} is a payment of the other mode as well", id.text())};
    ++payment_count_;
  }

  Payment& payment = created ? *payments_.emplace(key, std::make_unique<Payment>()).first->second : *at->second;
  apply(payment, event, header.partner, header.mode, header.sequence, header.time_us);
  if (std::string broken = broken_invariant(payment); !broken.empty()) return {std::move(broken)};
  if (Fault fault = post(header, event)) return fault;
  if (header.sequence != row->last_sequence) return {};
  if (has_doubt(payment)) in_doubt_.insert(keys::partition(partition_) + row_key(key));
  return complete(payments_, key, *row);
}

Fault PartitionCheck::post(const RecordHeader& header, const PaymentEvent& event) {
  const Postings* postings = postings_of(event);
  if (postings == nullptr || postings->empty()) return {};
  if (!balanced(*postings)) return {"its postings do not sum to zero"};
  const auto* captured = std::get_if<PaymentCaptured>(&event);
  Books& books = books_[keys::stream(header.partner, header.mode)].books;
  if (!apply(books, *postings, captured != nullptr ? captured->available_on_us : 0, header.sequence)) return {"its postings do not fit into the books"};
  return {broken_invariant(books)};
}

Fault PartitionCheck::on_ledger(const RecordHeader& header, const LedgerEvent& event) {
  const FundsAvailable& funds = std::get<FundsAvailable>(event);
  if (funds.due_us > header.time_us) return {"funds become available before they are due"};
  if (!balanced(funds.postings)) return {"its postings do not sum to zero"};
  const auto books = books_.find(keys::stream(header.partner, header.mode));
  if (books == books_.end() || !apply(books->second.books, funds, header.sequence)) return {"it moves other funds than are due"};
  return {broken_invariant(books->second.books)};
}

template <class T>
Fault PartitionCheck::fold(Objects<T>& objects, const ObjectKey& key, const RecordHeader& header, const CustomerEvent& event) {
  ExpectedRow* row = nullptr;
  if (Fault fault = find_row(key, header.sequence, row)) return fault;
  const auto at = objects.find(key);
  T* state = at == objects.end() ? nullptr : at->second.get();
  if (std::string why = illegal(state, event); !why.empty()) return {fmt::format("{}: {}", name_of_object(key), why)};
  if (Fault fault = missing_reference(header, customer_named(event))) return fault;
  row->begun = true;
  if (state == nullptr) {
    if constexpr (std::is_same_v<T, Customer>) ++customer_count_;
    else if constexpr (std::is_same_v<T, PaymentMethod>) ++method_count_;
    else ++setup_count_;
    state = objects.emplace(key, std::make_unique<T>()).first->second.get();
  }
  if (!apply(*state, event, header.sequence, header.time_us)) return {fmt::format("it does not fit {}", name_of_object(key))};
  return header.sequence == row->last_sequence ? complete(objects, key, *row) : Fault();
}

Fault PartitionCheck::on_customer_object(const RecordHeader& header, const CustomerEvent& event) {
  const ObjectKey key = key_of(header, event);
  if (key.core.empty()) return {"it names no object"};
  if (key.table == Table::customers) return fold(customers_, key, header, event);
  if (key.table == Table::methods) return fold(methods_, key, header, event);
  return fold(setups_, key, header, event);
}

template <class T>
Fault PartitionCheck::find_incomplete(const Objects<T>& objects) {
  if (objects.empty()) return {};
  const ObjectKey& key = objects.begin()->first;
  return {fmt::format("the row of {} says that record {} is its last, which is none of its records", name_of_object(key),
                      rows_.find(key)->last_sequence),
          advice_rows};
}

Fault PartitionCheck::take_books(std::string_view key, std::string_view value) {
  const std::string partner = PartnerId{load_be64(key.data())}.text();
  const auto fold = books_.find(key);
  if (fold == books_.end()) return {fmt::format("the books {} of {} follow from no record", to_hex(key), partner), advice_rows};
  if (value != wire::encode(fold->second.books))
    return {fmt::format("the books of {} are not what its records fold to: {}", partner, difference(value, fold->second.books)), advice_rows};
  fold->second.has_row = true;
  return {};
}

Fault PartitionCheck::find_missing_rows() {
  for (const auto& [key, books] : books_) {
    if (!books.has_row) return {fmt::format("the books of {} have no row", PartnerId{load_be64(key.data())}.text()), advice_rows};
  }
  if (const uint64_t sequence = idempotency_.find_missing_row(chain_.time_us()); sequence != 0)
    return {fmt::format("the idempotency key of record {} has no row", sequence), advice_rows};
  return {};
}

Fault PartitionCheck::check_in_doubt() {
  const std::string prefix = keys::partition(partition_);
  std::set<std::string> rows;
  const Status scanned = log_.scan(Table::in_doubt, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view key, std::string_view) {
    rows.emplace(key);
    return true;
  });
  if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  for (const std::string& key : in_doubt_) {
    if (!rows.contains(key)) return {fmt::format("the payment {} has an operation in doubt and no row for the resolver", to_hex(key)), advice_rows};
  }
  for (const std::string& key : rows) {
    if (!in_doubt_.contains(key)) return {fmt::format("the resolver has a row for {}, which has nothing in doubt", to_hex(key)), advice_rows};
  }
  return {};
}

Fault PartitionCheck::check_rows() {
  if (Fault fault = find_incomplete(payments_)) return fault;
  if (Fault fault = find_incomplete(customers_)) return fault;
  if (Fault fault = find_incomplete(methods_)) return fault;
  if (Fault fault = find_incomplete(setups_)) return fault;
  if (const ObjectKey* stray = rows_.find_unbegun()) return {fmt::format("the row of {} follows from no record", name_of_object(*stray)), advice_rows};
  return check_in_doubt();
}

std::optional<Problem> PartitionCheck::run(Progress& progress) {
  for (const auto& [id, partner] : partners_) {
    if (partner.partition != partition_) continue;
    if (const Status loaded = rows_.load(log_, id); !loaded.ok()) return Problem{partition_, 0, std::string(message_of(loaded)), advice_rows};
  }
  if (auto problem = walk(log_, partition_, chain_, progress, [this](Record& record) { return on_record(record); })) return problem;
  if (auto problem = check_head(log_, partition_, chain_)) return problem;
  if (Fault fault = check_rows()) return Problem{partition_, 0, std::move(fault.what), fault.advice};
  rows_ = {};  // the largest part of the memory
  return std::nullopt;
}

void PartitionCheck::count_into(VerifyReport& report) const {
  report.payments += payment_count_;
  report.customers += customer_count_;
  report.methods += method_count_;
  report.setups += setup_count_;
  report.books += books_.size();
  report.idempotency_keys += idempotency_.size();
  report.in_doubt += in_doubt_.size();
}

}  // namespace tollgate::audit

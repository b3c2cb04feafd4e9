#include "projection/world.h"

#include <stdexcept>
#include <utility>
#include <variant>

#include "tollgate/eventlog/keys.h"
#include "tollgate/eventlog/memory.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/record/wire.h"

namespace tollgate::testing {
namespace {

void must(const Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(message_of(status)));
}

const Currency usd = *Currency::parse("usd");

template <class T, class Id>
void add_row(std::vector<Row>& rows, std::map<Id, T>& objects, const Id& id, Table table, std::string key,
             const CustomerEvent& event, uint64_t sequence, int64_t time_us) {
  T& object = objects[id];
  if (!apply(object, event, sequence, time_us)) throw std::runtime_error("the event does not apply");
  rows.push_back(Row{table, std::move(key), wire::encode(object)});
}

}  // namespace

World::World() : log_(open_memory_log()), views_(*log_) {}

void World::switch_to(PartnerId partner, Mode mode) {
  stream_.partner = partner;
  stream_.mode = mode;
}

void World::append(const Event& event, std::vector<Row> rows, const Indexed& before, const Payment* after) {
  RecordHeader header;
  header.event_type = type_of(event);
  header.mode = stream_.mode;
  header.partition = stream_.partition;
  header.epoch = 1;
  header.sequence = head_.sequence + 1;
  header.time_us = now_us_;
  header.partner = stream_.partner;
  header.prev_hash = head_.hash;
  Append batch{.partition = stream_.partition, .epoch = 1, .expected_sequence = header.sequence, .record_count = 1};
  auto hash = append_record(batch.records, header, Cause{}, event);
  must(hash.status());
  batch.last_hash = *hash;
  append_index_rows(rows, header, event, before, after);
  must(log_->append(std::span(&batch, 1), rows));
  head_ = Head{header.sequence, 1, *hash};
  now_us_ += us_per_ms;
}

uint64_t World::happens(const PaymentEvent& event) {
  const PaymentId id = std::visit([](const auto& fact) { return fact.payment; }, event);
  const auto found = payments_.find(id);
  const bool is_new = found == payments_.end();
  const Indexed before = is_new ? Indexed{} : Indexed::of(found->second);
  Payment& after = payments_[id];
  apply(after, event, stream_.partner, stream_.mode, head_.sequence + 1, now_us_);
  if (const std::string broken = broken_invariant(after); !broken.empty()) throw std::runtime_error(broken);
  std::vector<Row> rows{Row{Table::payments, keys::object(stream_.partner, stream_.mode, id.core),
                            wire::encode(after)}};
  append(widen(PaymentEvent(event)), std::move(rows), before, &after);
  return head_.sequence;
}

uint64_t World::happens(const CustomerEvent& event) {
  std::vector<Row> rows;
  const uint64_t sequence = head_.sequence + 1;
  const auto of_customer = [&](CustomerId id) {
    add_row(rows, customers_, id, Table::customers, keys::object(stream_.partner, stream_.mode, id.core), event,
            sequence, now_us_);
  };
  const auto of_method = [&](PaymentMethodId id) {
    add_row(rows, methods_, id, Table::methods, keys::method(stream_.partner, stream_.mode, id), event, sequence,
            now_us_);
  };
  Indexed before;
  const auto of_setup = [&](SetupIntentId id) {
    before = Indexed::of(setups_[id]);
    add_row(rows, setups_, id, Table::setups, keys::object(stream_.partner, stream_.mode, id.core), event, sequence,
            now_us_);
  };
  std::visit(
      [&](const auto& fact) {
        if constexpr (requires { fact.customer.id; }) {
          of_customer(fact.customer.id);
        } else if constexpr (requires { fact.method.card_token; }) {
          of_method(fact.method.id);
        } else if constexpr (requires { PaymentMethodId(fact.method); }) {
          of_method(fact.method);
        } else if constexpr (requires { fact.setup.id; }) {
          of_setup(fact.setup.id);
        } else if constexpr (requires { fact.setup; }) {
          of_setup(fact.setup);
        } else {
          of_customer(fact.customer);
        }
      },
      event);
  append(widen(CustomerEvent(event)), std::move(rows), before, nullptr);
  return head_.sequence;
}

std::set<std::string> World::index_keys() const {
  std::set<std::string> keys;
  must(log_->scan(Table::index, std::string_view("\0", 1), "\xff", Order::forward,
                  [&](std::string_view key, std::string_view) {
    keys.emplace(key);
    return true;
  }));
  return keys;
}

MethodSnapshot World::card(CustomerId customer) {
  MethodSnapshot method;
  method.id.core = new_core();
  method.card_token = "pm_card_visa";
  method.card = Card{.brand = CardBrand::visa, .last4 = "4242", .exp_month = 12, .exp_year = 2040};
  method.customer = customer;
  method.created_us = now_us_;
  return method;
}

PaymentId World::created(int64_t amount, CustomerId customer, CaptureMethod capture) {
  PaymentCreated event;
  event.payment.core = new_core();
  event.amount = amount;
  event.currency = usd;
  event.capture_method = capture;
  event.customer = customer;
  event.method = card(customer);
  happens(event);
  return event.payment;
}

void World::request(PaymentId id, OperationKind kind, uint16_t attempt) {
  const Payment& now = payment(id);
  AuthorizationRequested event;
  event.payment = id;
  event.operation = static_cast<uint16_t>(now.operations.size() + 1);
  event.kind = kind;
  event.attempt = attempt;
  event.amount = now.amount;
  event.method = now.method ? *now.method : card();
  happens(event);
}

PaymentId World::authorized(int64_t amount, CustomerId customer) {
  const PaymentId id = created(amount, customer, CaptureMethod::manual);
  request(id, OperationKind::authorize, 1);
  AuthorizationApproved approved;
  approved.payment = id;
  approved.operation = 1;
  approved.amount = amount;
  approved.authorization_code = "123456";
  approved.capture_before_us = now_us_ + 7 * us_per_day;
  happens(approved);
  return id;
}

PaymentId World::paid(int64_t amount, CustomerId customer) {
  const PaymentId id = created(amount, customer);
  pay(id);
  return id;
}

void World::pay(PaymentId id) {
  const int64_t amount = payment(id).amount;
  request(id, OperationKind::sale, 1);
  AuthorizationApproved approved;
  approved.payment = id;
  approved.operation = 1;
  approved.amount = amount;
  happens(approved);
  PaymentCaptured captured;
  captured.payment = id;
  captured.operation = 1;
  captured.amount = amount;
  captured.transaction = 1;
  captured.postings = capture_postings(Money{amount, usd}, 0);
  happens(captured);
}

PaymentId World::declined(int64_t amount) {
  const PaymentId id = created(amount);
  request(id, OperationKind::sale, 1);
  AuthorizationDeclined event;
  event.payment = id;
  event.operation = 1;
  event.code = DeclineCode::insufficient_funds;
  happens(event);
  return id;
}

void World::capture(PaymentId id, int64_t amount, bool final_capture) {
  CaptureRequested requested;
  requested.payment = id;
  requested.operation = static_cast<uint16_t>(payment(id).operations.size() + 1);
  requested.amount = amount;
  requested.final_capture = final_capture;
  happens(requested);
  PaymentCaptured captured;
  captured.payment = id;
  captured.operation = requested.operation;
  captured.amount = amount;
  captured.final_capture = final_capture;
  captured.transaction = static_cast<uint16_t>(payment(id).transactions.size() + 1);
  captured.postings = capture_postings(Money{amount, usd}, 0);
  happens(captured);
}

uint16_t World::refund(PaymentId id, int64_t amount) {
  RefundRequested requested;
  requested.payment = id;
  requested.operation = static_cast<uint16_t>(payment(id).operations.size() + 1);
  requested.refund = static_cast<uint16_t>(payment(id).refunds.size() + 1);
  requested.attempt = 1;
  requested.amount = amount;
  happens(requested);
  RefundAccepted accepted;
  accepted.payment = id;
  accepted.operation = requested.operation;
  accepted.refund = requested.refund;
  accepted.transaction = static_cast<uint16_t>(payment(id).transactions.size() + 1);
  accepted.postings = refund_postings(Money{amount, usd});
  happens(accepted);
  return requested.refund;
}

CustomerId World::customer() {
  CustomerCreated event;
  event.customer.id.core = new_core();
  event.customer.created_us = now_us_;
  happens(CustomerEvent(event));
  return event.customer.id;
}

}  // namespace tollgate::testing

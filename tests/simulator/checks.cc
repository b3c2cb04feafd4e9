#include "simulator/checks.h"

#include "engine/timers.h"
#include "tollgate/audit/verify.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/projection/index.h"
#include "tollgate/record/wire.h"

namespace tollgate::sim {
namespace {

std::string prefix_of(const Payment& payment) {
  std::string reference = reference_of(payment.partner, payment.id, 0);
  reference.pop_back();
  return reference;
}

template <class Narrow>
std::optional<Narrow> as(const Event& event) {
  return std::visit(
      []<class T>(const T& fact) -> std::optional<Narrow> {
        if constexpr (std::is_constructible_v<Narrow, T>) return Narrow(fact);
        else return std::nullopt;
      },
      event);
}

}  // namespace

template <class T>
bool Checks::decoded(const Row& row, T& object) {
  const Status status = wire::decode(*row.value, object);
  if (!status.ok()) world_.fail("a row of table {} cannot be read: {}", static_cast<int>(row.table), message_of(status));
  return status.ok();
}

void Checks::durable(std::span<const Append>, std::span<const Row> rows) {
  bool timers = false;
  // A balance is compared when all payments of the append are known.
  for (const Row& row : rows) {
    switch (row.table) {
      case Table::payments: payment_row(row); break;
      case Table::customers:
      case Table::methods:
      case Table::setups: object_row(row); break;
      case Table::idempotency: key_row(row); break;
      case Table::timers:
      case Table::in_doubt: timers = true; break;
      default: break;
    }
  }
  for (const Row& row : rows)
    if (row.table == Table::books) books_row(row);
  // A fee is that of the configuration before the append.
  for (const Row& row : rows) {
    Partner partner;
    if (row.table == Table::partners && row.value && decoded(row, partner)) model_.saw(partner);
  }
  node_->something_changed(timers);
}

void Checks::payment_row(const Row& row) {
  Payment payment;
  if (!row.value) return world_.fail("the row of a payment was removed");
  if (!decoded(row, payment)) return;
  if (row.key != keys::object(payment.partner, payment.mode, payment.id.core)) return world_.fail("{} stands under another key", payment.id.text());
  if (const std::string broken = broken_invariant(payment); !broken.empty()) return world_.fail("{}", broken);
  model_.saw(payment);
  model_.compare(payment, bank_.totals_of(prefix_of(payment)), false);
}

void Checks::books_row(const Row& row) {
  Books books;
  if (!row.value) return world_.fail("the row of books was removed");
  if (!decoded(row, books)) return;
  if (const std::string broken = broken_invariant(books); !broken.empty()) return world_.fail("{}", broken);
  model_.saw(PartnerId{load_be64(row.key.data())}, static_cast<Mode>(row.key[8]), books);
}

void Checks::object_row(const Row& row) {
  if (!row.value) return world_.fail("a row of table {} was removed", static_cast<int>(row.table));
  const std::string name = std::string(1, static_cast<char>(row.table)) + row.key;
  bool over = false;
  if (row.table == Table::customers) {
    Customer customer;
    if (!decoded(row, customer)) return;
    over = customer.deleted;
  } else if (row.table == Table::methods) {
    PaymentMethod method;
    if (!decoded(row, method)) return;
    over = method.detached;
  } else {
    SetupIntent setup;
    if (!decoded(row, setup)) return;
    over = setup.status == SetupStatus::canceled || setup.status == SetupStatus::succeeded;
  }
  if (over) over_.insert(name);
  else if (over_.contains(name)) world_.fail("an object of table {} that was over is used again", static_cast<int>(row.table));
}

void Checks::key_row(const Row& row) {
  if (!row.value) return world_.fail("an idempotency entry was removed");
  const auto [at, is_new] = keys_.try_emplace(row.key, *row.value);
  if (!is_new && at->second != *row.value) world_.fail("an idempotency key has a second result");
}

void Checks::audit() {
  const audit::VerifyReport report = audit::verify(*disk_, {.threads = 1});
  for (const audit::Problem& problem : report.problems)
    world_.fail("audit verify: partition {}, record {}: {}", problem.partition, problem.sequence, problem.what);
}

void Checks::derived_rows() {
  std::map<std::string, std::string> index, timers;
  for (uint32_t partition = 1; partition <= world_.profile.engine.partitions; ++partition) {
    std::map<IdCore, Payment> payments;
    std::map<IdCore, SetupIntent> setups;
    std::vector<Row> rows;
    static_cast<void>(disk_->read(partition, 1, [&](uint64_t, std::string_view bytes) {
      const auto record = decode_record(bytes);
      if (!record.ok()) return false;
      const RecordHeader& header = record->header;
      Indexed before;
      const Payment* after = nullptr;
      if (const auto event = as<PaymentEvent>(record->event)) {
        Payment& payment = payments[std::visit([](const auto& e) { return e.payment.core; }, *event)];
        if (!payment.history.empty()) before = Indexed::of(payment);
        apply(payment, *event, header.partner, header.mode, header.sequence, header.time_us);
        after = &payment;
      } else if (const auto about = as<CustomerEvent>(record->event)) {
        std::visit(
            [&]<class E>(const E& e) {
              IdCore core;
              if constexpr (requires { e.setup.id; }) core = e.setup.id.core;
              else if constexpr (requires { e.setup.core; }) core = e.setup.core;
              else return;
              SetupIntent& setup = setups[core];
              if (setup.version != 0) before = Indexed::of(setup);
              static_cast<void>(apply(setup, *about, header.sequence, header.time_us));
            },
            *about);
      } else if (std::holds_alternative<RequestRefused>(record->event)) {
        return true;
      }
      append_index_rows(rows, header, record->event, before, after);
      return true;
    }));
    for (Row& row : rows) {
      if (row.value) index[row.key] = *row.value;
      else index.erase(row.key);
    }
    for (const auto& [core, payment] : payments)
      if (payment.status == PaymentStatus::requires_capture)
        timers[engine::timer_key({partition, payment.attempts.back().capture_before_us, engine::TimerKind::expire_authorization, payment.partner,
                                  payment.mode, core})] = "";
  }
  compare_tables(Table::index, index, "index", false);
  compare_tables(Table::timers, timers, "timer", true);
}

void Checks::compare_tables(Table table, const std::map<std::string, std::string>& expected, const char* name, bool more_allowed) {
  auto next = expected.begin();
  static_cast<void>(disk_->scan(table, "", "", Order::forward, [&](std::string_view key, std::string_view value) {
    if (next != expected.end() && next->first < key) return false;
    if (next == expected.end() || key < next->first) {
      if (!more_allowed) world_.fail("there is an {} row that follows from nothing: {}", name, to_hex(key));
      return true;
    }
    if (next->second != value) world_.fail("an {} row has another value than the log makes it: {}", name, to_hex(key));
    ++next;
    return true;
  }));
  if (next != expected.end()) world_.fail("an {} row is missing: {}", name, to_hex(next->first));
}

void Checks::at_rest() {
  std::set<std::string> known;
  static_cast<void>(disk_->scan(Table::payments, "", "", Order::forward, [&](std::string_view, std::string_view row) {
    Payment payment;
    if (!wire::decode(row, payment).ok()) return false;
    const std::string prefix = prefix_of(payment);
    const BankTotals bank = bank_.totals_of(prefix);
    known.insert(prefix);
    for (const Operation& operation : payment.operations) {
      const bool open = operation.state == OperationState::open || operation.state == OperationState::in_doubt || operation.state == OperationState::reversing;
      if (open && !bank.told_wrong)
        world_.fail("{}: operation {} never had an outcome (state {})", payment.id.text(), operation.ordinal, static_cast<int>(operation.state));
      if (operation.late_approval) world_.fail("{}: the late approval of operation {} was never reversed", payment.id.text(), operation.ordinal);
    }
    model_.compare(payment, bank, true);
    return true;
  }));
  static_cast<void>(disk_->scan(Table::books, "", "", Order::forward, [&](std::string_view key, std::string_view value) {
    books_row({Table::books, std::string(key), std::string(value)});
    return true;
  }));
  for (const auto& [reference, entry] : bank_.entries()) {
    const std::string prefix = reference.substr(0, reference.rfind('/') + 1);
    if (entry.request.action != AcquirerAction::verify && !known.contains(prefix) && bank_.totals_of(prefix).charges > 0)
      world_.fail("the acquirer holds money for {}, which the log does not know", reference);
  }
}

void Checks::timers_done() {
  static_cast<void>(disk_->scan(Table::timers, "", "", Order::forward, [&](std::string_view key, std::string_view) {
    const auto timer = engine::parse_timer_key(key);
    if (!timer) return true;
    std::string row;
    Payment payment;
    if (disk_->get(Table::payments, keys::object(timer->partner, timer->mode, timer->core), row).ok() && wire::decode(row, payment).ok() &&
        bank_.totals_of(prefix_of(payment)).told_wrong)
      return true;
    world_.fail("a timer of kind {} that was due at {} never fired", static_cast<int>(timer->kind), timer->due_us);
    return true;
  }));
  model_.check_all_available();
}

}  // namespace tollgate::sim

#include "audit/partition_check.h"

#include "audit/difference.h"
#include "audit/legal.h"
#include "audit/narrow.h"
#include "tollgate/audit/balances.h"
#include "tollgate/audit/folds.h"
#include "tollgate/projection/index.h"
#include "tollgate/projection/postings.h"

namespace tollgate::audit {

namespace {

// The rows of payments that one thread reads ahead, over all its partners.
constexpr std::size_t window_rows_total = 65'536, window_rows_min = 8, window_rows_max = 256;

std::size_t window_rows_for(std::size_t partners) {
  return std::clamp(window_rows_total / std::max<std::size_t>(partners, 1), window_rows_min, window_rows_max);
}

ObjectKey key_of(const RecordHeader& header, const Subject& subject) {
  ObjectKey key{.partner = header.partner, .core = subject.core, .ordinal = subject.ordinal, .mode = header.mode};
  key.table = subject.kind == ObjectKind::customer ? Table::customers : subject.kind == ObjectKind::payment_method ? Table::methods : Table::setups;
  return key;
}

ObjectKey customer_key(const RecordHeader& header, CustomerId id) {
  return {.partner = header.partner, .core = id.core, .mode = header.mode, .table = Table::customers};
}

// What an event makes its object refer to; empty if nothing.
struct References {
  CustomerId customer;
  PaymentMethodId method;
};
References references_of(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> References {
        References to;
        const auto method = [&](const std::optional<MethodSnapshot>& snapshot) {
          if (snapshot) to.method = snapshot->id;
        };
        if constexpr (std::is_same_v<E, PaymentCreated> || std::is_same_v<E, PaymentUpdated> || std::is_same_v<E, SetupIntentUpdated>) {
          to.customer = e.customer;
          method(e.method);
        } else if constexpr (std::is_same_v<E, AuthorizationRequested>) {
          method(e.method);
        } else if constexpr (std::is_same_v<E, SetupIntentCreated>) {
          to.customer = e.setup.customer;
          method(e.setup.method);
        } else if constexpr (std::is_same_v<E, PaymentMethodAttached> || std::is_same_v<E, PaymentMethodUpdated> || std::is_same_v<E, PaymentMethodCreated>) {
          to.customer = e.method.customer;
        } else if constexpr (std::is_same_v<E, CustomerUpdated>) {
          to.method = e.customer.default_method;
        }
        return to;
      },
      event);
}

}  // namespace

PartitionCheck::PartitionCheck(const RecordSource& source, uint32_t partition, const DirectoryCheck& directory, const VerifyOptions& options,
                               const RowHash& hash, RowHunt* hunt)
    : source_(source), log_(source.log()), partition_(partition), directory_(directory), options_(options), hash_(hash), hunt_(hunt), chain_(partition),
      streams_(source.log(), directory.partners(), window_rows_for(directory.partners_in(partition))), open_payments_(source, partition, options.open_payments_max) {}

Fault PartitionCheck::on_record(Record& record) {
  const RecordHeader& header = record.header;
  if (header.mode != Mode::test && header.mode != Mode::live) return {"it is of neither test nor live mode"};
  counts_.add(Check::modes);
  StreamState& stream = streams_.of(header.partner, header.mode);
  if (stream.state == nullptr) return {fmt::format("there is no partner {}", header.partner.text())};
  if (stream.state->partition != partition_) return {fmt::format("{} belongs to partition {}", header.partner.text(), stream.state->partition)};
  counts_.add(Check::tenancy);
  if (const auto* resolved = std::get_if<OperationResolvedByHand>(&record.event)) {
    if (Fault fault = check_approval(record.cause, *resolved)) return fault;
  } else if (Fault fault = check_key(record.cause, stream)) {
    return fault;
  }
  if (Fault fault = on_event(record)) return fault;
  return expect_key(commands_.take(record));
}

Fault PartitionCheck::on_event(Record& record) {
  if (auto event = narrow<PaymentEvent>(record.event)) return on_payment(record, *event);
  if (auto event = narrow<CustomerEvent>(record.event)) return on_customer_object(record, *event);
  if (std::holds_alternative<FundsAvailable>(record.event)) return on_ledger(record);
  if (std::holds_alternative<RequestRefused>(record.event)) return {};
  return {"an event about a partner, outside the partition of the partners"};
}

Fault PartitionCheck::check_key(const Cause& cause, StreamState& stream) {
  if (cause.actor.empty() || cause.actor == operator_actor) return {};
  counts_.add(Check::keys);
  if (cause.actor == stream.last_key) return {};
  if (!directory_.has_key(stream.partner, cause.actor, stream.mode))
    return {fmt::format("{} has no {} key {}", stream.partner.text(), name_of(stream.mode), cause.actor)};
  stream.last_key = cause.actor;
  return {};
}

// Two people, as the trail of the admin API knows them: the one asked for just this, the other agreed.
Fault PartitionCheck::check_approval(const Cause& cause, const OperationResolvedByHand& resolved) {
  counts_.add(Check::admins);
  if (cause.actor != fmt::format("{}:{}", operator_actor, resolved.resolved_by))
    return {fmt::format("it says that {} resolved it, and {} asked for it", resolved.resolved_by, cause.actor.empty() ? "nobody" : cause.actor)};
  const DirectoryCheck::Agreed* agreed = directory_.approval(resolved.approval);
  if (agreed == nullptr) return {fmt::format("nobody gave the approval \"{}\" that it refers to", resolved.approval)};
  if (agreed->asked_by != resolved.resolved_by || agreed->approved_by != resolved.approved_by)
    return {fmt::format("its approval was asked for by {} and given by {}, not by {} and {}", agreed->asked_by, agreed->approved_by, resolved.resolved_by,
                        resolved.approved_by)};
  const std::string path = fmt::format("in_doubt/{}/{}/resolve", resolved.payment.text(), resolved.operation);
  return agreed->path == path ? Fault() : Fault{fmt::format("its approval was given for {}, not for {}", agreed->path, path)};
}

Fault PartitionCheck::missing_customer(const RecordHeader& header, CustomerId customer) {
  if (customer.empty()) return {};
  counts_.add(Check::tenancy);
  const ObjectKey key = customer_key(header, customer);
  if (log_ != nullptr ? rows_.begun(key) : customers_.contains(key)) return {};
  return {fmt::format("it refers to {}, which this partner does not have", customer.text())};
}

// One made in passing carries the core of the payment or setup intent that made it.
Fault PartitionCheck::missing_method(const RecordHeader& header, const IdCore& own, const PaymentMethodId& method) {
  if (method.empty() || method.core == own || log_ == nullptr) return {};
  counts_.add(Check::tenancy);
  ObjectKey key{.partner = header.partner, .core = method.core, .ordinal = method.ordinal, .mode = header.mode, .table = Table::methods};
  if (rows_.begun(key)) return {};
  if (method.ordinal != 0) {
    key.ordinal = 0;
    key.table = Table::setups;
    std::string ignored;
    if (rows_.begun(key) || log_->get(Table::payments, keys::object(header.partner, header.mode, method.core), ignored).ok()) return {};
  }
  return {fmt::format("it refers to {}, which this partner does not have", method.text())};
}

Fault PartitionCheck::missing_references(const RecordHeader& header, const Event& event) {
  const References to = references_of(event);
  if (Fault fault = missing_customer(header, to.customer)) return fault;
  return missing_method(header, subject_of(event).core, to.method);
}

// The acquirer knows an operation by partner, payment and number: both modes together must not use a number twice.
Fault PartitionCheck::check_created(const PaymentKey& key, StreamState& stream) {
  ++payment_count_;
  if (log_ == nullptr) return {};
  const Mode other = key.mode == Mode::test ? Mode::live : Mode::test;
  if (!stream.other_mode_has_payments) {
    stream.other_mode_has_payments = false;
    const std::string prefix = keys::stream(key.partner, other);
    const Status scanned = log_->scan(Table::payments, prefix, keys::after_prefix(prefix), Order::forward, [&](std::string_view, std::string_view) {
      stream.other_mode_has_payments = true;
      return false;
    });
    if (!scanned.ok()) return {std::string(message_of(scanned)), advice_bytes};
  }
  std::string ignored;
  if (*stream.other_mode_has_payments && log_->get(Table::payments, keys::object(key.partner, other, key.core), ignored).ok())
    return {fmt::format("{} is a payment of the other mode as well", PaymentId{key.core}.text())};
  return expect(stream.sum(Table::payments), Table::payments, keys::object(key.partner, key.mode, key.core), {}, {chain_.sequence(), chain_.time_us()});
}

void PartitionCheck::count(const PaymentEvent& event) {
  counts_.add(Check::transitions);
  std::visit(
      [&]<class E>(const E&) {
        constexpr bool asks = std::is_same_v<E, AuthorizationRequested> || std::is_same_v<E, IncrementRequested> || std::is_same_v<E, CaptureRequested> ||
                              std::is_same_v<E, CancelRequested> || std::is_same_v<E, RefundRequested>;
        if constexpr (asks) counts_.add(Check::references);
        if constexpr (std::is_same_v<E, AuthorizationRequested>) counts_.add(Check::attempts);
        if constexpr (std::is_same_v<E, PaymentCaptured>) counts_.add(Check::captures);
        if constexpr (std::is_same_v<E, RefundRequested>) counts_.add(Check::refunds);
      },
      event);
}

Fault PartitionCheck::on_payment(Record& record, PaymentEvent& event) {
  const RecordHeader& header = record.header;
  const PaymentId id = std::visit([](const auto& e) { return e.payment; }, event);
  const PaymentKey key{header.partner, id.core, header.mode};
  StreamState& stream = streams_.of(header.partner, header.mode);
  OpenPayment* open = nullptr;
  if (Fault fault = open_payments_.find(key, header.sequence, stream.rows ? &*stream.rows : nullptr, open)) return fault;
  if (std::string why = illegal(open->state ? &*open->state : nullptr, event, header.time_us); !why.empty())
    return {fmt::format("{}: {}", id.text(), why)};
  if (log_ != nullptr && !open->names_next(header.sequence))
    return {fmt::format("the row of {} names record {} as its next one, not this", id.text(), open->complete() ? 0 : open->history[open->seen]), advice_rows};
  count(event);
  if (!open->state) {
    if (Fault fault = check_created(key, stream)) return fault;
    open->state.emplace();
  }
  Payment& payment = *open->state;
  const Indexed before = payment.history.empty() ? Indexed{} : Indexed::of(payment);
  apply(payment, event, header.partner, header.mode, header.sequence, header.time_us);
  ++open->seen;
  move_back(event, record.event);
  if (std::string broken = broken_invariant(payment); !broken.empty()) return {std::move(broken)};
  if (Fault fault = missing_references(header, record.event)) return fault;
  if (Fault fault = post(record)) return fault;
  if (log_ == nullptr) return {};
  if (Fault fault = expect_index_rows(stream, record, before, &payment)) return fault;
  return open->complete() ? complete_payment(key, *open, stream) : Fault();
}

Fault PartitionCheck::post(const Record& record) {
  const Postings* postings = postings_of(record.event);
  if (postings == nullptr || postings->empty()) return {};
  counts_.add(Check::postings);
  if (!balanced(*postings)) return {"its postings do not sum to zero"};
  const auto* captured = std::get_if<PaymentCaptured>(&record.event);
  Books& books = streams_.of(record.header.partner, record.header.mode).books;
  if (!apply(books, *postings, captured != nullptr ? captured->available_on_us : 0, record.header.sequence))
    return {"its postings do not fit into the books"};
  return {};
}

Fault PartitionCheck::on_ledger(const Record& record) {
  const RecordHeader& header = record.header;
  const FundsAvailable& funds = std::get<FundsAvailable>(record.event);
  counts_.add(Check::postings);
  if (funds.due_us > header.time_us) return {"funds become available before they are due"};
  if (!balanced(funds.postings)) return {"its postings do not sum to zero"};
  StreamState& stream = streams_.of(header.partner, header.mode);
  if (stream.books.version == 0 || !apply(stream.books, funds, header.sequence)) return {"it moves other funds than are due"};
  if (std::string broken = broken_invariant(stream.books); !broken.empty()) return {std::move(broken)};
  return log_ == nullptr ? Fault() : expect_index_rows(stream, record, {}, nullptr);
}

template <class T>
Fault PartitionCheck::fold_object(Objects<T>& objects, const ObjectKey& key, Record& record, CustomerEvent& event) {
  const RecordHeader& header = record.header;
  ExpectedRow* row = nullptr;
  if (log_ != nullptr) {
    if (Fault fault = find_row(key, header.sequence, row)) return fault;
  }
  const auto at = objects.find(key);
  T* state = at == objects.end() ? nullptr : at->second.get();
  if (std::string why = illegal(state, event); !why.empty()) return {fmt::format("{}: {}", name_of_object(key), why)};
  counts_.add(Check::transitions);
  if (row != nullptr) row->begun = true;
  Indexed before;
  if (state == nullptr) {
    if constexpr (std::is_same_v<T, Customer>) ++customer_count_;
    else if constexpr (std::is_same_v<T, PaymentMethod>) ++method_count_;
    else ++setup_count_;
    state = objects.emplace(key, std::make_unique<T>()).first->second.get();
  } else if constexpr (std::is_same_v<T, SetupIntent>) {
    before = Indexed::of(*state);
  }
  if (!apply(*state, event, header.sequence, header.time_us)) return {fmt::format("it does not fit {}", name_of_object(key))};
  if (std::holds_alternative<SetupVerificationRequested>(event)) counts_.add(Check::references);
  move_back(event, record.event);
  if (Fault fault = missing_references(header, record.event)) return fault;
  if (log_ == nullptr) return {};
  if (Fault fault = expect_index_rows(streams_.of(header.partner, header.mode), record, before, nullptr)) return fault;
  return header.sequence == row->last_sequence ? complete(objects, key, *row) : Fault();
}

Fault PartitionCheck::on_customer_object(Record& record, CustomerEvent& event) {
  const Subject subject = subject_of(widen(event));
  const ObjectKey key = key_of(record.header, subject);
  if (key.core.empty()) return {"it names no object"};
  if (key.table == Table::customers) return fold_object(customers_, key, record, event);
  if (key.table == Table::methods) return fold_object(methods_, key, record, event);
  return fold_object(setups_, key, record, event);
}

std::optional<Problem> PartitionCheck::check_records(Progress& progress) {
  if (log_ != nullptr) {
    for (const auto& [id, partner] : directory_.partners()) {
      if (partner.partition != partition_) continue;
      if (const Status loaded = rows_.load(*log_, id); !loaded.ok()) return Problem{partition_, 0, std::string(message_of(loaded)), advice_rows};
    }
  }
  if (auto problem = walk(source_, partition_, chain_, progress, [this](Record& record) { return on_record(record); })) return problem;
  counts_.add(Check::chain, chain_.sequence());
  counts_.add(Check::encoding, chain_.sequence());
  if (auto problem = check_head(source_, partition_, chain_)) return problem;
  counts_.add(Check::heads);
  if (Fault fault = expect_key(commands_.end())) return Problem{partition_, chain_.sequence(), std::move(fault.what), fault.advice};
  return std::nullopt;
}

void PartitionCheck::forget() {
  rows_ = {};
  customers_ = {};
  methods_ = {};
  setups_ = {};
  streams_.clear();
  open_payments_.clear();
}

void PartitionCheck::count_into(VerifyReport& report) const {
  report.payments += payment_count_;
  report.customers += customer_count_;
  report.methods += method_count_;
  report.setups += setup_count_;
  report.books += counts_.of(Check::balances);
  report.idempotency_keys += key_count_;
  report.in_doubt += in_doubt_count_;
}

}  // namespace tollgate::audit

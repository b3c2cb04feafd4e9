// Writes small logs as an engine would: decisions, events, rows, one append for each command.
#pragma once
#include <map>
#include <memory>

#include "support/catch.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/eventlog/memory.h"
#include "tollgate/projection/index.h"
#include "tollgate/record/idempotency.h"
#include "tollgate/record/record.h"
#include "tollgate/record/wire.h"

namespace tollgate::testing {

inline Currency usd() { return *Currency::parse("usd"); }

class LogBuilder {
 public:
  explicit LogBuilder(EventLog& log) : log_(log) {}

  int64_t now_us = 1'750'000'000 * us_per_second;

  void add_partner(PartnerId id, uint32_t partition) {
    partitions_[id] = partition;
    CreatePartner create{.partner = id, .partition = partition, .config = {}, .keys = {}};
    create.config.name = "Example";
    create.config.default_currency = usd();
    on_partner(id, create);
  }
  void on_partner(PartnerId id, const PartnerCommand& command) {
    const auto found = partners_.find(id);
    const PartnerDecision decision = decide(found == partners_.end() ? nullptr : &found->second, command, now_us);
    REQUIRE_FALSE(decision.refusal);
    begin(0, id, Mode::none);
    for (const PartnerEvent& event : decision.events) {
      const RecordHeader header = add(widen(event));
      apply(partners_[id], event, header.sequence, header.time_us);
    }
    put(Table::partners, keys::partner(id), partners_[id]);
    end();
  }

  void on_admin(const AdminCommand& command) {
    const AdminDecision decision = decide(admins, command, now_us);
    REQUIRE(decision.refusal == AdminRefusal::none);
    for (const AdminEvent& event : decision.events) add_admin(event);
  }
  // Whatever it is: no decision is asked.
  void add_admin(const AdminEvent& event, PartnerId under = {}, uint32_t partition = 0) {
    begin(partition, under, Mode::none);
    const RecordHeader header = add(widen(event));
    if (illegal(admins, event, header.time_us).empty()) apply(admins, event, header.sequence, header.time_us);
    if (admins.version != 0) rows_.push_back({Table::meta, std::string(keys::admins), wire::encode(admins)});
    end();
  }
  AdminState admins;

  PaymentId new_payment() { return {core()}; }
  void on_payment(PartnerId partner, Mode mode, PaymentId id, const PaymentCommand& command, const std::string& idempotency_key = {}) {
    const std::string key = keys::object(partner, mode, id.core);
    const auto found = payments_.find(key);
    PaymentContext context{.partner = partner, .mode = mode, .now_us = now_us, .fee = {.basis_points = 290, .fixed = 30}};
    context.availability_delay_us = 2 * us_per_day;
    context.authorization_validity_us = 7 * us_per_day;
    const PaymentDecision decision = decide(found == payments_.end() ? nullptr : &found->second, command, context);
    REQUIRE_FALSE(decision.refusal);
    REQUIRE_FALSE(decision.events.empty());
    begin(partitions_.at(partner), partner, mode, idempotency_key);
    if (const auto* said = std::get_if<ResolveByHand>(&command)) {
      cause_.request = {core()};
      cause_.actor = "admin:" + said->resolved_by;
      cause_.operation = "POST /admin/v1/in_doubt";
    }
    for (const PaymentEvent& event : decision.events) {
      const Event wide = widen(event);
      const RecordHeader header = add(wide);
      Payment& state = payments_[key];
      const Indexed before = state.history.empty() ? Indexed{} : Indexed::of(state);
      apply(state, event, partner, mode, header.sequence, header.time_us);
      append_index_rows(rows_, header, wide, before, &state);
      if (const auto* captured = std::get_if<PaymentCaptured>(&event)) post(captured->postings, captured->available_on_us, header.sequence);
      if (const auto* accepted = std::get_if<RefundAccepted>(&event)) post(accepted->postings, 0, header.sequence);
    }
    const Payment& payment = payments_.at(key);
    put(Table::payments, key, payment);
    bool doubt = false;
    for (const Operation& operation : payment.operations) doubt |= operation.is_asked_about();
    rows_.push_back({Table::in_doubt, keys::partition(append_.partition) + key, doubt ? std::optional<std::string>("") : std::nullopt});
    if (const Attempt* newest = payment.newest_attempt(); newest != nullptr && newest->capture_before_us != 0) {
      const bool waits = payment.status == PaymentStatus::requires_capture;
      rows_.push_back({Table::timers, timer(newest->capture_before_us, 1, partner, mode, id.core), waits ? std::optional<std::string>("") : std::nullopt});
    }
    subject_ = id.text();
    if (std::holds_alternative<CreateRefund>(command)) subject_ = RefundId{id.core, static_cast<uint16_t>(payment.refunds.size())}.text();
    const bool asks = !payment.operations.empty() && payment.operations.back().requested_sequence >= append_.expected_sequence;
    operation_ = asks ? payment.operations.back().ordinal : uint16_t{0};
    end();
  }
  // Creates, confirms and, unless `outcome` says otherwise, is paid.
  PaymentId pay(PartnerId partner, Mode mode, int64_t amount, const std::string& idempotency_key = {}, Outcome outcome = Outcome::approved,
                CaptureMethod capture = CaptureMethod::automatic, CustomerId customer = {}) {
    const PaymentId id = new_payment();
    CreatePayment create{.payment = id, .amount = amount, .currency = usd(), .capture_method = capture};
    create.customer = customer;
    create.method.emplace();
    create.method->id = {id.core, 1};
    create.method->card_token = "pm_card_visa";
    create.confirm.emplace();
    on_payment(partner, mode, id, create, idempotency_key);
    on_payment(partner, mode, id, answer(partner, mode, id, outcome));
    return id;
  }
  // To the newest operation.
  ApplyOutcome answer(PartnerId partner, Mode mode, PaymentId id, Outcome outcome) {
    const Payment& payment = payments_.at(keys::object(partner, mode, id.core));
    ApplyOutcome answer{.operation = payment.operations.back().ordinal, .outcome = outcome};
    answer.amount = payment.operations.back().amount;
    answer.currency = payment.currency;
    answer.code = DeclineCode::insufficient_funds;
    return answer;
  }
  void release_funds(PartnerId partner, Mode mode) {
    const std::string key = keys::stream(partner, mode);
    const auto event = decide_available(books_[key], now_us);
    REQUIRE(event);
    begin(partitions_.at(partner), partner, mode);
    const RecordHeader header = add(*event);
    for (const PendingFunds& pending : books_[key].pending)
      if (pending.due_us <= now_us) rows_.push_back({Table::timers, timer(pending.due_us, 2, partner, mode, {}), std::nullopt});
    REQUIRE(apply(books_[key], *event, header.sequence));
    put(Table::books, key, books_[key]);
    end();
  }

  CustomerId add_customer(PartnerId partner, Mode mode) {
    const CustomerId id{core()};
    CreateCustomer create;
    create.customer.id = id;
    on_customer(partner, mode, create, {.now_us = now_us}, id);
    return id;
  }
  PaymentMethodId add_method(PartnerId partner, Mode mode, CustomerId customer) {
    CreatePaymentMethod create;
    create.method.id = {core(), 0};
    create.method.card_token = "pm_card_visa";
    on_customer(partner, mode, create, {.now_us = now_us}, {});
    CustomerContext context{.now_us = now_us};
    context.customer = &customers_.at(keys::object(partner, mode, customer.core));
    context.method = &methods_.at(keys::method(partner, mode, create.method.id));
    on_customer(partner, mode, AttachPaymentMethod{.customer = customer, .inline_method = {}}, context, {});
    return create.method.id;
  }
  SetupIntentId set_up(PartnerId partner, Mode mode, CustomerId customer, PaymentMethodId method) {
    CreateSetupIntent create;
    create.setup.id = {core()};
    create.setup.customer = customer;
    create.setup.method = methods_.at(keys::method(partner, mode, method)).method;
    create.confirm = true;
    CustomerContext context{.now_us = now_us};
    context.customer = &customers_.at(keys::object(partner, mode, customer.core));
    on_customer(partner, mode, create, context, {});
    context.setup = &setups_.at(keys::object(partner, mode, create.setup.id.core));
    on_customer(partner, mode, ApplySetupOutcome{.operation = 1, .outcome = Outcome::approved}, context, {});
    return create.setup.id;
  }

  // A record that was refused, under a key.
  void refuse(PartnerId partner, Mode mode, const std::string& idempotency_key) {
    begin(partitions_.at(partner), partner, mode, idempotency_key);
    RequestRefused refused;
    refused.detail.refusal = Refusal::amount_too_small;
    refused.subject = PaymentId{core()}.text();
    add(refused);
    subject_ = refused.subject;
    refusal_ = refused.detail;
    end();
  }

  [[nodiscard]] const Payment& payment(PartnerId partner, Mode mode, PaymentId id) const {
    return payments_.at(keys::object(partner, mode, id.core));
  }

 private:
  IdCore core() {
    ++counter_;
    return IdCore::make(now_us, counter_, 0x5eed0000u + counter_);
  }

  void on_customer(PartnerId partner, Mode mode, const CustomerCommand& command, const CustomerContext& context, CustomerId) {
    const CustomerDecision decision = decide(command, context);
    REQUIRE_FALSE(decision.refusal);
    begin(partitions_.at(partner), partner, mode);
    for (const CustomerEvent& event : decision.events) {
      const Event wide = widen(event);
      const RecordHeader header = add(wide);
      append_index_rows(rows_, header, wide, {}, nullptr);
      const auto fold = [&](auto& states, Table table, const std::string& key) {
        REQUIRE(apply(states[key], event, header.sequence, header.time_us));
        put(table, key, states[key]);
      };
      const auto object = [&](const IdCore& of) { return keys::object(partner, mode, of); };
      if (const auto* customer = std::get_if<CustomerCreated>(&event)) fold(customers_, Table::customers, object(customer->customer.id.core));
      if (const auto* made = std::get_if<PaymentMethodCreated>(&event)) fold(methods_, Table::methods, keys::method(partner, mode, made->method.id));
      if (const auto* attached = std::get_if<PaymentMethodAttached>(&event)) fold(methods_, Table::methods, keys::method(partner, mode, attached->method.id));
      if (const auto* setup = std::get_if<SetupIntentCreated>(&event)) fold(setups_, Table::setups, object(setup->setup.id.core));
      if (const auto* asked = std::get_if<SetupVerificationRequested>(&event)) fold(setups_, Table::setups, object(asked->setup.core));
      if (const auto* done = std::get_if<SetupSucceeded>(&event)) fold(setups_, Table::setups, object(done->setup.core));
    }
    end();
  }

  void post(const Postings& postings, int64_t available_on, uint64_t sequence) {
    const std::string key = keys::stream(partner_, mode_);
    REQUIRE(apply(books_[key], postings, available_on, sequence));
    put(Table::books, key, books_[key]);
    if (available_on != 0) rows_.push_back({Table::timers, timer(available_on, 2, partner_, mode_, {}), ""});
  }

  // As the engine writes them (engine/timers.h).
  [[nodiscard]] std::string timer(int64_t due_us, char kind, PartnerId partner, Mode mode, const IdCore& of) const {
    std::string key = keys::partition(append_.partition);
    append_be64(key, static_cast<uint64_t>(due_us));
    key.push_back(kind);
    return key + keys::object(partner, mode, of);
  }

  void begin(uint32_t partition, PartnerId partner, Mode mode, const std::string& idempotency_key = {}) {
    const Head head = *log_.head(partition);
    append_ = {};
    append_.partition = partition;
    append_.epoch = 1;
    append_.expected_sequence = head.sequence + 1;
    append_.last_hash = head.hash;
    partner_ = partner;
    mode_ = mode;
    cause_ = {};
    subject_.clear();
    operation_ = 0;
    refusal_ = {};
    if (!idempotency_key.empty()) {
      cause_.request = {core()};
      cause_.idempotency_key = idempotency_key;
      cause_.fingerprint = "0123456789abcdef";
      cause_.operation = "POST /v1/payment_intents";
    }
  }
  RecordHeader add(const Event& event) {
    RecordHeader header;
    header.event_type = type_of(event);
    header.mode = mode_;
    header.partition = append_.partition;
    header.epoch = 1;
    header.sequence = append_.expected_sequence + append_.record_count;
    header.time_us = ++now_us;
    header.partner = partner_;
    header.prev_hash = append_.last_hash;
    append_.last_hash = *append_record(append_.records, header, append_.record_count == 0 ? cause_ : Cause{}, event);
    ++append_.record_count;
    return header;
  }
  template <class T>
  void put(Table table, const std::string& key, const T& value) { rows_.push_back({table, key, wire::encode(value)}); }
  void end() {
    if (!cause_.idempotency_key.empty()) {
      IdempotencyEntry entry;
      entry.fingerprint = cause_.fingerprint;
      entry.operation = cause_.operation;
      entry.request = cause_.request;
      entry.subject = subject_;
      entry.acquirer_operation = operation_;
      entry.refusal = refusal_;
      entry.sequence = append_.expected_sequence + append_.record_count - 1;
      const Digest digest = sha256(cause_.idempotency_key);
      put(Table::idempotency, keys::stream(partner_, mode_) + std::string(view(digest).substr(0, 16)), entry);
    }
    rows_.push_back({Table::meta, keys::partition(append_.partition), "\x08\x01"});
    const Status status = log_.append({&append_, 1}, rows_);
    INFO(status.ToString());
    REQUIRE(status.ok());
    rows_.clear();
  }

  EventLog& log_;
  std::map<PartnerId, uint32_t> partitions_;
  std::map<PartnerId, Partner> partners_;
  std::map<std::string, Payment> payments_;
  std::map<std::string, Customer> customers_;
  std::map<std::string, PaymentMethod> methods_;
  std::map<std::string, SetupIntent> setups_;
  std::map<std::string, Books> books_;
  Append append_;
  Cause cause_;
  PartnerId partner_;
  Mode mode_ = Mode::none;
  std::string subject_;  // of the command's answer
  uint16_t operation_ = 0;
  RefusalDetail refusal_;
  std::vector<Row> rows_;
  uint16_t counter_ = 0;
};

}  // namespace tollgate::testing

// What a log's records give when they are applied again: the rows that stand beside them, byte for byte.
#include "tollgate/engine/replay.h"

#include "engine/harness.h"
#include "tollgate/base/time.h"

namespace tollgate::engine {
namespace {

using Rows = std::map<std::string, std::string>;

// What a partner has authorized in a day: a replay counts it for everyone, the engine for those who have a limit of it.
bool is_day_row(Table table, std::string_view key) {
  return table == Table::meta && key.size() == keys::partition(1).size() + keys::stream({}, Mode::test).size();
}

Rows rows_of(const EventLog& log, bool with_days = false) {
  Rows rows;
  for (std::size_t table = 1; table <= table_count; ++table) {
    // The one row that follows from no record: a timer that rang for nothing is deleted.
    if (static_cast<Table>(table) == Table::timers) continue;
    REQUIRE(log.scan(static_cast<Table>(table), "", "", Order::forward, [&](std::string_view key, std::string_view value) {
                 if (with_days || !is_day_row(static_cast<Table>(table), key)) rows[std::to_string(table) + "/" + to_hex(key)] = to_hex(value);
                 return true;
               }).ok());
  }
  return rows;
}

struct Stored {
  uint32_t partition;
  std::string bytes;
};
std::vector<Stored> records_of(const EventLog& log) {
  std::vector<Stored> all;
  const auto partitions = log.partitions();
  REQUIRE(partitions.ok());
  for (const uint32_t partition : *partitions)
    REQUIRE(log.read(partition, 1, [&](uint64_t, std::string_view bytes) {
                 all.push_back({partition, std::string(bytes)});
                 return true;
               }).ok());
  return all;
}

void require_same(const Rows& expected, const Rows& found) {
  for (const auto& [key, value] : expected) {
    const auto at = found.find(key);
    INFO(key);
    REQUIRE(at != found.end());
    REQUIRE(at->second == value);
  }
  REQUIRE(found.size() == expected.size());
}

// A partner's day, whatever the dice say.
class Day {
 public:
  explicit Day(Harness& harness, uint64_t seed) : h(harness), dice(seed) {}

  void step() {
    if (dice.next_u32() % 40 == 0) {
      h.clock.advance(3 * us_per_day);
      auto more = h.processor->process_timers();
      REQUIRE(more.ok());
    }
    act(key());
    if (dice.next_u32() % 2 == 0) end_round();
  }
  void end_round() {
    h.round();
    while (!h.requests.empty() && dice.next_u32() % 4 != 0) answer();
  }

 private:
  std::string key() { return dice.next_u32() % 3 == 0 ? std::string() : "key-" + std::to_string(next_key++); }
  template <class T>
  const T& any(const std::vector<T>& all) { return all[dice.next_u32() % all.size()]; }

  void answer() {
    const uint32_t roll = dice.next_u32() % 8;
    if (roll < 4) return h.approve();
    if (roll == 4) return h.answer({.outcome = Outcome::declined, .code = DeclineCode::insufficient_funds});
    if (roll == 5) return h.answer({.outcome = Outcome::unknown});
    if (roll == 6) return h.answer({.outcome = Outcome::unknown, .not_found = true});
    return h.answer({.outcome = Outcome::authentication_required});
  }

  void act(const std::string& key) {
    const uint32_t roll = dice.next_u32() % 18;
    if (payments.empty() || roll < 4) return create(key);
    const PaymentId payment = any(payments);
    switch (roll) {
      case 4: h.on_payment(payment, CapturePayment{.amount_to_capture = std::nullopt, .metadata = {{"order", "7"}}}, key); return;
      case 5: h.on_payment(payment, CapturePayment{}, key); return;
      case 6: h.on_payment(payment, CancelPayment{}, key); return;
      case 7: h.on_payment(payment, CreateRefund{.attempt = {}, .amount = 100}, key); return;
      case 8: h.on_payment(payment, UpdateRefund{.refund = 1, .metadata = {{"a", "b"}}}, key); return;
      case 9: h.on_payment(payment, UpdatePayment{.description = "another"}, key); return;
      case 10: h.on_payment(payment, CompleteAuthentication{.attempt = 1, .succeeded = dice.next_u32() % 2 == 0}, key); return;
      case 11: h.on_payment(payment, IncrementAuthorization{.amount = 5'000}, key); return;
      case 12: h.on_payment(payment, ConfirmPayment{}, key); return;
      case 13: return setup(key);
      case 14: return partner(key);
      case 16:
      case 17: return by_hand(payment);
      default: return customer(key);
    }
  }
  // Of one of its first operations, whether or not it is in doubt.
  void by_hand(PaymentId payment) {
    Command made = h.command();
    made.config = nullptr;
    ResolveByHand said;
    said.operation = static_cast<uint16_t>(1 + dice.next_u32() % 2);
    said.outcome = static_cast<HandOutcome>(1 + dice.next_u32() % 4);
    said.reference = "case 17";
    said.reason = "told on the phone";
    said.resolved_by = "ann";
    said.approved_by = "bob";
    OnPayment target;
    target.payment = payment;
    target.command = std::move(said);
    made.target = std::move(target);
    h.submit(std::move(made));
  }
  void create(const std::string& key) {
    CreatePayment create = h.purchase(1'000 + dice.next_u32() % 1'000, dice.next_u32() % 2 == 0 ? CaptureMethod::manual : CaptureMethod::automatic);
    if (dice.next_u32() % 4 == 0) create.confirm.reset();
    if (!customers.empty() && dice.next_u32() % 2 == 0) {
      create.customer = any(customers);
      create.details.setup_future_usage = FutureUsage::off_session;
    }
    payments.push_back(create.payment);
    h.on_payment(create.payment, create, key);
  }
  void customer(const std::string& key) {
    OnCustomerObject target;
    if (customers.empty() || dice.next_u32() % 3 == 0) {
      CreateCustomer create;
      create.customer.id = CustomerId{h.ids.next(h.clock.now_us())};
      customers.push_back(create.customer.id);
      target.command = create;
    } else if (methods.empty() || dice.next_u32() % 3 == 0) {
      CreatePaymentMethod create;
      create.method.id = PaymentMethodId{h.ids.next(h.clock.now_us()), 0};
      create.method.card_token = "pm_card_visa";
      methods.push_back(create.method.id);
      target.command = create;
    } else {
      target.customer = any(customers);
      target.method = any(methods);
      switch (dice.next_u32() % 4) {
        case 0: target.command = AttachPaymentMethod{.customer = target.customer, .inline_method = {}}; break;
        case 1: target.command = UpdateCustomer{.sealed_personal = {}, .description = {}, .default_method = target.method}; break;
        case 2: target.command = DetachPaymentMethod{}; break;
        default: target.method = {}; target.command = DeleteCustomer{};
      }
    }
    h.on_object(target, key);
  }
  void setup(const std::string& key) {
    OnCustomerObject target;
    if (setups.empty() || dice.next_u32() % 2 == 0) {
      CreateSetupIntent create;
      create.setup.id = SetupIntentId{h.ids.next(h.clock.now_us())};
      if (!customers.empty()) create.setup.customer = target.customer = any(customers);
      create.setup.method = MethodSnapshot{.card_token = "pm_card_visa"};
      create.confirm = dice.next_u32() % 2 == 0;
      setups.push_back(create.setup.id);
      target.command = create;
    } else {
      target.setup = any(setups);
      const uint32_t roll = dice.next_u32() % 3;
      if (roll == 0) target.command = ConfirmSetupIntent{};
      else if (roll == 1) target.command = CancelSetupIntent{};
      else target.command = CompleteSetupAuthentication{.succeeded = true};
    }
    h.on_object(target, key);
  }
  void partner(const std::string& key) {
    Command made = h.command(key);
    made.partner = PartnerId{100 + dice.next_u32() % 3};
    made.partition = 0;
    made.mode = Mode::none;
    if (dice.next_u32() % 2 == 0) {
      CreatePartner create{.partner = made.partner, .partition = 1, .config = {}, .keys = {}};
      create.config.name = "Another";
      create.keys.push_back(h.directory.new_key(Mode::test, KeyScope::all, h.clock.now_us(), dice).key);
      made.target = OnPartner{create};
    } else {
      made.target = OnPartner{CreateKey{.key = h.directory.new_key(Mode::test, KeyScope::all, h.clock.now_us(), dice).key}};
    }
    h.submit(std::move(made));
  }

  Harness& h;
  SeededRandom dice;
  uint64_t next_key = 0;
  std::vector<PaymentId> payments;
  std::vector<CustomerId> customers;
  std::vector<PaymentMethodId> methods;
  std::vector<SetupIntentId> setups;
};

TEST_CASE("Replayed on an empty log, records give the rows that the engine wrote with them") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Harness h;
    Day day(h, seed);
    for (int i = 0; i < 300; ++i) {
      day.step();
      // A writer of a higher epoch goes on.
      if (i % 100 == 99) {
        day.end_round();
        h.restart();
      }
    }
    day.end_round();
    const std::vector<Stored> records = records_of(*h.memory);
    REQUIRE(records.size() > 300);

    const auto copy = open_memory_log();
    auto replayer = LogReplayer::open(*copy);
    REQUIRE(replayer.ok());
    std::size_t i = 0;
    for (const Stored& record : records) {
      INFO("record " << i);
      // Where a command begins, another process may go on; it may be made durable anywhere.
      if (++i % 37 == 0) REQUIRE((*replayer)->flush().ok());
      if (i > 150 && !decode_record(record.bytes)->cause.empty()) {
        REQUIRE((*replayer)->flush().ok());
        replayer = LogReplayer::open(*copy);
        i = 0;
      }
      REQUIRE((*replayer)->take(record.partition, record.bytes).ok());
    }
    REQUIRE((*replayer)->flush().ok());
    for (const uint32_t partition : {0u, 1u}) REQUIRE(copy->head(partition)->hash == h.memory->head(partition)->hash);
    require_same(rows_of(*h.memory), rows_of(*copy));
  }
}

// A log with the same records, and the rows that the replay makes of them.
std::unique_ptr<EventLog> replayed(const EventLog& log) {
  auto copy = open_memory_log();
  auto replayer = *LogReplayer::open(*copy);
  for (const Stored& record : records_of(log)) REQUIRE(replayer->take(record.partition, record.bytes).ok());
  REQUIRE(replayer->flush().ok());
  return copy;
}

void set_day_limit(Harness& h, int64_t amount_per_day) {
  auto partner = std::make_shared<Partner>(*h.directory.find(PartnerId{7}));
  partner->config.limits.amount_per_day = amount_per_day;
  h.directory.put(std::move(partner));
}

TEST_CASE("A replay gives the rows of a day's amounts as the engine wrote them, whatever happened in it") {
  for (uint64_t seed = 100; seed < 110; ++seed) {
    INFO("seed " << seed);
    Harness h;
    set_day_limit(h, 1'000'000'000);
    Day day(h, seed);
    for (int i = 0; i < 200; ++i) day.step();
    day.end_round();
    const Rows rows = rows_of(*h.memory, true);
    REQUIRE(rows.size() > rows_of(*h.memory).size());
    require_same(rows, rows_of(*replayed(*h.memory), true));
  }
}

TEST_CASE("What a day has seen is known after a restore, exact to the smallest unit, also of a partner who had no limit then") {
  for (const int64_t before : {int64_t{0}, int64_t{1'000}}) {
    INFO("a limit of " << before);
    Harness h;
    set_day_limit(h, before);
    h.paid(1'000);
    h.clock.advance(us_per_day - h.clock.now_us() % us_per_day);
    h.paid(600);
    const CreatePayment declined = h.purchase(100);
    (void)h.on_payment(declined.payment, declined);
    h.round();
    h.answer({.outcome = Outcome::declined, .code = DeclineCode::insufficient_funds});
    h.paid(300);

    const auto copy = replayed(*h.memory);
    set_day_limit(h, 1'000);
    Processor processor(h.options, *copy, h.clock, h.directory);
    std::vector<Input> inputs;
    std::vector<AcquirerRequest> requests;
    REQUIRE(processor.recover(1, inputs, requests).ok());
    const auto pay = [&](int64_t amount) {
      const CreatePayment create = h.purchase(amount);
      Command command = h.command();
      command.target = OnPayment{.payment = create.payment, .command = create, .cvc = {}, .method = {}};
      const auto refusal = std::make_shared<Refusal>(Refusal::none);
      Input input{std::move(command), &h.sink, [refusal](CommandResult result) { *refusal = result.refusal.refusal; }};
      REQUIRE(processor.process(input).ok());
      REQUIRE(processor.commit().ok());
      return *refusal;
    };
    REQUIRE(pay(101) == Refusal::amount_per_day_exceeded);
    REQUIRE(pay(100) == Refusal::none);
    REQUIRE(pay(1) == Refusal::amount_per_day_exceeded);
  }
}

TEST_CASE("Admin users are the same after a restart, and when their records are applied again") {
  Harness h;
  const auto ask = [&](AdminCommand command) {
    Command made = h.command();
    made.config = nullptr;
    made.partner = {};
    made.partition = 0;
    made.mode = Mode::none;
    made.target = OnAdmin{std::move(command)};
    return h.submit(std::move(made));
  };
  const auto created = ask(CreateAdminUser{"ann", AdminRole::security_officer});
  ask(CreateAdminUser{"bob", AdminRole::viewer});
  ask(CreateAdminToken{"ann", {.id = "t", .hash = "h", .expires_us = INT64_MAX}});
  REQUIRE_FALSE(created->arrived);
  REQUIRE(h.directory.admins()->users.empty());
  h.round();
  REQUIRE(created->arrived);
  REQUIRE(created->result.admins->users.size() == 1);
  REQUIRE(h.directory.admins()->users.size() == 2);

  h.restart();
  const auto again = ask(CreateAdminUser{"ann", AdminRole::viewer});
  ask(NoteAction{{.user = "ann", .role = AdminRole::security_officer, .token_id = "t", .action = "user.create"}});
  ask(NoteRefusal{{.action = "user.list", .result = "no_token"}});
  ask(RequestApproval{{.id = "a", .user = "ann", .path = "users", .expires_us = INT64_MAX}});
  const auto own = ask(DecideApproval{"a", "ann", true});
  ask(DecideApproval{"a", "bob", true});
  h.round();
  REQUIRE(again->result.kind == CommandResult::Kind::refused);
  REQUIRE(again->result.admin_refusal == AdminRefusal::user_exists);
  REQUIRE(own->result.admin_refusal == AdminRefusal::own_approval);
  REQUIRE(h.directory.admins()->users[0].tokens[0].last_used_us != 0);
  REQUIRE(h.directory.admins()->approvals.empty());

  const auto copy = open_memory_log();
  auto replayer = *LogReplayer::open(*copy);
  for (const Stored& record : records_of(*h.memory)) REQUIRE(replayer->take(record.partition, record.bytes).ok());
  REQUIRE(replayer->flush().ok());
  require_same(rows_of(*h.memory), rows_of(*copy));
}

TEST_CASE("A record that does not follow is refused, and nothing of it is applied") {
  Harness h;
  h.paid(1'000);
  h.paid(2'000);
  const std::vector<Stored> records = records_of(*h.memory);
  const auto copy = open_memory_log();
  auto replayer = *LogReplayer::open(*copy);
  REQUIRE(replayer->take(1, records[0].bytes).ok());
  REQUIRE(absl::IsDataLoss(replayer->take(1, records[2].bytes)));
  REQUIRE(absl::IsDataLoss(replayer->take(1, records[0].bytes)));
  std::string changed = records[1].bytes;
  changed[50] = static_cast<char>(changed[50] ^ 1);  // in prev_hash
  REQUIRE(absl::IsDataLoss(replayer->take(1, changed)));
  REQUIRE(absl::IsDataLoss(replayer->take(1, records[1].bytes.substr(0, 60))));
  for (std::size_t i = 1; i < records.size(); ++i) REQUIRE(replayer->take(1, records[i].bytes).ok());
  REQUIRE(replayer->flush().ok());
  require_same(rows_of(*h.memory), rows_of(*copy));
}

TEST_CASE("No writer's epoch is below the one that a restore has set") {
  Harness h;
  h.options.epoch_min = uint64_t{2} << 32;
  h.restart();
  h.paid(1'000);
  REQUIRE(h.memory->head(1)->epoch == uint64_t{2} << 32);
  h.restart();
  h.paid(1'000);
  REQUIRE(h.memory->head(1)->epoch == (uint64_t{2} << 32) + 1);
}

}  // namespace
}  // namespace tollgate::engine

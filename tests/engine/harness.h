// An engine on one thread, in the test's hands: a Processor over the memory log, an acquirer that answers when the test says so, and a
// log that can be made to fail.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/processor.h"
#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"
#include "tollgate/eventlog/memory.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/record/wire.h"

namespace tollgate::engine {

class FakeDirectory final : public Directory {
 public:
  std::map<uint64_t, std::shared_ptr<const Partner>> partners;
  std::optional<Authenticated> authenticate(std::string_view, int64_t, AuthFailure& why) const override {
    why = AuthFailure::unknown;
    return std::nullopt;
  }
  std::shared_ptr<const Partner> find(PartnerId id) const override {
    const auto found = partners.find(id.value);
    return found == partners.end() ? nullptr : found->second;
  }
  std::vector<std::shared_ptr<const Partner>> list(PartnerId, std::size_t) const override { return {}; }
  std::size_t size() const override { return partners.size(); }
  uint32_t choose_partition() const override { return 1; }
  void put(std::shared_ptr<const Partner> partner) override { partners[partner->id.value] = std::move(partner); }
  NewKey new_key(Mode mode, KeyScope scope, int64_t now_us, Random& random) const override {
    NewKey made;
    made.key = {.id = random.base62(12), .mode = mode, .scope = scope, .hash = std::string(32, 'h'), .created_us = now_us};
    return made;
  }
  std::shared_ptr<const AdminState> admins() const override { return admin_state; }
  void put_admins(std::shared_ptr<const AdminState> state) override { admin_state = std::move(state); }
  std::shared_ptr<const AdminState> admin_state = std::make_shared<const AdminState>();
};

// Passes everything on, until it is told to fail.
class FaultyLog final : public EventLog {
 public:
  explicit FaultyLog(EventLog& inner) : inner_(inner) {}
  bool fail_appends = false;
  int appends = 0;
  Status append(std::span<const Append> appended, std::span<const Row> rows) override {
    if (fail_appends) return data_loss("the disk is gone");
    ++appends;
    return inner_.append(appended, rows);
  }
  StatusOr<Head> head(uint32_t partition) const override { return inner_.head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return inner_.partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return inner_.read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return inner_.get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return inner_.scan(table, from, to, order, visit);
  }

 private:
  EventLog& inner_;
};

class CollectingSink final : public ResultSink {
 public:
  void deliver(std::vector<Item> items) override {
    for (Item& item : items) item.handler(std::move(item.result));
  }
};

struct Reply {
  bool arrived = false;
  CommandResult result;
};

class Harness {
 public:
  Harness() : memory(open_memory_log()), log(*memory), random(1), ids(random) {
    auto partner = std::make_shared<Partner>();
    partner->id = PartnerId{7};
    partner->partition = 1;
    partner->config.name = "Bakery";
    partner->config.fees = {{.currency = {}, .basis_points = 290, .fixed = 30}};
    directory.put(partner);
    restart();
  }

  // As after a crash: what is not in the log is gone.
  void restart() {
    processor = std::make_unique<Processor>(options, log, clock, directory);
    requests.clear();
    std::vector<Input> inputs;
    for (uint32_t partition = 0; partition <= 1; ++partition) REQUIRE(processor->recover(partition, inputs, requests).ok());
    for (Input& input : inputs) REQUIRE(processor->process(input).ok());
    round();
  }

  Command command(std::string key = {}) {
    Command command;
    command.partner = PartnerId{7};
    command.mode = Mode::test;
    command.partition = 1;
    command.config = directory.find(PartnerId{7});
    command.cause.request = RequestId{ids.next(clock.now_us())};
    command.cause.idempotency_key = key;
    command.cause.fingerprint = "fingerprint-" + key;
    command.cause.operation = "POST /v1/payment_intents";
    command.cause.api_version = "2023-08-16";
    return command;
  }

  std::shared_ptr<Reply> submit(Command command) {
    auto reply = std::make_shared<Reply>();
    Input input{std::move(command), &sink, [reply](CommandResult result) {
                  REQUIRE_FALSE(reply->arrived);
                  reply->arrived = true;
                  reply->result = std::move(result);
                }};
    REQUIRE(processor->process(input).ok());
    return reply;
  }
  std::shared_ptr<Reply> on_payment(PaymentId payment, PaymentCommand what, std::string key = {}) {
    Command made = command(std::move(key));
    OnPayment target;
    target.payment = payment;
    target.command = std::move(what);
    made.target = std::move(target);
    return submit(std::move(made));
  }
  std::shared_ptr<Reply> on_object(OnCustomerObject target, std::string key = {}) {
    Command made = command(std::move(key));
    made.target = std::move(target);
    return submit(std::move(made));
  }

  // Ends the round; what it asks of the acquirer is added to `requests`.
  void round() {
    auto sent = processor->commit();
    REQUIRE(sent.ok());
    for (AcquirerRequest& request : *sent) requests.push_back(std::move(request));
  }

  // Answers the oldest request and runs the round that this makes.
  void answer(AcquirerAnswer answer) {
    REQUIRE_FALSE(requests.empty());
    const AcquirerRequest request = requests.front();
    requests.erase(requests.begin());
    if (answer.outcome == Outcome::approved && answer.amount == 0) {
      answer.amount = request.amount;
      answer.currency = request.currency;
    }
    Input input;
    input.command.partner = request.partner;
    input.command.mode = request.mode;
    input.command.partition = request.partition;
    if (!request.setup.empty()) {
      OnCustomerObject target;
      target.setup = request.setup;
      target.command = ApplySetupOutcome{.operation = request.operation, .outcome = answer.outcome, .code = answer.code};
      input.command.target = std::move(target);
    } else {
      ApplyOutcome outcome;
      outcome.operation = request.operation;
      outcome.outcome = answer.outcome;
      outcome.reversal = request.action == AcquirerAction::reverse;
      outcome.not_found = answer.not_found;
      outcome.amount = answer.amount;
      outcome.currency = answer.currency;
      outcome.code = answer.code;
      outcome.acquirer_payment = answer.acquirer_payment;
      OnPayment target;
      target.payment = request.payment;
      target.command = outcome;
      input.command.target = std::move(target);
    }
    REQUIRE(processor->process(input).ok());
    round();
  }
  void approve() { answer({.outcome = Outcome::approved}); }
  void approve_all() {
    while (!requests.empty()) approve();
  }

  CreatePayment purchase(int64_t amount, CaptureMethod capture = CaptureMethod::automatic) {
    CreatePayment create;
    create.payment = PaymentId{ids.next(clock.now_us())};
    create.amount = amount;
    create.currency = *Currency::parse("usd");
    create.capture_method = capture;
    create.method = MethodSnapshot{.card_token = "pm_card_visa", .card = {.brand = CardBrand::visa, .last4 = "4242"}};
    create.confirm = Confirmation{};
    return create;
  }
  // A payment that is through.
  PaymentId paid(int64_t amount, CaptureMethod capture = CaptureMethod::automatic) {
    const CreatePayment create = purchase(amount, capture);
    const auto reply = on_payment(create.payment, create);
    round();
    approve();
    REQUIRE(reply->arrived);
    REQUIRE(reply->result.kind == CommandResult::Kind::done);
    return create.payment;
  }

  EngineOptions options{.partitions = 1};
  std::unique_ptr<EventLog> memory;
  FaultyLog log;
  TestClock clock;
  FakeDirectory directory;
  CollectingSink sink;
  SeededRandom random;
  IdSource ids;
  std::unique_ptr<Processor> processor;
  std::vector<AcquirerRequest> requests;
};

}  // namespace tollgate::engine

// What the engine tells of its work: stage times with each result, and counts.
#include <chrono>
#include <thread>

#include "engine/harness.h"
#include "tollgate/observe/metrics.h"

using namespace tollgate;
using namespace tollgate::engine;
using observe::Stage;

namespace {

constexpr auto append_takes = std::chrono::milliseconds(3);
constexpr int64_t sync_us = 1'000;

// Each append takes its time, and says that a part of it was the sync.
class SlowLog final : public EventLog {
 public:
  explicit SlowLog(EventLog& inner) : inner_(inner) {}
  Status append(std::span<const Append> appended, std::span<const Row> rows) override {
    std::this_thread::sleep_for(append_takes);
    return inner_.append(appended, rows);
  }
  StatusOr<Head> head(uint32_t partition) const override { return inner_.head(partition); }
  StatusOr<std::vector<uint32_t>> partitions() const override { return inner_.partitions(); }
  Status read(uint32_t partition, uint64_t from, const RecordVisitor& visit) const override { return inner_.read(partition, from, visit); }
  Status get(Table table, std::string_view key, std::string& value) const override { return inner_.get(table, key, value); }
  Status scan(Table table, std::string_view from, std::string_view to, Order order, const RowVisitor& visit) const override {
    return inner_.scan(table, from, to, order, visit);
  }
  int64_t last_sync_us() const override { return sync_us; }

 private:
  EventLog& inner_;
};

struct Measured {
  Measured() : log(*h.memory) {
    h.options.metrics = &metrics;
    h.processor = std::make_unique<Processor>(h.options, log, h.clock, h.directory);
    std::vector<Input> inputs;
    std::vector<AcquirerRequest> requests;
    for (uint32_t partition = 0; partition <= 1; ++partition) REQUIRE(h.processor->recover(partition, inputs, requests).ok());
  }
  std::shared_ptr<Reply> buy(std::string key = {}) {
    auto reply = std::make_shared<Reply>();
    Command command = h.command(std::move(key));
    OnPayment target;
    target.command = h.purchase(1'000);
    target.payment = std::get<CreatePayment>(target.command).payment;
    command.target = std::move(target);
    Input input{std::move(command), &h.sink, [reply](CommandResult result) { *reply = {true, std::move(result)}; }, monotonic_us()};
    REQUIRE(h.processor->process(input).ok());
    return reply;
  }
  observe::ThreadMetrics& here() { return *metrics.here(); }
  [[nodiscard]] uint64_t recorded(Stage stage) {
    observe::FineTotals totals;
    totals.add(here().stage(stage));
    return totals.count();
  }

  observe::Metrics metrics;
  Harness h;
  SlowLog log;
};

}  // namespace

TEST_CASE("a result says where its time went, through both rounds and the acquirer") {
  Measured m;
  const int64_t begin_us = monotonic_us();
  const auto reply = m.buy();
  m.h.round();
  // Answered by hand: the harness' answers carry no time.
  const auto request = m.h.requests.front();
  m.h.requests.clear();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  Input input;
  input.command.partner = request.partner;
  input.command.mode = request.mode;
  input.command.partition = request.partition;
  OnPayment target;
  target.payment = request.payment;
  target.command = ApplyOutcome{.operation = request.operation, .outcome = Outcome::approved, .amount = request.amount, .currency = request.currency};
  input.command.target = std::move(target);
  input.since_us = monotonic_us();
  REQUIRE(m.h.processor->process(input).ok());
  m.h.round();
  REQUIRE(reply->arrived);
  const auto& stages = reply->result.stages;
  CHECK(stages.submitted_us >= begin_us);
  CHECK(stages[Stage::sync] == 2 * sync_us);
  CHECK(stages[Stage::append] >= 2 * (3'000 - sync_us));
  CHECK(stages[Stage::acquirer] >= 2'000);
  CHECK(stages.delivered_us >= begin_us + 8'000);
  int64_t sum = 0;
  for (const uint32_t us : stages.us) sum += us;
  CHECK(sum <= stages.delivered_us - stages.submitted_us);
  for (const Stage stage : {Stage::queue, Stage::decide, Stage::append, Stage::sync}) CHECK(m.recorded(stage) == 2);
  CHECK(m.recorded(Stage::acquirer) == 1);
}

TEST_CASE("a command that waits in the mailbox says so") {
  Measured m;
  Command command = m.h.command();
  OnPayment target;
  target.command = m.h.purchase(1'000);
  target.payment = std::get<CreatePayment>(target.command).payment;
  std::get<CreatePayment>(target.command).confirm.reset();
  command.target = std::move(target);
  auto reply = std::make_shared<Reply>();
  Input input{std::move(command), &m.h.sink, [reply](CommandResult result) { *reply = {true, std::move(result)}; }, monotonic_us() - 50'000};
  REQUIRE(m.h.processor->process(input).ok());
  m.h.round();
  REQUIRE(reply->arrived);
  CHECK(reply->result.stages[Stage::queue] >= 50'000);
  CHECK(reply->result.stages[Stage::acquirer] == 0);
  CHECK(reply->result.stages[Stage::sync] == sync_us);
}

TEST_CASE("a replay writes nothing and waits for no disk") {
  Measured m;
  const auto first = m.buy("key");
  m.h.round();
  m.h.approve();
  const auto again = m.buy("key");
  m.h.round();
  REQUIRE(again->arrived);
  CHECK(again->result.stages.submitted_us != 0);
  CHECK(again->result.stages[Stage::append] == 0);
  CHECK(again->result.stages[Stage::sync] == 0);
}

TEST_CASE("approvals and declines are counted once, by reason, acquirer and partner") {
  Measured m;
  for (int i = 0; i < 3; ++i) {
    (void)m.buy();
    m.h.round();
    m.h.approve();
  }
  for (int i = 0; i < 2; ++i) {
    (void)m.buy();
    m.h.round();
    m.h.answer({.outcome = Outcome::declined, .code = DeclineCode::insufficient_funds});
  }
  (void)m.buy();
  m.h.round();
  m.h.answer({.outcome = Outcome::unknown});
  const observe::AcquirerMetrics& sandbox = m.here().acquirers[m.metrics.acquirer("sandbox")];
  CHECK(sandbox.approved.get() == 3);
  CHECK(sandbox.declined[static_cast<std::size_t>(DeclineCode::insufficient_funds)].get() == 2);
  CHECK(sandbox.in_doubt.get() == 1);
  const observe::PartnerMetrics& partner = m.here().partners.of({7, Mode::test});
  CHECK(partner.approved.get() == 3);
  CHECK(partner.declined.get() == 2);
}

TEST_CASE("without metrics nothing is measured") {
  Harness h;
  const CreatePayment create = h.purchase(1'000);
  const auto reply = h.on_payment(create.payment, create);
  h.round();
  h.approve();
  REQUIRE(reply->arrived);
  CHECK(reply->result.stages.submitted_us == 0);
  CHECK(reply->result.stages.delivered_us == 0);
}

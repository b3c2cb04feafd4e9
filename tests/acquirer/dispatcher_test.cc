// The dispatcher over the sandbox: answers that are lost, late, repeated or wrong, and how what is in doubt comes to an end.
#include <thread>

#include "acquirer/fixture.h"
#include "tollgate/observe/metrics.h"

namespace tollgate::test {
namespace {

using Action = AcquirerAction;

// The dispatcher over a sandbox (or another acquirer), with time limits that a test can wait for.
class Desk {
 public:
  explicit Desk(DispatcherOptions options = quick(), SandboxOptions sandbox = {}) {
    start(options, [this, sandbox](Acquirer::Answered answered) {
      auto opened = open_sandbox(directory_.path(), sandbox, {}, std::move(answered), [](const auto&, bool, DeclineCode) {});
      REQUIRE(opened.ok());
      bank_ = opened->get();
      return *std::move(opened);
    });
  }
  Desk(DispatcherOptions options, AcquirerFactory acquirer, std::map<std::string, LiveAcquirer> live = {}) {
    start(options, std::move(acquirer), std::move(live));
  }

  static DispatcherOptions quick() {
    return {.call_timeout_us = 200'000, .inquiry_delay_first_us = 2'000, .inquiry_delay_max_us = 10'000, .not_found_grace_us = 250'000};
  }
  // Where every call is answered: a machine that is busy must not let one expire.
  static DispatcherOptions patient() {
    DispatcherOptions options = quick();
    options.call_timeout_us = 60 * us_per_second;
    return options;
  }

  void send(std::vector<AcquirerRequest> requests) { dispatcher->send(std::move(requests)); }
  // Every answer, once there are `count`.
  Answers wait_for(std::size_t count) { return answers.wait_for(count); }
  [[nodiscard]] SandboxEntry entry(int payment, int operation) const {
    auto found = bank_->entry(reference(payment, operation));
    REQUIRE(found.ok());
    return *found;
  }
  [[nodiscard]] int64_t net(int payment) const {
    const std::string first = reference(payment, 0);
    return totals_of(*bank_, first.substr(0, first.size() - 1))->net;
  }
  [[nodiscard]] std::size_t batches() const { return batches_; }

  Inbox<std::pair<AcquirerRequest, AcquirerAnswer>> answers;
  std::unique_ptr<Dispatcher> dispatcher;

 private:
  void start(DispatcherOptions options, AcquirerFactory sandbox, std::map<std::string, LiveAcquirer> live = {}) {
    dispatcher = make_dispatcher(options, std::move(sandbox), std::move(live), [](PartnerId) { return std::string("bank"); }, [this](Answers batch) {
      ++batches_;
      for (auto& answer : batch) answers.add(std::move(answer));
    });
  }

  TempDirectory directory_;
  const Sandbox* bank_ = nullptr;
  std::atomic<std::size_t> batches_ = 0;

 public:
  ~Desk() { dispatcher.reset(); }
};

// An acquirer that does what the test tells it to.
class Puppet : public Acquirer {
 public:
  using Play = std::function<void(const AcquirerRequest&, const Answered&)>;
  Puppet(Answered answered, Play play) : answered_(std::move(answered)), play_(std::move(play)) {}
  void send(std::vector<AcquirerRequest> requests) override {
    for (const auto& request : requests) play_(request, answered_);
  }

 private:
  Answered answered_;
  Play play_;
};
AcquirerFactory puppet(Puppet::Play play) {
  return [play = std::move(play)](Acquirer::Answered answered) { return std::make_unique<Puppet>(std::move(answered), play); };
}
AcquirerAnswer approval() {
  AcquirerAnswer answer;
  answer.outcome = Outcome::approved;
  return answer;
}

// What the engine does with a sale that is in doubt: inquire, and reverse what the acquirer does not know.
AcquirerAnswer resolve(Desk& desk, const AcquirerRequest& sale, std::size_t answers_so_far) {
  desk.send({about(Action::inquire, sale)});
  const auto found = desk.wait_for(answers_so_far + 1);
  REQUIRE(found.size() == answers_so_far + 1);
  CHECK(found.back().first.action == Action::inquire);
  return found.back().second;
}

}  // namespace

TEST_CASE("the answers that come at once are handed on as one batch, and nothing stays in flight") {
  Desk desk(Desk::patient());
  std::vector<AcquirerRequest> sales;
  for (int payment = 0; payment < 64; ++payment) sales.push_back(request(Action::sale, payment, 1, 100));
  desk.send(std::move(sales));
  const auto answers = desk.answers.now();
  REQUIRE(answers.size() == 64);
  CHECK(desk.batches() == 1);
  for (const auto& [asked, answer] : answers) {
    CHECK(answer.outcome == Outcome::approved);
    CHECK(asked.sent_us > 0);
  }
  CHECK(desk.dispatcher->summary().in_flight == 0);
}

TEST_CASE("approved, but the answer is lost: unknown at the deadline, and the inquiry finds the approval") {
  Desk desk;
  const auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_answerLost");
  desk.send({sale});
  CHECK(desk.dispatcher->summary().in_flight == 1);
  const auto answers = desk.wait_for(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.outcome == Outcome::unknown);
  CHECK(answers[0].second.doubt == DoubtCause::no_answer);
  const auto found = resolve(desk, sale, 1);
  CHECK(found.outcome == Outcome::approved);
  CHECK(found.amount == 700);
  CHECK(desk.entry(1, 1).times_moved == 1);
  CHECK(desk.net(1) == 700);
}

TEST_CASE("declined, but the answer is lost: the inquiry finds the decline") {
  Desk desk;
  const auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_declinedAnswerLost");
  desk.send({sale});
  CHECK(desk.wait_for(1).at(0).second.outcome == Outcome::unknown);
  CHECK(resolve(desk, sale, 1).outcome == Outcome::declined);
  CHECK(desk.net(1) == 0);
}

TEST_CASE("people have one asked at once, a bounded number of them in a second") {
  std::atomic<int> inquiries = 0;
  std::atomic<bool> knows = false;
  DispatcherOptions options = Desk::patient();
  options.inquiry_delay_first_us = options.inquiry_delay_max_us = 3'600 * us_per_second;
  Desk desk(options, puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
              if (asked.action == Action::inquire) ++inquiries;
              answered(asked, knows.load() ? approval() : AcquirerAnswer{});
            }));
  std::vector<AcquirerRequest> all;
  for (int i = 0; i < 20; ++i) all.push_back(about(Action::inquire, request(Action::sale, i, 1, 700)));
  desk.send(all);
  CHECK(inquiries.load() == 20);
  const auto first = desk.dispatcher->resolving(Action::inquire, Mode::test, reference(0, 1));
  REQUIRE(first);
  CHECK(first->tries == 1);
  CHECK(first->answered);
  CHECK(first->outcome == Outcome::unknown);
  CHECK(first->next_us > SystemClock().now_us() + 1'000 * us_per_second);
  CHECK(desk.dispatcher->ask_now(Action::inquire, Mode::test, reference(0, 1)) == AskNow::too_soon);
  CHECK(desk.dispatcher->ask_now(Action::reverse, Mode::test, reference(0, 1)) == AskNow::not_waiting);
  CHECK_FALSE(desk.dispatcher->resolving(Action::inquire, Mode::live, reference(0, 1)));
  knows = true;
  const int64_t until_us = monotonic_us() + ask_now_pause_us;
  while (monotonic_us() < until_us) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  uint32_t asked = 0;
  bool bounded = false;
  for (int i = 0; i < 20; ++i) {
    const AskNow now = desk.dispatcher->ask_now(Action::inquire, Mode::test, reference(i, 1));
    asked += now == AskNow::asked;
    bounded |= now == AskNow::too_many;
  }
  CHECK(asked >= ask_now_per_second_max);
  CHECK(bounded);
  CHECK(desk.wait_for(asked).size() == asked);
}

TEST_CASE("never arrived: the inquiry says so only when the request can no longer be on its way, and the reversal holds") {
  Desk desk;
  auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_neverArrives");
  desk.send({sale});
  const auto answers = desk.wait_for(1);
  CHECK(answers.at(0).second.outcome == Outcome::unknown);
  sale.sent_us = answers.at(0).first.sent_us;
  const auto found = resolve(desk, sale, 1);
  CHECK(found.outcome == Outcome::unknown);
  CHECK(found.not_found);
  CHECK(SystemClock().now_us() - sale.sent_us >= Desk::quick().not_found_grace_us);
  desk.send({about(Action::reverse, sale)});
  CHECK(desk.wait_for(3).at(2).second.outcome == Outcome::approved);
  CHECK(desk.entry(1, 1).tombstone);
  CHECK(desk.net(1) == 0);
}

TEST_CASE("arrived after its reversal: it is refused, and moves nothing") {
  Desk desk;
  const auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_arrivesAfterReversal");
  desk.send({sale});
  CHECK(desk.wait_for(1).at(0).second.outcome == Outcome::unknown);
  CHECK(resolve(desk, sale, 1).not_found);
  desk.send({about(Action::reverse, sale)});
  const auto answers = desk.wait_for(4);
  REQUIRE(answers.size() == 4);
  CHECK(answers[2].first.action == Action::reverse);
  CHECK(answers[2].second.outcome == Outcome::approved);
  CHECK(answers[3].first.action == Action::sale);
  CHECK(answers[3].second.outcome == Outcome::declined);
  CHECK(desk.entry(1, 1).times_seen == 1);
  CHECK(desk.entry(1, 1).times_moved == 0);
  CHECK(desk.net(1) == 0);
}

TEST_CASE("answered after its reversal: the late approval is handed on, and the money is not there") {
  Desk desk;
  const auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_answeredAfterReversal");
  desk.send({sale});
  CHECK(desk.wait_for(1).at(0).second.outcome == Outcome::unknown);
  CHECK(desk.net(1) == 700);
  CHECK(resolve(desk, sale, 1).not_found);
  desk.send({about(Action::reverse, sale)});
  const auto answers = desk.wait_for(4);
  REQUIRE(answers.size() == 4);
  CHECK(answers[2].first.action == Action::reverse);
  CHECK(answers[3].first.action == Action::sale);
  CHECK(answers[3].second.outcome == Outcome::approved);
  CHECK(desk.entry(1, 1).reversed);
  CHECK(desk.entry(1, 1).times_seen == 1);
  CHECK(desk.net(1) == 0);
}

TEST_CASE("answered twice: both answers are handed on") {
  Desk desk(Desk::patient());
  desk.send({request(Action::sale, 1, 1, 700, "pm_card_tollgate_answeredTwice")});
  const auto answers = desk.answers.now();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].second.outcome == Outcome::approved);
  CHECK(answers[1].second.outcome == Outcome::approved);
  CHECK(desk.dispatcher->summary().in_flight == 0);
  CHECK(desk.net(1) == 700);
}

TEST_CASE("another amount is echoed by the answer and by the inquiry, and the reversal undoes the right one") {
  Desk desk(Desk::patient());
  const auto sale = request(Action::sale, 1, 1, 700, "pm_card_tollgate_wrongAmount");
  desk.send({sale});
  CHECK(desk.wait_for(1).at(0).second.amount == 701);
  CHECK(resolve(desk, sale, 1).amount == 701);
  desk.send({about(Action::reverse, sale)});
  CHECK(desk.wait_for(3).at(2).second.outcome == Outcome::approved);
  CHECK(desk.net(1) == 0);
}

TEST_CASE("the answer to a capture or to a refund is lost, and the inquiry finds it") {
  Desk desk;
  desk.send({request(Action::authorize, 1, 1, 700, "pm_card_tollgate_captureAnswerLost"),
             request(Action::sale, 2, 1, 700, "pm_card_tollgate_refundAnswerLost")});
  CHECK(desk.answers.now().size() == 2);
  const auto capture = on_charge(Action::capture, 1, 2, 500);
  const auto refund = on_charge(Action::refund, 2, 2, 200);
  desk.send({capture, refund});
  const auto answers = desk.wait_for(4);
  REQUIRE(answers.size() == 4);
  CHECK(answers[2].second.outcome == Outcome::unknown);
  CHECK(answers[3].second.outcome == Outcome::unknown);
  CHECK(resolve(desk, capture, 4).outcome == Outcome::approved);
  CHECK(resolve(desk, refund, 5).outcome == Outcome::approved);
  CHECK(desk.net(1) == 500);
  CHECK(desk.net(2) == 500);
}

TEST_CASE("an answer that is later than the deadline is handed on behind the unknown") {
  Desk desk(Desk::quick(), {.latency_us = 400'000});
  desk.send({request(Action::sale, 1, 1, 700)});
  const auto answers = desk.wait_for(2);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].second.outcome == Outcome::unknown);
  CHECK(answers[1].second.outcome == Outcome::approved);
}

TEST_CASE("an inquiry and a reversal are repeated until the acquirer says something definite") {
  std::atomic<int> inquiries = 0, reversals = 0;
  auto flaky = [&](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
    const int tries = asked.action == Action::inquire ? ++inquiries : ++reversals;
    if (tries == 1) return;                                  // lost
    if (tries < 4) return answered(asked, AcquirerAnswer{});  // cannot tell
    answered(asked, approval());
  };
  Desk desk(Desk::quick(), puppet(flaky));
  const auto sale = request(Action::sale, 1, 1, 700);
  desk.send({about(Action::inquire, sale), about(Action::reverse, sale)});
  CHECK(desk.dispatcher->summary().inquiries == 1);
  CHECK(desk.dispatcher->summary().reversals == 1);
  const auto answers = desk.wait_for(2);
  REQUIRE(answers.size() == 2);
  for (const auto& [asked, answer] : answers) CHECK(answer.outcome == Outcome::approved);
  CHECK(inquiries == 4);
  CHECK(reversals == 4);
  CHECK(desk.dispatcher->summary().inquiries + desk.dispatcher->summary().reversals == 0);
}

TEST_CASE("all that is in doubt after a start is inquired and answered, however much it is") {
  Desk desk(Desk::patient());
  std::vector<AcquirerRequest> sales, inquiries;
  for (int payment = 0; payment < 3'000; ++payment) {
    sales.push_back(request(Action::sale, payment, 1, 100));
    inquiries.push_back(about(Action::inquire, sales.back()));
  }
  desk.send(std::move(sales));
  desk.send(std::move(inquiries));
  CHECK(desk.wait_for(6'000).size() == 6'000);
  CHECK(desk.dispatcher->summary().inquiries == 0);
}

TEST_CASE("a declined reversal is not definite, and an inquiry that is asked twice is answered once") {
  std::atomic<int> reversals = 0;
  Desk desk(Desk::patient(), puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
              AcquirerAnswer answer;
              answer.outcome = asked.action == Action::reverse && ++reversals < 3 ? Outcome::declined : Outcome::approved;
              if (asked.action == Action::reverse) answered(asked, answer);
            }));
  const auto sale = request(Action::sale, 1, 1, 700);
  desk.send({about(Action::reverse, sale), about(Action::inquire, sale), about(Action::inquire, sale)});
  CHECK(desk.dispatcher->summary().inquiries == 1);
  CHECK(desk.wait_for(1).at(0).second.outcome == Outcome::approved);
  CHECK(reversals == 3);
}

TEST_CASE("calls beyond the bound are declined, since they were surely not sent, and there is room again when others end") {
  auto options = Desk::patient();
  options.in_flight_max = 2;
  std::vector<std::pair<AcquirerRequest, Acquirer::Answered>> waiting;
  Desk desk(options, puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) { waiting.emplace_back(asked, answered); }));
  desk.send({request(Action::sale, 1, 1, 1), request(Action::sale, 2, 1, 1), request(Action::sale, 3, 1, 1)});
  auto answers = desk.answers.now();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].first.reference == reference(3, 1));
  CHECK(answers[0].second.outcome == Outcome::declined);
  CHECK(answers[0].second.code == DeclineCode::not_reached);
  CHECK(waiting.size() == 2);
  waiting[0].second(waiting[0].first, approval());
  CHECK(desk.wait_for(2).at(1).second.outcome == Outcome::approved);
  CHECK(desk.dispatcher->summary().in_flight == 1);
  desk.send({request(Action::sale, 4, 1, 1)});
  CHECK(waiting.size() == 3);
}

TEST_CASE("operations in doubt beyond the bound are counted, and taken when they are sent again with room") {
  auto options = Desk::quick();
  options.in_doubt_max = 1;
  std::atomic<bool> answers_now = false;
  Desk desk(options, puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
              if (answers_now) answered(asked, approval());
            }));
  const auto first = about(Action::inquire, request(Action::sale, 1, 1, 1)), second = about(Action::inquire, request(Action::sale, 2, 1, 1));
  desk.send({first, second});
  CHECK(desk.answers.now().empty());
  CHECK(desk.dispatcher->in_doubt_dropped() == 1);
  CHECK_FALSE(desk.dispatcher->in_doubt_room());
  answers_now = true;
  REQUIRE(desk.wait_for(1).size() == 1);
  CHECK(desk.dispatcher->in_doubt_room());
  desk.send({second});
  REQUIRE(desk.wait_for(2).size() == 2);
  CHECK(desk.answers.now()[1].first.reference == reference(2, 1));
  CHECK(desk.dispatcher->in_doubt_dropped() == 1);
}

TEST_CASE("test mode goes to the sandbox and live mode to the partner's acquirer, never the other way") {
  std::vector<std::string> to_sandbox, to_bank;
  const auto note = [](std::vector<std::string>& into) {
    return puppet([&into](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
      into.push_back(asked.reference);
      answered(asked, approval());
    });
  };
  Desk desk(Desk::patient(), note(to_sandbox), {{"bank", {note(to_bank), {}}}});
  auto live = request(Action::sale, 2, 1, 1);
  live.mode = Mode::live;
  desk.send({request(Action::sale, 1, 1, 1), live});
  CHECK(to_sandbox == std::vector<std::string>{reference(1, 1)});
  CHECK(to_bank == std::vector<std::string>{reference(2, 1)});
  CHECK(desk.answers.now().size() == 2);
  CHECK(desk.batches() == 1);
}

TEST_CASE("calls are counted by the acquirer that they went to, and those without an answer as unknown") {
  observe::Metrics metrics;
  DispatcherOptions options = Desk::quick();
  options.metrics = &metrics;
  const auto approve = puppet([](const AcquirerRequest& asked, const Acquirer::Answered& answered) { answered(asked, approval()); });
  const auto silent = puppet([](const AcquirerRequest&, const Acquirer::Answered&) {});
  Desk desk(options, approve, {{"bank", {silent, {}}}});
  auto live = request(Action::sale, 2, 1, 1);
  live.mode = Mode::live;
  desk.send({request(Action::sale, 1, 1, 1), request(Action::refund, 3, 1, 1), live});
  REQUIRE(desk.wait_for(3).size() == 3);
  const auto calls = [&](const char* acquirer, Action action, Outcome outcome) {
    uint64_t sum = 0;
    for (const observe::ThreadMetrics* block : metrics.blocks())
      sum += block->acquirers[metrics.acquirer(acquirer)].calls[static_cast<std::size_t>(action)][static_cast<std::size_t>(outcome) - 1].get();
    return sum;
  };
  CHECK(calls("sandbox", Action::sale, Outcome::approved) == 1);
  CHECK(calls("sandbox", Action::refund, Outcome::approved) == 1);
  CHECK(calls("bank", Action::sale, Outcome::unknown) == 1);
  CHECK(calls("sandbox", Action::sale, Outcome::unknown) == 0);
  CHECK(calls("bank", Action::sale, Outcome::approved) == 0);
}

TEST_CASE("what a request names goes before the partner's configuration: nothing in doubt changes its acquirer") {
  std::vector<std::string> to_old, to_new;
  const auto note = [](std::vector<std::string>& into) {
    return puppet([&into](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
      into.push_back(asked.reference);
      answered(asked, approval());
    });
  };
  std::vector<std::string> none;
  Desk desk(Desk::patient(), note(none), {{"bank", {note(to_new), {}}}, {"old", {note(to_old), {}}}});
  auto sale = request(Action::sale, 1, 1, 1), first = request(Action::sale, 2, 1, 1), gone = request(Action::sale, 3, 1, 1);
  for (auto* asked : {&sale, &first, &gone}) asked->mode = Mode::live;
  sale.acquirer = "old";
  gone.acquirer = "taken out of the configuration";
  desk.send({about(Action::inquire, sale), first, about(Action::inquire, gone)});
  CHECK(desk.wait_for(2).size() == 2);
  CHECK(to_old == std::vector<std::string>{reference(1, 1)});
  CHECK(to_new == std::vector<std::string>{reference(2, 1)});
  CHECK(none.empty());
  const auto summary = desk.dispatcher->summary();
  CHECK(summary.inquiries == 1);
  CHECK(summary.acquirers.back().name == "not configured");
}

TEST_CASE("an acquirer that does not answer is left alone: calls are declined for certain, the sandbox and the others go on") {
  std::atomic<int> at_bank{0}, told_open{0}, told_closed{0};
  std::atomic<bool> is_back{false};
  const auto there = puppet([](const AcquirerRequest& asked, const Acquirer::Answered& answered) { answered(asked, approval()); });
  const auto bank = puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) {
    ++at_bank;
    AcquirerAnswer answer = approval();
    if (!is_back) answer = {.reached = false};
    answered(asked, answer);
  });
  auto options = Desk::patient();
  options.breaker_changed = [&](const AcquirerHealth& health) { ++(health.breaker == BreakerState::closed ? told_closed : told_open); };
  Desk desk(options, there, {{"bank", {bank, {.failures_max = 3, .open_us = 50'000}}}, {"other", {there, {}}}});
  auto ask = [&, count = 0](Mode mode, std::string acquirer = {}) mutable {
    auto sale = request(Action::sale, ++count, 1, 1);
    sale.mode = mode;
    sale.acquirer = std::move(acquirer);
    desk.send({sale});
    return desk.wait_for(static_cast<std::size_t>(count)).back().second;
  };
  for (int i = 0; i < 3; ++i) CHECK(ask(Mode::live).outcome == Outcome::unknown);
  const auto declined = ask(Mode::live);
  CHECK(declined.outcome == Outcome::declined);
  CHECK(declined.code == DeclineCode::not_reached);
  CHECK(at_bank == 3);
  CHECK(ask(Mode::test).outcome == Outcome::approved);
  CHECK(ask(Mode::live, "other").outcome == Outcome::approved);
  is_back = true;
  for (int waited_ms = 0; ask(Mode::live).outcome != Outcome::approved && waited_ms < 10'000; ++waited_ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (int waited_ms = 0; told_closed == 0 && waited_ms < 10'000; ++waited_ms) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(told_open == 1);
  CHECK(told_closed == 1);
  CHECK(ask(Mode::live).outcome == Outcome::approved);
}

TEST_CASE("live without an acquirer: a call is declined since it was never sent, what is in doubt stays in doubt") {
  Desk desk(Desk::patient());
  auto live = request(Action::sale, 1, 1, 1);
  live.mode = Mode::live;
  desk.send({live, about(Action::inquire, live)});
  const auto answers = desk.answers.now();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.outcome == Outcome::declined);
  CHECK(answers[0].second.code == DeclineCode::not_reached);
  CHECK(desk.dispatcher->summary().inquiries == 1);
}

TEST_CASE("after stop() nothing is handed on") {
  std::vector<std::pair<AcquirerRequest, Acquirer::Answered>> waiting;
  Desk desk(Desk::patient(), puppet([&](const AcquirerRequest& asked, const Acquirer::Answered& answered) { waiting.emplace_back(asked, answered); }));
  desk.send({request(Action::sale, 1, 1, 1)});
  desk.dispatcher->stop();
  waiting[0].second(waiting[0].first, approval());
  desk.send({request(Action::sale, 2, 1, 1)});
  CHECK(waiting.size() == 1);
  CHECK(desk.answers.now().empty());
}

TEST_CASE("the CVC is not kept with a call that waits, and never comes back with its answer") {
  std::weak_ptr<const Secret> cvc;
  Desk desk(Desk::quick(), puppet([](const AcquirerRequest&, const Acquirer::Answered&) {}));
  auto sale = request(Action::sale, 1, 1, 1);
  {
    const auto secret = std::make_shared<const Secret>(std::string("987"));
    cvc = secret;
    sale.cvc = secret;
    desk.send({std::move(sale)});
  }
  CHECK(cvc.expired());
  CHECK(desk.wait_for(1).at(0).first.cvc == nullptr);
}

TEST_CASE("calls and answers of several threads are each answered once") {
  Desk desk(Desk::patient(), {.latency_us = 1'000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&desk, t] {
      for (int batch = 0; batch < 50; ++batch) {
        std::vector<AcquirerRequest> sales;
        for (int i = 0; i < 10; ++i) sales.push_back(request(Action::sale, t * 1'000 + batch * 10 + i, 1, 100));
        desk.send(std::move(sales));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto answers = desk.wait_for(2'000);
  CHECK(answers.size() == 2'000);
  for (const auto& [asked, answer] : answers) REQUIRE(answer.outcome == Outcome::approved);
  CHECK(desk.dispatcher->summary().in_flight == 0);
}

}  // namespace tollgate::test

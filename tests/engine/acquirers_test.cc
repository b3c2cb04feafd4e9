// Which acquirer a payment belongs to, and that nothing in doubt is ever forgotten, however much it is.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "engine/effects.h"
#include "engine/harness.h"
#include "tollgate/projection/views.h"

namespace tollgate::engine {
namespace {

// Live payments of a partner whose configuration names an acquirer.
class LiveHarness : public Harness {
 public:
  LiveHarness() {
    options.live_acquirers = {"psp", "other"};
    route_to("psp");
    restart();
  }
  void route_to(const std::string& acquirer) {
    auto partner = std::make_shared<Partner>(*directory.find(PartnerId{7}));
    partner->config.live_acquirer = acquirer;
    directory.put(partner);
  }
  std::shared_ptr<Reply> on_live(PaymentId payment, PaymentCommand what) {
    Command made = command();
    made.mode = Mode::live;
    OnPayment target;
    target.payment = payment;
    target.command = std::move(what);
    made.target = std::move(target);
    auto reply = submit(std::move(made));
    round();
    return reply;
  }
};

}  // namespace

TEST_CASE("what was authorized at an acquirer stays with it, whatever the partner's configuration says later") {
  LiveHarness h;
  const auto create = h.purchase(5'000, CaptureMethod::manual);
  h.on_live(create.payment, create);
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].acquirer == "psp");
  CHECK(h.requests[0].acquirer_payment.empty());
  CHECK(h.requests[0].subject == AcquirerAction::authorize);
  h.answer({.outcome = Outcome::approved, .acquirer_payment = "pi_there"});
  h.route_to("other");
  const auto check = [&](AcquirerAction action, int64_t captured_before, bool final_capture = true) {
    REQUIRE(h.requests.size() == 1);
    const AcquirerRequest& request = h.requests[0];
    CHECK(request.action == action);
    CHECK(request.subject == action);
    CHECK(request.acquirer == "psp");
    CHECK(request.acquirer_payment == "pi_there");
    CHECK(request.captured_before == captured_before);
    CHECK(request.final_capture == final_capture);
    h.approve();
  };
  h.on_live(create.payment, IncrementAuthorization{.amount = 6'000});
  check(AcquirerAction::increment, 0);
  h.on_live(create.payment, CapturePayment{.amount_to_capture = 1'000, .final_capture = false});
  check(AcquirerAction::capture, 0, false);
  h.on_live(create.payment, CapturePayment{.amount_to_capture = 500, .final_capture = true});
  check(AcquirerAction::capture, 1'000);
  h.on_live(create.payment, CreateRefund{});
  check(AcquirerAction::refund, 1'500);
  // A new payment goes where the configuration says now.
  const auto next = h.purchase(100);
  h.on_live(next.payment, next);
  CHECK(h.requests.at(0).acquirer == "other");
}

TEST_CASE("what is in doubt is asked of the acquirer that has it, by its own name for it, also after restarts and another configuration") {
  LiveHarness h;
  const auto create = h.purchase(5'000);
  h.on_live(create.payment, create);
  const std::string reference = h.requests.at(0).reference;
  const int64_t asked_us = h.clock.now_us();
  h.answer({.outcome = Outcome::unknown, .acquirer_payment = "pi_there"});
  h.route_to("other");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(h.requests.size() == 1);
    CHECK(h.requests[0].action == AcquirerAction::inquire);
    CHECK(h.requests[0].subject == AcquirerAction::sale);
    CHECK(h.requests[0].reference == reference);
    CHECK(h.requests[0].acquirer == "psp");
    CHECK(h.requests[0].acquirer_payment == "pi_there");
    // How old it is decides what the upstream still knows of it.
    CHECK(h.requests[0].sent_us >= asked_us);
    CHECK(h.requests[0].sent_us < asked_us + us_per_second);
    h.clock.advance(us_per_day);
    h.restart();
  }
  h.answer({.outcome = Outcome::unknown, .not_found = true});
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::reverse);
  CHECK(h.requests[0].acquirer == "psp");
  CHECK(h.requests[0].acquirer_payment == "pi_there");
}

TEST_CASE("live payments are refused unless the partner's acquirer is one of the node's") {
  LiveHarness h;
  for (const char* const acquirer : {"", "elsewhere"}) {
    h.route_to(acquirer);
    const auto create = h.purchase(100);
    const auto reply = h.on_live(create.payment, create);
    CHECK(reply->result.refusal.refusal == Refusal::live_not_configured);
    CHECK(h.requests.empty());
  }
}

TEST_CASE("who waits for a refund is told when its report overtakes the answer, and told the same again") {
  for (const bool succeeded : {true, false}) {
    Harness h;
    const PaymentId payment = h.paid(1000);
    const auto first = h.on_payment(payment, CreateRefund{.attempt = {}, .amount = 400}, "refund-1");
    h.round();
    REQUIRE(h.requests.size() == 1);
    CHECK_FALSE(first->arrived);
    Input report;
    report.command = settlement_command(h.requests.front(), succeeded, DeclineCode::generic_decline);
    REQUIRE(h.processor->process(report).ok());
    h.round();
    REQUIRE(first->arrived);
    CHECK(first->result.kind == CommandResult::Kind::done);
    CHECK(first->result.payment->refunds.at(0).status == (succeeded ? RefundStatus::succeeded : RefundStatus::failed));
    const std::size_t records = first->result.payment->history.size();
    // The answer itself says nothing new, however the payment has changed meanwhile.
    h.on_payment(payment, UpdateRefund{.refund = 1, .metadata = {{"a", "1"}}});
    h.round();
    h.approve();
    const auto again = h.on_payment(payment, CreateRefund{.attempt = {}, .amount = 400}, "refund-1");
    h.round();
    REQUIRE(again->arrived);
    CHECK(again->result.kind == CommandResult::Kind::replayed);
    const Payment now = **Views(h.log).payment({PartnerId{7}, Mode::test, 1}, payment);
    CHECK(now.operations.back().resolved_sequence == now.history.at(records - 1));
  }
}

TEST_CASE("what is in doubt is listed in pages, each once") {
  Harness h;
  std::set<std::string> wanted;
  for (int i = 0; i < 25; ++i) {
    const auto create = h.purchase(100);
    h.on_payment(create.payment, create);
    h.round();
    wanted.insert(h.requests.front().reference);
    h.answer({.outcome = Outcome::unknown});
    h.requests.clear();
  }
  h.paid(100);
  std::string after;
  std::set<std::string> found;
  std::size_t pages = 0;
  for (bool more = true; more; ++pages) {
    std::vector<AcquirerRequest> requests;
    const auto listed = h.processor->list_in_doubt(1, after, 10, requests);
    REQUIRE(listed.ok());
    more = *listed;
    for (const auto& request : requests) {
      CHECK(request.action == AcquirerAction::inquire);
      CHECK(found.insert(request.reference).second);
    }
  }
  CHECK(pages == 3);
  CHECK(found == wanted);
}

namespace {

// Knows nothing of a call at first, and takes only so many inquiries at a time.
class SmallPort final : public AcquirerPort {
 public:
  explicit SmallPort(std::size_t room) : room_(room) {}
  void send(std::vector<AcquirerRequest> requests) override {
    std::vector<std::pair<AcquirerRequest, AcquirerAnswer>> unknown;
    {
      const std::lock_guard lock(mutex_);
      for (AcquirerRequest& request : requests) {
        if (request.action != AcquirerAction::inquire) unknown.emplace_back(std::move(request), AcquirerAnswer{});
        else if (held_.contains(request.reference)) continue;
        else if (held_.size() == room_) ++dropped_;
        else held_.emplace(request.reference, std::move(request));
      }
      changed_.notify_all();
    }
    if (!unknown.empty()) engine->answered(std::move(unknown));
  }
  uint64_t in_doubt_dropped() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }
  bool in_doubt_room() const override {
    const std::lock_guard lock(mutex_);
    return held_.size() < room_;
  }
  // Answers what it holds; waits a moment for something to be there.
  void answer_held() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return !held_.empty(); });
    std::vector<std::pair<AcquirerRequest, AcquirerAnswer>> answers;
    for (auto& [reference, request] : held_) answers.emplace_back(request, AcquirerAnswer{.outcome = Outcome::approved, .amount = request.amount, .currency = request.currency});
    held_.clear();
    lock.unlock();
    if (!answers.empty()) engine->answered(std::move(answers));
  }

  Engine* engine = nullptr;

 private:
  const std::size_t room_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, AcquirerRequest> held_;
  uint64_t dropped_ = 0;
};

}  // namespace

TEST_CASE("what is in doubt beyond the dispatcher's bound is asked about again when there is room, without a restart") {
  Harness h;
  auto log = open_memory_log();
  EngineOptions options{.partitions = 2, .threads = 2, .timer_interval_us = 5'000};
  auto engine = Engine::open(options, *log, h.clock, h.directory, [](Status) { FAIL("the log failed"); });
  REQUIRE(engine.ok());
  SmallPort port(8);
  port.engine = engine->get();
  (*engine)->start(port);
  constexpr std::size_t payments = 60;
  std::atomic<std::size_t> doubtful{0};
  for (std::size_t i = 0; i < payments; ++i) {
    Command command = h.command();
    command.partition = 1 + static_cast<uint32_t>(i % 2);
    OnPayment target;
    const CreatePayment create = h.purchase(100);
    target.payment = create.payment;
    target.command = create;
    command.target = std::move(target);
    (*engine)->submit(std::move(command), h.sink, [&](const CommandResult& result) {
      doubtful += result.payment != nullptr && result.payment->status == PaymentStatus::processing;
    });
  }
  const auto in_doubt = [&] {
    std::size_t count = 0;
    REQUIRE(log->scan(Table::in_doubt, "", "", Order::forward, [&](std::string_view, std::string_view) { return ++count, true; }).ok());
    return count;
  };
  const int64_t give_up_us = monotonic_us() + 20 * us_per_second;
  while ((doubtful < payments || in_doubt() > 0) && monotonic_us() < give_up_us) port.answer_held();
  CHECK(doubtful == payments);
  CHECK(in_doubt() == 0);
  CHECK(port.in_doubt_dropped() > 0);
  (*engine)->stop(10 * us_per_second);
}

}  // namespace tollgate::engine

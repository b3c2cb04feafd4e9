// Operations in doubt that two people resolve: through the engine, its rows and its restarts.
#include "engine/effects.h"
#include "engine/harness.h"

using namespace tollgate;
using namespace tollgate::engine;

namespace {

class ByHand : public Harness {
 public:
  ByHand() {
    options.contradicted = [this](const Contradiction& one) { contradictions.push_back(one); };
  }

  // As the admin API does: for nobody's key, past the partner's guards.
  std::shared_ptr<Reply> resolve(HandOutcome outcome, uint16_t operation = 1) {
    Command made = command();
    made.config = nullptr;
    made.cause.operation = "POST /admin/v1/in_doubt";
    made.cause.actor = "admin:ann";
    ResolveByHand said;
    said.operation = operation;
    said.outcome = outcome;
    said.reference = "case 17";
    said.reason = "told on the phone";
    said.resolved_by = "ann";
    said.approved_by = "bob";
    said.approval = "abcdefghijkl";
    OnPayment target;
    target.payment = payment_id;
    target.command = std::move(said);
    made.target = std::move(target);
    const auto reply = submit(std::move(made));
    round();
    return reply;
  }
  Payment payment() {
    std::string row;
    REQUIRE(log.get(Table::payments, keys::object(PartnerId{7}, Mode::test, payment_id.core), row).ok());
    Payment decoded;
    REQUIRE(wire::decode(row, decoded).ok());
    return decoded;
  }
  bool in_doubt_row() {
    std::string row;
    return log.get(Table::in_doubt, keys::partition(1) + keys::object(PartnerId{7}, Mode::test, payment_id.core), row).ok();
  }
  Record last_record(std::size_t back = 0) {
    const Payment now = payment();
    std::optional<Record> found;
    REQUIRE(log.read(1, now.history[now.history.size() - 1 - back], [&](uint64_t, std::string_view bytes) {
                 found = *decode_record(bytes);
                 return false;
               }).ok());
    return *found;
  }

  PaymentId payment_id;
  std::vector<Contradiction> contradictions;
};

class Doubtful : public ByHand {
 public:
  Doubtful() {
    const auto create = purchase(1099);
    payment_id = create.payment;
    on_payment(create.payment, create);
    round();
    sale = requests.front();
    answer({.outcome = Outcome::unknown});
    REQUIRE(requests.size() == 1);
    REQUIRE(requests[0].action == AcquirerAction::inquire);
  }

  AcquirerRequest sale;
};

}  // namespace

TEST_CASE_METHOD(Doubtful, "resolved by hand as approved: money is booked, both names stand in the log, and the acquirer is still asked") {
  const auto reply = resolve(HandOutcome::approved);
  REQUIRE(reply->arrived);
  CHECK(reply->result.kind == CommandResult::Kind::done);
  REQUIRE(reply->result.payment != nullptr);
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);
  const Record record = last_record(2);
  const auto* said = std::get_if<OperationResolvedByHand>(&record.event);
  REQUIRE(said != nullptr);
  CHECK(said->outcome == HandOutcome::approved);
  CHECK(said->resolved_by == "ann");
  CHECK(said->approved_by == "bob");
  CHECK(said->reference == "case 17");
  CHECK(record.cause.actor == "admin:ann");
  CHECK(std::holds_alternative<PaymentCaptured>(last_record().event));
  CHECK(in_doubt_row());
  // The node was restarted, and goes on asking until the acquirer has said so itself.
  restart();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].action == AcquirerAction::inquire);
  approve();
  CHECK(payment().operations[0].answered_since);
  CHECK_FALSE(payment().operations[0].contradicted);
  CHECK_FALSE(in_doubt_row());
  CHECK(contradictions.empty());
  restart();
  CHECK(requests.empty());
}

TEST_CASE_METHOD(Doubtful, "once people have resolved it, the acquirer is asked what became of it and told to do nothing") {
  CHECK_FALSE(requests.front().look_only);
  requests.clear();
  resolve(HandOutcome::declined);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].action == AcquirerAction::inquire);
  CHECK(requests[0].look_only);
  restart();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].look_only);
}

TEST_CASE_METHOD(ByHand, "a capture said to be approved is asked about as one of its own, beside those before it and since") {
  payment_id = paid(5'000, CaptureMethod::manual);
  const auto take = [this](int64_t amount) { on_payment(payment_id, CapturePayment{.amount_to_capture = amount, .final_capture = false}); };
  take(700);
  round();
  approve();
  take(300);
  round();
  CHECK(requests.front().captured_before == 700);
  answer({.outcome = Outcome::unknown});
  resolve(HandOutcome::approved, 3);
  take(500);
  round();
  CHECK(requests.back().captured_before == 1'000);
  requests.erase(requests.begin(), requests.end() - 1);
  approve();
  restart();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].operation == 3);
  CHECK(requests[0].captured_before == 700);
  CHECK(requests[0].captured_since == 500);
}

TEST_CASE_METHOD(Doubtful, "an answer that contradicts is recorded once, and told to whoever watches, when it is durable") {
  resolve(HandOutcome::approved);
  const AcquirerRequest inquiry = requests.front();
  answer({.outcome = Outcome::declined, .code = DeclineCode::do_not_honor});
  REQUIRE(contradictions.size() == 1);
  CHECK(contradictions[0].operation.by_hand == HandOutcome::approved);
  CHECK_FALSE(contradictions[0].answer.approved);
  CHECK(contradictions[0].answer.code == DeclineCode::do_not_honor);
  CHECK(payment().status == PaymentStatus::succeeded);
  CHECK(payment().operations[0].contradicted);
  CHECK_FALSE(in_doubt_row());
  const std::size_t records = payment().history.size();
  requests.push_back(inquiry);
  answer({.outcome = Outcome::declined});
  CHECK(payment().history.size() == records);
  CHECK(contradictions.size() == 1);
}

TEST_CASE_METHOD(Doubtful, "declined by hand: an approval that comes late is reversed, also after a restart") {
  const auto reply = resolve(HandOutcome::declined);
  CHECK(reply->result.payment->status == PaymentStatus::requires_payment_method);
  requests = {sale};
  approve();  // the bank's own answer, late
  REQUIRE(contradictions.size() == 1);
  CHECK(contradictions[0].answer.approved);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].action == AcquirerAction::reverse);
  CHECK(payment().operations[0].late_approval);
  restart();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].action == AcquirerAction::reverse);
  approve();
  CHECK_FALSE(payment().operations[0].late_approval);
  CHECK_FALSE(in_doubt_row());
  restart();
  CHECK(requests.empty());
}

TEST_CASE_METHOD(Doubtful, "never happened: the reversal goes out, and its acknowledgement ends it") {
  requests.clear();
  resolve(HandOutcome::never_happened);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].look_only);
  CHECK(requests[1].action == AcquirerAction::reverse);
  requests.erase(requests.begin());
  approve();
  CHECK(payment().operations[0].state == OperationState::reversed);
  CHECK_FALSE(in_doubt_row());
}

TEST_CASE_METHOD(Doubtful, "said to be reversed: the acquirer is told to reverse until it says so itself") {
  answer({.outcome = Outcome::unknown, .not_found = true});
  REQUIRE(requests.size() == 1);
  const auto reply = resolve(HandOutcome::reversed);
  CHECK(reply->result.payment->operations[0].state == OperationState::reversed);
  CHECK(in_doubt_row());
  restart();
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].action == AcquirerAction::reverse);
  approve();
  CHECK_FALSE(in_doubt_row());
}

TEST_CASE_METHOD(Doubtful, "whoever is first wins: the other is refused, or says nothing new") {
  SECTION("the acquirer") {
    approve();
    const auto reply = resolve(HandOutcome::declined);
    REQUIRE(reply->arrived);
    CHECK(reply->result.kind == CommandResult::Kind::refused);
    CHECK(reply->result.refusal.refusal == Refusal::unexpected_state);
    CHECK(payment().status == PaymentStatus::succeeded);
  }
  SECTION("people; and the same said twice changes nothing") {
    resolve(HandOutcome::approved);
    const std::size_t records = payment().history.size();
    CHECK(resolve(HandOutcome::approved)->result.kind == CommandResult::Kind::done);
    CHECK(resolve(HandOutcome::declined)->result.kind == CommandResult::Kind::refused);
    CHECK(payment().history.size() == records);
    approve();
    CHECK(payment().history.size() == records + 1);
    CHECK(contradictions.empty());
  }
  SECTION("within one round") {
    Input by_acquirer;
    AcquirerAnswer declined{.outcome = Outcome::declined};
    by_acquirer.command = outcome_command(requests.front(), declined);
    REQUIRE(processor->process(by_acquirer).ok());
    CHECK(resolve(HandOutcome::approved)->result.kind == CommandResult::Kind::refused);
    CHECK(payment().status == PaymentStatus::requires_payment_method);
  }
}

TEST_CASE_METHOD(Doubtful, "a payment that does not exist is refused, and somebody hears of it") {
  payment_id = PaymentId{ids.next(clock.now_us())};
  const auto reply = resolve(HandOutcome::approved);
  REQUIRE(reply->arrived);
  CHECK(reply->result.refusal.refusal == Refusal::payment_missing);
}

TEST_CASE_METHOD(Doubtful, "a suspended partner's money in doubt can be resolved") {
  auto partner = std::make_shared<Partner>(*directory.find(PartnerId{7}));
  partner->status = PartnerStatus::suspended;
  directory.put(partner);
  CHECK(resolve(HandOutcome::approved)->result.kind == CommandResult::Kind::done);
}

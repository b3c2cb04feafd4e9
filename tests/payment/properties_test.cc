// Random commands and answers from a seed, thousands of steps: whatever a partner and an acquirer do, in whatever
// order, every invariant holds after every record, the log folds to the live state, and a run repeats from its seed.
#include "payment/bench.h"
#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"

namespace tollgate::testing {
namespace {

class Player {
 public:
  explicit Player(uint64_t seed) : random_(seed) {
    const char* currencies[] = {"usd", "jpy", "kwd", "clf"};
    currency_ = *Currency::parse(currencies[pick(4)]);
    bench.context.fee = {.basis_points = static_cast<int32_t>(pick(400)), .fixed = static_cast<int64_t>(pick(50))};
    create();
  }

  void step() {
    bench.context.now_us += static_cast<int64_t>(pick(3)) * us_per_second;
    if (one_in(20)) bench.context.now_us += static_cast<int64_t>(pick(9)) * us_per_day;
    if (one_in(10)) bench.release_funds();
    if (one_in(12)) return say_by_hand();
    // Mostly the acquirer answers what is open; now and then something old is answered again.
    if (has_unresolved() && !one_in(4)) return answer(0);
    if (one_in(8)) return answer(static_cast<uint16_t>(1 + pick(bench.payment->operations.size() + 1)));
    command();
  }

  Bench bench;
  std::size_t events = 0;

 private:
  std::size_t pick(std::size_t count) { return random_.next_u32() % count; }
  bool one_in(std::size_t count) { return pick(count) == 0; }
  bool has_unresolved() const {
    for (const Operation& operation : bench.payment->operations) {
      if (operation.resolved_sequence == 0) return true;
    }
    return false;
  }
  void submit(const PaymentCommand& command) { events += bench.submit(command).events.size(); }
  int64_t amount() { return 1 + static_cast<int64_t>(pick(3'000)); }
  Confirmation confirmation() {
    Confirmation confirm;
    if (!one_in(3)) confirm.method = card(static_cast<uint16_t>(1 + pick(3)));
    confirm.off_session = one_in(6);
    confirm.error_on_requires_action = one_in(6);
    return confirm;
  }
  Metadata metadata() {
    if (!one_in(3)) return {};
    return {{"key" + std::to_string(pick(5)), one_in(3) ? "" : "value"}};
  }

  void create() {
    CreatePayment command;
    command.payment = payment_id(static_cast<uint16_t>(pick(1'000)), bench.context.now_us);
    command.amount = amount();
    command.currency = currency_;
    if (!one_in(3)) command.capture_method = CaptureMethod::manual;
    if (one_in(4)) command.confirmation_method = ConfirmationMethod::manual;
    if (one_in(2)) command.method = card(1);
    if (one_in(2)) {
      command.confirm = confirmation();
      if (!command.confirm->method) command.confirm->method = card(1);
    }
    submit(command);
  }

  void command() {
    switch (pick(12)) {
      case 0: {
        UpdatePayment update;
        if (one_in(2)) update.amount = amount();
        if (one_in(3)) update.method = card(static_cast<uint16_t>(1 + pick(3)));
        update.clear_method = one_in(5);
        update.metadata = metadata();
        return submit(update);
      }
      case 1:
      case 2: return submit(ConfirmPayment{confirmation()});
      case 3:
      case 4: {
        CapturePayment capture;
        if (one_in(2)) capture.amount_to_capture = amount() / 3;
        capture.final_capture = one_in(3);
        capture.metadata = metadata();
        return submit(capture);
      }
      case 5: return one_in(3) ? submit(CancelPayment{CancellationReason::duplicate}) : submit(ExpireAuthorization{});
      case 6: {
        IncrementAuthorization increment;
        increment.amount = bench.payment->amount + static_cast<int64_t>(pick(500)) - 50;
        increment.metadata = metadata();
        return submit(increment);
      }
      case 7:
      case 8:
      case 9: {
        CreateRefund refund;
        if (!one_in(5)) refund.amount = amount() / 4;
        return submit(refund);
      }
      case 10:
        return submit(SettleRefund{static_cast<uint16_t>(1 + pick(bench.payment->refunds.size() + 1)), !one_in(3),
                                   DeclineCode::none});
      default:
        return submit(
            CompleteAuthentication{static_cast<uint16_t>(1 + pick(bench.payment->attempts.size() + 1)), !one_in(3)});
    }
  }

  // Mostly of what is in doubt, and with two names.
  void say_by_hand() {
    ResolveByHand said;
    said.operation = static_cast<uint16_t>(1 + pick(bench.payment->operations.size() + 1));
    for (const Operation& operation : bench.payment->operations)
      if (operation.doubted_sequence != 0 && !one_in(4)) said.operation = operation.ordinal;
    said.outcome = static_cast<HandOutcome>(pick(5));
    said.reference = "case 17";
    said.reason = "they told us";
    said.resolved_by = "ann";
    said.approved_by = one_in(10) ? "ann" : "bob";
    submit(said);
  }

  void answer(uint16_t operation) {
    static constexpr Outcome outcomes[] = {
        Outcome::approved, Outcome::approved, Outcome::approved, Outcome::approved,
        Outcome::declined, Outcome::unknown,  Outcome::pending,  Outcome::authentication_required};
    ApplyOutcome answer = bench.answer(outcomes[pick(std::size(outcomes))], operation);
    answer.not_found = one_in(12);
    answer.reversal = one_in(6);
    if (one_in(12)) answer.amount += static_cast<int64_t>(pick(3)) - 1;
    if (one_in(25)) answer.currency = *Currency::parse("eur");
    if (one_in(4)) answer.code = DeclineCode::insufficient_funds;
    submit(answer);
  }

  SeededRandom random_;
  Currency currency_;
};

TEST_CASE("random histories keep every invariant and repeat from their seed") {
  constexpr uint64_t first_seed = 1, payments = 1'500;
  std::size_t events = 0, statuses[8] = {};
  for (uint64_t seed = first_seed; seed < first_seed + payments; ++seed) {
    INFO("seed " << seed);
    Player player(seed);
    Player again(seed);
    REQUIRE(player.bench.payment);
    for (int step = 0; step < 50; ++step) {
      INFO("step " << step);
      player.step();
      REQUIRE(player.bench.broken == "");
      again.step();
    }
    REQUIRE(*player.bench.payment == *again.bench.payment);
    REQUIRE(player.bench.books == again.bench.books);
    events += player.events;
    ++statuses[static_cast<std::size_t>(player.bench.payment->status)];
  }
  // The histories must reach everywhere, or they prove little.
  CHECK(events > 4'000);
  for (const PaymentStatus status :
       {PaymentStatus::requires_payment_method, PaymentStatus::processing, PaymentStatus::requires_capture,
        PaymentStatus::canceled, PaymentStatus::succeeded}) {
    INFO("status " << static_cast<int>(status));
    CHECK(statuses[static_cast<std::size_t>(status)] > 0);
  }
}

TEST_CASE("one long random history") {
  const uint64_t seed = 77;
  INFO("seed " << seed);
  Player player(seed);
  for (int step = 0; step < 400; ++step) {
    INFO("step " << step);
    player.step();
    REQUIRE(player.bench.broken == "");
  }
}

}  // namespace
}  // namespace tollgate::testing

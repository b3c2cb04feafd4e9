// Random histories of many payments, decided by the domain itself: what is counted record by record, cut into batches at random, must be what
// the payments and books at the end say.
#include <tuple>

#include "payment/bench.h"
#include "report/book.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"

namespace tollgate::report {
namespace {

using testing::Bench;
using testing::card;

class Player {
 public:
  Player(uint64_t seed, Book& book) : random_(seed), book_(book) {
    const char* currencies[] = {"usd", "jpy", "kwd", "eur"};
    currency_ = *Currency::parse(currencies[pick(4)]);
    bench.context.partner = PartnerId{1 + pick(3)};
    bench.context.mode = one_in(2) ? Mode::live : Mode::test;
    bench.context.fee = {.basis_points = static_cast<int32_t>(pick(400)), .fixed = static_cast<int64_t>(pick(50))};
    CreatePayment create;
    create.payment = {IdCore::make(bench.context.now_us, static_cast<uint16_t>(seed), static_cast<uint32_t>(seed))};
    create.amount = amount();
    create.currency = currency_;
    if (one_in(2)) create.capture_method = CaptureMethod::manual;
    create.method = card(1);
    create.confirm = Confirmation{.method = card(1)};
    submit(create);
  }

  void step() {
    bench.context.now_us += static_cast<int64_t>(pick(3)) * us_per_second;
    if (one_in(12)) bench.context.now_us += static_cast<int64_t>(pick(9)) * us_per_day;
    bool open = false;
    for (const Operation& operation : bench.payment->operations) open = open || operation.resolved_sequence == 0;
    if (open && !one_in(4)) return answer();
    switch (pick(9)) {
      case 0: {
        UpdatePayment update;
        update.amount = amount();
        update.method = card(static_cast<uint16_t>(1 + pick(3)));
        return submit(update);
      }
      case 1: return submit(ConfirmPayment{Confirmation{.method = card(2)}});
      case 2:
      case 3: {
        CapturePayment capture;
        if (one_in(2)) capture.amount_to_capture = amount() / 3;
        capture.final_capture = one_in(3);
        return submit(capture);
      }
      case 4: return one_in(3) ? submit(CancelPayment{}) : submit(ExpireAuthorization{});
      case 5: {
        IncrementAuthorization increment;
        increment.amount = bench.payment->amount + static_cast<int64_t>(pick(500));
        return submit(increment);
      }
      case 6: {
        CreateRefund refund;
        refund.amount = amount() / 4;
        return submit(refund);
      }
      case 7: return submit(SettleRefund{static_cast<uint16_t>(1 + pick(bench.payment->refunds.size() + 1)), !one_in(3), DeclineCode::none});
      default: return submit(CompleteAuthentication{static_cast<uint16_t>(1 + pick(bench.payment->attempts.size() + 1)), !one_in(3)});
    }
  }
  [[nodiscard]] Currency currency() const { return currency_; }

  Bench bench;

 private:
  std::size_t pick(std::size_t count) { return random_.next_u32() % count; }
  bool one_in(std::size_t count) { return pick(count) == 0; }
  int64_t amount() { return 1 + static_cast<int64_t>(pick(3'000)); }
  void submit(const PaymentCommand& command) {
    const PaymentDecision decision = bench.submit(command);
    REQUIRE(bench.broken == "");
    book_.partner = bench.context.partner;
    book_.mode = bench.context.mode;
    book_.has_row(bench.payment->id, currency_);
    for (const PaymentEvent& event : decision.events) {
      book_.time_us = bench.context.now_us;
      book_.happens(widen(PaymentEvent(event)));
    }
    if (one_in(6)) book_.merge();
  }
  void answer() {
    static constexpr Outcome outcomes[] = {Outcome::approved, Outcome::approved, Outcome::approved, Outcome::declined,
                                           Outcome::unknown,  Outcome::pending,  Outcome::authentication_required};
    ApplyOutcome answer = bench.answer(outcomes[pick(std::size(outcomes))]);
    answer.not_found = one_in(12);
    answer.reversal = one_in(3);
    if (one_in(12)) answer.amount += 1;
    if (one_in(4)) answer.code = DeclineCode::insufficient_funds;
    submit(answer);
  }

  SeededRandom random_;
  Book& book_;
  Currency currency_;
};

// What the payment says of itself.
void count(const Payment& payment, const Books& books, Figures& to) {
  ++to.created;
  for (const Attempt& attempt : payment.attempts)
    if (attempt.state == AttemptState::declined) to.declined(attempt.decline);
  if (payment.status == PaymentStatus::canceled) ++to.canceled;
  for (const Transaction& transaction : payment.transactions) {
    switch (transaction.type) {
      case TransactionType::charge:
        ++to.captures;
        to.captured_amount += transaction.amount;
        to.fees += transaction.fee;
        break;
      case TransactionType::refund:
        ++to.refunds;
        to.refunded_amount -= transaction.amount;
        break;
      case TransactionType::refund_failure: to.returned_amount += transaction.amount; break;
    }
  }
  for (const Refund& refund : payment.refunds)
    if (refund.status == RefundStatus::failed) ++to.refunds_failed;
  to.net -= books.total(Account::partner_pending, payment.currency) + books.total(Account::partner_available, payment.currency);
  for (const Operation& operation : payment.operations)
    if (operation.state == OperationState::in_doubt || operation.state == OperationState::reversing) ++to.doubts_opened;
}

}  // namespace

TEST_CASE("What is counted record by record is what the payments and books at the end say") {
  constexpr uint64_t payments = 600;
  constexpr int steps = 40;
  Book book;
  using Stream = std::tuple<uint64_t, Mode, Currency>;
  std::map<Stream, Figures> expected, counted;
  std::size_t days = 0;
  for (uint64_t seed = 1; seed <= payments; ++seed) {
    INFO("seed " << seed);
    Player player(seed, book);
    for (int step = 0; step < steps; ++step) player.step();
    const Bench& bench = player.bench;
    count(*bench.payment, bench.books, expected[{bench.context.partner.value, bench.context.mode, player.currency()}]);
    book.merge();
    const OpenPayment* known = book.known(bench.payment->id);
    const bool ended = bench.payment->status == PaymentStatus::canceled || bench.payment->status == PaymentStatus::succeeded;
    // Nothing is kept in mind longer than needed.
    if (ended && known != nullptr) CHECK_FALSE(known->doubted.empty());
    if (!ended) CHECK(known != nullptr);
  }
  for (const auto& [of, figures] : book.figures) {
    ++days;
    REQUIRE(add(counted[{of.partner.value, of.mode, of.currency}], figures));
  }
  REQUIRE(counted.size() == expected.size());
  Figures all;
  for (auto& [stream, sum] : counted) {
    Figures& want = expected.at(stream);
    REQUIRE(add(all, sum));
    CHECK(sum.authorized_amount >= sum.captured_amount);
    CHECK(sum.authorized >= (sum.captures > 0 ? 1U : 0U));
    // Those that the payments at the end do not tell, or only together.
    want.authorized = sum.authorized;
    want.authorized_amount = sum.authorized_amount;
    sum.canceled += std::exchange(sum.expired, 0);
    REQUIRE(sum.doubts_opened >= sum.doubts_resolved);
    sum.doubts_opened -= std::exchange(sum.doubts_resolved, 0);
    CHECK(sum == want);
    CHECK(sum.net == sum.captured_amount - sum.fees - sum.refunded_amount + sum.returned_amount);
  }
  // The histories must reach everywhere, or they prove little.
  CHECK(days > 200);
  CHECK(all.captures > 100);
  CHECK(all.refunds > 50);
  CHECK(all.refunds_failed > 10);
  CHECK(all.canceled > 10);
  CHECK(all.expired > 5);
  CHECK(all.doubts_resolved > 50);
  CHECK(all.declines.size() >= 4);
}

}  // namespace tollgate::report

#include "report/book.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/record/wire.h"

namespace tollgate::report {
namespace {

const Currency usd = *Currency::parse("usd"), eur = *Currency::parse("eur");
constexpr int64_t first_day = 20'000;

// One payment, told event by event. Days are counted from first_day.
struct Story {
  Book book;
  PaymentId id;
  uint16_t operation = 0, transaction = 0;

  Story() {
    id.core.bytes[11] = 1;
    day(0);
  }
  void day(int64_t number) {
    book.merge();
    book.time_us = (first_day + number) * us_per_day + us_per_second;
  }
  template <class E>
  void happens(E event) {
    event.payment = id;
    book.happens(event);
  }
  void created(Currency currency = usd) {
    PaymentCreated event;
    event.currency = currency;
    event.amount = 1'000;
    happens(event);
  }
  void approved(int64_t amount = 1'000) { happens(AuthorizationApproved{.operation = ++operation, .amount = amount}); }
  void declined(DeclineCode code) { happens(AuthorizationDeclined{.operation = ++operation, .code = code}); }
  void captured(int64_t amount = 1'000, int64_t fee = 59, bool final_capture = true, Currency currency = usd) {
    PaymentCaptured event;
    event.operation = operation;
    event.amount = amount;
    event.fee = fee;
    event.final_capture = final_capture;
    event.transaction = ++transaction;
    event.postings = capture_postings({amount, currency}, fee);
    happens(event);
  }
  void refunded(int64_t amount, Currency currency = usd) {
    RefundAccepted event;
    event.operation = ++operation;
    event.postings = refund_postings({amount, currency});
    happens(event);
  }
  void in_doubt(uint16_t which) { happens(OperationInDoubt{.operation = which}); }
  [[nodiscard]] Figures on(int64_t number, const char* currency = "usd") { return book.on(first_day + number, currency); }
  [[nodiscard]] std::size_t known() {
    book.merge();
    return book.open.size();
  }
};

}  // namespace

TEST_CASE("A payment that is captured at once is counted once, and is not kept in mind") {
  Story story;
  story.created();
  story.happens(AuthorizationRequested{});
  story.approved();
  story.captured();
  Figures expected;
  expected.created = expected.authorized = expected.captures = 1;
  expected.authorized_amount = expected.captured_amount = 1'000;
  expected.fees = 59;
  expected.net = 941;
  CHECK(story.on(0) == expected);
  CHECK(story.known() == 0);
}

TEST_CASE("A payment is kept in mind from batch to batch while it is open") {
  Story story;
  story.created();
  CHECK(story.known() == 1);
  story.approved();
  CHECK(story.known() == 1);
  story.captured();
  CHECK(story.known() == 0);
  CHECK(story.on(0).authorized_amount == 1'000);
}

TEST_CASE("What happens on a day counts on that day, whenever the payment was made") {
  Story story;
  story.created();
  story.approved();
  story.day(1);
  story.captured();
  story.day(2);
  story.refunded(300);
  CHECK(story.on(0).created == 1);
  CHECK(story.on(0).captures == 0);
  CHECK(story.on(1).captured_amount == 1'000);
  CHECK(story.on(1).created == 0);
  CHECK(story.on(2).refunds == 1);
  CHECK(story.on(2).refunded_amount == 300);
  CHECK(story.on(2).net == -300);
}

TEST_CASE("Declines are counted by reason; a reason without a name is among the others") {
  Story story;
  story.created();
  story.declined(DeclineCode::insufficient_funds);
  story.declined(DeclineCode::lost_card);
  story.declined(DeclineCode::insufficient_funds);
  story.declined(static_cast<DeclineCode>(63));
  const std::vector<DeclineCount> expected{{DeclineCode::none, 1}, {DeclineCode::insufficient_funds, 2}, {DeclineCode::lost_card, 1}};
  CHECK(story.on(0).declines == expected);
  CHECK(story.on(0).declined() == 4);
  CHECK(story.known() == 1);
}

TEST_CASE("An attempt counts in the currency that the payment had at that time") {
  Story story;
  story.created(eur);
  story.declined(DeclineCode::lost_card);
  PaymentUpdated update;
  update.currency = usd;
  story.happens(update);
  story.book.merge();
  story.declined(DeclineCode::lost_card);
  CHECK(story.on(0, "eur").declined() == 1);
  CHECK(story.on(0, "usd").declined() == 1);
  CHECK(story.on(0, "usd").created == 0);
}

TEST_CASE("A challenge that failed is a decline, one that succeeded or is asked for is none") {
  Story story;
  story.created();
  story.happens(AuthenticationRequired{.operation = 1});
  CHECK(story.on(0).declined() == 0);
  story.happens(AuthenticationCompleted{.attempt = 1, .succeeded = true});
  CHECK(story.on(0).declined() == 0);
  story.happens(AuthenticationCompleted{.attempt = 1, .succeeded = false});
  CHECK(story.on(0).declines == std::vector<DeclineCount>{{DeclineCode::authentication_failed, 1}});
}

TEST_CASE("Several captures of one authorization, and the rest of it given back, are no canceled payment") {
  Story story;
  story.created();
  story.approved();
  story.captured(300, 10, false);
  story.captured(200, 5, false);
  CHECK(story.known() == 1);
  story.happens(PaymentCanceled{.operation = 4});
  CHECK(story.on(0).captures == 2);
  CHECK(story.on(0).captured_amount == 500);
  CHECK(story.on(0).fees == 15);
  CHECK(story.on(0).canceled == 0);
  CHECK(story.known() == 0);
}

TEST_CASE("Canceled and expired are payments of which nothing was captured") {
  Story canceled;
  canceled.created();
  canceled.happens(PaymentCanceled{});
  CHECK(canceled.on(0).canceled == 1);
  CHECK(canceled.known() == 0);
  Story expired;
  expired.created();
  expired.approved();
  expired.happens(AuthorizationExpired{});
  CHECK(expired.on(0).expired == 1);
  CHECK(expired.on(0).canceled == 0);
}

TEST_CASE("An increment adds what it adds; one that was undone is no decline") {
  Story story;
  story.created();
  story.approved(1'000);
  story.happens(IncrementRequested{.operation = 2, .amount = 1'500});
  story.happens(AuthorizationIncremented{.operation = 2, .amount = 1'500});
  story.happens(IncrementRequested{.operation = 3, .amount = 9'000});
  story.in_doubt(3);
  story.happens(OperationReversed{.operation = 3, .code = DeclineCode::processing_error});
  CHECK(story.on(0).authorized == 1);
  CHECK(story.on(0).authorized_amount == 1'500);
  CHECK(story.on(0).declined() == 0);
  CHECK(story.on(0).doubts_opened == 1);
  CHECK(story.on(0).doubts_resolved == 1);
}

TEST_CASE("A doubt is counted when it begins and when it ends") {
  Story story;
  story.created();
  story.in_doubt(1);
  story.day(1);
  // Told to undo it: nobody knows yet whether that was done.
  story.happens(ReversalRequested{.operation = 1});
  CHECK(story.on(1).doubts_opened == 0);
  story.happens(OperationReversed{.operation = 1, .code = DeclineCode::processing_error});
  CHECK(story.on(0).doubts_opened == 1);
  CHECK(story.on(0).doubts_resolved == 0);
  CHECK(story.on(1).doubts_resolved == 1);
  CHECK(story.on(1).declines == std::vector<DeclineCount>{{DeclineCode::processing_error, 1}});
}

TEST_CASE("An operation that the acquirer has never seen is in doubt from when it is to be undone") {
  Story story;
  story.created();
  story.happens(ReversalRequested{.operation = 1});
  CHECK(story.on(0).doubts_opened == 1);
}

TEST_CASE("A refund that is in doubt is told apart by its payment's row, once the payment has ended") {
  Story story;
  story.created();
  story.approved();
  story.captured();
  story.book.merge();
  story.book.has_row(story.id, usd);
  story.in_doubt(2);
  CHECK(story.known() == 1);
  story.operation = 1;
  story.refunded(400);
  CHECK(story.on(0).doubts_opened == 1);
  CHECK(story.on(0).doubts_resolved == 1);
  CHECK(story.on(0).refunded_amount == 400);
  CHECK(story.known() == 0);
}

TEST_CASE("A refund that failed: at once nothing moved, later the money comes back") {
  Story story;
  story.created();
  story.approved();
  story.captured();
  story.book.has_row(story.id, usd);
  story.happens(RefundFailed{.operation = 2, .refund = 1});
  CHECK(story.on(0).refunds_failed == 1);
  CHECK(story.on(0).returned_amount == 0);
  story.refunded(400);
  RefundFailed later;
  later.postings = refund_failure_postings({400, usd});
  story.happens(later);
  CHECK(story.on(0).refunds == 1);
  CHECK(story.on(0).refunds_failed == 2);
  CHECK(story.on(0).returned_amount == 400);
  CHECK(story.on(0).net == 941);
}

TEST_CASE("Test and live, and partners, never mix") {
  Story story;
  story.created();
  story.book.merge();
  story.book.mode = Mode::live;
  story.created();
  story.book.merge();
  story.book.partner = PartnerId{2};
  CHECK(story.on(0) == Figures{});
  CHECK(story.book.figures.size() == 2);
}

TEST_CASE("An amount over the largest number is an error, never another number") {
  Figures sum, more;
  sum.captured_amount = INT64_MAX - 5;
  more.captured_amount = 6;
  more.created = 1;
  const Figures before = sum;
  CHECK_FALSE(add(sum, more));
  CHECK(sum == before);
  more.captured_amount = 5;
  CHECK(add(sum, more));
  CHECK(sum.created == 1);
}

TEST_CASE("Figures and open payments are read as they were written") {
  Figures figures;
  figures.created = 3;
  figures.net = -5;
  figures.declined(DeclineCode::lost_card, 2);
  Figures read;
  REQUIRE(wire::decode(wire::encode(figures), read).ok());
  CHECK(read == figures);
  OpenPayment payment{.currency = usd, .authorized = 7, .captured = 3, .increment = 2, .ended = true, .doubted = {1, 300}};
  OpenPayment back;
  REQUIRE(wire::decode(wire::encode(payment), back).ok());
  CHECK(back == payment);
}

}  // namespace tollgate::report

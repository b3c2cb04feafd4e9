#include <set>

#include "engine/doubt_pages.h"
#include "engine/harness.h"

using namespace tollgate;
using namespace tollgate::engine;

TEST_CASE("a payment in flight at a crash is inquired and brought to the acquirer's outcome") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto lost = h.on_payment(create.payment, create, "order-1");
  h.round();
  REQUIRE(h.requests.size() == 1);
  h.restart();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::inquire);
  CHECK(h.requests[0].reference == reference_of(PartnerId{7}, create.payment, 1));
  // The partner's retry is answered: the payment is processing, as it was told by the restart.
  auto retry = h.on_payment(create.payment, create, "order-1");
  h.round();
  CHECK(retry->result.kind == CommandResult::Kind::replayed);
  h.approve();
  CHECK(h.requests.empty());
  std::string row;
  REQUIRE(h.log.get(Table::payments, keys::object(PartnerId{7}, Mode::test, create.payment.core), row).ok());
  Payment payment;
  REQUIRE(wire::decode(row, payment).ok());
  CHECK(payment.status == PaymentStatus::succeeded);
  CHECK_FALSE(lost->arrived);
  h.restart();
  CHECK(h.requests.empty());
}

TEST_CASE("what never reached the acquirer before the crash is reversed, and the payment may be tried again") {
  Harness h;
  const auto create = h.purchase(1099);
  h.on_payment(create.payment, create);
  h.round();
  h.restart();
  h.answer({.outcome = Outcome::unknown, .not_found = true});
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::reverse);
  h.restart();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::reverse);
  h.approve();
  ConfirmPayment confirm;
  confirm.confirm.method = create.method;
  const auto reply = h.on_payment(create.payment, confirm);
  h.round();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::sale);
  CHECK(h.requests[0].operation == 2);
  h.approve();
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);
}

TEST_CASE("an approval that comes after the reversal is reversed again, also after a restart") {
  Harness h;
  const auto create = h.purchase(1099);
  h.on_payment(create.payment, create);
  h.round();
  const AcquirerRequest sale = h.requests.front();
  h.answer({.outcome = Outcome::unknown});
  h.answer({.outcome = Outcome::unknown, .not_found = true});
  REQUIRE(h.requests.front().action == AcquirerAction::reverse);
  h.approve();
  CHECK(h.requests.empty());
  h.requests.push_back(sale);
  h.approve();  // the bank's answer to the sale arrives now
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::reverse);
  h.restart();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::reverse);
  h.approve();
  h.restart();
  CHECK(h.requests.empty());
}

TEST_CASE("an operation in doubt stays with the resolver across restarts until it has an outcome") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto reply = h.on_payment(create.payment, create);
  h.round();
  h.answer({.outcome = Outcome::unknown});
  REQUIRE(reply->arrived);
  CHECK(reply->result.payment->status == PaymentStatus::processing);
  for (int i = 0; i < 3; ++i) {
    h.restart();
    REQUIRE(h.requests.size() == 1);
    CHECK(h.requests[0].action == AcquirerAction::inquire);
  }
  h.answer({.outcome = Outcome::declined, .code = DeclineCode::insufficient_funds});
  h.restart();
  CHECK(h.requests.empty());
}

namespace {

class CountingPort final : public AcquirerPort {
 public:
  void send(std::vector<AcquirerRequest> requests) override {
    for (const AcquirerRequest& request : requests) sent.insert(request.reference);
  }
  uint64_t in_doubt_dropped() const override { return dropped; }
  bool in_doubt_room() const override { return room; }

  std::multiset<std::string> sent;
  uint64_t dropped = 0;
  bool room = true;
};

}  // namespace

TEST_CASE("what the dispatcher has no room to resolve is sent again once it has") {
  Harness h;
  std::multiset<std::string> references;
  for (int i = 0; i < 5; ++i) {
    const auto create = h.purchase(1000 + i);
    h.on_payment(create.payment, create);
    h.round();
    h.answer({.outcome = Outcome::unknown});
    references.insert(reference_of(PartnerId{7}, create.payment, 1));
    // An answer that says nothing new asks for nothing.
    REQUIRE(h.requests.size() == 1);
    h.answer({.outcome = Outcome::unknown});
    REQUIRE(h.processor->process_timers().ok());
    h.round();
    CHECK(h.requests.empty());
  }
  CountingPort port;
  DoubtPages pages;
  const uint32_t partitions[] = {0, 1};
  const auto take_turns = [&] {
    port.sent.clear();
    for (bool more = true; more;) {
      const auto sent = pages.send_next(*h.processor, partitions, port);
      REQUIRE(sent.ok());
      more = *sent;
    }
  };
  take_turns();
  CHECK(port.sent.empty());
  port.dropped = 3;
  port.room = false;
  take_turns();
  CHECK(port.sent.empty());
  CHECK(pages.wanted(port));
  // Turned away while it had not begun: one turn is enough for all of it.
  port.dropped = 4;
  port.room = true;
  take_turns();
  CHECK(port.sent == references);
  CHECK_FALSE(pages.wanted(port));
  take_turns();
  CHECK(port.sent.empty());
  port.dropped = 5;
  take_turns();
  CHECK(port.sent == references);
}

TEST_CASE("recovery reads from the oldest open operation on, whatever came after it") {
  Harness h;
  const auto stuck = h.purchase(1);
  h.on_payment(stuck.payment, stuck);
  h.round();
  const AcquirerRequest open = h.requests.front();
  h.requests.clear();
  for (int i = 0; i < 50; ++i) h.paid(100 + i);
  h.restart();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].reference == open.reference);
  h.approve();
  // Now everything has its outcome: the floor is behind the last record.
  std::string row;
  REQUIRE(h.log.get(Table::meta, keys::partition(1), row).ok());
  PartitionMeta meta;
  REQUIRE(wire::decode(row, meta).ok());
  CHECK(meta.open_floor_sequence == h.log.head(1)->sequence + 1);
}

TEST_CASE("a card verification in flight at a crash fails as not reached and may be tried again") {
  Harness h;
  CreateSetupIntent create;
  create.setup.id = SetupIntentId{h.ids.next(h.clock.now_us())};
  create.setup.method = MethodSnapshot{.card_token = "pm_card_visa"};
  create.confirm = true;
  OnCustomerObject target;
  target.setup = create.setup.id;
  target.command = create;
  h.on_object(target);
  h.round();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::verify);
  h.restart();
  CHECK(h.requests.empty());
  ConfirmSetupIntent confirm;
  confirm.method = create.setup.method;
  target.command = confirm;
  const auto reply = h.on_object(target);
  h.round();
  REQUIRE(h.requests.size() == 1);
  h.approve();
  REQUIRE(reply->arrived);
  CHECK(reply->result.setup->status == SetupStatus::succeeded);
}

TEST_CASE("sequence, epoch and time go on across restarts") {
  Harness h;
  h.paid(100);
  const Head before = *h.log.head(1);
  h.clock.advance(-us_per_day);  // the clock was set back
  h.restart();
  h.paid(200);
  const Head after = *h.log.head(1);
  CHECK(after.epoch > before.epoch);
  int64_t last_us = 0;
  uint64_t next = 1;
  REQUIRE(h.log.read(1, 1, [&](uint64_t sequence, std::string_view bytes) {
    const auto record = decode_record(bytes);
    REQUIRE(record.ok());
    CHECK(sequence == next++);
    CHECK(record->header.time_us > last_us);
    last_us = record->header.time_us;
    return true;
  }).ok());
  CHECK(next == after.sequence + 1);
}

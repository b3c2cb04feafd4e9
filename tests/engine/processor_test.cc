#include "engine/harness.h"

using namespace tollgate;
using namespace tollgate::engine;
using Kind = CommandResult::Kind;

TEST_CASE("a payment is answered only when the acquirer's answer is durable") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto reply = h.on_payment(create.payment, create);
  CHECK(h.requests.empty());
  h.round();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].action == AcquirerAction::sale);
  CHECK(h.requests[0].amount == 1099);
  CHECK(h.requests[0].reference == reference_of(PartnerId{7}, create.payment, 1));
  CHECK_FALSE(reply->arrived);
  h.approve();
  REQUIRE(reply->arrived);
  CHECK(reply->result.kind == Kind::done);
  CHECK(reply->result.operation == 1);
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);
  CHECK(reply->result.payment->amount_received() == 1099);
}

TEST_CASE("nothing leaves a round whose append failed: no result, no acquirer request") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto reply = h.on_payment(create.payment, create);
  CreatePayment unconfirmed = h.purchase(500);
  unconfirmed.confirm.reset();
  const auto other = h.on_payment(unconfirmed.payment, unconfirmed);
  h.log.fail_appends = true;
  CHECK_FALSE(h.processor->commit().ok());
  CHECK_FALSE(reply->arrived);
  CHECK_FALSE(other->arrived);
}

TEST_CASE("all commands of a round share one append") {
  Harness h;
  const int before = h.log.appends;
  std::vector<std::shared_ptr<Reply>> replies;
  for (int i = 0; i < 100; ++i) {
    const auto create = h.purchase(100 + i);
    replies.push_back(h.on_payment(create.payment, create));
  }
  h.round();
  CHECK(h.log.appends == before + 1);
  CHECK(h.requests.size() == 100);
  h.approve_all();
  for (const auto& reply : replies) CHECK(reply->result.payment->status == PaymentStatus::succeeded);
}

TEST_CASE("a key used again is answered with the first answer, in progress or done, and charges once") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto first = h.on_payment(create.payment, create, "order-1");
  h.round();
  auto again = h.purchase(1099);
  auto second = h.on_payment(again.payment, again, "order-1");
  h.round();
  CHECK(second->result.kind == Kind::in_progress);
  h.approve();
  CHECK(first->result.kind == Kind::done);
  again = h.purchase(1099);
  second = h.on_payment(again.payment, again, "order-1");
  h.round();
  REQUIRE(second->result.kind == Kind::replayed);
  CHECK(second->result.entry.subject == create.payment.text());
  CHECK(second->result.entry.acquirer_operation == 1);
  CHECK(h.requests.empty());
  h.restart();
  second = h.on_payment(again.payment, again, "order-1");
  h.round();
  CHECK(second->result.kind == Kind::replayed);
}

TEST_CASE("of 100 copies of one request in one round one is executed") {
  Harness h;
  std::vector<std::shared_ptr<Reply>> replies;
  for (int i = 0; i < 100; ++i) {
    const auto create = h.purchase(1099);
    replies.push_back(h.on_payment(create.payment, create, "order-1"));
  }
  h.round();
  CHECK(h.requests.size() == 1);
  int in_progress = 0;
  for (const auto& reply : replies) in_progress += reply->arrived && reply->result.kind == Kind::in_progress;
  CHECK(in_progress == 99);
}

TEST_CASE("a key used with another request is a mismatch and names the first") {
  Harness h;
  const auto create = h.purchase(1099);
  const auto first = h.on_payment(create.payment, create, "order-1");
  h.round();
  h.approve();
  Command other = h.command("order-1");
  other.cause.fingerprint = "something else";
  OnPayment target;
  target.command = h.purchase(2000);
  target.payment = std::get<CreatePayment>(target.command).payment;
  other.target = target;
  const auto reply = h.submit(other);
  h.round();
  REQUIRE(reply->result.kind == Kind::mismatch);
  CHECK(reply->result.entry.operation == "POST /v1/payment_intents");
}

TEST_CASE("a refusal is kept under its key, one that says 'busy' is not") {
  Harness h;
  const PaymentId payment = h.paid(1000);
  auto reply = h.on_payment(payment, CapturePayment{}, "capture-1");
  h.round();
  REQUIRE(reply->result.kind == Kind::refused);
  CHECK(reply->result.refusal.refusal == Refusal::already_captured);
  reply = h.on_payment(payment, CapturePayment{}, "capture-1");
  h.round();
  REQUIRE(reply->result.kind == Kind::replayed);
  CHECK(reply->result.entry.refusal.refusal == Refusal::already_captured);

  const PaymentId manual = h.paid(1000, CaptureMethod::manual);
  const auto first = h.on_payment(manual, CapturePayment{}, "capture-2");
  reply = h.on_payment(manual, CapturePayment{}, "capture-3");
  h.round();
  REQUIRE(reply->result.kind == Kind::refused);
  CHECK(reply->result.refusal.refusal == Refusal::busy);
  h.approve();
  CHECK(first->result.payment->status == PaymentStatus::succeeded);
  reply = h.on_payment(manual, CapturePayment{}, "capture-3");
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::already_captured);
}

TEST_CASE("a request that finds its wish fulfilled already has its key and its answer as any other") {
  Harness h;
  CreateCustomer customer;
  customer.customer.id = CustomerId{h.ids.next(h.clock.now_us())};
  CreatePaymentMethod method;
  method.method = {.id = {h.ids.next(h.clock.now_us()), 0}, .card_token = "pm_card_visa"};
  h.on_object({.customer = customer.customer.id, .command = customer});
  h.on_object({.method = method.method.id, .command = method});
  const OnCustomerObject attach{.customer = customer.customer.id, .method = method.method.id, .command = AttachPaymentMethod{customer.customer.id, {}}};
  h.on_object(attach, "attach-1");
  auto reply = h.on_object(attach, "attach-2");
  h.on_object({.method = method.method.id, .command = DetachPaymentMethod{}});
  h.round();
  CHECK(reply->result.kind == Kind::done);
  reply = h.on_object(attach, "attach-2");
  h.round();
  CHECK(reply->result.kind == Kind::replayed);
}

TEST_CASE("a refusal shows the object that it is about, whatever its reason: a replay does") {
  Harness h;
  auto create = h.purchase(1000);
  create.confirm.reset();
  h.on_payment(create.payment, create);
  Command confirm = h.command("confirm-1");
  confirm.target = OnPayment{.payment = create.payment, .command = ConfirmPayment{}, .method = {h.ids.next(h.clock.now_us()), 0}};
  auto reply = h.submit(std::move(confirm));
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::method_missing_id);
  REQUIRE(reply->result.payment);
  CHECK(reply->result.payment->id == create.payment);
  reply = h.on_payment(create.payment, UpdatePayment{.customer = CustomerId{h.ids.next(h.clock.now_us())}}, "update-1");
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::customer_missing);
  CHECK(reply->result.payment);
}

TEST_CASE("a refusal shows its payment also when looking up another one has pushed it out of memory") {
  Harness h;
  h.options.cached_payments_max = 4;
  h.restart();
  std::vector<PaymentId> payments;
  for (int i = 0; i < 8; ++i) payments.push_back(h.paid(1000 + i));
  for (const PaymentId& one : payments) {
    for (const PaymentId& other : payments) {
      Command confirm = h.command();
      confirm.target = OnPayment{.payment = one, .command = ConfirmPayment{}, .method = {other.core, 1}};
      const auto reply = h.submit(std::move(confirm));
      h.round();
      CHECK(reply->result.refusal.refusal == Refusal::unexpected_state);
      REQUIRE(reply->result.payment);
      CHECK(reply->result.payment->id == one);
    }
  }
}

TEST_CASE("1,000 partial refunds at once never give back more than was captured") {
  Harness h;
  const PaymentId payment = h.paid(10'000);
  std::vector<std::shared_ptr<Reply>> replies;
  for (int i = 0; i < 1000; ++i) {
    CreateRefund refund;
    refund.amount = 30;
    replies.push_back(h.on_payment(payment, refund, "refund-" + std::to_string(i)));
    if (i % 100 == 99) h.round();
  }
  h.approve_all();
  int64_t refunded = 0;
  int refused = 0;
  for (const auto& reply : replies) {
    REQUIRE(reply->arrived);
    if (reply->result.kind == Kind::done) refunded += reply->result.payment->refunds[reply->result.refund - 1u].amount;
    else refused += reply->result.refusal.refusal == Refusal::amount_too_large;
  }
  CHECK(refunded == 9'990);
  CHECK(refused == 667);
}

TEST_CASE("a suspended partner is refused and nothing is kept, so that the request works when it is resumed") {
  Harness h;
  auto partner = std::make_shared<Partner>(*h.directory.find(PartnerId{7}));
  partner->status = PartnerStatus::suspended;
  h.directory.put(partner);
  auto create = h.purchase(1099);
  auto reply = h.on_payment(create.payment, create, "order-1");
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::partner_suspended);
  partner = std::make_shared<Partner>(*partner);
  partner->status = PartnerStatus::active;
  h.directory.put(partner);
  reply = h.on_payment(create.payment, create, "order-1");
  h.round();
  h.approve();
  CHECK(reply->result.kind == Kind::done);
}

TEST_CASE("a currency that the partner does not take cannot be brought in by an update either") {
  Harness h;
  auto partner = std::make_shared<Partner>(*h.directory.find(PartnerId{7}));
  partner->config.currencies = {*Currency::parse("usd")};
  h.directory.put(partner);
  auto create = h.purchase(1000);
  create.confirm.reset();
  h.on_payment(create.payment, create);
  const auto reply = h.on_payment(create.payment, UpdatePayment{.currency = Currency::parse("eur")});
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::currency_not_enabled);
  CHECK(reply->result.payment->currency == *Currency::parse("usd"));
}

TEST_CASE("a live key without an acquirer gets a named refusal") {
  Harness h;
  Command live = h.command();
  live.mode = Mode::live;
  OnPayment target;
  target.command = h.purchase(1000);
  target.payment = std::get<CreatePayment>(target.command).payment;
  live.target = target;
  const auto reply = h.submit(live);
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::live_not_configured);
}

TEST_CASE("an authorization expires by its timer, and only then") {
  Harness h;
  const PaymentId payment = h.paid(1000, CaptureMethod::manual);
  h.clock.advance(6 * us_per_day);
  REQUIRE(h.processor->process_timers().ok());
  h.round();
  CHECK(h.processor->process_timers().ok());
  auto reply = h.on_payment(payment, UpdatePayment{.metadata = {{"note", "still there"}}});
  h.round();
  CHECK(reply->result.payment->status == PaymentStatus::requires_capture);
  h.clock.advance(us_per_day + us_per_second);
  REQUIRE(h.processor->process_timers().ok());
  h.round();
  reply = h.on_payment(payment, CapturePayment{});
  h.round();
  CHECK(reply->result.kind == Kind::refused);
  CHECK(reply->result.payment->status == PaymentStatus::canceled);
  int timers = 0;
  REQUIRE(h.log.scan(Table::timers, keys::partition(1), keys::partition(2), Order::forward, [&](auto, auto) { return ++timers, true; }).ok());
  CHECK(timers == 0);
}

TEST_CASE("a timer that has to wait does not stand in the way of others, and is not looked at without a pause") {
  Harness h;
  h.options.timers_per_round_max = 2;
  for (int i = 0; i < 3; ++i) {
    const PaymentId waits = h.paid(1000, CaptureMethod::manual);
    h.on_payment(waits, CapturePayment{});
    h.round();
    h.answer({.outcome = Outcome::unknown});
    h.requests.clear();  // the capture stays in doubt
    h.clock.advance(us_per_second);
  }
  const PaymentId expires = h.paid(2000, CaptureMethod::manual);
  h.clock.advance(8 * us_per_day);
  int looks = 0;
  for (bool more = true; more; ++looks) {
    REQUIRE(looks < 10);
    const auto looked = h.processor->process_timers();
    REQUIRE(looked.ok());
    more = *looked;
    h.round();
  }
  const auto reply = h.on_payment(expires, CapturePayment{});
  h.round();
  CHECK(reply->result.payment->status == PaymentStatus::canceled);
}

TEST_CASE("captured funds become available after the partner's delay, by an event") {
  Harness h;
  h.paid(1000);
  h.paid(2000);
  h.clock.advance(3 * us_per_day);
  REQUIRE(h.processor->process_timers().ok());
  h.round();
  std::string row;
  REQUIRE(h.log.get(Table::books, keys::stream(PartnerId{7}, Mode::test), row).ok());
  Books books;
  REQUIRE(wire::decode(row, books).ok());
  const Currency usd = *Currency::parse("usd");
  CHECK(books.total(Account::partner_pending, usd) == 0);
  CHECK(books.total(Account::partner_available, usd) == -(3000 - 59 - 88));
  CHECK(books.pending.empty());
  int timers = 0;
  REQUIRE(h.log.scan(Table::timers, keys::partition(1), keys::partition(2), Order::forward, [&](auto, auto) { return ++timers, true; }).ok());
  CHECK(timers == 0);
}

TEST_CASE("a card set up for future use is attached by the approval and can be charged off-session") {
  Harness h;
  CreateCustomer create;
  create.customer.id = CustomerId{h.ids.next(h.clock.now_us())};
  const CustomerId customer = create.customer.id;
  OnCustomerObject target;
  target.customer = customer;
  target.command = create;
  auto made = h.on_object(target);
  h.round();
  REQUIRE(made->result.customer);
  auto purchase = h.purchase(1000);
  purchase.customer = customer;
  purchase.details.setup_future_usage = FutureUsage::off_session;
  auto reply = h.on_payment(purchase.payment, purchase);
  h.round();
  h.approve();
  const PaymentMethodId method = reply->result.payment->attempts[0].method.id;
  CHECK(method == PaymentMethodId{purchase.payment.core, 1});

  Command later = h.command();
  OnPayment off;
  auto again = h.purchase(500);
  again.method.reset();
  again.customer = customer;
  again.confirm->off_session = true;
  off.payment = again.payment;
  off.command = again;
  off.method = method;
  later.target = off;
  reply = h.submit(later);
  h.round();
  REQUIRE(h.requests.size() == 1);
  CHECK(h.requests[0].setup_done);
  CHECK(h.requests[0].off_session);
  h.approve();
  CHECK(reply->result.payment->status == PaymentStatus::succeeded);

  // Without its customer it is refused; deleted with its customer, it is gone for good.
  Command stranger = h.command();
  again.payment = PaymentId{h.ids.next(h.clock.now_us())};
  again.customer = {};
  off.payment = again.payment;
  off.command = again;
  stranger.target = off;
  reply = h.submit(stranger);
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::customer_mismatch);
  OnCustomerObject remove;
  remove.customer = customer;
  remove.command = DeleteCustomer{};
  h.on_object(remove);
  h.round();
  again.payment = PaymentId{h.ids.next(h.clock.now_us())};
  off.payment = again.payment;
  off.command = again;
  Command gone = h.command();
  gone.target = off;
  reply = h.submit(gone);
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::method_detached);
}

TEST_CASE("a customer that does not exist is refused by name") {
  Harness h;
  auto purchase = h.purchase(1000);
  purchase.customer = CustomerId{h.ids.next(h.clock.now_us())};
  const auto reply = h.on_payment(purchase.payment, purchase);
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::customer_missing);
  CHECK(reply->result.refusal.param == "customer");
}

TEST_CASE("records that do not fit are refused whole") {
  Harness h;
  auto purchase = h.purchase(1000);
  for (int i = 0; i < 40; ++i) purchase.details.metadata.emplace_back("key" + std::to_string(i), std::string(2000, 'x'));
  const auto reply = h.on_payment(purchase.payment, purchase, "big");
  h.round();
  CHECK(reply->result.refusal.refusal == Refusal::too_many);
  CHECK(h.requests.empty());
  std::string row;
  CHECK_FALSE(h.log.get(Table::payments, keys::object(PartnerId{7}, Mode::test, purchase.payment.core), row).ok());
}

TEST_CASE("books that are nearly full refuse to ask for more, before the acquirer is asked") {
  for (const int64_t total : {books_total_max, books_total_max + 1}) {
    Harness h;
    const Currency usd = *Currency::parse("usd");
    Books books;
    books.totals = {{Account::acquirer_receivable, total, usd}, {Account::partner_available, -total, usd}};
    const std::vector<Row> rows{{Table::books, keys::stream(PartnerId{7}, Mode::test), wire::encode(books)}};
    REQUIRE(h.memory->append({}, rows).ok());
    const CreatePayment create = h.purchase(1000);
    const auto reply = h.on_payment(create.payment, create);
    h.round();
    CHECK(h.requests.size() == (total <= books_total_max ? 1u : 0u));
    if (total <= books_total_max) continue;
    REQUIRE(reply->arrived);
    CHECK(reply->result.kind == CommandResult::Kind::refused);
    CHECK(reply->result.refusal.refusal == Refusal::limit_exceeded);
  }
}

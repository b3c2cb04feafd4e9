#include "admin/fixture.h"

namespace tollgate {
namespace {

constexpr int64_t second_0_us = 1'700'000'000 * us_per_second;

struct Wanted {
  int64_t amount = 1'000;
  const char* currency = "usd";
  const char* last4 = "4242";
  PaymentStatus status = PaymentStatus::succeeded;
  Mode mode = Mode::test;
  Metadata metadata = {};
};

class PaymentsFixture : public AdminFixture {
 public:
  PaymentsFixture() {
    shop = *PartnerId::parse(create("Shop"));
    bakery = *PartnerId::parse(create("Bakery"));
  }

  // A payment with two records: made, and approved 250 ms later.
  PaymentId add(PartnerId partner, int second, const Wanted& wanted, const std::function<void(Payment&)>& change = {}) {
    const uint32_t partition = directory->find(partner)->partition;
    const int64_t at_us = second_0_us + second * us_per_second;
    Payment payment;
    payment.id.core = IdCore::make(at_us, 0, static_cast<uint32_t>(++made_));
    payment.partner = partner;
    payment.mode = wanted.mode;
    payment.amount = wanted.amount;
    payment.currency = *Currency::parse(wanted.currency);
    payment.status = wanted.status;
    payment.created_us = at_us;
    payment.details.metadata = wanted.metadata;
    Attempt attempt;
    attempt.ordinal = 1;
    attempt.state = AttemptState::captured;
    attempt.method.card.last4 = wanted.last4;
    attempt.method.card.brand = CardBrand::visa;
    attempt.method.sealed_billing = "ciphertext";
    attempt.amount_captured = wanted.amount;
    payment.attempts = {attempt};
    RecordHeader header;
    header.partition = partition;
    header.partner = partner;
    header.mode = wanted.mode;
    header.epoch = 1;
    header.time_us = at_us;
    PaymentCreated created{.payment = payment.id, .amount = wanted.amount, .currency = payment.currency};
    created.details.sealed_personal = "personal";
    created.method = attempt.method;
    Cause cause;
    cause.request = RequestId{payment.id.core};
    cause.operation = "POST /v1/payment_intents";
    cause.actor = "key1";
    header.event_type = PaymentCreated::event_type;
    const uint64_t first = log.record(header, cause, created);
    header.event_type = AuthorizationApproved::event_type;
    header.time_us = at_us + 250'000;
    const uint64_t second_ = log.record(header, {}, AuthorizationApproved{.payment = payment.id, .operation = 1, .amount = wanted.amount});
    payment.history = {first, second_};
    Operation operation;
    operation.ordinal = 1;
    operation.kind = OperationKind::sale;
    operation.state = OperationState::approved;
    operation.amount = wanted.amount;
    operation.requested_sequence = first;
    operation.resolved_sequence = second_;
    operation.requested_us = at_us;
    payment.operations = {operation};
    if (change) change(payment);
    log.put(Table::payments, keys::object(partner, wanted.mode, payment.id.core), wire::encode(payment));
    return payment.id;
  }

  std::vector<std::string> found(const std::string& query) {
    const auto answer = get("/admin/v1/payments" + query);
    INFO(answer.text);
    REQUIRE(answer.status == 200);
    std::vector<std::string> ids;
    for (const Json& one : answer.body["data"]) ids.push_back(one["id"]);
    return ids;
  }
  using Ids = std::vector<std::string>;

  PartnerId shop, bakery;

 private:
  int made_ = 0;
};

class Receipts final : public ReceiptPort {
 public:
  StatusOr<proof::Receipt> receipt(PaymentId payment, uint32_t partition, std::span<const uint64_t>) const override {
    proof::Receipt receipt;
    receipt.payment = payment;
    receipt.partition = partition;
    return receipt;
  }
  void when_covered(uint32_t, uint64_t, ResultSink& sink, ResultHandler handler) override {
    CommandResult result;
    result.kind = covered ? CommandResult::Kind::done : CommandResult::Kind::in_progress;
    std::vector<ResultSink::Item> items;
    items.push_back({std::move(handler), std::move(result)});
    sink.deliver(std::move(items));
  }
  bool covered = true;
};

}  // namespace

TEST_CASE_METHOD(PaymentsFixture, "The newest payments of all partners are listed, newest first") {
  CHECK(found("").empty());
  const std::string a = add(shop, 1, {}).text(), b = add(bakery, 2, {}).text(), c = add(shop, 3, {.mode = Mode::live}).text();
  CHECK(found("") == Ids{c, b, a});
  CHECK(found("?limit=2") == Ids{c, b});
  const auto answer = get("/admin/v1/payments?limit=2");
  CHECK(answer.body["has_more"] == true);
  CHECK(answer.body["data"][0]["mode"] == "live");
  CHECK(answer.body["data"][0]["partner"] == shop.text());
  CHECK(answer.body["data"][1]["card"]["last4"] == "4242");
  CHECK(answer.body["data"][1]["currency_digits"] == 2);
  CHECK(get("/admin/v1/payments").body["looked_at_all"] == true);
}

TEST_CASE_METHOD(PaymentsFixture, "One partner's payments are paged, test and live together") {
  Ids all;
  for (int i = 0; i < 7; ++i) all.insert(all.begin(), add(shop, i, {.mode = i % 2 == 0 ? Mode::test : Mode::live}).text());
  add(bakery, 9, {});
  Ids paged;
  std::string after;
  for (int page = 0; page < 4; ++page) {
    const Ids part = found("?limit=2&partner=" + shop.text() + after);
    paged.insert(paged.end(), part.begin(), part.end());
    if (part.size() < 2) break;
    after = "&after=" + part.back();
  }
  CHECK(paged == all);
  CHECK(found("?mode=live&partner=" + shop.text()).size() == 3);
}

TEST_CASE_METHOD(PaymentsFixture, "Payments are found by amount, currency, last four, metadata and state") {
  const std::string plain = add(shop, 1, {.amount = 1'234}).text();
  const std::string yen = add(shop, 2, {.amount = 1'234, .currency = "jpy", .last4 = "0005"}).text();
  const std::string tagged = add(shop, 3, {.amount = 500, .metadata = {{"order", "A-17"}, {"shop", "north"}}}).text();
  const std::string doubt = add(shop, 4, {.amount = 900, .status = PaymentStatus::processing}, [](Payment& p) { p.operations[0].state = OperationState::in_doubt; }).text();
  const std::string declined =
      add(shop, 5, {.amount = 901, .status = PaymentStatus::requires_payment_method}, [](Payment& p) { p.last_decline = DeclineCode::lost_card; }).text();
  const std::string refunded = add(shop, 6, {.amount = 902}, [](Payment& p) { p.attempts[0].amount_refunded = 100; }).text();
  for (const std::string& of : {std::string(), "&partner=" + shop.text()}) {
    INFO(of);
    CHECK(found("?amount=12.34" + of) == Ids{plain});
    CHECK(found("?amount=12.340" + of) == Ids{plain});
    CHECK(found("?amount=1234" + of) == Ids{yen});
    CHECK(found("?amount=5" + of) == Ids{tagged});
    CHECK(found("?currency=JPY" + of) == Ids{yen});
    CHECK(found("?last4=0005" + of) == Ids{yen});
    CHECK(found("?metadata=order%3DA-17" + of) == Ids{tagged});
    CHECK(found("?metadata=north" + of) == Ids{tagged});
    CHECK(found("?metadata=order%3Dnorth" + of).empty());
    CHECK(found("?status=in_doubt" + of) == Ids{doubt});
    CHECK(found("?status=processing" + of) == Ids{doubt});
    CHECK(found("?status=declined" + of) == Ids{declined});
    CHECK(found("?status=refunded" + of) == Ids{refunded});
    CHECK(found("?status=succeeded&amount=5" + of) == Ids{tagged});
  }
}

TEST_CASE_METHOD(PaymentsFixture, "A search that is not understood is refused by name") {
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"mode=both", "mode"},
                                                                                    {"status=good", "status"},
                                                                                    {"amount=ten", "amount"},
                                                                                    {"amount=1.2.3", "amount"},
                                                                                    {"amount=", "amount"},
                                                                                    {"currency=xxz", "currency"},
                                                                                    {"last4=42", "last4"},
                                                                                    {"metadata=", "metadata"},
                                                                                    {"after=x", "after"},
                                                                                    {"limit=101", "limit"},
                                                                                    {"card=4242", "card"}}) {
    INFO(query);
    const auto answer = get("/admin/v1/payments?" + query);
    CHECK(answer.status == 400);
    CHECK(answer.body["error"]["field"] == field);
  }
  CHECK(get("/admin/v1/payments?partner=acct_00000000000").status == 404);
  CHECK(get("/admin/v1/payments?after=" + PaymentId{IdCore::make(second_0_us, 0, 1)}.text()).status == 400);
}

TEST_CASE_METHOD(PaymentsFixture, "A payment is shown with its timeline and how long the acquirer took, by the id of anything of it") {
  const PaymentId id = add(bakery, 1, {.amount = 2'500, .metadata = {{"order", "7"}}});
  for (const std::string& by : {id.text(), ChargeId{id.core, 1}.text(), RefundId{id.core, 3}.text(), id.text() + "?partner=" + bakery.text()}) {
    INFO(by);
    const auto answer = get("/admin/v1/payments/" + by);
    REQUIRE(answer.status == 200);
    const Json& shown = answer.body;
    CHECK(shown["id"] == id.text());
    CHECK(shown["partner"] == bakery.text());
    REQUIRE(shown["operations"].size() == 1);
    CHECK(shown["operations"][0]["took_us"] == 250'000);
    CHECK(shown["operations"][0]["reference"] == reference_of(bakery, id, 1));
    REQUIRE(shown["timeline"].size() == 2);
    CHECK(shown["timeline"][0]["type"] == "payment_created");
    CHECK(shown["timeline"][0]["request"]["operation"] == "POST /v1/payment_intents");
    CHECK(shown["timeline"][0]["request"]["key"] == "key1");
    CHECK(shown["timeline"][1]["since_previous_us"] == 250'000);
    CHECK(shown["timeline"][1]["data"]["amount"] == 2'500);
    CHECK_FALSE(shown["timeline"][1].contains("request"));
  }
  CHECK(get("/admin/v1/payments/" + id.text() + "?partner=" + shop.text()).status == 404);
  CHECK(get("/admin/v1/payments/" + PaymentId{IdCore::make(second_0_us, 9, 9)}.text()).status == 404);
  CHECK(get("/admin/v1/payments/x").status == 404);
}

TEST_CASE_METHOD(PaymentsFixture, "Of a long story the beginning is shown, and of every operation how long it took") {
  const PaymentId id = add(shop, 1, {}, [&](Payment& payment) {
    RecordHeader header;
    header.partition = directory->find(shop)->partition;
    header.partner = shop;
    header.mode = payment.mode;
    header.epoch = 1;
    header.event_type = PaymentUpdated::event_type;
    for (int i = 0; i < 1'500; ++i) {
      header.time_us = payment.created_us + i * us_per_second;
      payment.history.push_back(log.record(header, {}, PaymentUpdated{.payment = payment.id}));
    }
    Operation refund = payment.operations[0];
    refund.ordinal = 2;
    refund.requested_us = header.time_us - 70'000;
    refund.requested_sequence = payment.history[payment.history.size() - 2];
    refund.resolved_sequence = payment.history.back();
    payment.operations.push_back(refund);
  });
  const auto shown = get("/admin/v1/payments/" + id.text());
  REQUIRE(shown.status == 200);
  CHECK(shown.body["timeline"].size() == 1'000);
  CHECK(shown.body["timeline_cut"] == true);
  CHECK(shown.body["operations"][0]["took_us"] == 250'000);
  CHECK(shown.body["operations"][1]["took_us"] == 70'000);
}

TEST_CASE_METHOD(PaymentsFixture, "What is personal is not shown, sealed or not") {
  const PaymentId id = add(shop, 1, {});
  const auto answer = get("/admin/v1/payments/" + id.text());
  CHECK(answer.text.find("ciphertext") == std::string::npos);
  CHECK(answer.text.find(to_hex("ciphertext")) == std::string::npos);
  CHECK(answer.text.find(to_hex("personal")) == std::string::npos);
  CHECK(answer.body["timeline"][0]["data"]["details"]["sealed_personal"] == "sealed");
}

TEST_CASE_METHOD(PaymentsFixture, "The receipt is given once a checkpoint covers the payment") {
  Receipts signer;
  const PaymentId id = add(shop, 1, {});
  CHECK(get("/admin/v1/payments/" + id.text() + "/receipt").status == 404);  // the node signs nothing
  receipts = &signer;
  make(true);
  const auto given = get("/admin/v1/payments/" + id.text() + "/receipt?partner=" + shop.text());
  CHECK(given.status == 200);
  CHECK(given.body.is_object());
  signer.covered = false;
  const auto later = get("/admin/v1/payments/" + id.text() + "/receipt");
  CHECK(later.status == 503);
  CHECK(later.body["error"]["code"] == "receipt_not_ready");
}

TEST_CASE_METHOD(AdminFixture, "Partners are found by a part of their name, their id or a key's, in any case") {
  const std::string north = create("Café Nord"), south = create("South Shop");
  const auto names = [&](const std::string& words) {
    std::vector<std::string> ids;
    const auto answer = get("/admin/v1/partners?q=" + words);
    for (const auto& one : answer.body["data"]) ids.push_back(one["id"]);
    return ids;
  };
  CHECK(names("nord") == std::vector{north});
  CHECK(names("SHOP") == std::vector{south});
  CHECK(names(south) == std::vector{south});
  CHECK(names(get("/admin/v1/partners/" + north).body["keys"][0]["id"].get<std::string>()) == std::vector{north});
  CHECK(names("west").empty());
  CHECK(names("").size() == 2);
  CHECK(get("/admin/v1/partners?q=shop&status=suspended").body["data"].empty());
}

}  // namespace tollgate

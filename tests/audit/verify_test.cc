// A good log is found good; whatever is done to it is found, and the record at fault is named.
#include "tollgate/audit/verify.h"

#include "audit/log_builder.h"
#include "audit/open_log.h"

namespace tollgate::testing {
namespace {

constexpr int64_t now_for_forgeries = 1'760'000'000 * us_per_second;
const PartnerId alice{1001}, bob{1002}, carol{1003};

// Partition 1: alice and carol; partition 2: bob.
struct Scene {
  std::unique_ptr<EventLog> memory = open_memory_log();
  LogBuilder build{*memory};
  PaymentId paid, refunded, manual, declined, doubtful, live;
  CustomerId customer;
  PaymentMethodId method;

  Scene() {
    build.add_partner(alice, 1);
    build.add_partner(bob, 2);
    build.add_partner(carol, 1);
    build.on_partner(bob, ChangePartnerStatus{.status = PartnerStatus::suspended, .reason = "review"});
    build.on_partner(bob, ChangePartnerStatus{.status = PartnerStatus::active, .reason = {}});
    customer = build.add_customer(alice, Mode::test);
    method = build.add_method(alice, Mode::test, customer);
    build.set_up(alice, Mode::test, customer, method);
    paid = build.pay(alice, Mode::test, 1'000, "key-1", Outcome::approved, CaptureMethod::automatic, customer);
    refunded = build.pay(alice, Mode::test, 2'000, "key-2");
    build.on_payment(alice, Mode::test, refunded, CreateRefund{.attempt = {}, .amount = 500}, "key-3");
    build.on_payment(alice, Mode::test, refunded, build.answer(alice, Mode::test, refunded, Outcome::approved));
    manual = build.pay(alice, Mode::test, 3'000, {}, Outcome::approved, CaptureMethod::manual);
    build.on_payment(alice, Mode::test, manual, CapturePayment{.amount_to_capture = 2'500});
    build.on_payment(alice, Mode::test, manual, build.answer(alice, Mode::test, manual, Outcome::approved));
    declined = build.pay(alice, Mode::test, 4'000, {}, Outcome::declined);
    doubtful = build.pay(alice, Mode::test, 5'000, {}, Outcome::unknown);
    build.refuse(alice, Mode::test, "key-4");
    live = build.pay(alice, Mode::live, 1'000, "key-1");  // the same key in the other mode is another key
    build.pay(carol, Mode::test, 700);
    build.pay(bob, Mode::test, 800, "key-1");
    build.now_us += 4 * us_per_day;
    build.release_funds(alice, Mode::test);
  }
  [[nodiscard]] OpenLog open() const { return OpenLog::copy_of(*memory); }
};

audit::VerifyReport verify(const EventLog& log) { return audit::verify(log, {}); }

// The one problem there is, as "partition/sequence: what".
std::string problem_of(const EventLog& log) {
  const audit::VerifyReport report = verify(log);
  if (report.problems.size() != 1) {
    for (const auto& problem : report.problems) UNSCOPED_INFO(problem.partition << "/" << problem.sequence << ": " << problem.what);
    return fmt::format("{} problems", report.problems.size());
  }
  const audit::Problem& problem = report.problems.front();
  CHECK_FALSE(problem.advice.empty());
  return fmt::format("{}/{}: {}", problem.partition, problem.sequence, problem.what);
}

TEST_CASE("a log as it was written is found good, and counted") {
  const Scene scene;
  uint64_t reported = 0;
  audit::VerifyOptions options;
  options.progress = [&](uint64_t records) { reported = records; };
  const audit::VerifyReport report = audit::verify(*scene.memory, options);
  for (const auto& problem : report.problems) UNSCOPED_INFO(problem.partition << "/" << problem.sequence << ": " << problem.what);
  REQUIRE(report.ok());
  CHECK(report.partners == 3);
  CHECK(report.payments == 8);
  CHECK(report.customers == 1);
  CHECK(report.methods == 1);
  CHECK(report.setups == 1);
  CHECK(report.books == 4);
  CHECK(report.idempotency_keys == 6);
  CHECK(report.in_doubt == 1);
  CHECK(report.records == reported);
  REQUIRE(report.partitions.size() == 3);
  CHECK(report.partitions[1].partition == 1);
  CHECK(report.partitions[1].hash == scene.memory->head(1)->hash);
  CHECK(verify(scene.open()).ok());
}

TEST_CASE("few payments held at a time, and rows hunted in pieces, give the same answer") {
  const Scene scene;
  audit::VerifyOptions options;
  options.open_payments_max = 1;
  options.hunted_rows_max = 2;
  CHECK(audit::verify(*scene.memory, options).ok());
  OpenLog log = scene.open();
  auto& rows = log.rows[Table::index];
  const std::string key = rows.begin()->first;
  rows.erase(key);
  const audit::VerifyReport report = audit::verify(log, options);
  REQUIRE(report.problems.size() == 1);
  CHECK(report.problems.front().what.ends_with("in the index is missing"));
  Payment payment = scene.build.payment(alice, Mode::test, scene.refunded);
  // A record left out of a row that is folded again from what it names.
  log = scene.open();
  payment.history.erase(payment.history.begin() + 3);
  log.rows[Table::payments][keys::object(alice, Mode::test, scene.refunded.core)] = wire::encode(payment);
  CHECK_FALSE(audit::verify(log, options).ok());
}

TEST_CASE("an empty log is good") {
  CHECK(verify(*open_memory_log()).ok());
}

TEST_CASE("any flipped bit of any record is found, at that record or at the one behind it") {
  const Scene scene;
  OpenLog log = scene.open();
  const Digest end = log.head(1)->hash;
  for (std::size_t at = 0; at < log.records[1].size(); ++at) {
    std::string& bytes = log.records[1][at];
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
      const audit::VerifyReport report = verify(log);
      if (at + 1 == log.records[1].size()) {
        // Nothing follows the last record: whoever was told its hash notices.
        CHECK((!report.ok() || report.partitions[1].hash != end));
      } else {
        REQUIRE(report.problems.size() == 1);
        const uint64_t sequence = report.problems.front().sequence;
        CHECK((sequence == at + 1 || sequence == at + 2));
      }
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << (i % 8)));
    }
  }
}

TEST_CASE("records that were cut off, removed, swapped or put in twice are found") {
  const Scene scene;
  OpenLog log = scene.open();
  auto& all = log.records[1];
  SECTION("cut in the middle") {
    all[9].resize(all[9].size() - 1);
    CHECK(problem_of(log).starts_with("1/10: "));
  }
  SECTION("one removed") {
    all.erase(all.begin() + 9);
    CHECK(problem_of(log) == "1/10: it has sequence 11 where 10 belongs");
  }
  SECTION("two swapped") {
    std::swap(all[9], all[10]);
    CHECK(problem_of(log) == "1/10: it has sequence 11 where 10 belongs");
  }
  SECTION("one twice") {
    all.insert(all.begin() + 9, all[9]);
    CHECK(problem_of(log) == "1/11: it has sequence 10 where 11 belongs");
  }
  SECTION("one of another partition") {
    all[9] = log.records[2][0];
    CHECK(problem_of(log) == "1/10: it says that it belongs to partition 2");
  }
  SECTION("the last ones gone: their rows are still there") {
    all.pop_back();
    CHECK(problem_of(log).starts_with("1/0: the books of acct_"));
  }
  SECTION("all of a partition gone") {
    log.records.erase(1);
    CHECK(problem_of(log).find("follows from no record") != std::string::npos);
  }
  SECTION("the partners gone") {
    log.records.erase(0);
    CHECK(problem_of(log).find("the partner row") != std::string::npos);
  }
}

TEST_CASE("a forger who makes sequences and hashes fit is still found by what the events say") {
  const Scene scene;
  OpenLog log = scene.open();
  SECTION("an event removed from the middle of a payment") {
    const std::size_t at = log.find<AuthorizationApproved>(1);
    log.records[1].erase(log.records[1].begin() + static_cast<std::ptrdiff_t>(at) - 1);
    log.rechain(1, at);
    CHECK(problem_of(log) == fmt::format("1/{}: {}: its sale is not approved", at, scene.paid.text()));
  }
  SECTION("a capture twice") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    log.records[1].insert(log.records[1].begin() + static_cast<std::ptrdiff_t>(at), log.records[1][at - 1]);
    log.rechain(1, at);
    CHECK(problem_of(log) == fmt::format("1/{}: the row of {} says that record {} is its last", at + 1, scene.paid.text(), at));
  }
  SECTION("more captured than was authorized") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    auto captured = std::get<PaymentCaptured>(log.record(1, at).event);
    captured.amount += 1;
    log.replace(1, at, captured);
    CHECK(problem_of(log) == fmt::format("1/{}: {}: it captures another amount than was asked for", at, scene.paid.text()));
  }
  SECTION("a smaller fee, with postings that do not fit it") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    auto captured = std::get<PaymentCaptured>(log.record(1, at).event);
    captured.fee -= 1;
    log.replace(1, at, captured);
    CHECK(problem_of(log) == fmt::format("1/{}: {}: its postings are not those of a capture", at, scene.paid.text()));
  }
  SECTION("a smaller fee, with postings that fit it: the row says otherwise") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    auto captured = std::get<PaymentCaptured>(log.record(1, at).event);
    captured.fee -= 1;
    captured.postings = capture_postings({captured.amount, usd()}, captured.fee);
    log.replace(1, at, captured);
    CHECK(problem_of(log).starts_with(fmt::format("1/{}: the row of {} is not what its records fold to: transactions: the row says", at, scene.paid.text())));
  }
  SECTION("a refund of more than was captured") {
    const std::size_t at = log.find<RefundRequested>(1);
    auto refund = std::get<RefundRequested>(log.record(1, at).event);
    refund.amount = 2'001;
    log.replace(1, at, refund);
    CHECK(problem_of(log) == fmt::format("1/{}: {}: it refunds more than was captured, or nothing", at, scene.refunded.text()));
  }
  SECTION("postings that do not sum to zero") {
    const std::size_t at = log.find<RefundAccepted>(1);
    auto accepted = std::get<RefundAccepted>(log.record(1, at).event);
    accepted.postings.front().amount += 1;
    log.replace(1, at, accepted);
    CHECK(problem_of(log) == fmt::format("1/{}: {}: its postings are not those of the refund", at, scene.refunded.text()));
  }
  SECTION("funds available before they are due, and others than are due") {
    const std::size_t at = log.find<FundsAvailable>(1);
    auto funds = std::get<FundsAvailable>(log.record(1, at).event);
    auto early = funds;
    early.due_us = log.record(1, at).header.time_us + 1;
    log.replace(1, at, early);
    CHECK(problem_of(log) == fmt::format("1/{}: funds become available before they are due", at));
    for (Posting& posting : funds.postings) posting.amount += posting.amount < 0 ? -1 : 1;
    log.replace(1, at, funds);
    CHECK(problem_of(log) == fmt::format("1/{}: it moves other funds than are due", at));
  }
  SECTION("a customer of another partner") {
    const std::size_t at = log.find<PaymentCreated>(2);
    auto created = std::get<PaymentCreated>(log.record(2, at).event);
    created.customer = scene.customer;
    log.replace(2, at, created);
    CHECK(problem_of(log) == fmt::format("2/{}: it refers to {}, which this partner does not have", at, scene.customer.text()));
  }
  SECTION("an enum that has no such value") {
    const std::size_t at = log.find<AuthorizationDeclined>(1);
    auto event = std::get<AuthorizationDeclined>(log.record(1, at).event);
    event.code = static_cast<DeclineCode>(200);
    log.replace(1, at, event);
    CHECK(problem_of(log) == fmt::format("1/{}: its field code has an unknown value", at));
  }
  SECTION("a payment put under the other partner of the partition") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    store_le64(&log.records[1][at - 1][40], carol.value);
    log.rechain(1, at);
    CHECK(problem_of(log) == fmt::format("1/{}: {}, which it is about, has no row", at, scene.paid.text()));
  }
  SECTION("a record put under a partner of another partition, or of none") {
    store_le64(&log.records[1][9][40], bob.value);
    log.rechain(1, 10);
    CHECK(problem_of(log) == fmt::format("1/10: {} belongs to partition 2", bob.text()));
    store_le64(&log.records[1][9][40], 4711);
    log.rechain(1, 10);
    CHECK(problem_of(log) == fmt::format("1/10: there is no partner {}", PartnerId{4711}.text()));
  }
  SECTION("test made live") {
    const std::size_t at = log.find<PaymentCaptured>(1);
    log.records[1][at - 1][7] = static_cast<char>(Mode::live);
    log.rechain(1, at);
    CHECK(problem_of(log) == fmt::format("1/{}: {}, which it is about, has no row", at, scene.paid.text()));
  }
  SECTION("neither test nor live") {
    log.records[1][9][7] = static_cast<char>(Mode::none);
    log.rechain(1, 10);
    CHECK(problem_of(log) == "1/10: it is of neither test nor live mode");
  }
  SECTION("an epoch that goes back") {
    for (std::size_t i = 9; i < log.records[1].size(); ++i) store_le64(&log.records[1][i][16], 5);
    store_le64(&log.records[1][11][16], 4);
    log.rechain(1, 10);
    CHECK(problem_of(log) == "1/12: its epoch 4 is below 5: a writer that was fenced off");
  }
  SECTION("time that stands still") {
    store_le64(&log.records[1][10][32], load_le64(&log.records[1][9][32]));
    const Digest before = hash_of_record(log.records[1][9]);
    std::copy(before.begin(), before.end(), log.records[1][10].begin() + 48);
    CHECK(problem_of(log) == "1/11: its time is not behind that of the record before");
  }
  SECTION("an idempotency key used twice") {
    const std::size_t at = log.find<RefundRequested>(1);
    const Record record = log.record(1, at);
    Cause cause = record.cause;
    cause.idempotency_key = "key-1";
    std::string bytes;
    REQUIRE(append_record(bytes, record.header, cause, record.event).ok());
    log.records[1][at - 1] = bytes;
    log.rechain(1, at);
    CHECK(problem_of(log) == fmt::format("1/{}: its idempotency key was used by record {} already", at, log.find<PaymentCreated>(1)));
  }
  SECTION("a partner's event among the payments, a payment's among the partners") {
    log.replace(1, 10, PartnerStatusChanged{.partner = alice, .status = PartnerStatus::active, .reason = {}});
    CHECK(problem_of(log) == "1/10: an event about a partner, outside the partition of the partners");
    log = scene.open();
    log.replace(0, 2, AuthorizationExpired{});
    CHECK(problem_of(log) == "0/2: an event that is not about a partner, in the partition of the partners");
  }
  SECTION("a partner moved to another partition") {
    auto created = std::get<PartnerCreated>(log.record(0, 1).event);
    created.partition = 2;
    log.replace(0, 1, created);
    CHECK(problem_of(log).find("is not what its records fold to: partition: the row says \"partition\":1, its records \"partition\":2") != std::string::npos);
  }
}

TEST_CASE("rows that are not the fold of their records are found") {
  const Scene scene;
  OpenLog log = scene.open();
  const std::string paid_row = keys::object(alice, Mode::test, scene.paid.core);
  const std::size_t last = static_cast<std::size_t>(scene.build.payment(alice, Mode::test, scene.paid).history.back());
  SECTION("a payment that says it succeeded with more") {
    Payment payment = scene.build.payment(alice, Mode::test, scene.paid);
    payment.attempts.front().amount_captured = 999'999;
    log.rows[Table::payments][paid_row] = wire::encode(payment);
    CHECK(problem_of(log).starts_with(fmt::format("1/{}: the row of {} is not what its records fold to: attempts: the row says", last, scene.paid.text())));
  }
  SECTION("the same fields in other bytes") {
    // proto allows it, we do not: an explicit zero.
    log.rows[Table::payments][paid_row] += std::string("\x90\x01\x00", 3);
    CHECK(problem_of(log) == fmt::format("1/{}: the row of {} is not what its records fold to: the same fields in other bytes", last, scene.paid.text()));
  }
  SECTION("a row that ends too early, or claims a record that is not the payment's") {
    Payment payment = scene.build.payment(alice, Mode::test, scene.paid);
    payment.history.back() -= 1;
    log.rows[Table::payments][paid_row] = wire::encode(payment);
    CHECK(problem_of(log).ends_with("does not decode: its history does not ascend"));
    payment.history.back() = last + 1;
    log.rows[Table::payments][paid_row] = wire::encode(payment);
    CHECK(problem_of(log) == fmt::format("1/{}: the row of {} names record {} as its next one, not this", last, scene.paid.text(), last + 1));
    payment.history.back() = last;
    payment.history.push_back(last + 1);
    log.rows[Table::payments][paid_row] = wire::encode(payment);
    CHECK(problem_of(log) == fmt::format("1/0: the row of {} says that record {} is its last, which is none of its records", scene.paid.text(), last + 1));
  }
  SECTION("a row that does not decode") {
    log.rows[Table::payments][paid_row] = "\xff";
    CHECK(problem_of(log).find("does not decode: truncated") != std::string::npos);
  }
  SECTION("a row gone") {
    log.rows[Table::payments].erase(paid_row);
    CHECK(problem_of(log) == fmt::format("1/{}: {}, which it is about, has no row", log.find<PaymentCreated>(1), scene.paid.text()));
  }
  SECTION("a row of a payment that never was") {
    const PaymentId never = PaymentId{IdCore::make(1'750'000'001 * us_per_second, 9, 9)};
    log.rows[Table::payments][keys::object(alice, Mode::live, never.core)] = log.rows[Table::payments][paid_row];
    CHECK(problem_of(log) == fmt::format("1/0: the row of {} follows from no record", never.text()));
  }
  SECTION("a row of a payment under the other mode as well") {
    log.rows[Table::payments][keys::object(alice, Mode::live, scene.paid.core)] = log.rows[Table::payments][paid_row];
    CHECK(problem_of(log) == fmt::format("1/{}: {} is a payment of the other mode as well", log.find<PaymentCreated>(1), scene.paid.text()));
  }
  SECTION("a row of a partner that never was") {
    log.rows[Table::customers][keys::object(PartnerId{77}, Mode::test, scene.paid.core)] = "";
    CHECK(problem_of(log).starts_with("0/0: table 2 has the row 000000000000004d01"));
    log = scene.open();
    log.rows[GENERATE(Table::books, Table::idempotency)][keys::stream(PartnerId{77}, Mode::test)] = "";
    CHECK(problem_of(log).ends_with("has the row 000000000000004d01, of no partner"));
  }
  SECTION("rows of the partners' own partition, which has none of that kind") {
    log.rows[GENERATE(Table::timers, Table::in_doubt)][keys::partition(0) + keys::object(alice, Mode::test, scene.paid.core)] = "";
    CHECK(problem_of(log).find("of no partition") != std::string::npos);
  }
  SECTION("a meta row that is none") {
    const std::string row = GENERATE(keys::partition(1) + "x", keys::partition(0) + "x", keys::partition(9), keys::partition(1) + keys::stream(PartnerId{77}, Mode::test),
                                     std::string("x"), std::string());
    log.rows[Table::meta][row] = "";
    CHECK(problem_of(log) == fmt::format("0/0: the meta row {} is of no partition", to_hex(row)));
  }
  SECTION("a meta row of the partners' partition that does not decode") {
    log.rows[Table::meta][keys::partition(0)] = "\xff";
    CHECK(problem_of(log).find("0/0: the meta row of the partition does not decode") == 0);
  }
  SECTION("a key that is none") {
    log.rows[Table::payments][keys::partner(alice) + "x"] = "";
    CHECK(problem_of(log).find("of table 1 follows from no record") != std::string::npos);
  }
  SECTION("customers, payment methods and setup intents") {
    auto& [key, value] = *log.rows[GENERATE(Table::customers, Table::methods, Table::setups)].begin();
    value += std::string("\x18\x00", 2);
    CHECK(problem_of(log).find(": ") != std::string::npos);
    CHECK_FALSE(verify(log).ok());
  }
  SECTION("books") {
    auto& [key, value] = *log.rows[Table::books].begin();
    Books books;
    REQUIRE(wire::decode(value, books).ok());
    books.totals.back().amount += 1;
    value = wire::encode(books);
    CHECK(problem_of(log).find("are not what its records fold to: totals") != std::string::npos);
    log = scene.open();
    log.rows[Table::books].erase(log.rows[Table::books].begin());
    CHECK(problem_of(log) == fmt::format("1/0: the books of {} have no row", alice.text()));
  }
  SECTION("a partner") {
    log.rows[Table::partners].erase(keys::partner(bob));
    CHECK(problem_of(log) == fmt::format("0/0: {} has no row", bob.text()));
    log = scene.open();
    log.rows[Table::partners][keys::partner(PartnerId{5})] = "";
    CHECK(problem_of(log).find("the partner row 0000000000000005 follows from no record") != std::string::npos);
  }
  SECTION("idempotency rows: gone, made up, or of another request") {
    auto& rows = log.rows[Table::idempotency];
    const std::string key = rows.begin()->first;
    IdempotencyEntry entry;
    REQUIRE(wire::decode(rows[key], entry).ok());
    entry.fingerprint[0] = 'X';
    rows[key] = wire::encode(entry);
    CHECK(problem_of(log).find("is not of the request that record") != std::string::npos);
    rows.erase(key);
    CHECK(problem_of(log).find("has no row") != std::string::npos);
    log = scene.open();
    log.rows[Table::idempotency][keys::stream(alice, Mode::test) + std::string(16, 'x')] = "";
    CHECK(problem_of(log).find("follows from no record") != std::string::npos);
  }
  SECTION("an operation in doubt that the resolver does not know, or the other way round") {
    auto& rows = log.rows[Table::in_doubt];
    REQUIRE(rows.size() == 1);
    const std::string key = rows.begin()->first;
    rows.clear();
    CHECK(problem_of(log).find("has an operation in doubt and no row for the resolver") != std::string::npos);
    rows[key] = "";
    rows[keys::partition(1) + paid_row] = "";
    CHECK(problem_of(log).find("which has nothing in doubt") != std::string::npos);
  }
  SECTION("an idempotency row with another subject, refusal or end") {
    auto& rows = log.rows[Table::idempotency];
    const std::string good = rows.begin()->second;
    IdempotencyEntry entry;
    REQUIRE(wire::decode(good, entry).ok());
    IdempotencyEntry other = entry;
    other.subject = PaymentId{IdCore::make(now_for_forgeries, 1, 1)}.text();
    rows.begin()->second = wire::encode(other);
    CHECK(problem_of(log).find("led to: subject: the row says") != std::string::npos);
    other = entry;
    other.refusal.refusal = Refusal::busy;
    rows.begin()->second = wire::encode(other);
    CHECK(problem_of(log).find("led to: refusal: the row says") != std::string::npos);
    other = entry;
    ++other.sequence;
    rows.begin()->second = wire::encode(other);
    CHECK(problem_of(log).find("led to: sequence: the row says") != std::string::npos);
  }
  SECTION("rows of lists: gone, made up, or of other events") {
    auto& rows = log.rows[Table::index];
    const auto good = rows;
    for (const auto& [key, value] : good) {
      rows.erase(key);
      CHECK(problem_of(log).find("in the index is missing") != std::string::npos);
      rows[key] = value + "x";
      CHECK(problem_of(log).find("in the index says") != std::string::npos);
      rows = good;
    }
    std::string made_up = good.begin()->first;
    made_up.back() = static_cast<char>(made_up.back() + 1);
    rows[made_up] = good.begin()->second;
    CHECK(problem_of(log).find("in the index follows from no record") != std::string::npos);
  }
  SECTION("timers: gone, or of nothing") {
    auto& rows = log.rows[Table::timers];
    REQUIRE_FALSE(rows.empty());
    const auto good = rows;
    rows.erase(rows.begin());
    CHECK(problem_of(log).find("the timer that ") != std::string::npos);
    CHECK(problem_of(log).ends_with(" is missing"));
    rows = good;
    std::string made_up = good.begin()->first;
    made_up.back() = static_cast<char>(made_up.back() + 1);
    rows[made_up] = "";
    CHECK(problem_of(log).ends_with(" follows from no record"));
  }
  SECTION("a floor that recovery would begin behind an open request") {
    log.rows[Table::meta][keys::partition(1)] = std::string("\x08\xff\x7f", 3);
    CHECK(problem_of(log).find("the meta row says that nothing before record 16383 waits") != std::string::npos);
  }
  SECTION("the meta row") {
    log.rows[Table::meta].erase(keys::partition(1));
    CHECK(problem_of(log) == "1/0: the partition has no meta row");
  }
}

TEST_CASE("a key may be used again, and its row be gone, after it was kept long enough") {
  const auto memory = open_memory_log();
  LogBuilder build(*memory);
  build.add_partner(alice, 1);
  build.pay(alice, Mode::test, 1'000, "key");
  build.now_us += 31 * us_per_day;
  OpenLog log = OpenLog::copy_of(*memory);
  build.pay(alice, Mode::test, 1'000, "key");
  CHECK(verify(*memory).ok());
  log.rows[Table::idempotency].clear();
  CHECK(problem_of(log).find("has no row") != std::string::npos);
  build.pay(alice, Mode::test, 1'000, "other");
  log = OpenLog::copy_of(*memory);
  CHECK(verify(log).ok());
}

TEST_CASE("a capture that brings metadata is one command: its key's row waits for the capture") {
  const auto memory = open_memory_log();
  LogBuilder build(*memory);
  build.add_partner(alice, 1);
  const PaymentId held = build.pay(alice, Mode::test, 3'000, {}, Outcome::approved, CaptureMethod::manual);
  build.on_payment(alice, Mode::test, held, CapturePayment{.amount_to_capture = {}, .metadata = {{"k", "v"}}}, "capture");
  build.on_payment(alice, Mode::test, held, build.answer(alice, Mode::test, held, Outcome::approved));
  const audit::VerifyReport report = verify(*memory);
  for (const auto& problem : report.problems) UNSCOPED_INFO(problem.partition << "/" << problem.sequence << ": " << problem.what);
  CHECK(report.ok());
}

TEST_CASE("problems of several partitions are all reported, the first of each") {
  const Scene scene;
  OpenLog log = scene.open();
  log.records[1][9][60] ^= 1;
  log.records[1][20][60] ^= 1;
  log.records[2][1][60] ^= 1;
  const audit::VerifyReport report = verify(log);
  REQUIRE(report.problems.size() == 2);
  CHECK(report.problems[0].partition == 1);
  CHECK(report.problems[0].sequence == 10);
  CHECK(report.problems[1].partition == 2);
  CHECK(report.problems[1].sequence == 2);
}

TEST_CASE("admin users and the trail are checked like everything else") {
  Scene scene;
  scene.build.on_admin(CreateAdminUser{"ann", AdminRole::security_officer});
  scene.build.on_admin(CreateAdminToken{"ann", {.id = "t", .hash = "h", .expires_us = INT64_MAX}});
  scene.build.on_admin(RequestApproval{{.id = "a", .user = "ann", .path = "users", .expires_us = INT64_MAX}});
  scene.build.on_admin(NoteAction{{.user = "ann", .role = AdminRole::security_officer, .token_id = "t", .action = "user.create"}});
  scene.build.on_admin(NoteRefusal{{.action = "user.list", .result = "no_token"}});
  SECTION("as they should be") {
    auto log = scene.open();
    CHECK(problem_of(log) == "0 problems");
    log.rows[Table::meta].erase(std::string(keys::admins));
    CHECK(problem_of(log) == "0/0: the admin users have no row");
    log = scene.open();
    AdminState state = scene.build.admins;
    state.users[0].role = AdminRole::viewer;
    log.rows[Table::meta][std::string(keys::admins)] = wire::encode(state);
    CHECK(problem_of(log).find("0/0: the row of the admin users is not what its records fold to") == 0);
    log = scene.open();
    log.rows[Table::meta]["admi"] = "";
    CHECK(problem_of(log) == "0/0: the meta row 61646d69 is of no partition");
  }
  SECTION("somebody approved their own request") {
    scene.build.add_admin(ApprovalDecided{"a", "ann", true});
    CHECK(problem_of(scene.open()).find("who asked approved it") != std::string::npos);
  }
  SECTION("a user out of nowhere") {
    scene.build.add_admin(AdminTokenCreated{"eve", {.id = "e", .expires_us = INT64_MAX}});
    CHECK(problem_of(scene.open()).find("there is no such admin user") != std::string::npos);
  }
  SECTION("under a partner") {
    scene.build.add_admin(AccessRefused{}, alice);
    CHECK(problem_of(scene.open()).find("it is about the admin API and stands under") != std::string::npos);
  }
}

TEST_CASE("what was resolved by hand was approved by another person, as the records of the admin users have it") {
  Scene scene;
  const std::string path = fmt::format("in_doubt/{}/1/resolve", scene.doubtful.text());
  scene.build.on_admin(CreateAdminUser{"ann", AdminRole::node_operator});
  scene.build.on_admin(CreateAdminUser{"bob", AdminRole::security_officer});
  scene.build.on_admin(RequestApproval{{.id = "agreed", .user = "ann", .path = path, .expires_us = INT64_MAX}});
  scene.build.on_admin(RequestApproval{{.id = "other", .user = "ann", .path = "in_doubt/pi_x/1/resolve", .expires_us = INT64_MAX}});
  scene.build.on_admin(RequestApproval{{.id = "waits", .user = "ann", .path = path, .expires_us = INT64_MAX}});
  scene.build.on_admin(DecideApproval{"agreed", "bob", true});
  scene.build.on_admin(DecideApproval{"other", "bob", true});
  ResolveByHand said{.operation = 1, .outcome = HandOutcome::approved, .reference = "case 17", .reason = "told on the phone", .resolved_by = "ann",
                     .approved_by = "bob", .approval = "agreed", .acquirer_payment = {}};
  scene.build.on_payment(alice, Mode::test, scene.doubtful, said);
  const auto with = [&](auto change) {
    OpenLog log = scene.open();
    const std::size_t at = log.find<OperationResolvedByHand>(1);
    auto event = std::get<OperationResolvedByHand>(log.record(1, at).event);
    change(event);
    log.replace(1, at, event);
    return problem_of(log);
  };
  SECTION("as it should be, also when the acquirer has agreed, or contradicted") {
    const audit::VerifyReport report = verify(*scene.memory);
    CHECK(report.ok());
    CHECK(report.in_doubt == 0);
    scene.build.on_payment(alice, Mode::test, scene.doubtful, scene.build.answer(alice, Mode::test, scene.doubtful, Outcome::declined));
    CHECK(problem_of(scene.open()) == "0 problems");
    OpenLog log = scene.open();
    const std::size_t at = log.find<ResolutionAnswered>(1);
    auto answered = std::get<ResolutionAnswered>(log.record(1, at).event);
    answered.contradicts = false;
    log.replace(1, at, answered);
    CHECK(problem_of(log).find("it contradicts what was said by hand, and does not say so") != std::string::npos);
  }
  SECTION("one person alone") {
    CHECK(with([](OperationResolvedByHand& event) { event.approved_by = "ann"; }).find("given by bob, not by ann and ann") != std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.approved_by.clear(); }).find("was asked for by ann and given by bob") != std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.resolved_by = "bob"; }).find("it says that bob resolved it, and admin:ann asked for it") !=
          std::string::npos);
  }
  SECTION("an approval that nobody gave, or gave for something else") {
    CHECK(with([](OperationResolvedByHand& event) { event.approval = "none"; }).find("nobody gave the approval") != std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.approval = "waits"; }).find("nobody gave the approval") != std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.approval = "other"; }).find("its approval was given for in_doubt/pi_x/1/resolve") !=
          std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.approved_by = "carol"; }).find("not by ann and carol") != std::string::npos);
  }
  SECTION("something else said than what follows, or of what is not in doubt") {
    CHECK(with([](OperationResolvedByHand& event) { event.outcome = HandOutcome::declined; }).find("it is not what was said of its operation by hand") !=
          std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.outcome = HandOutcome::reversed; }).find("it says nothing that can be said") !=
          std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.reason.clear(); }).find("it has no reason, or no reference") != std::string::npos);
    CHECK(with([](OperationResolvedByHand& event) { event.operation = 2; }).find("its approval was given for") != std::string::npos);
  }
}

TEST_CASE("a row of admin users without any record is a stray one") {
  Scene scene;
  auto log = scene.open();
  log.rows[Table::meta][std::string(keys::admins)] = "";
  CHECK(problem_of(log) == "0/0: the row of the admin users follows from no record");
}

}  // namespace
}  // namespace tollgate::testing

#include "tollgate/base/time.h"
#include "tollgate/projection/in_doubt.h"

#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/eventlog/keys.h"
#include "tollgate/eventlog/memory.h"
#include "tollgate/payment/types.h"
#include "tollgate/record/wire.h"

namespace tollgate {
namespace {

constexpr int64_t now_us = 1'750'000'000 * us_per_second;
constexpr int64_t bounds_us[] = {60 * us_per_second, 600 * us_per_second};

struct Doubts {
  std::unique_ptr<EventLog> log = open_memory_log();
  uint8_t next = 1;

  void add(int64_t amount, const char* currency, int64_t age_s, OperationState state = OperationState::in_doubt) {
    Payment payment;
    payment.id.core.bytes[11] = next++;
    payment.partner = PartnerId{1};
    payment.mode = Mode::test;
    payment.currency = *Currency::parse(currency);
    Operation settled;
    settled.ordinal = 1;
    settled.state = OperationState::approved;
    settled.amount = 7;
    settled.requested_us = 1;
    Operation open;
    open.ordinal = 2;
    open.state = state;
    open.amount = amount;
    open.requested_us = now_us - age_s * us_per_second;
    payment.operations = {settled, open};
    const std::string key = keys::object(payment.partner, payment.mode, payment.id.core);
    const std::vector<Row> rows{{Table::payments, key, wire::encode(payment)}, {Table::in_doubt, keys::partition(1) + key, ""}};
    REQUIRE(log->append({}, rows).ok());
  }
  [[nodiscard]] DoubtTotals totals(std::size_t payments_max = 100) const {
    auto totals = doubt_totals(*log, now_us, bounds_us, payments_max);
    REQUIRE(totals.ok());
    return *totals;
  }
};

}  // namespace

TEST_CASE("what is in doubt is counted by age and currency") {
  Doubts doubts;
  doubts.add(1'000, "usd", 5);
  doubts.add(200, "usd", 59, OperationState::reversing);
  doubts.add(30, "eur", 60);
  doubts.add(4, "usd", 86'400);
  const DoubtTotals totals = doubts.totals();
  REQUIRE(totals.by_age.size() == 3);
  CHECK(totals.by_age[0].payments == 2);
  CHECK(totals.by_age[0].amounts == std::map<std::string, int64_t>{{"usd", 1'200}});
  CHECK(totals.by_age[1].amounts == std::map<std::string, int64_t>{{"eur", 30}});
  CHECK(totals.by_age[2].amounts == std::map<std::string, int64_t>{{"usd", 4}});
  CHECK(totals.oldest_age_us == 86'400 * us_per_second);
  CHECK_FALSE(totals.incomplete);
}

TEST_CASE("no more payments are looked at than allowed, and the totals say so") {
  Doubts doubts;
  for (int i = 0; i < 5; ++i) doubts.add(10, "usd", 1);
  const DoubtTotals totals = doubts.totals(3);
  CHECK(totals.by_age[0].payments == 3);
  CHECK(totals.incomplete);
  CHECK_FALSE(doubts.totals(5).incomplete);
}

TEST_CASE("what was settled meanwhile, or has no amount, is left out") {
  Doubts doubts;
  doubts.add(10, "usd", 1, OperationState::approved);
  const std::vector<Row> setup{{Table::in_doubt, keys::partition(1) + keys::object(PartnerId{1}, Mode::test, IdCore{}), ""}};
  REQUIRE(doubts.log->append({}, setup).ok());
  const DoubtTotals totals = doubts.totals();
  CHECK(totals.by_age[0].payments == 0);
  CHECK(totals.oldest_age_us == 0);
}

TEST_CASE("amounts that are too large together stop at the largest number") {
  Doubts doubts;
  doubts.add(INT64_MAX - 1, "usd", 1);
  doubts.add(INT64_MAX - 1, "usd", 1);
  CHECK(doubts.totals().by_age[0].amounts.at("usd") == INT64_MAX);
}

}  // namespace tollgate

#include <map>

#include "support/catch.h"
#include "tollgate/base/clock.h"
#include "tollgate/base/random.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate {
namespace {

const Currency usd = *Currency::parse("usd");
const Currency jpy = *Currency::parse("jpy");
const Currency kwd = *Currency::parse("kwd");
constexpr int64_t day = us_per_day;

TEST_CASE("funds become available at the first midnight after the delay") {
  CHECK(available_on_us(10 * day, 0) == 10 * day);
  CHECK(available_on_us(10 * day + 1, 0) == 11 * day);
  CHECK(available_on_us(10 * day, 2 * day) == 12 * day);
  CHECK(available_on_us(10 * day + 1, 2 * day) == 13 * day);
  CHECK(available_on_us(11 * day - 1, 2 * day) == 13 * day);
}

TEST_CASE("a capture waits in its day's bucket until it is available") {
  Books books;
  REQUIRE(apply(books, capture_postings({1'000, usd}, 59), 12 * day, 1));
  REQUIRE(apply(books, capture_postings({500, usd}, 0), 12 * day, 2));
  REQUIRE(apply(books, capture_postings({300, jpy}, 0), 11 * day, 3));
  CHECK(books.pending == std::vector<PendingFunds>{{11 * day, 300, jpy}, {12 * day, 1'441, usd}});
  CHECK(books.total(Account::partner_pending, usd) == -1'441);
  CHECK(books.total(Account::fee_income, usd) == -59);
  CHECK(books.total(Account::acquirer_receivable, usd) == 1'500);
  CHECK(books.total(Account::partner_available, usd) == 0);
  CHECK(books.currencies() == std::vector<Currency>{jpy, usd});
  CHECK(books.version == 3);
  CHECK(broken_invariant(books).empty());

  CHECK_FALSE(decide_available(books, 11 * day - 1));
  const auto first = decide_available(books, 11 * day);
  REQUIRE(first);
  CHECK(first->due_us == 11 * day);
  CHECK(first->postings == availability_postings({300, jpy}));
  const auto both = decide_available(books, 20 * day);
  REQUIRE(both);
  CHECK(both->due_us == 12 * day);
  CHECK(balanced(both->postings));
  REQUIRE(apply(books, *both, 4));
  CHECK(books.pending.empty());
  CHECK(books.total(Account::partner_pending, usd) == 0);
  CHECK(books.total(Account::partner_available, usd) == -1'441);
  CHECK(books.total(Account::partner_available, jpy) == -300);
  CHECK(books.version == 4);
  CHECK(broken_invariant(books).empty());
  CHECK_FALSE(decide_available(books, INT64_MAX));
}

TEST_CASE("a refund can take the available balance below zero") {
  Books books;
  REQUIRE(apply(books, capture_postings({1'000, kwd}, 30), 12 * day, 1));
  REQUIRE(apply(books, refund_postings({1'000, kwd}), 0, 2));
  CHECK(books.total(Account::partner_available, kwd) == 1'000);
  CHECK(books.total(Account::acquirer_receivable, kwd) == 0);
  REQUIRE(apply(books, refund_failure_postings({1'000, kwd}), 0, 3));
  CHECK(books.total(Account::partner_available, kwd) == 0);
  CHECK(broken_invariant(books).empty());
}

TEST_CASE("a capture that is all fee leaves no bucket") {
  Books books;
  REQUIRE(apply(books, capture_postings({30, usd}, 30), 12 * day, 1));
  CHECK(books.pending.empty());
  CHECK(broken_invariant(books).empty());
}

TEST_CASE("an overflow is refused and changes nothing") {
  Books books;
  REQUIRE(apply(books, refund_failure_postings({INT64_MAX - 10, usd}), 0, 1));
  const Books before = books;
  CHECK_FALSE(apply(books, refund_failure_postings({11, usd}), 0, 2));
  CHECK_FALSE(apply(books, {{Account::fee_income, 5, jpy}, {Account::acquirer_receivable, 11, usd}}, 0, 2));
  // Only the sum of two legs of one account overflows.
  CHECK_FALSE(apply(books, {{Account::acquirer_receivable, 6, usd}, {Account::acquirer_receivable, 6, usd}}, 0, 2));
  CHECK(books == before);
  CHECK(apply(books, refund_failure_postings({10, usd}), 0, 2));
}

TEST_CASE("pending funds must have a day") {
  Books books;
  CHECK_FALSE(apply(books, capture_postings({10, usd}, 0), 0, 1));
  CHECK(books == Books{});
}

TEST_CASE("an event that does not move exactly what is due is refused") {
  Books books;
  REQUIRE(apply(books, capture_postings({1'000, usd}, 0), 12 * day, 1));
  const Books before = books;
  CHECK_FALSE(apply(books, FundsAvailable{12 * day, availability_postings({999, usd})}, 2));
  CHECK_FALSE(apply(books, FundsAvailable{11 * day, availability_postings({1'000, usd})}, 2));
  CHECK_FALSE(apply(books, FundsAvailable{12 * day, {}}, 2));
  CHECK(books == before);
}

TEST_CASE("broken books are told") {
  Books books;
  REQUIRE(apply(books, capture_postings({1'000, usd}, 10), 12 * day, 1));
  const Books good = books;
  books.totals[0].amount += 1;
  CHECK_FALSE(broken_invariant(books).empty());
  books = good;
  books.pending[0].amount -= 1;
  CHECK_FALSE(broken_invariant(books).empty());
  books = good;
  books.pending.clear();
  CHECK_FALSE(broken_invariant(books).empty());
  books = good;
  std::swap(books.totals[0], books.totals[1]);
  CHECK_FALSE(broken_invariant(books).empty());
  books = good;
  books.pending.push_back({13 * day, 5, jpy});
  CHECK_FALSE(broken_invariant(books).empty());
  books = good;
  books.pending[0].due_us += 1;
  CHECK_FALSE(broken_invariant(books).empty());
}

TEST_CASE("random movements keep the books balanced and equal to a plain sum") {
  const uint64_t seed = 20'240'611;
  INFO("seed " << seed);
  SeededRandom random(seed);
  Books books;
  std::map<std::pair<Currency, Account>, int64_t> plain;
  const auto add = [&plain](const Postings& postings) {
    for (const Posting& posting : postings) plain[{posting.currency, posting.account}] += posting.amount;
  };
  int64_t now_us = 100 * day;
  for (uint64_t step = 1; step <= 5'000; ++step) {
    const Currency currency = std::array{usd, jpy, kwd}[random.next_u32() % 3];
    const Money amount{1 + random.next_u32() % 100'000, currency};
    now_us += random.next_u32() % 1'000 * us_per_second;
    Postings postings;
    int64_t on_us = 0;
    switch (random.next_u32() % 4) {
      case 0:
        postings = capture_postings(amount, random.next_u32() % (amount.minor + 1));
        on_us = available_on_us(now_us, 2 * day);
        break;
      case 1: postings = refund_postings(amount); break;
      case 2: postings = refund_failure_postings(amount); break;
      case 3:
        if (const auto event = decide_available(books, now_us)) {
          REQUIRE(balanced(event->postings));
          REQUIRE(apply(books, *event, step));
          add(event->postings);
        }
        continue;
    }
    REQUIRE(balanced(postings));
    REQUIRE(apply(books, postings, on_us, step));
    add(postings);
    if (step % 50 == 0) REQUIRE(broken_invariant(books) == "");
    for (const auto& [row, total] : plain) REQUIRE(books.total(row.second, row.first) == total);
  }
}

}  // namespace
}  // namespace tollgate

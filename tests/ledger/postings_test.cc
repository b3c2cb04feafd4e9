#include "support/catch.h"
#include "tollgate/ledger/ledger.h"

namespace tollgate {
namespace {

const Currency usd = *Currency::parse("usd");
const Currency jpy = *Currency::parse("jpy");

TEST_CASE("a capture is owed by the acquirer, to the partner and as a fee") {
  CHECK(capture_postings({1'000, usd}, 59) == Postings{{Account::acquirer_receivable, 1'000, usd},
                                                       {Account::partner_pending, -941, usd},
                                                       {Account::fee_income, -59, usd}});
}

TEST_CASE("legs of zero are left out") {
  CHECK(capture_postings({1'000, jpy}, 0) ==
        Postings{{Account::acquirer_receivable, 1'000, jpy}, {Account::partner_pending, -1'000, jpy}});
  CHECK(capture_postings({30, usd}, 30) ==
        Postings{{Account::acquirer_receivable, 30, usd}, {Account::fee_income, -30, usd}});
  CHECK(refund_postings({0, usd}).empty());
}

TEST_CASE("a failed refund undoes the refund") {
  CHECK(refund_postings({700, usd}) ==
        Postings{{Account::acquirer_receivable, -700, usd}, {Account::partner_available, 700, usd}});
  Postings both = refund_postings({700, usd});
  for (const Posting& leg : refund_failure_postings({700, usd})) both.push_back(leg);
  for (const Account account : {Account::acquirer_receivable, Account::partner_available}) {
    int64_t sum = 0;
    for (const Posting& leg : both) sum += leg.account == account ? leg.amount : 0;
    CHECK(sum == 0);
  }
}

TEST_CASE("availability moves what is owed from pending to available") {
  CHECK(availability_postings({941, usd}) ==
        Postings{{Account::partner_pending, 941, usd}, {Account::partner_available, -941, usd}});
}

TEST_CASE("postings balance for each currency on its own") {
  CHECK(balanced({}));
  CHECK(balanced(capture_postings({amount_max, usd}, 1)));
  CHECK(balanced(refund_postings({5, usd})));
  CHECK(balanced(refund_failure_postings({5, usd})));
  CHECK(balanced(availability_postings({5, usd})));
  CHECK_FALSE(balanced({{Account::acquirer_receivable, 1, usd}}));
  CHECK_FALSE(balanced({{Account::acquirer_receivable, 1, usd}, {Account::partner_pending, -1, jpy}}));
  CHECK(balanced({{Account::acquirer_receivable, 1, usd},
                  {Account::acquirer_receivable, 2, jpy},
                  {Account::partner_pending, -1, usd},
                  {Account::partner_pending, -2, jpy}}));
  // Would wrap to zero in 64 bits.
  CHECK_FALSE(balanced({{Account::acquirer_receivable, INT64_MIN, usd}, {Account::partner_pending, INT64_MIN, usd}}));
}

}  // namespace
}  // namespace tollgate

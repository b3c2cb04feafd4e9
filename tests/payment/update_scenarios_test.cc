#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("updates") {
  play({
      {"what will be charged, until it is", "usd", R"(
        create 1000                       | requires_payment_method
        update amount=1200 currency=eur   | requires_payment_method amount=1200 currency=eur
        update card                       | requires_confirmation method=set
        update clear_method               | requires_payment_method method=none
        update other_card amount=1300     | requires_confirmation amount=1300
        update amount=0                   | !amount_too_small
        confirm                           | processing
        approve                           | succeeded received=1300
        update amount=5                   | !unexpected_state
        update card                       | !unexpected_state
      )"},
      {"never below what may be charged in the currency", "usd", R"(
        create 60                         | requires_payment_method
        update amount=49                  | !amount_too_small allowed=50
        update currency=huf               | !amount_too_small allowed=17500
        update amount=20000 currency=huf  | requires_payment_method amount=20000 currency=huf
        update amount=100                 | !amount_too_small allowed=17500
        update amount=1 currency=kwd      | requires_payment_method amount=1 currency=kwd
        update currency=usd               | !amount_too_small allowed=50
        update amount=50 currency=usd     | requires_payment_method amount=50
      )"},
      {"one that was made too small before that was held goes on, but is not changed to another such amount", "usd", R"(
        create 10                         | requires_payment_method
        update amount=11                  | !amount_too_small allowed=50
        update card description=x         | requires_confirmation amount=10
        confirm                           | processing
        approve                           | succeeded received=10
      )"},
      {"the capture method, before the confirmation", "usd", R"(
        create 1000 card                  | requires_confirmation
        update manual                     | requires_confirmation
        confirm                           | processing
        approve                           | requires_capture
        update amount=5                   | !unexpected_state
      )"},
      {"words and metadata, at any time but after a cancel", "usd", R"(
        create 1000 manual card set=a:1   | requires_confirmation metadata=a:1
        update set=b:2 description=first  | requires_confirmation metadata=a:1,b:2 description=first
        confirm                           | processing
        update set=a:3                    | processing metadata=a:3,b:2
        approve                           | requires_capture
        update set=b:                     | requires_capture metadata=a:3
        capture                           | requires_capture
        approve                           | succeeded
        update clear set=c:4              | succeeded metadata=c:4
      )"},
      {"the reason of a decline goes with the next update", "usd", R"(
        create 1000 card confirm          | processing
        decline lost_card                 | requires_payment_method decline=lost_card
        update description=again          | requires_payment_method decline=none
      )"},
      {"another amount than the cardholder was asked about: the challenge is over", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        update description=same           | requires_action attempt=requires_action
        update amount=1100                | requires_confirmation attempt=canceled
        authenticate ok                   | !unexpected_state
        confirm                           | processing attempts=2
        approve                           | succeeded received=1100
      )"},
      {"the card is taken back while the challenge waits", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        update clear_method               | requires_payment_method attempt=canceled
        cancel                            | canceled
      )"},
      {"a customer", "usd", R"(
        create 1000                       | requires_payment_method
        update customer                   | requires_payment_method
        update foreign_card               | !customer_mismatch
        update card                       | requires_confirmation
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("create and confirm") {
  play({
      {"one call charges the card", "usd", R"(
        create 1000 card confirm          | processing events=2 op=open attempt=pending
        approve                           | succeeded events=2 received=1000 pending=941 fees=59 receivable=1000 op=approved attempt=captured
      )"},
      {"step by step", "usd", R"(
        create 1000                       | requires_payment_method events=1 method=none
        confirm                           | !method_missing
        update card                       | requires_confirmation method=set
        confirm                           | processing op=open
        approve                           | succeeded received=1000
      )"},
      {"the confirmation brings the card", "usd", R"(
        create 1000                       | requires_payment_method
        confirm card                      | processing
        approve                           | succeeded method=set
      )"},
      {"automatic_async charges at once as well", "usd", R"(
        create 1000 async card confirm    | processing
        approve                           | succeeded received=1000
      )"},
      {"create with confirm needs a card", "usd", R"(
        create 1000 confirm               | !method_missing
      )"},
      {"a card of another customer is refused", "usd", R"(
        create 1000 foreign_card          | !customer_mismatch
        create 1000 customer foreign_card | !customer_mismatch
        create 1000 customer              | requires_payment_method
        update foreign_card               | !customer_mismatch
        confirm foreign_card              | !customer_mismatch
      )"},
      {"amounts have bounds", "usd", R"(
        create 0 card                     | !amount_too_small param=amount
        create -5 card                    | !amount_too_small
        create 100000000000000 card       | !amount_too_large allowed=99999999999999
        limit 5000                        |
        create 5001 card                  | !limit_exceeded allowed=5000
        create 5000 card confirm          | processing
        approve                           | succeeded
      )"},
      {"a second create of the same payment is refused", "usd", R"(
        create 1000                       | requires_payment_method
        create 1000                       | !unexpected_state
      )"},
      {"nothing can be asked of a payment that does not exist", "usd", R"(
        confirm card                      | !payment_missing
        capture                           | !payment_missing
        cancel                            | !payment_missing
        refund                            | !payment_missing
        expire                            | !payment_missing
      )"},
      {"the card is kept for later if the confirmation says so", "usd", R"(
        create 1000 card                  | requires_confirmation future=none
        confirm keep                      | processing future=off_session
      )"},
      {"no confirmation while the acquirer is asked, and none after success", "usd", R"(
        create 1000 card confirm          | processing
        confirm                           | !busy
        cancel                            | !busy
        update amount=900                 | !busy
        approve                           | succeeded
        confirm                           | !unexpected_state
        cancel                            | !unexpected_state
        capture                           | !already_captured
      )"},
      {"a yen has no cents", "jpy", R"(
        fee 360 0                         |
        create 501 card confirm           | processing
        approve                           | succeeded received=501 fees=18 pending=483
      )"},
      {"a dinar has a thousand fils", "kwd", R"(
        create 1005 card confirm          | processing
        approve                           | succeeded received=1005 fees=59 pending=946
      )"},
      {"four decimals", "clf", R"(
        fee 100 0                         |
        create 123450 card confirm        | processing
        approve                           | succeeded received=123450 fees=1235 pending=122215
      )"},
      {"the fee is at most the amount", "usd", R"(
        create 20 card confirm            | processing
        approve                           | succeeded received=20 fees=20 pending=0
      )"},
      {"no fee", "usd", R"(
        fee 0 0                           |
        create 1000 card confirm          | processing
        approve                           | succeeded fees=0 pending=1000
      )"},
      {"the largest amount", "usd", R"(
        create 99999999999999 card confirm | processing
        approve                           | succeeded received=99999999999999 fees=2900000000030
      )"},
      {"funds become available at a midnight", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded pending=941 available=0
        wait 2                            |
        release                           | succeeded pending=941 available=0
        wait 1                            |
        release                           | succeeded pending=0 available=941 receivable=1000
      )"},
  });
}

TEST_CASE("declines") {
  play({
      {"a decline takes the card away", "usd", R"(
        create 1000 card confirm          | processing
        decline insufficient_funds        | requires_payment_method method=none decline=insufficient_funds attempt=declined op=declined code=insufficient_funds
        confirm                           | !method_missing
        confirm other_card                | processing decline=none attempts=2
        approve                           | succeeded attempts=2 received=1000
      )"},
      {"a decline without a reason has a general one", "usd", R"(
        create 1000 card confirm          | processing
        decline                           | requires_payment_method decline=generic_decline
      )"},
      {"three declines, then success", "usd", R"(
        create 1000 card confirm          | processing
        decline lost_card                 | requires_payment_method decline=lost_card
        confirm card                      | processing
        decline expired_card              | requires_payment_method decline=expired_card
        confirm card                      | processing
        decline incorrect_cvc             | requires_payment_method decline=incorrect_cvc
        confirm card                      | processing
        approve                           | succeeded attempts=4 operations=4 receivable=1000
      )"},
      {"a declined authorization", "usd", R"(
        create 1000 manual card confirm   | processing
        decline fraudulent                | requires_payment_method capturable=0
        cancel                            | canceled attempt=declined
      )"},
      {"an answer that comes twice changes nothing", "usd", R"(
        create 1000 card confirm          | processing
        decline                           | requires_payment_method
        decline operation=1               | ~
        approve operation=1               | ~ requires_payment_method
        unknown operation=1               | ~
      )"},
      {"an approval that comes twice charges once", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded receivable=1000
        approve operation=1               | ~ succeeded receivable=1000
        decline operation=1               | ~ succeeded
        not_found operation=1             | ~ succeeded
        unknown operation=1               | ~ succeeded
      )"},
      {"an answer to what was never asked is nothing", "usd", R"(
        create 1000 card                  | requires_confirmation
        approve operation=1               | ~
        approve operation=7               | ~
      )"},
  });
}

TEST_CASE("3-D Secure") {
  play({
      {"challenged, proven, charged", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action attempt=requires_action op=declined code=authentication_required
        authenticate ok                   | processing events=2 attempts=1 operations=2
        approve                           | succeeded received=1000 attempts=1
      )"},
      {"challenged with manual capture", "usd", R"(
        create 1000 manual card confirm   | processing
        challenge                         | requires_action
        authenticate ok                   | processing
        approve                           | requires_capture capturable=1000
      )"},
      {"the challenge fails", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        authenticate fail                 | requires_payment_method decline=authentication_failed method=none
        authenticate ok                   | !unexpected_state
        confirm other_card                | processing attempts=2
        approve                           | succeeded
      )"},
      {"proven, and declined after all", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        authenticate ok                   | processing
        decline insufficient_funds        | requires_payment_method decline=insufficient_funds attempts=1 operations=2
      )"},
      {"challenged again after it was proven: declined", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        authenticate ok                   | processing
        challenge                         | requires_payment_method decline=authentication_required
      )"},
      {"off session no one can answer a challenge", "usd", R"(
        create 1000 card                  | requires_confirmation
        confirm off_session               | processing
        challenge                         | requires_payment_method decline=authentication_required
      )"},
      {"the partner wants no challenges", "usd", R"(
        create 1000 card confirm no_action | processing
        challenge                         | requires_payment_method decline=authentication_required
      )"},
      {"confirmed again while the challenge waits: a new attempt", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        confirm                           | processing attempts=2
        authenticate ok attempt=1         | !busy
        challenge                         | requires_action
        authenticate ok attempt=1         | !unexpected_state
        authenticate ok attempt=2         | processing
        approve                           | succeeded attempts=2
      )"},
      {"confirmed with another card while the challenge waits", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        confirm other_card                | processing attempts=2
        approve                           | succeeded
      )"},
      {"canceled while the challenge waits", "usd", R"(
        create 1000 card confirm          | processing
        challenge                         | requires_action
        cancel requested_by_customer      | canceled attempt=canceled reason=requested_by_customer
        authenticate ok                   | !unexpected_state
        approve operation=1               | ~ canceled
      )"},
      {"manual confirmation: the server has the last word", "usd", R"(
        create 1000 card manual_confirmation confirm | processing
        challenge                         | requires_action
        authenticate ok                   | requires_confirmation events=1 attempt=pending
        confirm                           | processing attempts=1 operations=2
        challenge                         | requires_payment_method decline=authentication_required
      )"},
      {"manual confirmation: another card starts over", "usd", R"(
        create 1000 card manual_confirmation confirm | processing
        challenge                         | requires_action
        authenticate ok                   | requires_confirmation
        confirm other_card                | processing attempts=2
        challenge                         | requires_action
      )"},
      {"manual confirmation: what was proven is for that amount only", "usd", R"(
        create 1000 card manual_confirmation confirm | processing
        challenge                         | requires_action
        authenticate ok                   | requires_confirmation
        update amount=2000                | requires_confirmation attempt=canceled
        confirm                           | processing attempts=2
      )"},
      {"manual confirmation: words that come with it are no other charge", "usd", R"(
        create 1000 card manual_confirmation confirm | processing
        challenge                         | requires_action
        authenticate ok                   | requires_confirmation
        confirm description=x             | processing attempts=1 operations=2 description=x events=2
      )"},
      {"manual confirmation: another capture method is", "usd", R"(
        create 1000 card manual_confirmation confirm | processing
        challenge                         | requires_action
        authenticate ok                   | requires_confirmation
        confirm manual                    | processing attempts=2
      )"},
      {"a confirmation changes the payment, or neither happens", "usd", R"(
        create 1000 card                  | requires_confirmation
        confirm manual description=x foreign_card | !customer_mismatch
        confirm description=y             | processing description=y events=2
        confirm manual description=z      | !busy
        decline                           | requires_payment_method description=y
        confirm manual description=z card | processing description=z decline=none
        approve                           | requires_capture capturable=1000
        confirm description=late          | !unexpected_state
        capture                           | requires_capture description=z
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("captures") {
  play({
      {"the whole authorization", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture capturable=1000 received=0 receivable=0
        capture                           | requires_capture op=open capturable=1000
        approve                           | succeeded capturable=0 received=1000 pending=941
        capture                           | !already_captured
      )"},
      {"a part, and the rest is released", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        approve                           | succeeded capturable=0 received=400 fees=42 amount=1000
      )"},
      {"two parts and a final one", "usd", R"(
        fee 0 0                           |
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400 partial               | requires_capture op=open
        capture 100                       | !busy
        approve                           | requires_capture capturable=600 received=400
        capture 601                       | !amount_too_large allowed=600
        capture 350 partial               | requires_capture
        approve                           | requires_capture capturable=250 received=750
        capture 200                       | requires_capture
        approve                           | succeeded capturable=0 received=950 pending=950
      )"},
      {"parts that add up to all are final", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 600 partial               | requires_capture
        approve                           | requires_capture capturable=400
        capture partial                   | requires_capture
        approve                           | succeeded received=1000
      )"},
      {"bounds", "usd", R"(
        create 1000 manual card           | requires_confirmation
        capture                           | !unexpected_state
        confirm                           | processing
        capture                           | !busy
        approve                           | requires_capture
        capture 0                         | !amount_too_small
        capture -1                        | !amount_too_small
        capture 1001                      | !amount_too_large allowed=1000
        capture 1000                      | requires_capture op=open
      )"},
      {"a declined capture leaves the authorization as it was", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        decline processing_error          | requires_capture capturable=1000 op=declined code=processing_error
        capture 500                       | requires_capture operations=3
        approve                           | succeeded received=500
      )"},
      {"too late: the authorization is over", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        wait 7                            |
        capture                           | !authorization_expired
        expire                            | canceled reason=automatic attempt=expired capturable=0
        capture                           | !authorization_expired
      )"},
      {"just in time", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        wait 6                            |
        expire                            | ~ requires_capture
        capture                           | requires_capture op=open
        wait 2                            |
        expire                            | ~ requires_capture
        approve                           | succeeded received=1000
        expire                            | ~ succeeded
      )"},
      {"expired after a part was captured: succeeded with that part", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 300 partial               | requires_capture
        approve                           | requires_capture
        wait 7                            |
        expire                            | succeeded received=300 capturable=0
        refund                            | succeeded refunded=300
      )"},
      {"metadata and descriptor change with the capture", "usd", R"(
        create 1000 manual card confirm set=a:1 | processing metadata=a:1
        approve                           | requires_capture
        capture 500 set=b:2 descriptor=SHOP | requires_capture events=2 metadata=a:1,b:2 descriptor=SHOP
        approve                           | succeeded received=500
      )"},
      {"a yen", "jpy", R"(
        fee 0 0                           |
        create 500 manual card confirm    | processing
        approve                           | requires_capture
        capture 499                       | requires_capture
        approve                           | succeeded received=499 pending=499
      )"},
  });
}

TEST_CASE("cancels") {
  play({
      {"before anything was asked of the acquirer", "usd", R"(
        create 1000                       | requires_payment_method
        cancel duplicate                  | canceled reason=duplicate operations=0
        cancel                            | !unexpected_state
        confirm card                      | !unexpected_state
        update amount=5                   | !unexpected_state
        update description=x              | !unexpected_state
        capture                           | !unexpected_state
        refund                            | !nothing_to_refund
      )"},
      {"with a card", "usd", R"(
        create 1000 card                  | requires_confirmation
        cancel                            | canceled reason=none
      )"},
      {"an authorization is undone first", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel requested_by_customer      | requires_capture op=open reason=none
        capture                           | !busy
        cancel                            | !busy
        approve                           | canceled reason=requested_by_customer attempt=canceled receivable=0
        approve operation=2               | ~ canceled
      )"},
      {"the acquirer will not undo it", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel                            | requires_capture op=open
        decline                           | requires_capture capturable=1000 op=declined
        capture                           | requires_capture
        approve                           | succeeded
      )"},
      {"after a part was captured the rest is given back", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 300 partial               | requires_capture
        approve                           | requires_capture capturable=700
        cancel                            | requires_capture op=open
        approve                           | succeeded received=300 capturable=0 reason=none attempt=captured
        cancel                            | !unexpected_state
      )"},
      {"after a decline", "usd", R"(
        create 1000 card confirm          | processing
        decline                           | requires_payment_method
        cancel                            | canceled attempt=declined
      )"},
  });
}

TEST_CASE("increments") {
  play({
      {"the new total can be captured", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 1500 description=more   | requires_capture op=open amount=1000 capturable=1000 description=
        capture                           | !busy
        update description=other          | !busy
        approve                           | requires_capture amount=1500 capturable=1500 description=more
        capture                           | requires_capture
        approve                           | succeeded received=1500
      )"},
      {"declined: everything is as before", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 1500 description=more   | requires_capture
        decline insufficient_funds        | requires_capture amount=1000 capturable=1000 description= code=insufficient_funds decline=none
        increment 1400                    | requires_capture operations=3
        approve                           | requires_capture capturable=1400
      )"},
      {"bounds", "usd", R"(
        limit 2000                        |
        create 1000 manual card           | requires_confirmation
        increment 1500                    | !unexpected_state
        confirm                           | processing
        increment 1500                    | !busy
        approve                           | requires_capture
        increment 0                       | !amount_too_small
        increment 1000                    | !amount_too_small allowed=1001
        increment 2001                    | !limit_exceeded allowed=2000
        increment 2000                    | requires_capture
        approve                           | requires_capture capturable=2000
      )"},
      {"not after a capture", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 100 partial               | requires_capture
        approve                           | requires_capture
        increment 2000                    | !unexpected_state
      )"},
      {"not after the authorization is over", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        wait 8                            |
        increment 2000                    | !authorization_expired
      )"},
      {"challenged: the issuer said no", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 2000                    | requires_capture
        challenge                         | requires_capture capturable=1000 code=authentication_required
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

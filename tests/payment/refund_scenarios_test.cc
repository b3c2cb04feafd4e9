#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("refunds") {
  play({
      {"all of it", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded pending=941 fees=59
        refund                            | succeeded refund=pending refunded=1000 op=open available=0
        approve                           | succeeded refund=succeeded available=-1000 receivable=0 pending=941 fees=59
        refund                            | !already_refunded
      )"},
      {"in parts", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 300                        | succeeded
        approve                           | succeeded refunded=300 available=-300
        refund 701                        | !amount_too_large allowed=700
        refund 0                          | !amount_too_small
        refund -1                         | !amount_too_small
        refund 700                        | succeeded
        approve                           | succeeded refunded=1000 available=-1000
        refund 1                          | !already_refunded
      )"},
      {"several at once can never be more than was captured", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 400                        | succeeded refunded=400
        refund 400                        | succeeded refunded=800
        refund 400                        | !amount_too_large allowed=200
        refund                            | succeeded refunded=1000
        refund                            | !already_refunded
        approve operation=3               | succeeded available=-400
        decline operation=2               | succeeded refunded=600
        approve operation=4               | succeeded available=-600 refunded=600
        refund                            | succeeded refunded=1000
        approve                           | succeeded available=-1000 receivable=0
      )"},
      {"a declined refund may be tried again", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund                            | succeeded
        decline                           | succeeded refund=failed refunded=0 available=0 code=generic_decline
        refund                            | succeeded refunded=1000
        approve                           | succeeded refund=succeeded
      )"},
      {"accepted now, settled later", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 500                        | succeeded
        pending                           | succeeded refund=pending available=-500 op=approved
        settle 1 ok                       | succeeded refund=succeeded available=-500
        settle 1 ok                       | ~ succeeded
      )"},
      {"accepted now, failed later: the money comes back", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 500                        | succeeded
        pending                           | succeeded available=-500
        settle 1 fail                     | succeeded refund=failed available=0 refunded=0 receivable=1000
        settle 1 fail                     | ~ succeeded
        settle 1 ok                       | ~ succeeded refund=failed
      )"},
      {"succeeded, and came back", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund                            | succeeded
        approve                           | succeeded refund=succeeded receivable=0
        settle 1 fail                     | succeeded refund=failed refunded=0 receivable=1000
        refund 1000                       | succeeded refunded=1000
        approve                           | succeeded receivable=0
      )"},
      {"settled before the answer came", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 500                        | succeeded op=open
        settle 1 ok                       | succeeded refund=succeeded op=approved available=-500
        pending operation=2               | ~ succeeded refund=succeeded
      )"},
      {"failed before the answer came", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 500                        | succeeded
        unknown                           | succeeded op=in_doubt
        settle 1 fail                     | succeeded refund=failed op=declined available=0 refunded=0
        pending operation=2               | ~ succeeded refund=failed
      )"},
      {"nothing was captured", "usd", R"(
        create 1000 manual card           | requires_confirmation
        refund                            | !nothing_to_refund
        confirm                           | processing
        refund                            | !nothing_to_refund
        approve                           | requires_capture
        refund                            | !nothing_to_refund
        settle 1 ok                       | !refund_missing
        update_refund 1 set=a:b           | !refund_missing
      )"},
      {"between two captures", "usd", R"(
        fee 0 0                           |
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400 partial               | requires_capture
        approve                           | requires_capture
        refund 500                        | !amount_too_large allowed=400
        refund 100                        | requires_capture refunded=100
        capture 200 partial               | requires_capture
        approve operation=4               | requires_capture received=600
        approve operation=3               | requires_capture available=-100
        refund                            | requires_capture refunded=600
        approve                           | requires_capture available=-600
        capture                           | requires_capture
        approve                           | succeeded received=1000 refunded=600
      )"},
      {"a refund does not block a cancel", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400 partial               | requires_capture
        approve                           | requires_capture
        refund 400                        | requires_capture op=open
        cancel                            | requires_capture op=open
        approve operation=4               | succeeded received=400 refunded=400
        approve operation=3               | succeeded available=-400
      )"},
      {"a charge is named by its attempt", "usd", R"(
        create 1000 card confirm          | processing
        decline                           | requires_payment_method
        confirm card                      | processing
        approve                           | succeeded
        refund 100 attempt=1              | !nothing_to_refund
        refund 100 attempt=2              | succeeded
        refund 100 attempt=3              | !nothing_to_refund
      )"},
      {"metadata of a refund", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 100                        | succeeded
        update_refund 1 set=a:b           | succeeded events=1
        update_refund 2 set=a:b           | !refund_missing
        update_refund 0 set=a:b           | !refund_missing
      )"},
      {"yen are refunded whole", "jpy", R"(
        fee 0 0                           |
        create 501 card confirm           | processing
        approve                           | succeeded
        refund 1                          | succeeded
        approve                           | succeeded available=-1 receivable=500
        refund 501                        | !amount_too_large allowed=500
      )"},
      {"fils", "kwd", R"(
        create 10005 card confirm         | processing
        approve                           | succeeded fees=320 pending=9685
        wait 3                            |
        release                           | succeeded available=9685 pending=0
        refund 5                          | succeeded
        approve                           | succeeded available=9680 receivable=10000
      )"},
      {"canceled payments have nothing to give back", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel                            | requires_capture
        approve                           | canceled
        refund                            | !nothing_to_refund
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

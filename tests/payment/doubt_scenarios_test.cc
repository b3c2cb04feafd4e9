#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("charges in doubt") {
  play({
      {"no answer, and the inquiry finds an approval", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing op=in_doubt
        unknown                           | ~ processing op=in_doubt
        confirm                           | !busy
        cancel                            | !busy
        approve                           | succeeded received=1000 op=approved
      )"},
      {"no answer, and the inquiry finds a decline", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        decline do_not_honor              | requires_payment_method decline=do_not_honor
      )"},
      {"no answer, and the inquiry finds a challenge", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        challenge                         | requires_action
        authenticate ok                   | processing
        approve                           | succeeded
      )"},
      {"never seen: undone before it can arrive", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        not_found                         | processing op=reversing
        approve operation=1               | ~ processing
        unknown operation=1               | ~ processing
        not_undone                        | ~ processing
        confirm                           | !busy
        undone                            | requires_payment_method op=reversed decline=not_reached receivable=0
        undone operation=1                | ~
        confirm card                      | processing attempts=2
        approve                           | succeeded receivable=1000
      )"},
      {"never seen, told at once", "usd", R"(
        create 1000 card confirm          | processing
        not_found                         | processing op=reversing
        undone                            | requires_payment_method decline=not_reached
      )"},
      {"approved after it was undone: told once", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        not_found                         | processing
        undone                            | requires_payment_method
        approve operation=1               | requires_payment_method events=1 receivable=0
        approve operation=1               | ~ requires_payment_method
        decline operation=1               | ~ requires_payment_method
        cancel                            | canceled
        approve operation=1               | ~ canceled
      )"},
      {"approved late on a canceled payment", "usd", R"(
        create 1000 card confirm          | processing
        not_found                         | processing
        undone                            | requires_payment_method
        cancel                            | canceled
        approve operation=1               | canceled events=1 receivable=0
      )"},
      {"another amount than asked", "usd", R"(
        create 1000 card confirm          | processing
        approve amount=900                | processing op=in_doubt
        approve amount=900                | processing op=reversing
        undone                            | requires_payment_method decline=processing_error receivable=0
      )"},
      {"another amount, and the inquiry sets it right", "usd", R"(
        create 1000 card confirm          | processing
        approve amount=900                | processing op=in_doubt
        approve                           | succeeded received=1000
      )"},
      {"another currency than asked", "jpy", R"(
        create 1000 card confirm          | processing
        approve currency=usd              | processing op=in_doubt
        approve currency=usd              | processing op=reversing
        undone                            | requires_payment_method
      )"},
      {"pending is no answer to a charge", "usd", R"(
        create 1000 card confirm          | processing
        pending                           | processing op=in_doubt
        pending                           | ~ processing op=in_doubt
        approve                           | succeeded
      )"},
      {"a reversal is acknowledged by nothing else", "usd", R"(
        create 1000 card confirm          | processing
        undone                            | ~ processing
        unknown                           | processing op=in_doubt
        undone                            | ~ processing op=in_doubt
      )"},
      {"an authorization in doubt", "usd", R"(
        create 1000 manual card confirm   | processing
        unknown                           | processing capturable=0
        capture                           | !busy
        approve                           | requires_capture capturable=1000
      )"},
  });
}

TEST_CASE("other operations in doubt") {
  play({
      {"a capture that was never seen may be tried again", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        unknown                           | requires_capture op=in_doubt
        capture                           | !busy
        not_found                         | requires_capture op=declined code=not_reached capturable=1000
        capture                           | requires_capture
        approve                           | succeeded received=1000 receivable=1000
      )"},
      {"a capture that was found", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        unknown                           | requires_capture op=in_doubt
        approve                           | succeeded received=400
      )"},
      {"a capture of another amount stays in doubt", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        approve amount=1000               | requires_capture op=in_doubt received=0
        approve amount=1000               | ~ requires_capture op=in_doubt
        approve                           | succeeded received=400
      )"},
      {"a capture in doubt outlives the authorization's time", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture                           | requires_capture
        unknown                           | requires_capture op=in_doubt
        wait 8                            |
        expire                            | ~ requires_capture
        not_found                         | requires_capture
        expire                            | canceled
      )"},
      {"a cancel in doubt", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel abandoned                  | requires_capture
        unknown                           | requires_capture op=in_doubt
        approve                           | canceled reason=abandoned
      )"},
      {"a cancel that was never seen", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel                            | requires_capture
        unknown                           | requires_capture
        not_found                         | requires_capture op=declined
        cancel                            | requires_capture
        approve                           | canceled
      )"},
      {"an increment that was never seen is undone, and the authorization stands", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 1500 description=more   | requires_capture
        unknown                           | requires_capture op=in_doubt
        not_found                         | requires_capture op=reversing
        capture                           | !busy
        undone                            | requires_capture op=reversed capturable=1000 amount=1000 description= decline=none
        approve operation=2               | requires_capture events=1 capturable=1000
        capture                           | requires_capture
        approve                           | succeeded received=1000
      )"},
      {"an increment of another amount", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 1500                    | requires_capture
        approve amount=1200               | requires_capture op=in_doubt
        approve amount=1200               | requires_capture op=reversing
        undone                            | requires_capture capturable=1000
      )"},
      {"a refund in doubt keeps its reservation", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 600                        | succeeded refunded=600
        unknown                           | succeeded op=in_doubt refunded=600 available=0
        refund 500                        | !amount_too_large allowed=400
        approve                           | succeeded refund=succeeded refunded=600 available=-600
      )"},
      {"a refund that was never seen", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 600                        | succeeded
        unknown                           | succeeded
        not_found                         | succeeded refund=failed refunded=0 code=not_reached available=0
        refund 1000                       | succeeded refunded=1000
        approve                           | succeeded available=-1000 receivable=0
      )"},
      {"a refund of another amount stays in doubt", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 600                        | succeeded
        approve amount=500                | succeeded op=in_doubt refund=pending
        approve amount=500                | ~ succeeded op=in_doubt
        decline                           | succeeded refund=failed refunded=0
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

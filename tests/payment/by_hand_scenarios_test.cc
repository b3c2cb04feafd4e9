// What two people say of an operation in doubt, and what the acquirer says since.
#include "payment/scenario.h"
#include "support/catch.h"

namespace tollgate::testing {
namespace {

TEST_CASE("a charge in doubt is resolved by hand as the acquirer's answer would resolve it") {
  play({
      {"approved, and the acquirer agrees later", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing op=in_doubt hand=none
        resolve approved                  | succeeded received=1000 receivable=1000 op=approved hand=approved since=silence asked=yes events=3
        approve operation=1               | succeeded received=1000 since=agreed events=1 asked=no
        approve operation=1               | ~ succeeded
        decline operation=1               | ~ succeeded since=agreed
      )"},
      {"approved, and the acquirer says that it was declined: the books stay", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve approved                  | succeeded received=1000
        decline operation=1               | succeeded received=1000 receivable=1000 since=contradicted events=1 asked=no
        decline operation=1               | ~ succeeded since=contradicted
        refund                            | succeeded
        approve                           | succeeded refunded=1000
      )"},
      {"approved, and the acquirer has never seen it", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve approved                  | succeeded
        not_found operation=1             | succeeded since=contradicted
      )"},
      {"approved, and the acquirer has another amount", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve approved                  | succeeded
        approve operation=1 amount=900    | succeeded since=contradicted events=1
      )"},
      {"approved as an authorization, and captured", "usd", R"(
        create 1000 manual card confirm   | processing
        unknown                           | processing
        resolve approved                  | requires_capture capturable=1000 events=2
        capture                           | requires_capture
        approve                           | succeeded received=1000
      )"},
      {"declined, and the acquirer agrees", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve declined                  | requires_payment_method decline=generic_decline op=declined hand=declined events=2 receivable=0
        decline operation=1               | requires_payment_method since=agreed events=1
        approve operation=1               | requires_payment_method late=yes events=1
        undone operation=1                | requires_payment_method late=no events=1
      )"},
      {"declined, and an approval comes late: it is reversed", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve declined                  | requires_payment_method
        approve operation=1               | requires_payment_method since=contradicted late=yes asked=yes events=2 receivable=0
        approve operation=1               | ~ requires_payment_method
        not_undone operation=1            | ~ requires_payment_method late=yes
        undone operation=1                | requires_payment_method late=no asked=no events=1
        confirm card                      | processing attempts=2
        approve                           | succeeded received=1000 receivable=1000
      )"},
      {"declined, tried again, and then the first one's approval comes", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve declined                  | requires_payment_method
        confirm card                      | processing
        approve                           | succeeded receivable=1000
        approve operation=1               | succeeded receivable=1000 events=2
        undone operation=1                | succeeded events=1
      )"},
      {"never happened: undone before it can arrive, and the acknowledgement is the acquirer's own word", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve never_happened            | processing op=reversing hand=never_happened events=2
        resolve never_happened            | ~ processing op=reversing
        approve operation=1               | ~ processing op=reversing
        undone                            | requires_payment_method op=reversed decline=not_reached since=agreed asked=no
      )"},
      {"its reversal is not acknowledged either: said to be reversed", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        not_found                         | processing op=reversing
        resolve approved                  | !unexpected_state param=outcome
        resolve never_happened            | !unexpected_state param=outcome
        resolve reversed                  | requires_payment_method op=reversed hand=reversed since=silence asked=yes
        resolve reversed                  | ~ requires_payment_method
        undone operation=1                | requires_payment_method since=agreed asked=no events=1
        approve operation=1               | requires_payment_method late=yes events=1
        resolve reversed                  | requires_payment_method late=no hand=reversed asked=yes
        undone operation=1                | requires_payment_method since=agreed asked=no
      )"},
  });
}

TEST_CASE("other operations in doubt are resolved by hand") {
  play({
      {"a capture that was done", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture 400                       | requires_capture
        unknown                           | requires_capture op=in_doubt
        resolve approved                  | succeeded received=400 receivable=400
        not_found operation=2             | succeeded received=400 since=contradicted
      )"},
      {"a capture that was never seen may be tried again at once", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        capture                           | requires_capture
        unknown                           | requires_capture op=in_doubt
        resolve never_happened            | requires_capture op=declined code=not_reached capturable=1000 since=silence
        approve operation=2               | requires_capture since=contradicted events=1 late=no receivable=0
        capture                           | requires_capture
        approve                           | succeeded
      )"},
      {"a refund", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 300                        | succeeded
        unknown                           | succeeded op=in_doubt refunded=300
        resolve declined                  | succeeded refund=failed refunded=0
        pending operation=2               | succeeded since=contradicted refunded=0 events=1
        refund 300                        | succeeded
        unknown                           | succeeded
        resolve approved                  | succeeded refund=succeeded refunded=300
        approve operation=3               | succeeded since=agreed
      )"},
      {"a refund said to have failed, and then its report", "usd", R"(
        create 1000 card confirm          | processing
        approve                           | succeeded
        refund 300                        | succeeded
        unknown                           | succeeded op=in_doubt
        resolve declined                  | succeeded refund=failed
        settle 1 ok                       | succeeded refund=failed since=contradicted events=1
        settle 1 ok                       | ~ succeeded
      )"},
      {"an increment", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        increment 1500                    | requires_capture
        unknown                           | requires_capture op=in_doubt
        resolve declined                  | requires_capture capturable=1000
        approve operation=2               | requires_capture capturable=1000 since=contradicted late=yes
        undone operation=2                | requires_capture capturable=1000 late=no
      )"},
      {"a cancel", "usd", R"(
        create 1000 manual card confirm   | processing
        approve                           | requires_capture
        cancel abandoned                  | requires_capture
        unknown                           | requires_capture op=in_doubt
        resolve approved                  | canceled reason=abandoned
        decline operation=2               | canceled since=contradicted
      )"},
  });
}

TEST_CASE("what cannot be said by hand is refused") {
  play({
      {"of what is open, or has its outcome", "usd", R"(
        create 1000 card confirm          | processing
        resolve approved operation=1      | !unexpected_state
        approve                           | succeeded
        resolve approved operation=1      | !unexpected_state
        resolve declined operation=1      | !unexpected_state
        resolve approved operation=2      | !payment_missing
      )"},
      {"something else than was said before", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve approved                  | succeeded
        resolve approved operation=1      | ~ succeeded
        resolve declined operation=1      | !unexpected_state
      )"},
      {"that nothing stands, where nothing is being reversed; and nothing at all", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve reversed                  | !unexpected_state param=outcome
        resolve none                      | !unexpected_state param=outcome
      )"},
      {"alone", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        resolve approved alone            | !unexpected_state param=approved_by
        resolve approved                  | succeeded
      )"},
      {"after the acquirer was first", "usd", R"(
        create 1000 card confirm          | processing
        unknown                           | processing
        decline                           | requires_payment_method
        resolve approved operation=1      | !unexpected_state
      )"},
  });
}

}  // namespace
}  // namespace tollgate::testing

// What a test card does with what is asked of it, as data, and the issuer's judgement that follows from it. Pure.
#pragma once
#include <cstdint>

#include "tollgate/acquirer/acquirer.h"

namespace tollgate::sandbox {

enum class Authentication : uint8_t {
  never,
  always,
  unless_set_up,  // a card that was kept for later with the cardholder's consent needs none
  on_session,     // already set up: charges without the cardholder go through
};

// What becomes of a refund that the bank took.
enum class RefundCourse : uint8_t { at_once, pending, fails_later };

// How the answer to an authorization or a sale travels. Only cards of our own have any but `answered`.
enum class Delivery : uint8_t {
  answered,
  answer_lost,              // done, but no answer; an inquiry finds it
  never_arrives,            // the request is lost
  arrives_after_reversal,   // the request is on its way until it is reversed
  answered_twice,
  answered_after_reversal,  // done, unknown to an inquiry, and its answer comes when it was already reversed
};

// What the card does with later operations. Kept with the authorization, since those may come without the card. Permanent bits.
enum Trait : uint8_t {
  refund_pending = 1,
  refund_fails_later = 2,
  capture_answer_lost = 4,
  refund_answer_lost = 8,
  increment_declined = 16,
  wrong_amount_echoed = 32,
  hidden_from_inquiry = 64,
};

struct Behaviour {
  DeclineCode charge = DeclineCode::none;        // how authorizations and sales end; none: approved
  DeclineCode verification = DeclineCode::none;  // how verifications end
  Authentication authentication = Authentication::never;
  Check cvc = Check::pass;  // of a CVC that was given
  Delivery delivery = Delivery::answered;
  uint8_t traits = 0;       // of Trait
};

struct Judgement {
  Outcome outcome = Outcome::approved;
  DeclineCode code = DeclineCode::none;
  Check cvc_check = Check::none;
};

// Of an authorization, a sale or a verification.
[[nodiscard]] Judgement judge(const Behaviour& behaviour, const AcquirerRequest& request);

}  // namespace tollgate::sandbox

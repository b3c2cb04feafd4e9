// The rules of the sandbox's bank: what a request does to the books, and what is answered. No thread, no clock.
#pragma once
#include "acquirer/sandbox/behaviour.h"
#include "acquirer/sandbox/ledger.h"

namespace tollgate::sandbox {

// How the answer to a request leaves, if it does.
struct Reply {
  AcquirerAnswer answer;
  uint8_t copies = 1;  // 0: it is lost
  // The request (or its answer) stays on its way until its operation is reversed, and is to be taken up again then.
  bool held = false;
  RefundCourse course = RefundCourse::at_once;  // of a refund that was just taken
};

// A card as far as the bank knows it: `behaviour`, or `refusal` of a card that it does not have.
struct CardAtBank {
  const Behaviour* behaviour = nullptr;
  DeclineCode refusal = DeclineCode::none;
};

// Any request but an inquiry or a reversal arrives. `held_before`: it comes after it was held.
[[nodiscard]] Reply arrive(Round& round, const AcquirerRequest& request, const CardAtBank& card, bool held_before = false);
[[nodiscard]] AcquirerAnswer inquire(Round& round, const AcquirerRequest& request);
// Undoes what the operation did; one that never arrived is refused if it arrives later.
[[nodiscard]] AcquirerAnswer reverse(Round& round, const AcquirerRequest& request);
// The end of a refund that was pending, or the failure of one that had succeeded; the same when it is settled again. False: the
// refund does not stand, and there is nothing to report.
[[nodiscard]] bool settle_refund(Round& round, const PendingRefund& pending);

}  // namespace tollgate::sandbox

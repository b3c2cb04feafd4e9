// The acquirer port: who actually moves money. Three outcomes of every call, never mixed: approved, declined, unknown.
#pragma once
#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/base/id.h"
#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"
#include "tollgate/customer/customer.h"
#include "tollgate/payment/commands.h"

namespace tollgate {

enum class AcquirerAction : uint8_t {
  authorize = 1, sale, increment, capture, cancel, refund,  // as OperationKind
  verify,    // a setup intent's card, no amount
  inquire,   // what became of `reference`
  reverse,   // undo `reference`, also if it arrives later
};

struct AcquirerRequest {
  AcquirerAction action = AcquirerAction::sale;
  // What `reference` is: the same as `action`, but for inquire and reverse the action that is inquired about or undone.
  AcquirerAction subject = AcquirerAction::sale;
  PartnerId partner;
  Mode mode = Mode::test;
  uint32_t partition = 0;
  // Which operation this is about; for inquire and reverse: the one that is inquired or reversed.
  PaymentId payment;     // empty for a verification
  SetupIntentId setup;   // empty for all else
  uint16_t operation = 0;
  uint16_t refund = 0;   // of a refund
  std::string reference;           // reference_of(partner, payment, operation)
  std::string original_reference;  // of the authorization, for increment, capture, cancel and refund
  std::string acquirer;            // live: whose configuration name was recorded with the attempt; empty: the partner's present one
  std::string acquirer_payment;    // what the acquirer itself calls the payment, if that is known
  int64_t amount = 0;  // of an increment: the new total
  int64_t captured_before = 0;  // of a capture and a cancel: what earlier captures of the authorization took
  int64_t captured_since = 0;   // and later ones: when it is asked about after it was resolved by hand
  bool final_capture = true;    // of a capture: what remains is released
  Currency currency;
  std::string card_token;
  uint8_t card_exp_month = 0;
  uint16_t card_exp_year = 0;
  std::shared_ptr<const Secret> cvc;  // empty pointer: none given. Only ever in memory.
  bool off_session = false;
  bool authenticated = false;
  // The merchant keeps the card for later: a test card that wants authentication "unless set up" looks at it.
  bool setup_done = false;
  // Of an inquiry: people have resolved the operation. What it finds not done it must leave so: nobody waits for it any more.
  bool look_only = false;
  // When the operation was first sent (UTC); 0: not yet, or not known any more, and the dispatcher fills it in.
  int64_t sent_us = 0;
  // The dispatcher's own: the number of a call, of an inquiry or reversal when it left. An acquirer hands it back unchanged with the answer.
  uint64_t call = 0;
};

// What came of a request; for inquire, of the operation inquired about.
struct AcquirerAnswer {
  Outcome outcome = Outcome::unknown;
  bool not_found = false;  // of an inquiry: the acquirer has never seen the reference
  int64_t amount = 0;      // echoed
  Currency currency;
  DeclineCode code = DeclineCode::none;
  std::string authorization_code;
  std::string network_transaction_id;
  Check cvc_check = Check::none;
  DoubtCause doubt = DoubtCause::no_answer;
  std::string acquirer_payment;  // what the acquirer calls the payment, also with an unknown outcome if it got that far
  // False: the acquirer itself did not answer, or not in a way that can be used. The circuit breaker counts these.
  bool reached = true;
};

// Of a call that was surely never sent, or surely had no effect.
[[nodiscard]] inline AcquirerAnswer not_done(DeclineCode code = DeclineCode::not_reached) {
  AcquirerAnswer answer;
  answer.outcome = Outcome::declined;
  answer.code = code;
  return answer;
}

class Acquirer {
 public:
  // Called once for each request, from any thread, also with Outcome::unknown when time is up; a second answer to the same
  // request (answered twice, answered late) calls it again.
  using Answered = std::function<void(const AcquirerRequest&, const AcquirerAnswer&)>;
  virtual ~Acquirer() = default;
  // Must not block. Requests of one call are independent of each other.
  virtual void send(std::vector<AcquirerRequest> requests) = 0;
  // Why it was not reached the last time, for the operator; empty while all is well. Any thread.
  [[nodiscard]] virtual std::string problem() const { return {}; }
};

// Turns a vault token into a number; empty for an alias.
using RevealCard = std::function<StatusOr<Secret>(PartnerId, Mode, std::string_view token)>;

}  // namespace tollgate

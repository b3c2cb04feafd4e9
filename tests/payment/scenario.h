// Payment scenarios as tables. A row is a command and, after the bar, what is then seen:
//
//   create 1000 manual card confirm | processing
//   approve                         | requires_capture capturable=1000
//   capture 400 partial             | requires_capture op=open
//   capture 100                     | !busy
//
// Commands of partners
//   create AMOUNT [manual|async] [card] [confirm] [off_session] [no_action] [manual_confirmation] [customer] [keep]
//   update [amount=N] [currency=C] [card] [clear_method] [customer] [manual] [description=T] [set=KEY:VALUE] [clear]
//   confirm [card] [off_session] [no_action] [keep]
//   authenticate ok|fail [attempt=N]     the cardholder comes back from the challenge
//   capture [AMOUNT] [partial] [set=KEY:VALUE] [descriptor=T]
//   cancel [duplicate|requested_by_customer]
//   increment AMOUNT [description=T]
//   refund [AMOUNT] [attempt=N]          update_refund N set=KEY:VALUE
// For `card` also other_card, or foreign_card, which belongs to another customer.
// What the acquirer answers to the newest operation without an outcome, or to operation=N
//   approve [amount=N] [currency=C]      pending       decline [insufficient_funds|...]       challenge
//   unknown                              not_found     undone (its reversal)                  not_undone
//   settle N ok|fail                     the end of a pending refund
// What two people say of the operation that is in doubt, or of operation=N
//   resolve approved|declined|never_happened|reversed [alone]
// Time and surroundings
//   wait DAYS      expire (the timer rings)      release (funds that are due)
//   fee BASIS_POINTS FIXED                       limit AMOUNT
//
// Seen: a status or !refusal, or ~ for "no event, no refusal", then any of the words of seen() in scenario.cc:
// capturable= received= refunded= pending= available= fees= receivable= attempts= attempt= op= refund= decline= hand= since= late= ...
#pragma once
#include <string>
#include <vector>

namespace tollgate::testing {

struct Scenario {
  const char* name;
  const char* currency;
  const char* rows;
};

// Plays each of them on a bench of its own and checks every row.
void play(const std::vector<Scenario>& scenarios);

}  // namespace tollgate::testing

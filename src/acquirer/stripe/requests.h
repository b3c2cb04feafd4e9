// What is sent to a Stripe-compatible upstream, as data. Pure.
//
// A payment is made in two steps: a payment intent without a card, which moves no money and may be repeated at any time, and its
// confirmation. So the upstream's name of the payment is known before money can move, an inquiry needs no card, and to cancel
// the intent keeps a confirmation that comes late from standing.
#pragma once
#include <string>

#include "tollgate/acquirer/acquirer.h"

namespace tollgate::stripe {

struct WireRequest {
  bool post = false;
  std::string target;           // path and query
  std::string idempotency_key;  // empty: none
  Secret body;                  // form; of a POST
};

struct CardData {
  std::string_view number;
  uint8_t exp_month = 0;
  uint16_t exp_year = 0;
  std::string_view cvc;  // empty: none
};

// Metadata of what we make there, by which people and list_refunds() find it.
inline constexpr std::string_view reference_key = "tollgate_reference";

[[nodiscard]] WireRequest create_intent(const AcquirerRequest& request);
[[nodiscard]] WireRequest confirm_intent(const AcquirerRequest& request, std::string_view intent, const CardData& card);
[[nodiscard]] WireRequest retrieve_intent(std::string_view intent);
// Capture, increment or cancel, as request.subject says.
[[nodiscard]] WireRequest change_intent(const AcquirerRequest& request, std::string_view intent);
// To undo or to be rid of it. Has no idempotency key: canceling twice is canceling, and a refusal must not be kept.
[[nodiscard]] WireRequest abandon_intent(std::string_view intent);
[[nodiscard]] WireRequest create_refund(const AcquirerRequest& request, std::string_view intent);
// All that is left, of a sale that is undone.
[[nodiscard]] WireRequest refund_all(const AcquirerRequest& request, std::string_view intent);
[[nodiscard]] WireRequest list_refunds(std::string_view intent, std::string_view after);
// Intents that were made between the two times (UTC seconds), newest first.
[[nodiscard]] WireRequest list_intents(int64_t from_s, int64_t to_s, std::string_view after);
[[nodiscard]] WireRequest verify_card(const AcquirerRequest& request, const CardData& card);

}  // namespace tollgate::stripe

#include <algorithm>
#include <iterator>

#include "acquirer/stripe/responses.h"

namespace tollgate::stripe {
namespace {

struct Word {
  std::string_view text;
  DeclineCode code;
};

// Of `decline_code`, which says more, and of `code`, where there is no other. Sorted.
constexpr Word words[] = {
    {"authentication_not_handled", DeclineCode::authentication_required},
    {"authentication_required", DeclineCode::authentication_required},
    {"card_not_supported", DeclineCode::card_not_supported},
    {"card_velocity_exceeded", DeclineCode::card_velocity_exceeded},
    {"currency_not_supported", DeclineCode::currency_not_supported},
    {"do_not_honor", DeclineCode::do_not_honor},
    {"expired_card", DeclineCode::expired_card},
    {"fraudulent", DeclineCode::fraudulent},
    {"incorrect_cvc", DeclineCode::incorrect_cvc},
    {"incorrect_number", DeclineCode::incorrect_number},
    {"insufficient_funds", DeclineCode::insufficient_funds},
    {"invalid_cvc", DeclineCode::incorrect_cvc},
    {"invalid_expiry_month", DeclineCode::expired_card},
    {"invalid_expiry_year", DeclineCode::expired_card},
    {"invalid_number", DeclineCode::incorrect_number},
    {"issuer_not_available", DeclineCode::processing_error},
    {"lost_card", DeclineCode::lost_card},
    {"merchant_blacklist", DeclineCode::fraudulent},
    {"not_permitted", DeclineCode::card_not_supported},
    {"offline_pin_required", DeclineCode::authentication_required},
    {"online_or_offline_pin_required", DeclineCode::authentication_required},
    {"payment_intent_authentication_failure", DeclineCode::authentication_failed},
    {"pickup_card", DeclineCode::stolen_card},
    {"processing_error", DeclineCode::processing_error},
    {"reenter_transaction", DeclineCode::processing_error},
    {"service_not_allowed", DeclineCode::card_not_supported},
    {"setup_intent_authentication_failure", DeclineCode::authentication_failed},
    {"stolen_card", DeclineCode::stolen_card},
    {"test_mode_live_card", DeclineCode::card_not_supported},
    {"transaction_not_allowed", DeclineCode::card_not_supported},
    {"try_again_later", DeclineCode::not_reached},
    {"withdrawal_count_limit_exceeded", DeclineCode::card_velocity_exceeded},
};
static_assert(std::is_sorted(std::begin(words), std::end(words), [](const Word& a, const Word& b) { return a.text < b.text; }));

DeclineCode find(std::string_view text) {
  const auto found = std::lower_bound(std::begin(words), std::end(words), text, [](const Word& word, std::string_view t) { return word.text < t; });
  return found != std::end(words) && found->text == text ? found->code : DeclineCode::none;
}

}  // namespace

DeclineCode decline_code_of(std::string_view code, std::string_view decline_code) {
  if (const DeclineCode found = find(decline_code); found != DeclineCode::none) return found;
  if (const DeclineCode found = find(code); found != DeclineCode::none) return found;
  return DeclineCode::generic_decline;
}

}  // namespace tollgate::stripe

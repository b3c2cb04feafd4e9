#include "api/refusals.h"

#include "api/names.h"

namespace tollgate::api {
namespace {

std::string or_else(const std::string& param, std::string_view fallback) { return param.empty() ? std::string(fallback) : param; }

// Of the path 404, of a parameter 400: an object that is missing is named the way it was named to us.
ApiError missing(const Call& call, Kind kind, std::string_view object, const std::string& param, std::string_view path_param) {
  if (call.route != nullptr && call.route->answer == kind && !call.ids[0].empty()) return no_such_in_path(object, call.ids[0], path_param);
  ApiError error = invalid_param(param.empty() ? std::string(path_param) : param, fmt::format("No such {}.", object), "resource_missing");
  return error;
}

ApiError plain(std::string_view code, std::string message, std::string param = {}) {
  return {.code = code, .message = std::move(message), .param = std::move(param)};
}

}  // namespace

ApiError refusal_error(const Call& call, const RefusalDetail& detail) {
  const std::string& param = detail.param;
  switch (detail.refusal) {
    case Refusal::payment_missing: return missing(call, Kind::payment_intent, "payment_intent", or_else(param, "payment_intent"), "intent");
    case Refusal::unexpected_state:
      return plain("payment_intent_unexpected_state",
                   fmt::format("This PaymentIntent's status is {}, which does not allow this.", word_of(static_cast<PaymentStatus>(detail.state))), param);
    case Refusal::amount_too_large:
      return plain("amount_too_large", fmt::format("The amount is too large: at most {} is possible.", detail.amount_allowed), or_else(param, "amount"));
    case Refusal::amount_too_small:
      return plain("amount_too_small", detail.amount_allowed > 0 ? fmt::format("The amount is too small: at least {} is needed.", detail.amount_allowed)
                                                                 : "The amount is too small.", or_else(param, "amount"));
    case Refusal::currency_not_enabled: return plain({}, "This currency is not enabled for your account.", or_else(param, "currency"));
    case Refusal::method_missing:
      return plain(call.route != nullptr && call.route->answer == Kind::setup_intent ? "setup_intent_unexpected_state" : "payment_intent_unexpected_state", "A payment method is needed to confirm. Give one with the confirmation, or set it first.", param);
    // charge_already_captured is what the older API of charges says.
    case Refusal::already_captured:
      return plain("payment_intent_unexpected_state", "This PaymentIntent's status is succeeded: it was captured already.", param);
    case Refusal::already_refunded: return plain("charge_already_refunded", "This charge was refunded already.", param);
    case Refusal::authorization_expired: return plain("charge_expired_for_capture", "The authorization has expired and cannot be captured.", param);
    case Refusal::busy: {
      ApiError error = plain("lock_timeout", "Another request for this object is in work. Try again in a moment.");
      error.status = 429;
      error.retry = Retry::later;
      return error;
    }
    case Refusal::authentication_required: return card_error(DeclineCode::authentication_required, param);
    case Refusal::partner_suspended: return forbidden("This account is suspended: it can read, but not write.", "account_suspended");
    case Refusal::partner_closed: return forbidden("This account is closed.", "account_closed");
    case Refusal::too_many: return plain({}, "The object has reached the number of entries that it may have.", param);
    case Refusal::customer_missing: return missing(call, Kind::customer, "customer", or_else(param, "customer"), "id");
    case Refusal::method_in_use:
      return plain("payment_method_unexpected_state", "This payment method belongs to another customer. Detach it there first.", param);
    case Refusal::method_detached:
      return plain("payment_method_unexpected_state", "This payment method was detached and can no longer be used.", param);
    case Refusal::live_not_configured:
      return forbidden("Live payments are not configured for this account. Use a test key.", "testmode_charges_only");
    case Refusal::customer_mismatch:
      return plain("payment_method_customer_mismatch", "This payment method belongs to another customer than the one given.", or_else(param, "payment_method"));
    case Refusal::setup_unexpected_state:
      return plain("setup_intent_unexpected_state",
                   fmt::format("This SetupIntent's status is {}, which does not allow this.", word_of(static_cast<SetupStatus>(detail.state))), param);
    case Refusal::nothing_to_refund: return plain("charge_not_refundable", "There is no captured charge to refund.", param);
    case Refusal::limit_exceeded:
      return plain("amount_too_large", fmt::format("The amount is over your account's limit of {} for one payment.", detail.amount_allowed), or_else(param, "amount"));
    case Refusal::declines_exceeded: return card_error(DeclineCode::card_velocity_exceeded, param);
    case Refusal::amount_per_day_exceeded:
      return rate_limited(fmt::format("The amount is over what is left of your account's limit for today: {}. The day ends at midnight UTC.",
                                      detail.amount_allowed),
                          static_cast<int>((us_per_day - call.now_us % us_per_day) / us_per_second) + 1, Retry::never);
    case Refusal::method_missing_id: return missing(call, Kind::payment_method, "PaymentMethod", or_else(param, "payment_method"), "payment_method");
    case Refusal::setup_missing: return missing(call, Kind::setup_intent, "setupintent", or_else(param, "setup_intent"), "intent");
    case Refusal::refund_missing: return missing(call, Kind::refund, "refund", or_else(param, "refund"), "id");
    // Of the admin API's commands; and no refusal at all.
    case Refusal::partner_exists:
    case Refusal::partner_unexpected_state:
    case Refusal::key_missing:
    case Refusal::too_many_keys:
    case Refusal::none: break;
  }
  return internal();
}

DeclineWords words_of(DeclineCode code) {
  switch (code) {
    case DeclineCode::insufficient_funds: return {"card_declined", "insufficient_funds", "The card has insufficient funds."};
    // Issuers ask that cardholders are not told.
    case DeclineCode::lost_card: return {"card_declined", "lost_card", "The card was declined."};
    case DeclineCode::stolen_card: return {"card_declined", "stolen_card", "The card was declined."};
    case DeclineCode::fraudulent: return {"card_declined", "fraudulent", "The card was declined."};
    case DeclineCode::expired_card: return {"expired_card", "expired_card", "The card has expired."};
    case DeclineCode::incorrect_cvc: return {"incorrect_cvc", "incorrect_cvc", "The card's security code is incorrect."};
    case DeclineCode::processing_error: return {"processing_error", "processing_error", "An error occurred while the card was processed. Try again later."};
    case DeclineCode::card_velocity_exceeded:
      return {"card_declined", "card_velocity_exceeded", "The card was declined because it was used too often, or for too much, in a short time."};
    case DeclineCode::authentication_required:
      return {"authentication_required", "authentication_required", "The card was declined: this payment needs the cardholder's authentication."};
    case DeclineCode::authentication_failed:
      return {"payment_intent_authentication_failure", {}, "The cardholder could not be authenticated. Try again, or use another payment method."};
    case DeclineCode::incorrect_number: return {"incorrect_number", "incorrect_number", "The card number is incorrect."};
    case DeclineCode::do_not_honor: return {"card_declined", "do_not_honor", "The card was declined."};
    case DeclineCode::card_not_supported: return {"card_declined", "card_not_supported", "The card does not support this kind of purchase."};
    case DeclineCode::currency_not_supported: return {"card_declined", "currency_not_supported", "The card does not support this currency."};
    case DeclineCode::test_mode_live_card:
      return {"card_declined", "test_mode_live_card", "The card was declined: test mode takes test cards only."};
    case DeclineCode::not_reached:
      return {"processing_error", "try_again_later", "The card could not be processed, and nothing was charged. Try again later."};
    case DeclineCode::none:
    case DeclineCode::generic_decline: break;
  }
  return {"card_declined", "generic_decline", "The card was declined."};
}

DeclineWords setup_words_of(DeclineCode code) {
  DeclineWords words = words_of(code);
  if (code == DeclineCode::authentication_failed) words.code = "setup_intent_authentication_failure";
  return words;
}

ApiError card_error(DeclineCode code, std::string_view param) {
  const DeclineWords words = words_of(code);
  return {.status = 402, .type = ErrorType::card, .code = words.code, .message = std::string(words.message),
          .param = std::string(param), .decline_code = words.decline_code, .retry = Retry::never};
}

}  // namespace tollgate::api

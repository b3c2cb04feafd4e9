#include "acquirer/stripe/requests.h"

#include <fmt/format.h>

#include "acquirer/stripe/form.h"

namespace tollgate::stripe {
namespace {

constexpr std::string_view intents = "/v1/payment_intents", refunds = "/v1/refunds";
constexpr int page_size = 100;  // the most that a list gives

// The same on every repeat, different for every step of every operation.
std::string key_of(const AcquirerRequest& request, std::string_view step) {
  return fmt::format("tollgate/{}/{}", request.reference, step);
}

std::string metadata_name() { return fmt::format("metadata[{}]", reference_key); }

std::string intent_path(std::string_view intent, std::string_view action = {}) {
  return fmt::format("{}/{}{}{}", intents, intent, action.empty() ? "" : "/", action);
}

WireRequest post(std::string target, std::string key, Form& form) {
  return {.post = true, .target = std::move(target), .idempotency_key = std::move(key), .body = form.take()};
}
WireRequest get(std::string target) { return {.post = false, .target = std::move(target)}; }

void add_card(Form& form, const CardData& card) {
  form.add("payment_method_data[type]", "card")
      .add("payment_method_data[card][number]", card.number)
      .add("payment_method_data[card][exp_month]", card.exp_month)
      .add("payment_method_data[card][exp_year]", card.exp_year);
  if (!card.cvc.empty()) form.add("payment_method_data[card][cvc]", card.cvc);
}

}  // namespace

WireRequest create_intent(const AcquirerRequest& request) {
  Form form;
  form.add("amount", request.amount)
      .add("currency", request.currency.lower())
      .add("capture_method", request.subject == AcquirerAction::sale ? "automatic" : "manual")
      .add("payment_method_types[0]", "card")
      .add(metadata_name(), request.reference);
  // Without being asked for, an authorization can neither be raised nor captured in parts.
  if (request.subject == AcquirerAction::authorize) {
    form.add("payment_method_options[card][request_incremental_authorization]", "if_available")
        .add("payment_method_options[card][request_multicapture]", "if_available");
  }
  return post(std::string(intents), key_of(request, "create"), form);
}

WireRequest confirm_intent(const AcquirerRequest& request, std::string_view intent, const CardData& card) {
  Form form;
  add_card(form, card);
  // Nobody here could show the cardholder a challenge: one that is asked for is a decline.
  form.add("error_on_requires_action", "true");
  if (request.off_session) form.add("off_session", "true");
  form.add("expand[0]", "latest_charge");
  return post(intent_path(intent, "confirm"), key_of(request, "confirm"), form);
}

WireRequest retrieve_intent(std::string_view intent) { return get(intent_path(intent) + "?expand[0]=latest_charge"); }

WireRequest change_intent(const AcquirerRequest& request, std::string_view intent) {
  Form form;
  switch (request.subject) {
    case AcquirerAction::increment:
      form.add("amount", request.amount);
      return post(intent_path(intent, "increment_authorization"), key_of(request, "increment"), form);
    case AcquirerAction::capture:
      form.add("amount_to_capture", request.amount);
      if (!request.final_capture) form.add("final_capture", "false");
      return post(intent_path(intent, "capture"), key_of(request, "capture"), form);
    default: return post(intent_path(intent, "cancel"), key_of(request, "cancel"), form);
  }
}

WireRequest abandon_intent(std::string_view intent) {
  Form form;
  form.add("cancellation_reason", "abandoned");
  return post(intent_path(intent, "cancel"), {}, form);
}

WireRequest create_refund(const AcquirerRequest& request, std::string_view intent) {
  Form form;
  form.add("payment_intent", intent).add("amount", request.amount).add(metadata_name(), request.reference);
  return post(std::string(refunds), key_of(request, "refund"), form);
}

WireRequest refund_all(const AcquirerRequest& request, std::string_view intent) {
  Form form;
  form.add("payment_intent", intent).add(metadata_name(), request.reference);
  return post(std::string(refunds), key_of(request, "reverse"), form);
}

WireRequest list_refunds(std::string_view intent, std::string_view after) {
  std::string target = fmt::format("{}?payment_intent={}&limit={}", refunds, intent, page_size);
  if (!after.empty()) target += fmt::format("&starting_after={}", after);
  return get(std::move(target));
}

WireRequest list_intents(int64_t from_s, int64_t to_s, std::string_view after) {
  std::string target = fmt::format("{}?created[gte]={}&created[lte]={}&limit={}", intents, from_s, to_s, page_size);
  if (!after.empty()) target += fmt::format("&starting_after={}", after);
  return get(std::move(target));
}

WireRequest verify_card(const AcquirerRequest& request, const CardData& card) {
  Form form;
  form.add("confirm", "true").add("payment_method_types[0]", "card").add("usage", "off_session");
  add_card(form, card);
  form.add(metadata_name(), request.reference);
  return post("/v1/setup_intents", key_of(request, "verify"), form);
}

}  // namespace tollgate::stripe

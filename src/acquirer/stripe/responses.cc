#include "acquirer/stripe/responses.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tollgate::stripe {
namespace {

using Json = nlohmann::json;

constexpr std::size_t id_characters_max = 255, text_characters_max = 255;

Json parse(std::string_view body) { return Json::parse(body, nullptr, /*allow_exceptions=*/false); }

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

// Empty for what is no text, or a longer one than anyone should keep.
std::string text(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (!value.is_string() || value.get_ref<const std::string&>().size() > text_characters_max) return {};
  return value.get<std::string>();
}

// Ids become parts of paths.
std::optional<std::string> id(const Json& object) {
  std::string value = text(object, "id");
  const auto is_id_character = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (value.empty() || value.size() > id_characters_max || !std::all_of(value.begin(), value.end(), is_id_character)) return std::nullopt;
  return value;
}

// Whole minor units; anything else is no amount.
std::optional<int64_t> amount(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    return number <= static_cast<uint64_t>(amount_max) ? std::optional(static_cast<int64_t>(number)) : std::nullopt;
  }
  return std::nullopt;
}

Currency currency(const Json& object) { return Currency::parse(text(object, "currency")).value_or(Currency{}); }

template <class E, std::size_t n>
E word(const std::string& given, const std::pair<std::string_view, E> (&words)[n]) {
  for (const auto& [name, value] : words)
    if (name == given) return value;
  return E{};
}

constexpr std::pair<std::string_view, IntentStatus> intent_statuses[] = {
    {"requires_payment_method", IntentStatus::requires_payment_method},
    {"requires_confirmation", IntentStatus::requires_confirmation},
    {"requires_action", IntentStatus::requires_action},
    {"processing", IntentStatus::processing},
    {"requires_capture", IntentStatus::requires_capture},
    {"canceled", IntentStatus::canceled},
    {"succeeded", IntentStatus::succeeded},
};
constexpr std::pair<std::string_view, RefundStatus> refund_statuses[] = {
    {"pending", RefundStatus::pending},   {"succeeded", RefundStatus::succeeded},           {"failed", RefundStatus::failed},
    {"canceled", RefundStatus::canceled}, {"requires_action", RefundStatus::requires_action},
};
constexpr std::pair<std::string_view, Check> checks[] = {
    {"pass", Check::pass}, {"fail", Check::fail}, {"unavailable", Check::unavailable}, {"unchecked", Check::unchecked}};

DeclineCode decline_of(const Json& error) { return decline_code_of(text(error, "code"), text(error, "decline_code")); }

std::optional<Intent> intent_of(const Json& object) {
  if (text(object, "object") != "payment_intent") return std::nullopt;
  const auto name = id(object);
  const auto whole = amount(object, "amount"), capturable = amount(object, "amount_capturable"), received = amount(object, "amount_received");
  Intent intent;
  intent.status = word(text(object, "status"), intent_statuses);
  intent.currency = currency(object);
  if (!name || !whole || !capturable || !received || intent.currency.empty() || intent.status == IntentStatus::unknown) return std::nullopt;
  intent.id = *name;
  intent.amount = *whole;
  intent.amount_capturable = *capturable;
  intent.amount_received = *received;
  intent.reference = text(member(object, "metadata"), "tollgate_reference");
  intent.working = intent.status == IntentStatus::processing || member(object, "processing").is_object();
  if (const Json& error = member(object, "last_payment_error"); error.is_object()) {
    intent.failed = true;
    intent.decline = decline_of(error);
  }
  const Json& charge = member(object, "latest_charge");
  intent.amount_refunded = amount(charge, "amount_refunded").value_or(0);
  const Json& card = member(member(charge, "payment_method_details"), "card");
  intent.authorization_code = text(card, "authorization_code");
  // Older versions have it on the charge itself.
  if (intent.authorization_code.empty()) intent.authorization_code = text(charge, "authorization_code");
  intent.network_transaction_id = text(card, "network_transaction_id");
  intent.cvc_check = word(text(member(card, "checks"), "cvc_check"), checks);
  return intent;
}

std::optional<RefundObject> refund_of(const Json& object) {
  if (text(object, "object") != "refund") return std::nullopt;
  const auto name = id(object);
  const auto whole = amount(object, "amount");
  RefundObject refund;
  refund.currency = currency(object);
  refund.status = word(text(object, "status"), refund_statuses);
  if (!name || !whole || refund.currency.empty() || refund.status == RefundStatus::unknown) return std::nullopt;
  refund.id = *name;
  refund.amount = *whole;
  refund.reference = text(member(object, "metadata"), "tollgate_reference");
  const Json& intent = member(object, "payment_intent");
  refund.payment_intent = intent.is_object() ? text(intent, "id") : text(object, "payment_intent");
  return refund;
}

template <class T, class Read>
std::optional<ListPage<T>> page_of(std::string_view body, Read read) {
  const Json list = parse(body);
  const Json &data = member(list, "data"), &more = member(list, "has_more");
  if (!data.is_array() || !more.is_boolean()) return std::nullopt;
  ListPage<T> page;
  page.has_more = more.get<bool>();
  for (const Json& item : data) {
    auto object = read(item);
    if (!object) return std::nullopt;
    page.items.push_back(std::move(*object));
  }
  // A page without items has no place to go on from.
  if (page.items.empty() && page.has_more) return std::nullopt;
  return page;
}

}  // namespace

Taken taken_of(int status, std::string_view body) {
  if (status >= 200 && status < 300) return Taken::done;
  const Refused error = read_error(body);
  switch (status) {
    case 402: return Taken::declined;
    case 400: return error.type == "idempotency_error" ? Taken::conflict : Taken::refused;
    case 401:
    case 403:
    case 404: return Taken::refused;
    case 409: return error.code == "lock_timeout" ? Taken::busy : Taken::conflict;
    case 429: return Taken::busy;
    default: return Taken::broken;
  }
}

std::optional<Intent> read_intent(std::string_view body) { return intent_of(parse(body)); }
std::optional<RefundObject> read_refund(std::string_view body) { return refund_of(parse(body)); }
std::optional<ListPage<RefundObject>> read_refunds(std::string_view body) { return page_of<RefundObject>(body, refund_of); }
std::optional<ListPage<Intent>> read_intents(std::string_view body) { return page_of<Intent>(body, intent_of); }

Refused read_error(std::string_view body) {
  const Json parsed = parse(body);
  const Json& error = member(parsed, "error");
  if (!error.is_object()) return {};
  Refused refused;
  refused.type = text(error, "type");
  refused.code = text(error, "code");
  // Only about the card, or about what the card may do: everything else that is refused is a matter between us and the upstream.
  if (refused.type == "card_error" || !text(error, "decline_code").empty()) refused.decline = decline_of(error);
  return refused;
}

std::optional<SetupResult> read_setup(std::string_view body) {
  const Json object = parse(body);
  if (text(object, "object") != "setup_intent" || !id(object)) return std::nullopt;
  SetupResult result{text(object, "status"), DeclineCode::none};
  if (const Json& error = member(object, "last_setup_error"); error.is_object()) result.decline = decline_of(error);
  return result;
}

}  // namespace tollgate::stripe

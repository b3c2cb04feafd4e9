#include "api/cards.h"

#include <ctime>

#include "api/personal.h"
#include "api/refusals.h"
#include "tollgate/acquirer/sandbox.h"

namespace tollgate::api {
namespace {

constexpr std::size_t number_characters_max = 64;  // with spaces
constexpr int expiry_years_ahead_max = 50;
constexpr std::size_t bin_digits = 6;

// Without what people write between the digits. On the heap, however short: a short string leaves a copy of itself wherever it is moved from.
Secret digits_of(std::string_view number) {
  std::string digits;
  digits.reserve(number_characters_max);
  for (const char c : number) {
    if (c != ' ' && c != '-') digits.push_back(c);
  }
  return Secret(std::move(digits));
}

struct YearMonth {
  int year;
  int month;
};
YearMonth month_of(int64_t now_us) {
  const std::time_t seconds = now_us / us_per_second;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return {utc.tm_year + 1900, utc.tm_mon + 1};
}

ApiError invalid_expiry(std::string_view param) {
  const bool month = param == "exp_month";
  return {.status = 402, .type = ErrorType::card, .code = month ? "invalid_expiry_month" : "invalid_expiry_year",
          .message = month ? "The card's expiration month is invalid." : "The card's expiration year is invalid.",
          .param = std::string(param), .retry = Retry::never};
}

ApiError invalid_cvc() {
  return {.status = 402, .type = ErrorType::card, .code = "invalid_cvc", .message = "The card's security code is invalid.",
          .param = "cvc", .retry = Retry::never};
}

bool is_cvc(std::string_view cvc, CardBrand brand) {
  if (cvc.size() != 3 && !(cvc.size() == 4 && brand == CardBrand::amex)) return false;
  return cvc.find_first_not_of("0123456789") == std::string_view::npos;
}

void read_expiry(Call& call, Params& card, Card& into) {
  const int64_t month = card.need_integer("exp_month", INT32_MIN, INT32_MAX);
  int64_t year = card.need_integer("exp_year", INT32_MIN, INT32_MAX);
  if (call.params.error) return;
  if (year >= 0 && year < 100) year += 2000;
  const YearMonth now = month_of(call.now_us);
  if (month < 1 || month > 12) return card.fail(invalid_expiry("exp_month"));
  if (year < now.year || year > now.year + expiry_years_ahead_max) return card.fail(invalid_expiry("exp_year"));
  if (year == now.year && month < now.month) return card.fail(invalid_expiry("exp_month"));
  into.exp_month = static_cast<uint8_t>(month);
  into.exp_year = static_cast<uint16_t>(year);
}

}  // namespace

std::optional<MethodSnapshot> test_card_named(const Call& call, std::string_view name) {
  if (call.live()) return std::nullopt;
  const TestCard* card = find_test_card(name);
  if (card == nullptr) return std::nullopt;
  MethodSnapshot snapshot;
  snapshot.card_token = card->alias;
  snapshot.card = card->card;
  snapshot.card.fingerprint = card_fingerprint(call.services.vault, call.stream.partner, call.stream.mode, card->number);
  snapshot.card.bin = std::string_view(card->number).substr(0, bin_digits);
  return snapshot;
}

std::optional<Attachable> attachable_named(const Call& call, std::string_view name) {
  if (const auto id = PaymentMethodId::parse(name)) return Attachable{*id, {}};
  auto snapshot = test_card_named(call, name);
  if (!snapshot) return std::nullopt;
  snapshot->id = {new_core(call.now_us), 0};
  snapshot->created_us = call.now_us;
  return Attachable{snapshot->id, std::move(snapshot)};
}

MethodInput read_card(Call& call, Params card) {
  MethodInput input;
  if (card.has("token")) {
    const std::string_view token = card.need_text("token");
    input.snapshot = test_card_named(call, token);
    if (!input.snapshot) card.fail(no_such("token", token, card.path("token")));
    return input;
  }
  const std::string_view given = card.need_text("number", number_characters_max);
  MethodSnapshot snapshot;
  read_expiry(call, card, snapshot.card);
  const auto cvc = card.text("cvc");
  if (call.params.error) return input;

  Secret number = digits_of(given);
  const DeclineCode wrong = check_card(number.reveal());
  if (wrong != DeclineCode::none) {
    card.fail(card_error(wrong, "number"));
    return input;
  }
  // A real card must never be charged, or even kept, by a mistake of mode.
  const TestCard* test_card = find_test_card_by_number(number.reveal());
  if (!call.live() && test_card == nullptr) {
    card.fail(card_error(DeclineCode::test_mode_live_card, "number"));
    return input;
  }
  const CardBrand brand = brand_of(number.reveal());
  if (cvc) {
    if (!is_cvc(*cvc, brand)) {
      card.fail(invalid_cvc());
      return input;
    }
    input.cvc = std::make_shared<const Secret>(digits_of(*cvc));
  }
  const Card expiry = snapshot.card;
  if (test_card != nullptr && !call.live()) snapshot.card = test_card->card;
  snapshot.card.brand = brand;
  snapshot.card.exp_month = expiry.exp_month;
  snapshot.card.exp_year = expiry.exp_year;
  snapshot.card.bin = number.reveal().substr(0, bin_digits);
  snapshot.card.last4 = number.reveal().substr(number.reveal().size() - 4);
  snapshot.card.fingerprint = card_fingerprint(call.services.vault, call.stream.partner, call.stream.mode, number.reveal());
  input.snapshot = std::move(snapshot);
  input.number = std::move(number);
  return input;
}

MethodInput read_method(Call& call, Params params, std::string_view subject) {
  MethodInput input;
  if (params.has("payment_method") && params.has("payment_method_data")) {
    params.fail(invalid_param("payment_method_data", "Give either payment_method or payment_method_data, not both."));
    return input;
  }
  if (params.unset("payment_method")) {
    input.cleared = true;
    return input;
  }
  if (const auto given = params.text("payment_method")) {
    if (const auto id = PaymentMethodId::parse(*given)) {
      input.id = *id;
    } else {
      input.snapshot = test_card_named(call, *given);
      if (!input.snapshot) params.fail(no_such("PaymentMethod", *given, "payment_method"));
    }
    return input;
  }
  Params data = params.object("payment_method_data");
  if (!data) return input;
  const std::string_view type = data.need_text("type");
  if (!type.empty() && type != "card") {
    data.fail(invalid_param(data.path("type"), "Only payment methods of the type card are supported."));
    return input;
  }
  Params card = data.object("card");
  if (!card) {
    data.fail(missing_param(data.path("card")));
    return input;
  }
  BillingDetails billing;
  const bool has_billing = read_billing(data.object("billing_details"), billing);
  input = read_card(call, card);
  if (has_billing && input.snapshot && !call.params.error) {
    auto sealed = seal(call, subject, billing);
    if (!sealed.ok()) data.fail(internal());
    else input.snapshot->sealed_billing = *std::move(sealed);
  }
  return input;
}

Reply store_card(CallPtr& call, MethodInput method, WithMethod next) {
  if (method.number.empty()) return next(call, method);
  Vault& vault = call->services.vault;
  ResultSink& sink = call->sink;
  const PartnerId partner = call->stream.partner;
  const Mode mode = call->stream.mode;
  Secret number = std::move(method.number);
  const Card card = method.snapshot->card;
  // The vault answers on its own thread; the rest of the request runs on the one that it came in on.
  vault.store(partner, mode, std::move(number), card.exp_month, card.exp_year,
              [call = std::move(call), method = std::move(method), next = std::move(next), &sink](StatusOr<StoredCard> stored) mutable {
                std::vector<ResultSink::Item> items(1);
                items[0].handler = [call = std::move(call), method = std::move(method), next = std::move(next),
                                    stored = std::move(stored)](CommandResult) mutable {
                  if (!stored.ok()) return answer(std::move(call), absl::IsUnavailable(stored.status()) ? overloaded() : internal());
                  method.snapshot->card_token = std::move(stored->token);
                  carry_on(std::move(call), [&](CallPtr& held) { return next(held, method); });
                };
                sink.deliver(std::move(items));
              });
  return Reply::taken();
}

}  // namespace tollgate::api

#include "api/method_options.h"

#include <algorithm>

#include "api/names.h"
#include "api/text.h"

namespace tollgate::api {
namespace {

constexpr std::size_t method_types_max = 10;

using Words = std::span<const std::pair<std::string_view, bool>>;

void read_types(Params& params) {
  const auto types = params.list("payment_method_types", method_types_max);
  for (const std::string_view type : types) {
    // Link is another way to the same cards.
    if (type != "card" && type != "link")
      params.fail(invalid_param("payment_method_types", fmt::format("The payment method type {} is not supported.", shown(type))));
  }
  if (!types.empty() && std::find(types.begin(), types.end(), "card") == types.end())
    params.fail(invalid_param("payment_method_types", "payment_method_types must contain card: there are no other payment methods here."));
}

void read_automatic(Params automatic) {
  if (!automatic) return;
  if (!automatic.has("enabled")) automatic.fail(missing_param(automatic.path("enabled")));
  (void)automatic.boolean("enabled");
  static constexpr std::pair<std::string_view, bool> redirects[] = {{"always", true}, {"never", false}};
  (void)automatic.choice<bool>("allow_redirects", Words(redirects));
}

// Takes false alone: true would be done otherwise than asked for.
void refuse_if_true(Params& params, std::string_view name, std::string_view why) {
  if (params.boolean(name).value_or(false)) params.fail(invalid_param(params.path(name), fmt::format("{} may not be true: {}", params.path(name), why)));
}

// Of payments and setups alike.
void read_card(Params& card) {
  // A request and no demand: the card decides, as with automatic.
  static constexpr std::pair<std::string_view, bool> secure[] = {{"automatic", true}, {"any", true}, {"challenge", true}};
  (void)card.choice<bool>("request_three_d_secure", Words(secure));
  // A card here has one network, so there is nothing to choose.
  static constexpr std::pair<std::string_view, bool> networks[] = {
      {"amex", true}, {"diners", true}, {"discover", true}, {"jcb", true}, {"mastercard", true}, {"unionpay", true}, {"unknown", true}, {"visa", true}};
  if (!card.unset("network")) (void)card.choice<bool>("network", Words(networks));
  refuse_if_true(card, "moto", "payments by mail and telephone are treated as all others here.");
}

MethodOptions read_card_payment(Params& card) {
  // Several captures and increments are always available, the others never: every answer to these comes to the same.
  static constexpr std::pair<std::string_view, bool> wishes[] = {{"if_available", true}, {"never", false}};
  for (const std::string_view wish : {"request_multicapture", "request_incremental_authorization", "request_extended_authorization",
                                      "request_overcapture", "request_partial_authorization"}) {
    (void)card.choice<bool>(wish, Words(wishes));
  }
  // Plans are never available; none can be chosen.
  if (Params installments = card.object("installments")) (void)installments.boolean("enabled");
  refuse_if_true(card, "require_cvc_recollection", "security codes are checked where they are given, and nowhere asked for.");
  MethodOptions options;
  static constexpr std::pair<std::string_view, CaptureMethod> captures[] = {{"manual", CaptureMethod::manual}};
  options.capture_method = card.choice<CaptureMethod>("capture_method", captures);
  static constexpr std::pair<std::string_view, FutureUsage> usages[] = {
      {"none", FutureUsage::none}, {"off_session", FutureUsage::off_session}, {"on_session", FutureUsage::on_session}};
  if (card.unset("setup_future_usage")) options.setup_future_usage = FutureUsage::none;
  else options.setup_future_usage = card.choice<FutureUsage>("setup_future_usage", usages);
  return options;
}

}  // namespace

MethodOptions read_method_options(Params& params, MethodUse use) {
  read_types(params);
  read_automatic(params.object("automatic_payment_methods"));
  (void)params.boolean("use_stripe_sdk");
  Params options = params.object("payment_method_options");
  if (!options) return {};
  // Options of kinds that no payment here has.
  options.ignore_objects_but("card");
  Params card = options.object("card");
  if (!card) return {};
  read_card(card);
  return use == MethodUse::payment ? read_card_payment(card) : MethodOptions{};
}

void refuse_without_confirm(Params& params, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (params.has(name)) params.fail(invalid_param(std::string(name), fmt::format("{} may only be given together with confirm=true.", name)));
  }
}

void read_mandate_data(Params& params) { params.ignore_object("mandate_data"); }

void read_radar_options(Params& params) {
  if (Params radar = params.object("radar_options")) (void)radar.text("session");
}

}  // namespace tollgate::api

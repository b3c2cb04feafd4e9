// Payment methods as requests give them: an object of the partner's, a test card by name, or a card number, which goes into the
// vault before anything else happens.
#pragma once
#include <absl/functional/any_invocable.h>

#include <memory>
#include <optional>

#include "api/call.h"

namespace tollgate::api {

struct MethodInput {
  bool cleared = false;                     // payment_method=""
  PaymentMethodId id;                       // an object of the partner's
  std::optional<MethodSnapshot> snapshot;   // made in passing; with a `number`: still without its token
  Secret number;
  std::shared_ptr<const Secret> cvc;
  [[nodiscard]] bool given() const { return cleared || !id.empty() || snapshot.has_value(); }
};

// payment_method, or payment_method_data. `subject`: whose key seals the billing details.
[[nodiscard]] MethodInput read_method(Call& call, Params params, std::string_view subject);
// card[...] of a payment method: a number with its expiry, or the name of a test card.
[[nodiscard]] MethodInput read_card(Call& call, Params card);
// A test card's name; nothing in live mode.
[[nodiscard]] std::optional<MethodSnapshot> test_card_named(const Call& call, std::string_view name);

// A payment method to be attached: an object of the partner's, or a test card by name, which becomes an object of its own.
struct Attachable {
  PaymentMethodId id;
  std::optional<MethodSnapshot> made;
};
[[nodiscard]] std::optional<Attachable> attachable_named(const Call& call, std::string_view name);

// Puts the number, if there is one, into the vault, and goes on with the whole snapshot. A number that it has
// already is not written again.
using WithMethod = absl::AnyInvocable<Reply(CallPtr& call, MethodInput& method)>;
[[nodiscard]] Reply store_card(CallPtr& call, MethodInput method, WithMethod next);

}  // namespace tollgate::api

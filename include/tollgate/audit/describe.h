// Records and amounts in words, for people.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tollgate/money/money.h"
#include "tollgate/record/record.h"

namespace tollgate::audit {

using FieldText = std::pair<std::string, std::string>;  // name, text

// The event's fields that are set, with nested ones as "method.card.last4": amounts in major units of `currency` (empty: the event's own), times as RFC 3339,
// ciphertexts as "sealed". Without its postings and without `left_out`, the id of the object that it is shown under.
[[nodiscard]] std::vector<FieldText> describe(const Event& event, Currency currency, std::string_view left_out = {});
// Whether a record of that event, if it says no cause, goes on with the command of the record before it. The cause stands on a command's first record, and
// the node by itself never begins with one of these.
[[nodiscard]] bool continues_command(const Event& event);
// "key 3kd8..., POST /v1/payment_intents, req_..., version 2023-08-16, idempotency key \"k\""; without a cause "the same request" or "the node".
[[nodiscard]] std::string who_asked(const Record& record);
// "1,234.50 USD"
[[nodiscard]] std::string amount_text(int64_t minor, Currency currency);
// "visa **** 4242, 12/2034"; empty if nothing is known of it.
[[nodiscard]] std::string card_text(const Card& card);

}  // namespace tollgate::audit

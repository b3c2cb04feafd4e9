// The one table from the domain's refusals and declines to what the API says.
#pragma once
#include <string_view>

#include "api/call.h"
#include "tollgate/payment/commands.h"

namespace tollgate::api {

[[nodiscard]] ApiError refusal_error(const Call& call, const RefusalDetail& detail);

struct DeclineWords {
  std::string_view code;          // "card_declined"
  std::string_view decline_code;  // "insufficient_funds"; empty: none
  std::string_view message;
};
[[nodiscard]] DeclineWords words_of(DeclineCode code);
// Of a setup intent: a failed challenge has a code of its own there.
[[nodiscard]] DeclineWords setup_words_of(DeclineCode code);

// A card that was refused before it got to an acquirer.
[[nodiscard]] ApiError card_error(DeclineCode code, std::string_view param);

}  // namespace tollgate::api

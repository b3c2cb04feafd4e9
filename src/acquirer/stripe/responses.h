// What a Stripe-compatible upstream answers, read as data that is not trusted. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tollgate/acquirer/acquirer.h"

namespace tollgate::stripe {

enum class IntentStatus : uint8_t {
  unknown = 0, requires_payment_method, requires_confirmation, requires_action, processing, requires_capture, canceled, succeeded
};
enum class RefundStatus : uint8_t { unknown = 0, pending, succeeded, failed, canceled, requires_action };

struct Intent {
  std::string id;
  IntentStatus status = IntentStatus::unknown;
  int64_t amount = 0, amount_capturable = 0, amount_received = 0;
  Currency currency;
  std::string reference;  // our metadata
  bool working = false;   // the upstream is at it, or does not know itself
  bool failed = false;    // has a last_payment_error
  DeclineCode decline = DeclineCode::none;
  // Of the newest charge, where the answer has it.
  int64_t amount_refunded = 0;
  std::string authorization_code, network_transaction_id;
  Check cvc_check = Check::none;
};
struct RefundObject {
  std::string id;
  RefundStatus status = RefundStatus::unknown;
  int64_t amount = 0;
  Currency currency;
  std::string reference, payment_intent;
};

// How a request was taken.
enum class Taken : uint8_t {
  done,      // 2xx
  declined,  // 402: the card or the operation was refused
  refused,   // 400, 401, 403, 404: the request was; nothing was done because of it
  conflict,  // 400 and 409 about the idempotency key, 409 and 429: not now; or nobody knows
  busy,      // 429: nothing was done
  broken,    // 5xx, or no answer that can be read
};
struct Refused {
  std::string type, code;
  DeclineCode decline = DeclineCode::processing_error;
};

[[nodiscard]] Taken taken_of(int status, std::string_view body);
[[nodiscard]] std::optional<Intent> read_intent(std::string_view body);
[[nodiscard]] std::optional<RefundObject> read_refund(std::string_view body);
// What an error says; also of a body that is none.
[[nodiscard]] Refused read_error(std::string_view body);
// Of a setup intent: its status and decline.
struct SetupResult {
  std::string status;
  DeclineCode decline = DeclineCode::none;
};
[[nodiscard]] std::optional<SetupResult> read_setup(std::string_view body);

template <class T>
struct ListPage {
  std::vector<T> items;
  bool has_more = false;
};
[[nodiscard]] std::optional<ListPage<RefundObject>> read_refunds(std::string_view body);
[[nodiscard]] std::optional<ListPage<Intent>> read_intents(std::string_view body);

// From the upstream's words for a decline. What is not known is a generic decline: definite all the same.
[[nodiscard]] DeclineCode decline_code_of(std::string_view code, std::string_view decline_code);

}  // namespace tollgate::stripe

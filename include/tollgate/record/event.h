// Every event there is, and what stands beside it in a record.
#pragma once
#include <string>
#include <type_traits>
#include <variant>

#include "tollgate/access/access.h"
#include "tollgate/base/id.h"
#include "tollgate/customer/customer.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/partner/partner.h"
#include "tollgate/payment/events.h"

namespace tollgate {

// A command was refused for a business reason: the answer that its idempotency key keeps. `subject` is the id it was about.
struct RequestRefused {
  static constexpr uint16_t event_type = 100;
  static constexpr const char* event_name = "request_refused";
  RefusalDetail detail;
  std::string subject;
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "detail", self.detail);
    v(2, "subject", self.subject);
  }
};

namespace record_internal {
template <class... Variants>
struct Joined;
template <class... A>
struct Joined<std::variant<A...>> { using type = std::variant<A...>; };
template <class... A, class... B, class... Rest>
struct Joined<std::variant<A...>, std::variant<B...>, Rest...> : Joined<std::variant<A..., B...>, Rest...> {};
}  // namespace record_internal

using Event = record_internal::Joined<PaymentEvent, CustomerEvent, LedgerEvent, PartnerEvent, std::variant<RequestRefused>, AdminEvent>::type;

// From one of the narrower variants.
template <class Narrow>
[[nodiscard]] Event widen(Narrow&& narrow) {
  return std::visit([](auto&& event) { return Event(std::forward<decltype(event)>(event)); }, std::forward<Narrow>(narrow));
}

// Who asked: on the first record of every command that came from outside. Empty on what the node itself decided.
struct Cause {
  RequestId request;
  std::string idempotency_key;  // empty: none was given
  std::string fingerprint;      // 16 bytes over method, path and parameters
  std::string parameters;       // 4 bytes for each top-level parameter, so that a mismatch can be named (api/idempotency)
  std::string operation;        // "POST /v1/payment_intents"
  std::string api_version;      // that the answer was rendered in
  std::string actor;            // id of the API key, or of the admin
  template <class Self, class V>
  static void fields(Self& self, V& v) {
    v(1, "request", self.request);
    v(2, "idempotency_key", self.idempotency_key);
    v(3, "fingerprint", self.fingerprint);
    v(4, "parameters", self.parameters);
    v(5, "operation", self.operation);
    v(6, "api_version", self.api_version);
    v(7, "actor", self.actor);
  }
  [[nodiscard]] bool empty() const { return request.empty(); }
  bool operator==(const Cause&) const = default;
};

}  // namespace tollgate

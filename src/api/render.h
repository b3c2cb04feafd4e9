// Objects as JSON. One writer for each, in the file of its resource in v1/.
#pragma once
#include <algorithm>
#include <string>

#include "api/call.h"
#include "api/expand.h"
#include "api/names.h"
#include "api/personal.h"
#include "api/refusals.h"
#include "api/versions.h"
#include "api/writer.h"

namespace tollgate::api {

// Of one answer: objects within objects, a hundred times, are more than a client can want, and keep an io thread from others.
inline constexpr std::size_t answer_bytes_max = std::size_t{16} << 20;

// Of a list within an object: the newest ones, and the rest under its url.
inline constexpr std::size_t nested_items_max = 10;

struct Renderer {
  Renderer(const Services& services_, const Stream& stream_, Form form_, int64_t now_us_)
      : services(services_), stream(stream_), form(form_), now_us(now_us_), out(text) {
    text.reserve(4096);
  }
  explicit Renderer(const Call& call) : Renderer(call.services, call.stream, form_of(call.version), std::min(call.now_us, call.known_at.time_us)) {
    known_at = call.known_at;
  }
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  const Services& services;
  const Stream& stream;
  Form form;
  int64_t now_us;
  KnownAt known_at;  // of what is referred to as well
  std::string text;
  Writer out;

  Status failed;  // the first thing that could not be read: what was written is then no answer

  [[nodiscard]] bool live() const { return stream.mode == Mode::live; }
  // No more is to be written: what there is would be no answer.
  [[nodiscard]] bool full() {
    if (text.size() <= answer_bytes_max) return false;
    failed.Update(error(absl::StatusCode::kOutOfRange, "an answer of {} bytes", text.size()));
    return true;
  }
  [[nodiscard]] Reply failure() const {
    if (absl::IsOutOfRange(failed)) return answer_too_large(answer_bytes_max);
    if (known_at.is_now()) return internal();
    return absl::IsFailedPrecondition(failed) ? as_of_too_old() : absl::IsResourceExhausted(failed) ? as_of_too_far() : internal();
  }
  // What is not there is no failure.
  void read(const Status& status) {
    if (!absl::IsNotFound(status)) failed.Update(status);
  }
  // What `sealed` holds; nothing if its key was erased, or if it cannot be read: `failed` says that.
  template <class T>
  [[nodiscard]] T personal(std::string_view sealed) {
    StatusOr<T> clear = unseal<T>(services, stream, sealed);
    read(clear.status());
    return clear.ok() ? *std::move(clear) : T{};
  }
  [[nodiscard]] Reply reply() { return !full() && failed.ok() ? Reply::json(std::move(text)) : failure(); }
  // The same, of an error and the members that were written for it.
  [[nodiscard]] Reply reply(ApiError error) {
    if (!failed.ok()) return internal();
    error.members = std::move(text);
    return error;
  }
};

void write_payment_intent(Renderer& r, const Payment& payment, Expand expand);
void write_charge(Renderer& r, const Payment& payment, const Attempt& attempt, Expand expand);
void write_refund(Renderer& r, const Payment& payment, const Refund& refund, Expand expand);
void write_transaction(Renderer& r, const Payment& payment, const Transaction& transaction, Expand expand);
void write_payment_method(Renderer& r, const MethodSnapshot& method, const Metadata& metadata, Expand expand);
void write_customer(Renderer& r, const Customer& customer, Expand expand);
void write_setup_intent(Renderer& r, const SetupIntent& setup, Expand expand);

// References: an id, null, or the object if it was asked for.
void write_customer_ref(Renderer& r, std::string_view key, CustomerId id, Expand parent);
void write_payment_method_ref(Renderer& r, std::string_view key, const MethodSnapshot& method, Expand parent);
void write_payment_method_id_ref(Renderer& r, std::string_view key, PaymentMethodId id, Expand parent);
void write_transaction_ref(Renderer& r, std::string_view key, const Payment& payment, uint16_t ordinal, Expand parent);

void write_metadata(Writer& out, const Metadata& metadata);
// card{...} of a payment method.
void write_method_card(Writer& out, const Card& card);
// A member `key` that describes the decline, as last_payment_error does; `charge` may be empty.
void write_decline(Renderer& r, std::string_view key, const DeclineWords& words, const ChargeId& charge, const MethodSnapshot* method);

[[nodiscard]] std::string client_secret(const Services& services, std::string_view id);
// What a browser has instead of a key; with a key it adds nothing, but it must be the right one. `object`: "PaymentIntent".
[[nodiscard]] std::optional<ApiError> check_client_secret(const Call& call, std::optional<std::string_view> given, std::string_view id, std::string_view object);
// Where the cardholder proves who they are: a page of this listener, in test mode. `step` tells challenges of one object apart.
[[nodiscard]] std::string challenge_token(const Services& services, const Stream& stream, std::string_view id, unsigned step);
void write_next_action(Renderer& r, bool required, std::string_view id, unsigned step, std::string_view return_url);

}  // namespace tollgate::api

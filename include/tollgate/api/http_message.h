// A request and its response without sockets: http fills one and sends the other.
#pragma once
#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate {

enum class Method : uint8_t { get, post, del, put, other };

// What a handler has found out from a request's head and wants to have again. It lives until the request is answered or gone.
class Admission {
 public:
  virtual ~Admission() = default;
  bool wants_body = true;  // false: the request is handled as if it had none, and what comes of it is dropped
};

struct HttpRequest {
  Method method = Method::get;
  std::string_view path;   // decoded by no one: "/v1/payment_intents/pi_..."
  std::string_view query;  // behind the '?', raw; empty if none
  std::string_view body;
  // The headers that anyone here looks at; empty if absent. Values are trimmed.
  std::string_view authorization;
  std::string_view content_type;
  std::string_view idempotency_key;
  std::string_view stripe_version;
  std::string_view stripe_account;
  std::string_view last_event_id;
  std::string_view if_none_match;
  std::string_view peer;  // "127.0.0.1"
  std::string_view client_certificate;  // of its verified certificate: SHA-256 of the public key, 64 hexadecimal digits; empty: there is none
  uint64_t peer_network = 0;       // a number for it: the IPv4 address, or the /64 of an IPv6 one
  Admission* admission = nullptr;  // what admit() gave
  bool idempotency_key_given = false;  // also if it is empty
};

class HttpStream;

struct HttpResponse {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";  // of static text
  // Besides Content-Type, Content-Length, Date and Connection, which http writes. Names and values are clean (no CR, LF).
  std::vector<std::pair<std::string_view, std::string>> headers;
  bool close = false;  // end the connection behind it
  // A body without an end that is known: it follows `body` as it is written (http_stream.h), and the connection ends with it.
  std::shared_ptr<HttpStream> stream = {};
};

// Called exactly once, on the io thread that called handle().
using Respond = absl::AnyInvocable<void(HttpResponse)>;

class ResultSink;

// The application behind a listener. handle() is called on io threads; the views of `request` live until it returns, so what is
// needed later is copied. `sink` is that thread's way back from the engine.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Called when a request's head is there and its body is not looked at yet. A response: the request is refused with it, and its body is
  // never read by anyone.
  virtual std::optional<HttpResponse> admit(const HttpRequest& /*head*/, std::unique_ptr<Admission>& /*admission*/) { return std::nullopt; }
  // Now and then, from each io thread that has work: how late its loop comes to what is due.
  virtual void loop_delay(uint32_t /*thread*/, int64_t /*delay_us*/) {}
  virtual void handle(const HttpRequest& request, ResultSink& sink, Respond respond) = 0;
};

}  // namespace tollgate

// An HTTPS client for calls to one upstream (a payment service provider, a webhook endpoint): a bounded pool of kept connections,
// a bounded queue before it, an absolute deadline for each call, and a thread of its own, so that an upstream that hangs holds
// nobody else. It never repeats a call by itself: it says whether one was surely not sent or may have been, and the caller decides.
#pragma once
#include <absl/functional/any_invocable.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tollgate/base/secret.h"
#include "tollgate/base/status.h"

namespace tollgate {

struct UpstreamOptions {
  // "https://api.example.com", "https://host:8443/under/here"; "http://" for loopback addresses only.
  std::string base_url;
  std::string ca_file;                      // PEM: whom to trust; empty: the system's certificate store
  std::string certificate_file, key_file;   // PEM: what we show if the upstream asks who we are; both or neither
  std::size_t connections_max = 64;
  std::size_t waiting_max = 256;            // calls that wait for a connection; more are not sent
  uint32_t connect_timeout_ms = 5'000;      // name lookup, TCP and TLS handshake together
  uint32_t idle_timeout_ms = 30'000;        // then a connection that is not used is closed
  uint32_t header_bytes_max = 16 * 1024;    // of an answer
  uint64_t body_bytes_max = 1024 * 1024;
};

struct UpstreamRequest {
  std::string method;         // as on the wire
  std::string target;         // path and query behind the base URL's path, beginning with a slash
  std::vector<std::pair<std::string, std::string>> headers;
  Secret authorization;       // value of that header; empty: none. Wiped after sending, as the body is.
  Secret body;
  int64_t deadline_us = 0;    // monotonic_us(): when the caller no longer waits
};

struct UpstreamResult {
  enum class Kind : uint8_t {
    answered,    // a whole response, whatever its status
    not_sent,    // surely not sent: no byte of it left
    maybe_sent,  // sent in part or whole, and no whole answer: nobody knows what the upstream did
  };
  Kind kind = Kind::not_sent;
  bool late = false;    // without an answer because the deadline passed
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string problem;  // of a call without an answer: for people; never holds anything of the request

  // Of the first header with that name, in any case; empty: none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};
// Called once, on the upstream's thread; on the caller's if the call is not taken.
using UpstreamHandler = absl::AnyInvocable<void(UpstreamResult)>;

struct UpstreamStats {
  std::size_t outstanding = 0;   // calls without a result
  std::size_t connections = 0;   // open or being opened
  uint64_t connections_opened = 0;
};

class Upstream {
 public:
  // An error names what is wrong with the options. Connects with the first call.
  [[nodiscard]] static StatusOr<std::unique_ptr<Upstream>> open(UpstreamOptions options);
  // As stop().
  virtual ~Upstream() = default;

  // Any thread; never blocks.
  virtual void call(UpstreamRequest request, UpstreamHandler handler) = 0;
  // Ends all calls, their handlers called. Not from a handler. Idempotent.
  virtual void stop() = 0;
  [[nodiscard]] virtual UpstreamStats stats() const = 0;
};

}  // namespace tollgate

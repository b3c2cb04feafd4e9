// The HTTP/1.1 listener in front of an HttpHandler: framing, limits, deadlines, keep-alive and TLS. What a payment is,
// it does not know. Every io thread has its own sockets and its own ResultSink; nothing is shared between them on the
// way.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tollgate/api/http_message.h"
#include "tollgate/base/status.h"

namespace tollgate {

// Whether those who connect are asked for a certificate of their own. Optional: one that is shown must hold; required: without one there is
// no connection.
enum class ClientCertificates : uint8_t { off, optional, required };

// Why a TLS handshake was refused. All but the last are about the client's certificate.
inline constexpr std::array<std::string_view, 8> handshake_refusal_names = {"no_certificate", "untrusted", "expired", "not_yet_valid",
                                                                            "revoked", "revocation_unknown", "unfit", "protocol"};
enum class HandshakeRefusal : uint8_t {
  no_certificate,
  untrusted,           // of no authority that is known here, or with a wrong signature
  expired,
  not_yet_valid,
  revoked,
  revocation_unknown,  // a revocation list is missing or out of date
  unfit,               // for another purpose, with a weak key, ...
  protocol,            // versions, ciphers, no TLS at all
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // IPv4 or IPv6, not a name
  uint16_t port = 0;                  // 0: a free one
  // A socket that listens there already and that somebody else keeps when we close it; -1: one is opened.
  int inherited_socket = -1;
  uint32_t io_threads = 1;
  // PEM files; both or neither. With them the listener speaks TLS 1.2 and 1.3 and nothing else.
  std::string tls_certificate_path;
  std::string tls_key_path;
  // PEM, with TLS only: whose certificates are accepted, and of each of these authorities what it has revoked (empty: that is not checked).
  ClientCertificates client_certificates = ClientCertificates::off;
  std::string client_ca_path;
  std::string client_crl_path;

  uint32_t header_bytes_max = 16 * 1024;  // request line and headers: 431
  uint32_t headers_max = 64;              // 431
  uint32_t uri_bytes_max = 8 * 1024;      // 414
  uint32_t body_bytes_max = 256 * 1024;   // 413
  // Absolute, from the first byte to the last: a sender that trickles gets no further than a silent one.
  uint32_t request_header_timeout_ms = 10'000;
  uint32_t request_body_timeout_ms = 10'000;
  uint32_t idle_timeout_ms = 75'000;   // between requests
  uint32_t write_timeout_ms = 10'000;  // one response
  uint32_t handshake_timeout_ms = 5'000;
  uint32_t connections_max = 20'000;         // in all threads; those above are closed at once
  uint32_t connections_per_address_max = 0;  // IPv6: of a /64; 0: no bound of their own
  uint32_t requests_per_connection_max = 0;  // 0: no bound
  // Large answers that wait for their readers, in all connections: beyond it, requests that only read are refused with 503.
  uint64_t answer_bytes_held_max = uint64_t{256} << 20;
};

struct HttpServerStats {
  uint64_t connections_accepted = 0;
  uint64_t connections_open = 0;
  uint64_t connections_refused = 0;  // over a bound, or out of file descriptors
  uint64_t requests = 0;             // that reached the handler, those included that it did not admit
  uint64_t requests_refused = 0;     // framing and limits: answered here
  uint64_t timeouts = 0;             // connections cut for being slow or idle
  uint64_t bytes_in = 0;             // on the wire, without TLS' own
  uint64_t bytes_out = 0;
  uint64_t responses[6] = {};  // by first digit of the status
  int64_t tls_expires_s = 0;   // since 1970, of the certificate; 0: no TLS
  int64_t client_ca_expires_s = 0;   // of the first of the client authorities; 0: none
  int64_t client_crl_expires_s = 0;  // when the first of the revocation lists is out of date; 0: none
  std::array<uint64_t, handshake_refusal_names.size()> handshakes_refused{};
};

class HttpServer {
 public:
  // Binds; serves from start() on. `handler` outlives the server, and the server outlives everything that may still
  // call a Respond or a ResultSink of its: stop() it first, then the engine behind it, then destroy it.
  [[nodiscard]] static StatusOr<std::unique_ptr<HttpServer>> open(HttpServerOptions options, HttpHandler& handler,
                                                                  std::string name);
  virtual ~HttpServer() = default;
  virtual void start() = 0;
  [[nodiscard]] virtual uint16_t port() const = 0;
  // Takes no new connections, closes idle ones, lets the requests in work finish, and cuts what is left at the deadline. Connections that
  // were made before are served: also those that still waited to be taken, unless they wait in an inherited socket for whoever comes next,
  // and those whose first request is on its way.
  virtual void stop(uint32_t deadline_ms) = 0;
  [[nodiscard]] virtual HttpServerStats stats() const = 0;
  // Serves on, but ends each connection with its next response: clients that keep connections are to find another node.
  virtual void wind_down() = 0;
  // Reads certificate and key again, and whom to trust, for the connections that come; no session of before is resumed. An error leaves those
  // in use; without TLS nothing happens.
  [[nodiscard]] virtual Status reload_tls() = 0;
};

}  // namespace tollgate

// TLS as a client: whom to trust, and that the other side is who it should be.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "tollgate/base/status.h"
#include "tollgate/transport/upstream.h"

namespace tollgate::transport {

// TLS 1.2 and 1.3 with modern ciphers; certificates are verified against the options' `ca_file`, or against the system's store if it is empty.
[[nodiscard]] StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_client_context(const UpstreamOptions& options);
// The certificate must be for `host` (a name or an address); names are sent to the server as well (SNI).
[[nodiscard]] bool expect_host(SSL* connection, const std::string& host);
// Why the handshake failed, for people.
[[nodiscard]] std::string handshake_problem(SSL* connection, const std::string& otherwise);

}  // namespace tollgate::transport

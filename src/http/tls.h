// The TLS settings of the listener.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "tollgate/base/status.h"
#include "tollgate/http/server.h"

namespace tollgate::http {

[[nodiscard]] StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const HttpServerOptions& options);

// Seconds since 1970; 0 for what there is none of, or what cannot be told.
struct TlsExpiries {
  int64_t certificate_s = 0;  // the one that is served
  int64_t client_ca_s = 0;    // the first of them
  int64_t client_crl_s = 0;   // the first next update of them
};
[[nodiscard]] TlsExpiries expiries_of(boost::asio::ssl::context& context);

}  // namespace tollgate::http

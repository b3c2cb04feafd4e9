// The TLS settings of the listener.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::http {

[[nodiscard]] StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& certificate_path,
                                                                                    const std::string& key_path);
// When the certificate that is served expires; seconds since 1970, 0 if that cannot be told.
[[nodiscard]] int64_t expiry_of(boost::asio::ssl::context& context);

}  // namespace tollgate::http

// The TLS settings of the listener.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "tollgate/base/status.h"

namespace tollgate::http {

[[nodiscard]] StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& certificate_path,
                                                                                    const std::string& key_path);

}  // namespace tollgate::http

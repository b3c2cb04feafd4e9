#include "transport/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

namespace tollgate::transport {
namespace {

// TLS 1.2 with forward secrecy and authenticated encryption only. 1.3 has nothing else.
constexpr const char* tls_1_2_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

Status show_certificate(boost::asio::ssl::context& context, const UpstreamOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty())
    return invalid_argument("a client certificate needs its key, and a key its certificate");
  if (options.certificate_file.empty()) return absl::OkStatus();
  boost::system::error_code ec;
  context.use_certificate_chain_file(options.certificate_file, ec);
  if (ec) return invalid_argument("cannot read a client certificate from {}: {}", options.certificate_file, ec.message());
  context.use_private_key_file(options.key_file, boost::asio::ssl::context::pem, ec);
  if (ec)
    return invalid_argument("cannot use {} as the key of the client certificate {}: {}", options.key_file, options.certificate_file, ec.message());
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_client_context(const UpstreamOptions& options) {
  const std::string& ca_file = options.ca_file;
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_security_level(native, 2);
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(native, tls_1_2_ciphers) != 1)
    return internal_error("TLS settings were not taken");
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  context->set_verify_mode(boost::asio::ssl::verify_peer);
  boost::system::error_code ec;
  if (ca_file.empty()) {
    context->set_default_verify_paths(ec);
    if (ec) return unavailable("cannot read the system's certificates: {}", ec.message());
  } else {
    context->load_verify_file(ca_file, ec);
    if (ec) return invalid_argument("cannot read certificates from {}: {}", ca_file, ec.message());
  }
  TOLLGATE_RETURN_IF_ERROR(show_certificate(*context, options));
  return context;
}

bool expect_host(SSL* connection, const std::string& host) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1;
  SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(connection, host.c_str()) == 1 && SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

std::string handshake_problem(SSL* connection, const std::string& otherwise) {
  const long result = SSL_get_verify_result(connection);
  if (result == X509_V_OK) return otherwise;
  return std::string("its certificate is not accepted: ") + X509_verify_cert_error_string(result);
}

}  // namespace tollgate::transport

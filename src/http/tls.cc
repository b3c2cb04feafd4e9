#include "http/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

namespace tollgate::http {
namespace {

// TLS 1.2 with forward secrecy and authenticated encryption only. 1.3 has nothing else.
constexpr const char* tls_1_2_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

constexpr unsigned char http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int select_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* to = nullptr;
  if (SSL_select_next_proto(&to, chosen_size, http_1_1, sizeof http_1_1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *chosen = to;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& certificate_path,
                                                                      const std::string& key_path) {
  auto context = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_security_level(native, 2);
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(native, tls_1_2_ciphers) != 1 ||
      SSL_CTX_set1_groups_list(native, "X25519:P-256:P-384") != 1) {
    return internal_error("TLS settings were not taken");
  }
  // No tickets: sessions are resumed from memory, so that there is no ticket key to rotate. No early data: it can be
  // replayed.
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_max_early_data(native, 0);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  static constexpr unsigned char session_context[] = "tollgate";
  SSL_CTX_set_session_id_context(native, session_context, sizeof session_context - 1);
  SSL_CTX_set_alpn_select_cb(native, &select_protocol, nullptr);
  boost::system::error_code ec;
  context->use_certificate_chain_file(certificate_path, ec);
  if (ec) return invalid_argument("TLS certificate {}: {}", certificate_path, ec.message());
  context->use_private_key_file(key_path, boost::asio::ssl::context::pem, ec);
  if (ec) return invalid_argument("TLS key {}: {}", key_path, ec.message());
  if (SSL_CTX_check_private_key(native) != 1) {
    return invalid_argument("TLS key {} does not belong to certificate {}", key_path, certificate_path);
  }
  return context;
}

int64_t expiry_of(boost::asio::ssl::context& context) {
  const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  std::tm utc{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc) != 1) return 0;
  return ::timegm(&utc);
}

}  // namespace tollgate::http

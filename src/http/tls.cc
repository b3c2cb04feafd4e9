#include "http/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

#include "http/client_trust.h"

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

int64_t seconds_of(const ASN1_TIME* time) {
  std::tm utc{};
  return time != nullptr && ASN1_TIME_to_tm(time, &utc) == 1 ? ::timegm(&utc) : 0;
}

}  // namespace

StatusOr<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const HttpServerOptions& options) {
  const std::string &certificate_path = options.tls_certificate_path, &key_path = options.tls_key_path;
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
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_CLEANSE_PLAINTEXT);
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
  TOLLGATE_RETURN_IF_ERROR(ask_for_client_certificates(native, options));
  return context;
}

TlsExpiries expiries_of(boost::asio::ssl::context& context) {
  TlsExpiries expiries;
  SSL_CTX* native = context.native_handle();
  if (const X509* certificate = SSL_CTX_get0_certificate(native)) expiries.certificate_s = seconds_of(X509_get0_notAfter(certificate));
  const auto first = [](int64_t& of, int64_t time_s) {
    if (time_s != 0) of = of == 0 ? time_s : std::min(of, time_s);
  };
  // Nothing is in the store but what client certificates are verified with.
  const STACK_OF(X509_OBJECT)* trusted = X509_STORE_get0_objects(SSL_CTX_get_cert_store(native));
  for (int i = 0; i < sk_X509_OBJECT_num(trusted); ++i) {
    const X509_OBJECT* object = sk_X509_OBJECT_value(trusted, i);
    if (const X509* authority = X509_OBJECT_get0_X509(object)) first(expiries.client_ca_s, seconds_of(X509_get0_notAfter(authority)));
    if (const X509_CRL* list = X509_OBJECT_get0_X509_CRL(object)) first(expiries.client_crl_s, seconds_of(X509_CRL_get0_nextUpdate(list)));
  }
  return expiries;
}

}  // namespace tollgate::http

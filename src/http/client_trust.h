// Client certificates: whom the listener trusts, how a certificate is known, and why a handshake was refused.
#pragma once
#include <openssl/types.h>

#include <string>

#include "tollgate/base/status.h"
#include "tollgate/http/server.h"

namespace tollgate::http {

// Nothing if the options ask for none.
[[nodiscard]] Status ask_for_client_certificates(SSL_CTX* context, const HttpServerOptions& options);

// SHA-256 of the public key (SubjectPublicKeyInfo, DER), as 64 hexadecimal digits; empty if it cannot be told.
[[nodiscard]] std::string certificate_pin(const X509* certificate);
[[nodiscard]] std::string public_key_pin(const EVP_PKEY* key);
// Of the certificate that the client showed and that was verified; empty: there is none.
[[nodiscard]] std::string verified_client_certificate(const SSL* connection);

// `problem`: OpenSSL's error code.
[[nodiscard]] HandshakeRefusal handshake_refusal(const SSL* connection, unsigned long problem);

}  // namespace tollgate::http

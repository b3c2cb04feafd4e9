#include "http/client_trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "tollgate/base/bytes.h"
#include "tollgate/base/digest.h"

namespace tollgate::http {
namespace {

// The names of all of them are sent in each handshake.
constexpr std::size_t authorities_max = 100, revocation_lists_max = 100;
constexpr int intermediates_max = 4;
constexpr long session_timeout_s = 300, sessions_kept_max = 4'096;

template <auto release>
struct Released {
  template <class T>
  void operator()(T* what) const {
    release(what);
  }
};
using File = std::unique_ptr<BIO, Released<BIO_free_all>>;

// All PEM blocks of one kind, each given to `take`. Blocks of other kinds are passed over.
template <class T, auto next, auto release, class Take>
Status read_all(const std::string& path, std::string_view what, std::size_t count_max, Take take) {
  const File file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) {
    ERR_clear_error();
    return invalid_argument("cannot read {} from {}", what, path);
  }
  std::size_t count = 0;
  while (const std::unique_ptr<T, Released<release>> one{next(file.get(), nullptr, nullptr, nullptr)}) {
    if (++count > count_max) return invalid_argument("{} holds more than {} {}", path, count_max, what);
    if (!take(one.get())) return invalid_argument("{} of the {} in {} cannot be used", count, what, path);
  }
  const unsigned long last = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end) return invalid_argument("{} is damaged behind {} {}", path, count, what);
  if (count == 0) return invalid_argument("{} holds no {} in PEM", path, what);
  return absl::OkStatus();
}

// An authority is trusted because it stands in the file, and distrusted by taking it out: who would revoke it may be nobody we know of.
int no_list_of_the_trusted(int good, X509_STORE_CTX* chain) {
  if (good == 1 || X509_STORE_CTX_get_error(chain) != X509_V_ERR_UNABLE_TO_GET_CRL) return good;
  const int depth = X509_STORE_CTX_get_error_depth(chain);
  if (depth == 0 || depth + 1 != sk_X509_num(X509_STORE_CTX_get0_chain(chain))) return 0;
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

// Of a public key's encoding, which OpenSSL has allocated.
std::string pin_of(unsigned char* bytes, int size) {
  std::string pin;
  if (size > 0) pin = to_hex(view(sha256({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)})));
  OPENSSL_free(bytes);
  return pin;
}

}  // namespace

Status ask_for_client_certificates(SSL_CTX* context, const HttpServerOptions& options) {
  if (options.client_certificates == ClientCertificates::off) return absl::OkStatus();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  TOLLGATE_RETURN_IF_ERROR((read_all<X509, PEM_read_bio_X509, X509_free>(
      options.client_ca_path, "client certificate authorities", authorities_max,
      [&](X509* authority) { return X509_STORE_add_cert(store, authority) == 1 && SSL_CTX_add_client_CA(context, authority) == 1; })));
  // What the file names is trusted, also an authority under another one: not all that the other one signed.
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!options.client_crl_path.empty()) {
    TOLLGATE_RETURN_IF_ERROR((read_all<X509_CRL, PEM_read_bio_X509_CRL, X509_CRL_free>(
        options.client_crl_path, "certificate revocation lists", revocation_lists_max,
        [&](X509_CRL* list) { return X509_STORE_add_crl(store, list) == 1; })));
    flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), flags);
  SSL_CTX_set_verify_depth(context, intermediates_max);
  // The store is for what clients show. What we show is what our own file says, as it is.
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  const int required = options.client_certificates == ClientCertificates::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, &no_list_of_the_trusted);
  // A session that is resumed brings its certificate with it, as it was verified: sessions are in this context's memory and not in tickets, so
  // that each belongs to one listener and to what was trusted when it was made, and goes with the context when that is read anew. A
  // certificate that ends meanwhile is so let in for minutes at most.
  SSL_CTX_set_timeout(context, session_timeout_s);
  SSL_CTX_sess_set_cache_size(context, sessions_kept_max);
  return absl::OkStatus();
}

std::string certificate_pin(const X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  return pin_of(bytes, size);
}

std::string public_key_pin(const EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  return pin_of(bytes, size);
}

std::string verified_client_certificate(const SSL* connection) {
  const X509* certificate = SSL_get0_peer_certificate(connection);
  return certificate == nullptr || SSL_get_verify_result(connection) != X509_V_OK ? std::string() : certificate_pin(certificate);
}

HandshakeRefusal handshake_refusal(const SSL* connection, unsigned long problem) {
  switch (SSL_get_verify_result(connection)) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_HAS_EXPIRED: return HandshakeRefusal::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return HandshakeRefusal::not_yet_valid;
    case X509_V_ERR_CERT_REVOKED: return HandshakeRefusal::revoked;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED: return HandshakeRefusal::revocation_unknown;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED: return HandshakeRefusal::untrusted;
    default: return HandshakeRefusal::unfit;
  }
  return ERR_GET_REASON(problem) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE ? HandshakeRefusal::no_certificate : HandshakeRefusal::protocol;
}

}  // namespace tollgate::http

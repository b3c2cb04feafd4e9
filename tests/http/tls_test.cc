// TLS with a certificate made here.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

// A key pair and a certificate that it signs itself, as PEM files in a directory of their own.
class Certificate {
 public:
  Certificate() {
    char name[] = "/tmp/tollgate-tls-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    directory = name;
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* file = std::fopen(certificate_path().c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
    file = std::fopen(key_path().c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(directory); }
  [[nodiscard]] std::string certificate_path() const { return directory + "/certificate.pem"; }
  [[nodiscard]] std::string key_path() const { return directory + "/key.pem"; }
  [[nodiscard]] HttpServerOptions options() const {
    HttpServerOptions to;
    to.tls_certificate_path = certificate_path();
    to.tls_key_path = key_path();
    return to;
  }
  std::string directory;
};

class TlsClient {
 public:
  explicit TlsClient(uint16_t port, const std::function<void(SSL_CTX*)>& prepare = {}) : raw_(port) {
    context_ = SSL_CTX_new(TLS_client_method());
    if (prepare) prepare(context_);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, raw_.fd());
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool handshake() { return SSL_connect(ssl_) == 1; }
  void send(std::string_view bytes) {
    REQUIRE(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
  }
  // Up to and with `bytes`, or what there is before the end.
  std::string receive_until(std::string_view bytes) {
    std::string all;
    char buffer[16 * 1024];
    while (all.find(bytes) == std::string::npos) {
      const int count = SSL_read(ssl_, buffer, sizeof buffer);
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }
  // True if the server said in TLS that it closes: no attacker cut the connection.
  bool closed_in_order() {
    char byte;
    return SSL_read(ssl_, &byte, 1) <= 0 && SSL_get_error(ssl_, 0) == SSL_ERROR_ZERO_RETURN;
  }
  [[nodiscard]] SSL* ssl() { return ssl_; }

 private:
  RawClient raw_;
  SSL_CTX* context_;
  SSL* ssl_;
};

constexpr std::string_view request = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

// Made here in another way than the server does it.
std::string pin_of(const Certificate& certificate) {
  std::FILE* file = std::fopen(certificate.key_path().c_str(), "r");
  EVP_PKEY* key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  unsigned char digest[32];
  REQUIRE(EVP_Digest(bytes, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr) == 1);
  OPENSSL_free(bytes);
  EVP_PKEY_free(key);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::function<void(SSL_CTX*)> showing(const Certificate& certificate, int version) {
  return [&certificate, version](SSL_CTX* context) {
    SSL_CTX_set_max_proto_version(context, version);
    REQUIRE(SSL_CTX_use_certificate_file(context, certificate.certificate_path().c_str(), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context, certificate.key_path().c_str(), SSL_FILETYPE_PEM) == 1);
  };
}
std::function<void(SSL_CTX*)> showing_nothing(int version) {
  return [version](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, version); };
}

// Answers with the certificate that it is told of, twice: from the head, and from the whole request.
class CertificateHandler final : public HttpHandler {
 public:
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>&) override {
    admitted_ = head.client_certificate;
    return std::nullopt;
  }
  void handle(const HttpRequest& whole, ResultSink&, Respond respond) override {
    HttpResponse response;
    response.body = fmt::format("<{}><{}>.", admitted_, whole.client_certificate);
    respond(std::move(response));
  }

 private:
  std::string admitted_;
};

std::string certificate_told(TlsClient& client) {
  client.send(request);
  const std::string answer = client.receive_until(">.");
  const std::size_t at = answer.find('<');
  return at == std::string::npos ? "no answer" : answer.substr(at);
}

HttpServerOptions asking(const Certificate& server, const Certificate& authority, ClientCertificates how) {
  HttpServerOptions options = server.options();
  options.client_certificates = how;
  options.client_ca_path = authority.certificate_path();
  return options;
}

uint64_t refused_for(const HttpServer& server, HandshakeRefusal why) { return server.stats().handshakes_refused[static_cast<std::size_t>(why)]; }

}  // namespace

TEST_CASE("requests are served over TLS 1.2 and 1.3, also pipelined, with 100 Continue and large bodies",
          "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  const auto server = serve(handler, certificate.options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server->port(), [&](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, version); });
    REQUIRE(client.handshake());
    CHECK(SSL_version(client.ssl()) == version);
    CHECK(EVP_CIPHER_get_mode(EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(client.ssl())))) ==
          EVP_CIPH_GCM_MODE);
    for (int i = 0; i < 3; ++i) {
      client.send(request);
      CHECK(client.receive_until("peer=127.0.0.1").find("get|path=/x|") != std::string::npos);
    }
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string both = client.receive_until(
        "path=/2|query=|body=|authorization=|type=|key=none|version=|account=|last=|peer=127.0.0.1");
    CHECK(both.find("get|path=/1|") != std::string::npos);
    client.send("POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(std::string(200'000, 'b'));
    CHECK(client.receive_until("peer=127.0.0.1").find("path=/c|query=|body=" + std::string(200'000, 'b') + "|") !=
          std::string::npos);
    client.send("GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(client.receive_until("peer=127.0.0.1").find("Connection: close") != std::string::npos);
    CHECK(client.closed_in_order());
  }
}

TEST_CASE("old versions, weak ciphers and plain HTTP are refused on a TLS port", "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  const auto server = serve(handler, certificate.options());
  const auto refused = [&](const std::function<void(SSL_CTX*)>& prepare) {
    TlsClient client(server->port(), [&](SSL_CTX* context) {
      SSL_CTX_set_security_level(context, 0);
      prepare(context);
    });
    return !client.handshake();
  };
  CHECK(refused([](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION); }));
  CHECK(refused([](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_VERSION); }));
  for (const char* weak :
       {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "AECDH-NULL-SHA"}) {
    INFO(weak);
    CHECK(refused([&](SSL_CTX* context) {
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(context, weak);
    }));
  }
  RawClient plain(server->port());
  plain.send(request);
  CHECK(plain.receive().truncated);
  CHECK(handler.requests == 0);
}

TEST_CASE("HTTP/1.1 is chosen among the protocols that a client offers", "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  const auto server = serve(handler, certificate.options());
  TlsClient client(server->port(), [](SSL_CTX* context) {
    static constexpr unsigned char offered[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context, offered, sizeof offered - 1);
  });
  REQUIRE(client.handshake());
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.ssl(), &chosen, &size);
  CHECK(std::string_view(reinterpret_cast<const char*>(chosen), size) == "http/1.1");
}

TEST_CASE("a client that does not shake hands is cut, and so is one that sends slowly over TLS", "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  HttpServerOptions options = certificate.options();
  options.handshake_timeout_ms = 100;
  options.request_header_timeout_ms = 100;
  const auto server = serve(handler, options);
  RawClient silent(server->port());
  CHECK(silent.closed());
  TlsClient slow(server->port());
  REQUIRE(slow.handshake());
  slow.send("GET / HT");
  CHECK(slow.receive_until("}}").starts_with("HTTP/1.1 408 "));
  CHECK(server->stats().timeouts == 2);
}

TEST_CASE("a refused request is answered over TLS before the connection closes in order", "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  const auto server = serve(handler, certificate.options());
  TlsClient client(server->port());
  REQUIRE(client.handshake());
  client.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(client.receive_until("}}").starts_with("HTTP/1.1 400 "));
  CHECK(client.closed_in_order());
}

TEST_CASE("stop ends TLS connections too", "[http][tls]") {
  const Certificate certificate;
  Handler handler;
  const auto server = serve(handler, certificate.options());
  TlsClient client(server->port());
  REQUIRE(client.handshake());
  client.send(request);
  client.receive_until("peer=127.0.0.1");
  server->stop(patience_ms);
  CHECK(server->stats().connections_open == 0);
}

TEST_CASE("a key that does not belong to the certificate is an error", "[http][tls]") {
  const Certificate one;
  const Certificate other;
  Handler handler;
  HttpServerOptions options = one.options();
  options.tls_key_path = other.key_path();
  CHECK(HttpServer::open(options, handler, "x").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("requests carry the digest of their connection's verified certificate, those of a resumed session as well", "[http][tls]") {
  const Certificate certificate, client;
  CertificateHandler handler;
  const auto server = serve(handler, asking(certificate, client, ClientCertificates::optional));
  const std::string pin = pin_of(client), told = fmt::format("<{0}><{0}>.", pin);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first(server->port(), showing(client, version));
    REQUIRE(first.handshake());
    CHECK(certificate_told(first) == told);
    CHECK(certificate_told(first) == told);
    SSL_SESSION* session = SSL_get1_session(first.ssl());

    // It has no certificate, only what was agreed on with the one that had.
    TlsClient again(server->port(), showing_nothing(version));
    SSL_set_session(again.ssl(), session);
    REQUIRE(again.handshake());
    CHECK(SSL_session_reused(again.ssl()) == 1);
    CHECK(certificate_told(again) == told);

    TlsClient without(server->port(), showing_nothing(version));
    REQUIRE(without.handshake());
    CHECK(certificate_told(without) == "<><>.");

    REQUIRE(server->reload_tls().ok());
    TlsClient later(server->port(), showing_nothing(version));
    SSL_set_session(later.ssl(), session);
    REQUIRE(later.handshake());
    CHECK(SSL_session_reused(later.ssl()) == 0);
    CHECK(certificate_told(later) == "<><>.");
    SSL_SESSION_free(session);
  }
}

TEST_CASE("a client without a certificate that is required reads why it is refused, its request already sent", "[http][tls]") {
  const Certificate certificate, client;
  Handler handler;
  const auto server = serve(handler, asking(certificate, client, ClientCertificates::required));
  for (int i = 0; i < 20; ++i) {
    TlsClient without(server->port(), showing_nothing(TLS1_3_VERSION));
    REQUIRE(without.handshake());
    without.send(request);
    without.send(std::string(10'000, 'x'));
    char byte;
    CHECK(SSL_read(without.ssl(), &byte, 1) <= 0);
    CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
  }
  TlsClient old(server->port(), showing_nothing(TLS1_2_VERSION));
  CHECK_FALSE(old.handshake());
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (refused_for(*server, HandshakeRefusal::no_certificate) < 21 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK(refused_for(*server, HandshakeRefusal::no_certificate) == 21);
  CHECK(handler.requests == 0);
  TlsClient with(server->port(), showing(client, TLS1_3_VERSION));
  REQUIRE(with.handshake());
  with.send(request);
  CHECK(with.receive_until("peer=127.0.0.1").find("get|path=/x|") != std::string::npos);
}

TEST_CASE("a certificate that nobody vouches for is refused also where none is needed", "[http][tls]") {
  const Certificate certificate, client, stranger;
  Handler handler;
  const auto server = serve(handler, asking(certificate, client, ClientCertificates::optional));
  TlsClient wrong(server->port(), showing(stranger, TLS1_2_VERSION));
  CHECK_FALSE(wrong.handshake());
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (refused_for(*server, HandshakeRefusal::untrusted) == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  CHECK(refused_for(*server, HandshakeRefusal::untrusted) == 1);
  CHECK(handler.requests == 0);
}

TEST_CASE("authorities that cannot be read are an error, and leave those in use when they are read again", "[http][tls]") {
  const Certificate certificate, client;
  Handler handler;
  const auto problem_with = [&](const std::string& text) {
    const std::string path = client.directory + "/other.pem";
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs(text.c_str(), file);
    std::fclose(file);
    HttpServerOptions options = asking(certificate, client, ClientCertificates::required);
    options.client_ca_path = path;
    const auto opened = HttpServer::open(options, handler, "x");
    return opened.ok() ? std::string() : std::string(message_of(opened.status()));
  };
  CHECK(problem_with("").find("holds no client certificate authorities") != std::string::npos);
  CHECK(problem_with("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").find("is damaged") != std::string::npos);
  HttpServerOptions options = asking(certificate, client, ClientCertificates::required);
  options.client_crl_path = client.certificate_path();
  CHECK(message_of(HttpServer::open(options, handler, "x").status()).find("holds no certificate revocation lists") != std::string::npos);
  options = HttpServerOptions();
  options.client_certificates = ClientCertificates::optional;
  CHECK(HttpServer::open(options, handler, "x").status().code() == absl::StatusCode::kInvalidArgument);

  const auto server = serve(handler, asking(certificate, client, ClientCertificates::required));
  CHECK(server->stats().client_ca_expires_s > server->stats().tls_expires_s - 60);
  std::filesystem::rename(client.certificate_path(), client.certificate_path() + ".away");
  CHECK_FALSE(server->reload_tls().ok());
  std::filesystem::rename(client.certificate_path() + ".away", client.certificate_path());
  TlsClient with(server->port(), showing(client, TLS1_2_VERSION));
  CHECK(with.handshake());
}

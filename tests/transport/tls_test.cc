// Who is trusted over TLS, and who is not sent a byte of a request.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support/certificate.h"
#include "transport/server.h"

namespace tollgate::test {
namespace {

using Kind = UpstreamResult::Kind;
using testing::Certificate;

class TlsPeer final : public Peer {
 public:
  TlsPeer(int fd, const Certificate& certificate, int version_max) : Peer(fd), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, certificate.certificate);
    SSL_CTX_use_PrivateKey(context_, certificate.key);
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_max_proto_version(context_, version_max);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd);
    shaken = SSL_accept(ssl_) == 1;
    if (const char* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name)) server_name = name;
  }
  ~TlsPeer() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }
  bool write(std::string_view bytes) override { return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0; }
  bool read_some() override {
    char buffer[16 * 1024];
    const int bytes = SSL_read(ssl_, buffer, sizeof buffer);
    if (bytes <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(bytes));
    return true;
  }
  bool shaken = false;
  std::string server_name;

 private:
  SSL_CTX* context_;
  SSL* ssl_;
};

// A TLS server, and what comes of one call to it.
struct Visit {
  UpstreamResult result;
  int requests = 0;
  std::string server_name;
};
Visit visit(const Certificate& certificate, const std::string& host, const std::string& ca_file, int version_max = TLS1_3_VERSION,
            const Server::Script& then = [](Peer& peer) { peer.answer("hello"); }) {
  Visit visit;
  std::mutex mutex;
  const Server server(
      [&](Peer& peer) {
        {
          const std::lock_guard lock(mutex);
          visit.server_name = dynamic_cast<TlsPeer&>(peer).server_name;
        }
        if (peer.request().empty()) return;
        {
          const std::lock_guard lock(mutex);
          ++visit.requests;
        }
        then(peer);
      },
      [&](int fd) -> std::unique_ptr<Peer> {
        auto peer = std::make_unique<TlsPeer>(fd, certificate, version_max);
        return peer->shaken ? std::move(peer) : nullptr;
      });
  UpstreamOptions options;
  options.base_url = fmt::format("https://{}:{}", host, server.port);
  options.ca_file = ca_file;
  const auto upstream = open(options);
  visit.result = one_call(*upstream, post("card data"));
  upstream->stop();
  const std::lock_guard lock(mutex);
  return visit;
}

}  // namespace

TEST_CASE("an upstream with the right certificate is called, by name and by address, over TLS 1.2 and 1.3") {
  const Certificate certificate;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* const host : {"localhost", "127.0.0.1"}) {
      INFO(host << " " << version);
      const Visit seen = visit(certificate, host, certificate.path(), version);
      CHECK(seen.result.kind == Kind::answered);
      CHECK(seen.result.body == "hello");
      // An address is never sent as a name.
      CHECK(seen.server_name == (std::string(host) == "localhost" ? "localhost" : ""));
    }
  }
}

TEST_CASE("an upstream whose certificate is not right gets no byte of the request") {
  const Certificate right, stranger, other_name("DNS:other.example"), part_of_name("DNS:local"), expired("DNS:localhost,IP:127.0.0.1", -30);
  struct Case {
    const Certificate& certificate;
    std::string host, ca_file;
    std::string_view words;
  };
  const Case cases[] = {
      {stranger, "localhost", right.path(), "self-signed certificate"},
      {other_name, "localhost", other_name.path(), "ostname mismatch"},
      {part_of_name, "localhost", part_of_name.path(), "ostname mismatch"},
      {other_name, "127.0.0.1", other_name.path(), "IP address mismatch"},
      {expired, "localhost", expired.path(), "expired"},
      // None of the system's.
      {right, "localhost", "", "self-signed certificate"},
  };
  for (const Case& c : cases) {
    INFO(c.words);
    const Visit seen = visit(c.certificate, c.host, c.ca_file);
    CHECK(seen.result.kind == Kind::not_sent);
    INFO(seen.result.problem);
    CHECK(seen.result.problem.find(c.words) != std::string::npos);
    CHECK(seen.requests == 0);
  }
}

TEST_CASE("an upstream that speaks only an old TLS gets no byte of the request") {
  const Certificate certificate;
  const Visit seen = visit(certificate, "localhost", certificate.path(), TLS1_1_VERSION);
  CHECK(seen.result.kind == Kind::not_sent);
  CHECK(seen.requests == 0);
}

TEST_CASE("an answer that ends without TLS's own end may have been cut: it is whole by its length, or none") {
  const Certificate certificate;
  const Visit whole = visit(certificate, "localhost", certificate.path(), TLS1_3_VERSION, [](Peer& peer) {
    peer.answer("whole");
    ::shutdown(peer.fd(), SHUT_WR);
  });
  CHECK(whole.result.kind == Kind::answered);
  const Visit cut = visit(certificate, "localhost", certificate.path(), TLS1_3_VERSION, [](Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    ::shutdown(peer.fd(), SHUT_RDWR);
  });
  CHECK(cut.result.kind == Kind::maybe_sent);
  CHECK_FALSE(cut.result.late);
}

TEST_CASE("certificates that cannot be read are an error at once") {
  UpstreamOptions options;
  options.base_url = "https://localhost";
  options.ca_file = "/nonexistent/ca.pem";
  const auto upstream = Upstream::open(options);
  REQUIRE_FALSE(upstream.ok());
  CHECK(std::string(upstream.status().message()).find("/nonexistent/ca.pem") != std::string::npos);
}

}  // namespace tollgate::test

#include "transport/url.h"

#include "support/catch.h"

namespace tollgate::transport {

TEST_CASE("an upstream's address is read from its URL") {
  struct Case {
    const char *text, *host, *authority, *prefix;
    uint16_t port;
    bool tls;
  };
  const Case cases[] = {
      {"https://api.example.com", "api.example.com", "api.example.com", "", 443, true},
      {"https://api.example.com/", "api.example.com", "api.example.com", "", 443, true},
      {"https://api.example.com:443/a/b/", "api.example.com", "api.example.com", "/a/b", 443, true},
      {"https://localhost:8443", "localhost", "localhost:8443", "", 8443, true},
      {"https://[::1]:8443/x", "::1", "[::1]:8443", "/x", 8443, true},
      {"http://127.0.0.1:8080", "127.0.0.1", "127.0.0.1:8080", "", 8080, false},
      {"http://127.1.2.3", "127.1.2.3", "127.1.2.3", "", 80, false},
      {"http://localhost", "localhost", "localhost", "", 80, false},
      {"http://[::1]", "::1", "[::1]", "", 80, false},
  };
  for (const Case& c : cases) {
    INFO(c.text);
    const auto url = parse_url(c.text);
    REQUIRE(url.ok());
    CHECK(url->host == c.host);
    CHECK(url->authority == c.authority);
    CHECK(url->prefix == c.prefix);
    CHECK(url->port == c.port);
    CHECK(url->tls == c.tls);
  }
}

TEST_CASE("an address that is none, or that would send card data in clear, is refused") {
  for (const char* text : {"", "api.example.com", "ftp://x", "https://", "https://:443", "https://a b", "https://user@host", "https://h:0", "https://h:70000",
                           "https://h:", "https://h:1x", "https://[::1", "https://[x]", "https://h/?q", "https://h/#f", "https://h/a\r\nX: y",
                           "http://api.example.com", "http://127.example.com", "http://10.0.0.1", "http://localhost.example.com"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text).ok());
  }
}

}  // namespace tollgate::transport

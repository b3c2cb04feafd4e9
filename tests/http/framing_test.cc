// How a request is delimited must have one reading only: whatever has two is refused, and the connection ends there.
#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

struct Refused {
  const char* what;
  std::string request;
  int status;
};

std::string with(std::string_view headers, std::string_view body = {}) {
  return std::string("POST /v1/x HTTP/1.1\r\nHost: a\r\n").append(headers).append("\r\n").append(body);
}

}  // namespace

TEST_CASE("requests with more than one reading are refused with an error object and the connection is closed",
          "[http][framing]") {
  const auto nul = [](std::string text) {
    text[text.find('@')] = '\0';
    return text;
  };
  const Refused refused[] = {
      {"chunked", with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 411},
      {"identity", with("Transfer-Encoding: identity\r\n"), 411},
      {"transfer encoding in odd case", with("tRANSFER-eNCODING: Chunked\r\n", "0\r\n\r\n"), 411},
      {"unknown transfer encoding before a length", with("Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n", "ab"),
       411},
      {"transfer encoding behind a length", with("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "ab"), 400},
      {"transfer encoding before a length", with("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "ab"), 411},
      {"two lengths", with("Content-Length: 2\r\nContent-Length: 3\r\n", "abc"), 400},
      {"the same length twice", with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
      {"a list of lengths", with("Content-Length: 2, 2\r\n", "ab"), 400},
      {"a length with a sign", with("Content-Length: +2\r\n", "ab"), 400},
      {"a negative length", with("Content-Length: -2\r\n", "ab"), 400},
      {"a hexadecimal length", with("Content-Length: 0x2\r\n", "ab"), 400},
      {"a length with a space", with("Content-Length: 1 2\r\n", "ab"), 400},
      {"no length in Content-Length", with("Content-Length:\r\n", "ab"), 400},
      {"a length beyond 64 bits", with("Content-Length: 184467440737095516160\r\n", "ab"), 400},
      {"a length beyond 63 bits", with("Content-Length: 9223372036854775808\r\n", "ab"), 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"two Hosts on 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
      {"a Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
      {"a header folded with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", 400},
      {"a first header that is folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a bare LF behind a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"a bare LF as the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"a bare CR in a header", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
      {"CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
      {"NUL in a value", nul("GET / HTTP/1.1\r\nHost: a\r\nX: a@b\r\n\r\n"), 400},
      {"NUL in a name", nul("GET / HTTP/1.1\r\nHost: a\r\nX@: ab\r\n\r\n"), 400},
      {"NUL in the target", nul("GET /@ HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
      {"a control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n", 400},
      {"DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fz\r\n\r\n", 400},
      {"a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", 400},
      {"a space in a header's name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: 3\r\n\r\n", 400},
      {"a header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400},
      {"a header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400},
      {"HTTP/1.0 with a body", "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 400},
      {"HTTP/1.0 chunked", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"lower-case http", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
      {"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space at the end of the request line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"a target that is not a path", "GET v1/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target of another scheme", "GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target for another host", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target for another port", "GET http://a:81/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target with user information", "GET http://u@a/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target without a host", "GET http:///x HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"* for a GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a fragment", "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a target that is not ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two keys", with("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400},
      {"two idempotency keys", with("Idempotency-Key: a\r\nidempotency-key: b\r\n"), 400},
      {"two versions", with("Stripe-Version: a\r\nStripe-Version: a\r\n"), 400},
      {"two accounts", with("Stripe-Account: a\r\nStripe-Account: a\r\n"), 400},
      {"two content types", with("Content-Type: a\r\nContent-Type: a\r\n"), 400},
      {"an unknown expectation", with("Expect: 200-ok\r\nContent-Length: 2\r\n", "ab"), 417},
  };
  Handler handler;
  const auto server = serve(handler);
  uint64_t count = 0;
  for (const Refused& one : refused) {
    INFO(one.what);
    RawClient client(server->port());
    // A request behind the refused one must not be taken for one.
    const Reply reply = client.exchange(one.request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(reply.status == one.status);
    CHECK(is_error_body(reply.body));
    CHECK(reply.head.find("Connection: close\r\n") != std::string::npos);
    CHECK(client.closed());
    CHECK(server->stats().requests_refused == ++count);
  }
  CHECK(handler.requests == 0);
}

TEST_CASE("what a request says reaches the handler", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  const Reply reply = client.exchange(
      "POST /v1/payment_intents?expand[]=a&b=%20 HTTP/1.1\r\nHOST: localhost:80\r\nauthorization:Bearer sk\r\n"
      "Content-Type: \t text/x \t \r\nIDEMPOTENCY-KEY: k1\r\nStripe-Version: 2023-08-16\r\nStripe-Account: acct_1\r\n"
      "Last-Event-ID: 7\r\nX-Other: \xc3\xa4\r\nContent-Length: 4\r\n\r\na=b\n");
  CHECK(reply.status == 200);
  CHECK(
      reply.body ==
      "post|path=/v1/payment_intents|query=expand[]=a&b=%20|body=a=b\n|authorization=Bearer sk|type=text/x|key=given:k1"
      "|version=2023-08-16|account=acct_1|last=7|peer=127.0.0.1");
}

TEST_CASE("a response has a date, a type and a length", "[http][framing]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.status = 402;
    response.body = "abc";
    response.content_type = "text/plain";
    response.headers.emplace_back("Request-Id", "req_1");
    response.headers.emplace_back("X-Unclean", "a\r\nInjected: b");
    respond(std::move(response));
  });
  const auto server = serve(handler);
  RawClient client(server->port());
  const Reply reply = client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(reply.head.starts_with("HTTP/1.1 402 Payment Required\r\nDate: "));
  const std::size_t date = reply.head.find("Date: ") + 6;
  const std::string text = reply.head.substr(date, reply.head.find("\r\n", date) - date);
  std::tm parsed{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed);
  REQUIRE(end != nullptr);
  CHECK(*end == '\0');
  CHECK(std::abs(::timegm(&parsed) - std::time(nullptr)) <= 60);
  CHECK(reply.head.find("\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n") != std::string::npos);
  CHECK(reply.head.find("\r\nRequest-Id: req_1\r\n") != std::string::npos);
  CHECK(reply.head.find("\r\nInjected") == std::string::npos);
  CHECK(reply.head.find("Connection:") == std::string::npos);
  CHECK(reply.body == "abc");
}

TEST_CASE("methods are told apart, and what is not one of the API's is other", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  const std::pair<const char*, const char*> methods[] = {{"GET", "get"},   {"POST", "post"},   {"DELETE", "del"},
                                                         {"PUT", "put"},   {"PATCH", "other"}, {"OPTIONS", "other"},
                                                         {"get", "other"}, {"BREW", "other"},  {"M-SEARCH", "other"}};
  RawClient client(server->port());
  for (const auto& [sent, seen] : methods) {
    INFO(sent);
    CHECK(client.exchange(std::string(sent) + " /x HTTP/1.1\r\nHost: a\r\n\r\n")
              .body.starts_with(std::string(seen) + "|path=/x|"));
  }
  CHECK(client.exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body.starts_with("other|path=*|"));
}

TEST_CASE("the answer to HEAD has the length of a body and no body", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n");
  const Reply head = client.receive(true);
  CHECK(head.status == 200);
  CHECK(head.head.find("Content-Length: ") != std::string::npos);
  CHECK(head.head.find("Content-Length: 0\r\n") == std::string::npos);
  CHECK(client.receive().body.starts_with("get|path=/y|"));
}

TEST_CASE("a response of 204 has neither length nor body", "[http][framing]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.status = 204;
    response.body = "must not leave";
    respond(std::move(response));
  });
  const auto server = serve(handler);
  RawClient client(server->port());
  for (int i = 0; i < 2; ++i) {
    const Reply reply = client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(reply.status == 204);
    CHECK(reply.head.find("Content-") == std::string::npos);
  }
}

TEST_CASE("GET and DELETE may have a body, as some SDKs send one", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  CHECK(client.exchange("GET /x HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\nContent-Length: 3\r\n\r\na=b")
            .body.starts_with("get|path=/x|query=|body=a=b|"));
  CHECK(client.exchange("DELETE /y HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b")
            .body.starts_with("del|path=/y|query=|body=a=b|"));
  CHECK(client.exchange("GET /z HTTP/1.1\r\nHost: a\r\nContent-Type: t\r\n\r\n")
            .body.starts_with("get|path=/z|query=|body=|"));
}

TEST_CASE("an absolute target that names the same host is a path", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  CHECK(client.exchange("GET http://A:81/x?y HTTP/1.1\r\nHost: a:81\r\n\r\n").body.starts_with("get|path=/x|query=y|"));
  CHECK(client.exchange("GET HTTPS://a?y HTTP/1.1\r\nHost: a\r\n\r\n").body.starts_with("get|path=/|query=y|"));
  CHECK(client.exchange("GET http://[::1]:80/ HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")
            .body.starts_with("get|path=/|query=|"));
}

TEST_CASE("a client that waits for 100 Continue gets it once, and not if its body is there or too large",
          "[http][framing]") {
  Handler handler;
  HttpServerOptions options;
  options.body_bytes_max = 100;
  const auto server = serve(handler, options);
  RawClient client(server->port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 4\r\n\r\n");
  const Reply interim = client.receive();
  CHECK(interim.status == 100);
  CHECK(interim.head == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ab");
  client.send("cd");
  CHECK(client.receive().body.starts_with("post|path=/x|query=|body=abcd|"));
  // The body came along.
  CHECK(client.exchange("POST /y HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nz").status ==
        200);
  CHECK(client.exchange("POST /y HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n").status ==
        200);
  CHECK(client.exchange("POST /z HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n").status ==
        413);
  CHECK(client.closed());
}

// How a request is delimited must have one reading only: whatever has two is refused, and the connection ends there.
#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

struct Refused {
  const char* what;  // "refused: ..."
  std::string request;
  int status;
};

std::string with(std::string_view headers, std::string_view body = {}) {
  return std::string("POST /v1/x HTTP/1.1\r\nHost: a\r\n").append(headers).append("\r\n").append(body);
}
std::string get(std::string_view target, std::string_view headers = {}) {
  return std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: a\r\n").append(headers).append("\r\n");
}
std::string to_host(std::string_view host) { return std::string("GET / HTTP/1.1\r\nHost: ").append(host).append("\r\n\r\n"); }
// With a NUL where the text has an @.
std::string nul(std::string text) {
  text[text.find('@')] = '\0';
  return text;
}

// Each ends its connection, and what follows in the same bytes is never taken for a request.
void check_refused(std::initializer_list<Refused> refused, const HttpServerOptions& options = {}) {
  Handler handler;
  const auto server = serve(handler, options);
  uint64_t count = 0;
  for (const Refused& one : refused) {
    INFO(one.what);
    RawClient client(server->port());
    const Reply reply = client.exchange(one.request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(reply.status == one.status);
    CHECK(is_error_body(reply.body));
    CHECK(reply.head.find("Connection: close\r\n") != std::string::npos);
    CHECK(client.closed());
    CHECK(server->stats().requests_refused == ++count);
  }
  CHECK(handler.requests == 0);
}

}  // namespace

TEST_CASE("a Transfer-Encoding is refused whatever it is, alone or beside a length", "[http][framing]") {
  check_refused({
      {"it is chunked", with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 411},
      {"it is identity", with("Transfer-Encoding: identity\r\n"), 411},
      {"it is gzip and chunked", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 411},
      {"it is empty", with("Transfer-Encoding:\r\n", "0\r\n\r\n"), 411},
      {"it is quoted", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), 411},
      {"its name is in odd case", with("tRANSFER-eNCODING: Chunked\r\n", "0\r\n\r\n"), 411},
      {"a GET has it", get("/v1/x", "Transfer-Encoding: chunked\r\n"), 411},
      {"HTTP/1.0 has it", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
      {"CL.TE: a length stands before it", with("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"), 400},
      {"TE.CL: a length stands behind it", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "1\r\nG\r\n0\r\n\r\n"), 411},
      {"TE.CL: nobody knows it, and a length stands behind it", with("Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n", "ab"), 411},
      {"TE.TE: there are two, the second unknown", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n"), 411},
      {"TE.TE: there are two, the first unknown", with("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 411},
      {"TE.TE: a tab stands before its value", with("Transfer-Encoding:\tchunked\r\nContent-Length: 2\r\n", "ab"), 411},
      {"TE.TE: a vertical tab stands before its value", with("Transfer-Encoding: \x0b" "chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: a space stands before its colon", with("Transfer-Encoding : chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: a space stands before its name", with("X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: it stands behind a bare LF", with("X: a\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: it stands behind a bare CR", with("X: a\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: its value is on the next line", with("Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: its name has an underscore", with("Transfer_Encoding: chunked\r\nContent-Length: 2\r\n", "ab"), 400},
      {"TE.TE: its name has a NUL", nul(with("Transfer-Encoding@: chunked\r\nContent-Length: 2\r\n", "ab")), 400},
  });
}

TEST_CASE("a length that two servers could read differently is refused", "[http][framing]") {
  check_refused({
      {"there are two", with("Content-Length: 2\r\nContent-Length: 3\r\n", "abc"), 400},
      {"the same is there twice", with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400},
      {"it is there twice in odd case", with("Content-Length: 2\r\ncontent-length: 2\r\n", "ab"), 400},
      {"it is a list", with("Content-Length: 5, 5\r\n", "abcde"), 400},
      {"it is a list without spaces", with("Content-Length: 2,2\r\n", "ab"), 400},
      {"it ends with a comma", with("Content-Length: 2,\r\n", "ab"), 400},
      {"it has a sign", with("Content-Length: +2\r\n", "ab"), 400},
      {"it is negative", with("Content-Length: -2\r\n", "ab"), 400},
      {"it is nothing less than nothing", with("Content-Length: -0\r\n"), 400},
      {"it is hexadecimal", with("Content-Length: 0x2\r\n", "ab"), 400},
      {"it has a letter", with("Content-Length: 2b\r\n", "ab"), 400},
      {"it has a fraction", with("Content-Length: 2.0\r\n", "ab"), 400},
      {"it has an exponent", with("Content-Length: 1e1\r\n", "ab"), 400},
      {"it has an underscore", with("Content-Length: 1_0\r\n", "ab"), 400},
      {"it has a parameter", with("Content-Length: 2;q=1\r\n", "ab"), 400},
      {"it is quoted", with("Content-Length: \"2\"\r\n", "ab"), 400},
      {"it has a space within", with("Content-Length: 1 2\r\n", "ab"), 400},
      {"it has a form feed before it", with("Content-Length: \x0c" "2\r\n", "ab"), 400},
      {"it is in other digits", with("Content-Length: \xef\xbc\x92\r\n", "ab"), 400},
      {"it is empty", with("Content-Length:\r\n", "ab"), 400},
      {"it is nothing but spaces", with("Content-Length: \t \r\n", "ab"), 400},
      {"it is more than 64 bits", with("Content-Length: 184467440737095516160\r\n", "ab"), 400},
      {"it is 2 to the power of 64, and 2", with("Content-Length: 18446744073709551618\r\n", "ab"), 400},
      {"it is more than 63 bits", with("Content-Length: 9223372036854775808\r\n", "ab"), 400},
      {"it has a hundred zeros before it", with("Content-Length: " + std::string(100, '0') + "2\r\n", "ab"), 400},
      {"its name has an underscore", with("Content_Length: 2\r\n", "ab"), 400},
      {"its name has an underscore, beside a right one", with("Content-Length: 2\r\nContent_Length: 40\r\n", "ab"), 400},
      {"a GET has two", get("/x", "Content-Length: 0\r\nContent-Length: 2\r\n"), 400},
      {"HTTP/1.0 has one", "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 400},
  });
}

TEST_CASE("lines that end or go on in more than one reading are refused", "[http][framing]") {
  check_refused({
      {"a header is folded", with("X: a\r\n b\r\n"), 400},
      {"a header is folded with a tab", with("X: a\r\n\tb\r\n"), 400},
      {"the first header is folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"a header is folded into an empty line", with("X: a\r\n \r\n"), 400},
      {"a bare LF ends the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a bare LF ends a header", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"a bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"two bare LF end the head", "GET / HTTP/1.1\r\nHost: a\n\n", 400},
      {"a bare CR stands in a header", with("X: a\rb\r\n"), 400},
      {"a bare CR stands in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"CR CR LF ends a line", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
      {"an empty line comes first", "\r\n" + get("/"), 400},
      {"a space comes first", " " + get("/"), 400},
      {"there are two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"there is a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"there is a space at the end of the request line", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 505},
      {"there is a word too much in the request line", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 505},
  });
}

TEST_CASE("headers whose names or values are no text are refused", "[http][framing]") {
  check_refused({
      {"NUL in a value", nul(with("X: a@b\r\n")), 400},
      {"NUL in a name", nul(with("X@: ab\r\n")), 400},
      {"NUL in the target", nul(get("/@")), 400},
      {"NUL in the method", nul("GE@ / HTTP/1.1\r\nHost: a\r\n\r\n"), 400},
      {"a control character in a value", with("X: a\x01z\r\n"), 400},
      {"an escape character in a value", with("X: a\x1bz\r\n"), 400},
      {"DEL in a value", with("X: a\x7fz\r\n"), 400},
      {"a control character in a name", with("X\x01: a\r\n"), 400},
      {"a letter that is not ASCII in a name", with("X\xc3\xa4: a\r\n"), 400},
      {"a space before the colon", with("Content-Length : 3\r\n", "abc"), 400},
      {"a tab before the colon", with("X\t: 3\r\n"), 400},
      {"a space in a name", with("X Y: 3\r\n"), 400},
      {"a separator in a name", with("X(Y): 3\r\n"), 400},
      {"no colon", with("X\r\n"), 400},
      {"no name", with(": x\r\n"), 400},
  });
}

TEST_CASE("the host is named once and is a host", "[http][framing]") {
  check_refused({
      {"there is none", "GET / HTTP/1.1\r\n\r\n", 400},
      {"there is none beside an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
      {"there are two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"the same is there twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"an empty one stands beside it", "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", 400},
      {"there are two on HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"it has a path", to_host("a/b"), 400},
      {"it has user information", to_host("a@b"), 400},
      {"it is a list", to_host("a, b"), 400},
      {"it has a space", to_host("a b"), 400},
      {"it has a percent escape", to_host("a%00b"), 400},
      {"it has a question mark", to_host("a?b"), 400},
      {"it has a fragment", to_host("a#b"), 400},
      {"it has a backslash", to_host("a\\b"), 400},
      {"it is not ASCII", to_host("\xc3\xa4"), 400},
      {"it has a port of letters", to_host("a:b"), 400},
      {"it has two ports", to_host("a:80:81"), 400},
      {"its port has a sign", to_host("a:+80"), 400},
      {"its port is no port", to_host("a:123456"), 400},
      {"its bracket is not closed", to_host("[::1"), 400},
      {"its brackets hold a name", to_host("[name]"), 400},
      {"its brackets hold nothing", to_host("[]"), 400},
      {"something stands between its bracket and its port", to_host("[::1]x:80"), 400},
  });
}

TEST_CASE("a target that is no path of this server is refused", "[http][framing]") {
  check_refused({
      {"it does not begin with a slash", get("v1/x"), 400},
      {"it has another scheme", get("ftp://a/x"), 400},
      {"it names another host", get("http://b/x"), 400},
      {"it names another port", get("http://a:81/x"), 400},
      {"it has user information", get("http://u@a/x"), 400},
      {"it has no host", "GET http:///x HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"it is an authority", get("a:443"), 400},
      {"it is * for a GET", get("*"), 400},
      {"it has a fragment", get("/x#y"), 400},
      {"it is not ASCII", get("/\xc3\xa4"), 400},
      {"it is not even UTF-8", get("/\xff\xfe"), 400},
      {"it escapes a NUL", get("/v1/customers/%00"), 400},
      {"it escapes a NUL at the end of an id", get("/v1/customers/cus_1%00"), 400},
      {"it escapes a line end", get("/v1/x%0d%0aX:%20y"), 400},
      {"it escapes DEL", get("/%7f"), 400},
      {"its escape has one digit", get("/v1/x%4"), 400},
      {"its escape has none", get("/v1/x%"), 400},
      {"its escape has other letters", get("/v1/%zz/x"), 400},
      {"its escape is of another kind", get("/v1/%u0041"), 400},
      {"it is to become a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"it is to become a tunnel, by a path", "CONNECT /v1/x HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"it is to be echoed", "TRACE /v1/x HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", 405},
  });
}

TEST_CASE("what is not HTTP/1.0 or 1.1 is refused", "[http][framing]") {
  check_refused({
      {"HTTP/0.9", "GET /\r\n\r\n", 400},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"lower-case http", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
      {"no dot", "GET / HTTP/11\r\nHost: a\r\n\r\n", 505},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
  });
}

TEST_CASE("a header that steers us and is there twice is refused", "[http][framing]") {
  check_refused({
      {"two keys", with("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400},
      {"the same key twice", with("Authorization: Bearer a\r\nauthorization: Bearer a\r\n"), 400},
      {"an empty key beside one", with("Authorization:\r\nAuthorization: Bearer a\r\n"), 400},
      {"two idempotency keys", with("Idempotency-Key: a\r\nidempotency-key: b\r\n"), 400},
      {"an empty idempotency key beside one", with("Idempotency-Key:\r\nIdempotency-Key: b\r\n"), 400},
      {"an idempotency key with an underscore beside one", with("Idempotency-Key: a\r\nIdempotency_Key: b\r\n"), 400},
      {"an idempotency key with an underscore alone", with("idempotency_key: b\r\n"), 400},
      {"two versions", with("Stripe-Version: a\r\nStripe-Version: a\r\n"), 400},
      {"a version with an underscore", with("Stripe_Version: a\r\n"), 400},
      {"two accounts", with("Stripe-Account: a\r\nStripe-Account: a\r\n"), 400},
      {"an account with an underscore", with("Stripe_Account: a\r\n"), 400},
      {"two content types", with("Content-Type: a\r\nContent-Type: a\r\n"), 400},
      {"a content type with an underscore", with("Content_Type: a\r\n"), 400},
      {"an unknown expectation", with("Expect: 200-ok\r\nContent-Length: 2\r\n", "ab"), 417},
      {"a list of expectations", with("Expect: 100-continue, 100-continue\r\nContent-Length: 2\r\n", "ab"), 417},
      {"an empty expectation", with("Expect:\r\nContent-Length: 2\r\n", "ab"), 417},
      {"an expectation with a parameter", with("Expect: 100-continue;q=1\r\nContent-Length: 2\r\n", "ab"), 417},
  });
}

TEST_CASE("a head that is too much is refused with what is too much of it", "[http][framing]") {
  HttpServerOptions options;
  options.uri_bytes_max = 100;
  options.headers_max = 10;
  options.header_bytes_max = 1'000;
  std::string many;
  for (int i = 0; i < 11; ++i) many += "X: a\r\n";
  check_refused(
      {
          {"the URL", get("/" + std::string(100, 'x')), 414},
          {"the URL, with more of it than a head may have", get("/" + std::string(2'000, 'x')), 414},
          {"the query", get("/?" + std::string(100, 'x')), 414},
          {"the number of headers", with(many), 431},
          {"a header's value", with("X: " + std::string(1'000, 'x') + "\r\n"), 431},
          {"a header's name", with(std::string(1'000, 'x') + ": a\r\n"), 431},
      },
      options);
}

TEST_CASE("who sends a header twice reads which", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  const auto message = [&](std::string_view headers) { return RawClient(server->port()).exchange(with(headers)).body; };
  CHECK(message("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n").find("Authorization was sent twice.") != std::string::npos);
  CHECK(message("Idempotency-Key: a\r\nIdempotency-Key: b\r\n").find("Idempotency-Key was sent twice.") != std::string::npos);
  CHECK(message("Idempotency_Key: a\r\n").find("underscores in its name where hyphens belong") != std::string::npos);
}

TEST_CASE("a whole request with garbage behind it is answered, and the garbage ends the connection", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  for (const std::string garbage : {"\r\n", "0\r\n\r\n", "{\"amount\":1}"}) {
    INFO(garbage);
    RawClient client(server->port());
    client.send(with("Content-Length: 2\r\n", "ab") + garbage + get("/smuggled"));
    CHECK(client.receive().body.starts_with("post|path=/v1/x|query=|body=ab|"));
    CHECK(client.receive().status / 100 == 4);
    CHECK(client.closed());
  }
  CHECK(handler.requests == 3);
}

TEST_CASE("a body without a length is none, and what follows is a request of its own", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  client.send(with("") + get("/second"));
  CHECK(client.receive().body.starts_with("post|path=/v1/x|query=|body=|"));
  CHECK(client.receive().body.starts_with("get|path=/second|"));
}

TEST_CASE("a connection stays HTTP/1.1 whatever a client would change it to", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  const std::string h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
  const Reply upgraded = client.exchange(get("/x", h2c));
  CHECK(upgraded.status == 200);
  CHECK(upgraded.head.find("Upgrade") == std::string::npos);
  CHECK(client.exchange(with("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n", "ab"))
            .body.starts_with("post|path=/v1/x|query=|body=ab|"));
  CHECK(client.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 505);
  CHECK(client.closed());
}

TEST_CASE("what only looks odd is taken", "[http][framing]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  CHECK(client.exchange(with("Content-Length: \t 02 \t\r\n", "ab")).body.starts_with("post|path=/v1/x|query=|body=ab|"));
  CHECK(client.exchange(with("X_Other: a\r\nX__: b\r\n")).status == 200);
  CHECK(client.exchange(get("/v1/a%20b%2F%c3%a4%FF")).body.starts_with("get|path=/v1/a%20b%2F%c3%a4%FF|"));
  CHECK(client.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status == 200);
  for (const char* host : {"", "a", "a_b.c-d:8080", "127.0.0.1:80", "[::1]", "[2001:db8::7]:443", "a:"}) {
    INFO(host);
    CHECK(client.exchange(to_host(host)).status == 200);
  }
  CHECK(client.exchange(with("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 2\r\n", "ab")).status == 200);
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

// Connections that serve one request after another.
#include <thread>

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

TEST_CASE("a connection serves many requests", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/" + std::to_string(i);
    const Reply reply = client.exchange("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(reply.body.starts_with("post|path=" + path + "|query=|body=abc|"));
  }
  CHECK(server->stats().connections_accepted == 1);
  CHECK(server->stats().requests == 100);
  CHECK(server->stats().responses[2] == 100);
}

TEST_CASE("HTTP/1.0 ends after a request unless keep-alive is asked for, 1.1 goes on unless close is asked for",
          "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  {
    RawClient client(server->port());
    const Reply reply = client.exchange("GET / HTTP/1.0\r\n\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(client.closed());
  }
  {
    RawClient client(server->port());
    const Reply reply = client.exchange("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    CHECK(reply.head.find("\r\nConnection: keep-alive\r\n") != std::string::npos);
    CHECK(client.exchange("GET / HTTP/1.0\r\n\r\n").status == 200);
    CHECK(client.closed());
  }
  RawClient client(server->port());
  CHECK(client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  const Reply reply = client.exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n");
  CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client.closed());
}

TEST_CASE("a response that asks for it ends the connection", "[http][keepalive]") {
  Handler handler([](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.close = true;
    respond(std::move(response));
  });
  const auto server = serve(handler);
  RawClient client(server->port());
  const Reply reply = client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(reply.head.find("\r\nConnection: close\r\n") != std::string::npos);
  CHECK(client.closed());
  CHECK(handler.requests == 1);
}

TEST_CASE("a connection ends after its number of requests", "[http][keepalive]") {
  Handler handler;
  HttpServerOptions options;
  options.requests_per_connection_max = 2;
  const auto server = serve(handler, options);
  RawClient client(server->port());
  CHECK(client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").head.find("Connection:") == std::string::npos);
  CHECK(client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").head.find("\r\nConnection: close\r\n") !=
        std::string::npos);
  CHECK(client.closed());
}

TEST_CASE("pipelined requests are answered in order, one after the other", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  std::string all;
  const int count = 1'000;
  for (int i = 0; i < count; ++i) {
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(i % 7) +
           "\r\n\r\n" + std::string(i % 7, 'x');
  }
  std::thread sender([&] { client.send(all); });
  int right = 0;
  for (int i = 0; i < count; ++i) {
    right += client.receive().body.starts_with("post|path=/" + std::to_string(i) +
                                               "|query=|body=" + std::string(i % 7, 'x') + "|");
  }
  sender.join();
  CHECK(right == count);
}

TEST_CASE("requests in pieces of any size are understood", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  const std::string request = "POST /x HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nContent-Length: 5\r\n\r\nhello";
  RawClient client(server->port());
  std::size_t answered = 0;
  for (std::size_t piece = 1; piece < request.size(); piece += piece < 8 ? 1 : 7) {
    for (std::size_t at = 0; at < request.size(); at += piece) client.send(std::string_view(request).substr(at, piece));
    answered +=
        client.receive().body.starts_with("post|path=/x|query=|body=hello|authorization=|type=|key=given:k|") ? 1 : 0;
  }
  CHECK(answered == server->stats().requests);
}

TEST_CASE("a head and a body that come apart are put together, also when the buffer moves", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  const std::string body(200'000, 'b');
  client.send("POST /first?q HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\nContent-Length: 200000\r\n\r\nb");
  REQUIRE(eventually([&] { return server->stats().bytes_in > 0; }));
  client.send(std::string_view(body).substr(1));
  CHECK(client.receive().body.starts_with("post|path=/first|query=q|body=" + body + "|authorization=Bearer key|"));
}

TEST_CASE("a client that leaves in the middle of a request leaves nothing behind", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  {
    RawClient head(server->port());
    head.send("GET / HT");
    RawClient body(server->port());
    body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    REQUIRE(eventually([&] { return server->stats().bytes_in >= 8 + 48; }));
  }
  CHECK(eventually([&] { return server->stats().connections_open == 0; }));
  CHECK(handler.requests == 0);
}

TEST_CASE("a client that has sent all it will send still gets its answer", "[http][keepalive]") {
  Handler handler;
  const auto server = serve(handler);
  RawClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shut_down_send();
  CHECK(client.receive().status == 200);
  CHECK(client.closed());
}

TEST_CASE("many clients on several io threads each get their own answers", "[http][keepalive]") {
  Handler handler;
  HttpServerOptions options;
  options.io_threads = 3;
  const auto server = serve(handler, options);
  std::atomic<int> right{0};
  std::vector<RawClient> clients;
  for (int t = 0; t < 8; ++t) clients.emplace_back(server->port());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient& client = clients[t];
      for (int i = 0; i < 200; ++i) {
        const std::string path = "/" + std::to_string(t) + "/" + std::to_string(i);
        right +=
            client.exchange("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").body.starts_with("get|path=" + path + "|");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 8 * 200);
  CHECK(server->stats().requests == 8 * 200);
}

#include "tollgate/api/http_stream.h"

#include "http/http_support.h"

namespace tollgate::http_test {
namespace {

// Gives each request a stream and keeps it.
class Streams {
 public:
  Handler handler{[this](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.body = "first\n";
    response.stream = std::make_shared<HttpStream>(bytes_waiting_max);
    {
      const std::lock_guard lock(mutex);
      stream = response.stream;
    }
    respond(std::move(response));
  }};
  std::shared_ptr<HttpStream> take() {
    REQUIRE(eventually([&] {
      const std::lock_guard lock(mutex);
      return stream != nullptr;
    }));
    const std::lock_guard lock(mutex);
    return std::exchange(stream, nullptr);
  }
  std::size_t bytes_waiting_max = 256 * 1024;
  std::mutex mutex;
  std::shared_ptr<HttpStream> stream;
};

constexpr std::string_view get = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

// Reads until the text ends with `end`.
std::string read_until(int fd, std::string_view end) {
  std::string text;
  char buffer[4096];
  while (!text.ends_with(end)) {
    pollfd poll{fd, POLLIN, 0};
    if (::poll(&poll, 1, patience_ms) != 1) FAIL("no more came: " << text);
    const ssize_t bytes = ::recv(fd, buffer, sizeof buffer, 0);
    if (bytes <= 0) break;
    text.append(buffer, static_cast<std::size_t>(bytes));
  }
  return text;
}

}  // namespace

TEST_CASE("What is written to a stream arrives as it is written, and its end ends the connection") {
  Streams streams;
  const auto server = serve(streams.handler);
  RawClient client(server->port());
  client.send(get);
  const std::string head = read_until(client.fd(), "first\n");
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  const auto stream = streams.take();
  CHECK(stream->write("second\n"));
  CHECK(read_until(client.fd(), "second\n") == "second\n");
  CHECK(stream->write("third\n"));
  stream->end();
  CHECK(read_until(client.fd(), "third\n") == "third\n");
  CHECK(client.closed());
  CHECK_FALSE(stream->write("nobody reads this\n"));
}

TEST_CASE("A large burst arrives whole and in order") {
  Streams streams;
  const auto server = serve(streams.handler);
  RawClient client(server->port());
  client.send(get);
  (void)read_until(client.fd(), "first\n");
  const auto stream = streams.take();
  std::string sent;
  for (int i = 0; i < 20'000; ++i) sent += std::to_string(i) + " ";
  sent += "end\n";
  for (std::size_t at = 0; at < sent.size(); at += 1'000) CHECK(stream->write(std::string_view(sent).substr(at, 1'000)));
  CHECK(read_until(client.fd(), "end\n") == sent);
}

TEST_CASE("A reader that falls behind is cut off, and the writer is told") {
  Streams streams;
  streams.bytes_waiting_max = 64 * 1024;
  const auto server = serve(streams.handler);
  RawClient client(server->port(), 4'096);
  client.send(get);
  const auto stream = streams.take();
  const std::string chunk(16 * 1024, 'x');
  REQUIRE(eventually([&] { return !stream->write(chunk); }));
  REQUIRE(eventually([&] { return server->stats().connections_open == 0; }));
}

TEST_CASE("A reader that goes away is noticed with the next writes") {
  Streams streams;
  const auto server = serve(streams.handler);
  std::shared_ptr<HttpStream> stream;
  {
    RawClient client(server->port());
    client.send(get);
    (void)read_until(client.fd(), "first\n");
    stream = streams.take();
  }
  REQUIRE(eventually([&] { return !stream->write("x"); }));
  REQUIRE(eventually([&] { return server->stats().connections_open == 0; }));
}

TEST_CASE("A server that stops does not wait for its streams") {
  Streams streams;
  const auto server = serve(streams.handler);
  RawClient client(server->port());
  client.send(get);
  (void)read_until(client.fd(), "first\n");
  const auto stream = streams.take();
  server->stop(patience_ms);
  CHECK(client.closed());
  CHECK_FALSE(stream->write("x"));
}

TEST_CASE("A server may be gone before the writer of a stream is") {
  Streams streams;
  std::shared_ptr<HttpStream> stream;
  {
    const auto server = serve(streams.handler);
    RawClient client(server->port());
    client.send(get);
    stream = streams.take();
  }
  CHECK_FALSE(stream->write("x"));
  stream->end();
}

TEST_CASE("HEAD of a stream has no body and does not wait") {
  Streams streams;
  const auto server = serve(streams.handler);
  RawClient client(server->port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.receive(true).status == 200);
  CHECK(client.closed());
}

TEST_CASE("Many streams are fed from one thread") {
  std::mutex mutex;
  std::vector<std::shared_ptr<HttpStream>> all;
  Handler handler([&](const HttpRequest&, ResultSink&, Respond respond) {
    HttpResponse response;
    response.stream = std::make_shared<HttpStream>();
    {
      const std::lock_guard lock(mutex);
      all.push_back(response.stream);
    }
    respond(std::move(response));
  });
  const auto server = serve(handler, {.io_threads = 2});
  std::vector<RawClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(server->port());
    clients.back().send(get);
  }
  REQUIRE(eventually([&] {
    const std::lock_guard lock(mutex);
    return all.size() == 50;
  }));
  for (int i = 0; i < 20; ++i)
    for (const auto& stream : all) CHECK(stream->write("event\n"));
  for (const auto& stream : all) stream->end();
  for (RawClient& client : clients) {
    const std::string text = read_until(client.fd(), "nothing ends like this");
    std::size_t events = 0;
    for (std::size_t at = 0; (at = text.find("event\n", at)) != std::string::npos; ++at) ++events;
    CHECK(events == 20);
  }
}

TEST_CASE("A server that winds down serves on, and ends each connection with its next response") {
  Handler handler;
  const auto server = serve(handler);
  RawClient kept(server->port());
  const Reply before = kept.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(before.head.find("Connection: close") == std::string::npos);
  server->wind_down();
  const Reply after = kept.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(after.status == 200);
  CHECK(after.head.find("Connection: close\r\n") != std::string::npos);
  CHECK(kept.closed());
  RawClient fresh(server->port());
  CHECK(fresh.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200);
  CHECK(fresh.closed());
}

}  // namespace tollgate::http_test

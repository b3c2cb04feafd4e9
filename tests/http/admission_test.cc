// What is decided from a request's head, before its body: refusals that leave the connection as it was, and what is held meanwhile.
#include <atomic>

#include "http_support.h"

using namespace tollgate;
using namespace tollgate::http_test;

namespace {

// Lets in whatever does not ask for "/full", and counts what it let in and is not over.
class Gate final : public Handler {
 public:
  using Handler::Handler;
  struct Held final : Admission {
    explicit Held(std::atomic<int>& in_work) : count(in_work) { ++count; }
    ~Held() override { --count; }
    std::atomic<int>& count;
  };
  std::optional<HttpResponse> admit(const HttpRequest& head, std::unique_ptr<Admission>& admission) override {
    ++asked;
    network = head.peer_network;
    if (!head.body.empty()) body_was_there = true;
    if (head.path != "/full") {
      admission = std::make_unique<Held>(held);
      admission->wants_body = head.path != "/no-body";
      return std::nullopt;
    }
    HttpResponse response;
    response.status = 429;
    response.body = "{}";
    response.headers.emplace_back("Retry-After", "7");
    return response;
  }
  std::atomic<int> asked{0}, held{0};
  std::atomic<uint64_t> network{0};
  std::atomic<bool> body_was_there{false};
};

std::string post(std::string_view path, std::size_t body_bytes, std::string_view more = {}) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{}\r\n", path, body_bytes, more);
}

constexpr const char* get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* get_large = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t large_bytes = 16 << 20;  // more than sockets take

void large_answers(const HttpRequest& request, ResultSink&, Respond respond) {
  HttpResponse response;
  response.body = request.path == "/large" ? std::string(large_bytes, 'x') : describe(request);
  respond(std::move(response));
}

}  // namespace

TEST_CASE("a request that is not let in is answered before its body has come, and the connection goes on behind it", "[http][admission]") {
  Gate gate;
  const auto server = serve(gate);
  RawClient client(server->port());
  const Reply refused = client.exchange(post("/full", 100'000));
  CHECK(refused.status == 429);
  CHECK(refused.head.find("Retry-After: 7\r\n") != std::string::npos);
  CHECK(refused.head.find("Connection: close") == std::string::npos);
  // The body comes all the same, and then the next request: the body must not be taken for one.
  std::string body;
  while (body.size() < 100'000) body += get;
  body.resize(100'000);
  client.send(body);
  const Reply next = client.exchange(get);
  CHECK(next.status == 200);
  CHECK(next.body.starts_with("get|path=/x"));
  CHECK(gate.asked == 2);
  CHECK(gate.requests == 1);
  CHECK_FALSE(gate.body_was_there);
}

TEST_CASE("refused and accepted requests in one piece are each answered in their order", "[http][admission]") {
  Gate gate;
  const auto server = serve(gate);
  RawClient client(server->port());
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += post("/full", 3) + "abc" + post("/y", 2) + "ok";
  client.send(bytes);
  for (int i = 0; i < 50; ++i) {
    CHECK(client.receive().status == 429);
    const Reply reply = client.receive();
    CHECK(reply.status == 200);
    CHECK(reply.body.find("|body=ok|") != std::string::npos);
  }
  CHECK(gate.held == 0);
}

TEST_CASE("who waits for 100 Continue and is not let in gets the refusal instead, and the end of the connection", "[http][admission]") {
  Gate gate;
  const auto server = serve(gate);
  RawClient client(server->port());
  const Reply refused = client.exchange(post("/full", 10, "Expect: 100-continue\r\n"));
  CHECK(refused.status == 429);
  CHECK(client.closed());
}

TEST_CASE("a request whose body nobody wants is handled without it, and the connection goes on behind it", "[http][admission]") {
  Gate gate;
  const auto server = serve(gate);
  RawClient client(server->port());
  const Reply answered = client.exchange(post("/no-body", 100'000));
  CHECK(answered.status == 200);
  CHECK(answered.body.find("|body=|") != std::string::npos);
  client.send(std::string(100'000, 'x'));
  CHECK(client.exchange(post("/no-body", 2) + "ok" + get).body.find("|body=|") != std::string::npos);
  CHECK(client.receive().body.starts_with("get|path=/x"));
  CHECK(client.exchange(post("/y", 2) + "ok").body.find("|body=ok|") != std::string::npos);
}

TEST_CASE("a refused body that never comes ends with the time that a body has", "[http][admission]") {
  Gate gate;
  HttpServerOptions options;
  options.request_body_timeout_ms = 50;
  const auto server = serve(gate, options);
  RawClient client(server->port());
  CHECK(client.exchange(post("/full", 1'000)).status == 429);
  CHECK(client.closed());
}

TEST_CASE("what a request holds is given back when it is answered, when it is too slow, and when its client leaves", "[http][admission]") {
  Gate gate;
  HttpServerOptions options;
  options.request_body_timeout_ms = 100;
  const auto server = serve(gate, options);
  RawClient client(server->port());
  CHECK(client.exchange(post("/x", 2) + "ok").status == 200);
  CHECK(gate.held == 0);
  RawClient slow(server->port());
  slow.send(post("/x", 2) + "o");
  REQUIRE(eventually([&] { return gate.held == 1; }));
  CHECK(slow.receive().status == 408);
  CHECK(eventually([&] { return gate.held == 0; }));
  {
    RawClient leaves(server->port());
    leaves.send(post("/x", 2) + "o");
    REQUIRE(eventually([&] { return gate.held == 1; }));
  }
  CHECK(eventually([&] { return gate.held == 0; }));
}

TEST_CASE("a large answer holds what its request holds until it is read, too slow, or its client is gone", "[http][admission]") {
  Gate gate(large_answers);
  HttpServerOptions options;
  options.write_timeout_ms = 1'000;
  const auto server = serve(gate, options);
  const auto held_while_unread = [&](RawClient& client) {
    const int before = gate.requests;
    client.send(get_large);
    REQUIRE(eventually([&] { return gate.requests > before; }));
    return gate.held.load();
  };
  {
    RawClient reads(server->port());
    CHECK(held_while_unread(reads) == 1);
    CHECK(reads.receive().body.size() == large_bytes);
    CHECK(eventually([&] { return gate.held == 0; }));
    CHECK(reads.exchange(get).status == 200);  // the connection goes on
  }
  {
    RawClient leaves(server->port(), 4'096);
    CHECK(held_while_unread(leaves) == 1);
  }
  CHECK(eventually([&] { return gate.held == 0; }));
  RawClient sleeps(server->port(), 4'096);
  CHECK(held_while_unread(sleeps) == 1);
  CHECK(eventually([&] { return gate.held == 0; }));
}

TEST_CASE("while many bytes wait for readers, who only reads is sent away, and who pays is not", "[http][admission]") {
  Gate gate(large_answers);
  HttpServerOptions options;
  options.answer_bytes_held_max = large_bytes - 1;
  const auto server = serve(gate, options);
  RawClient client(server->port());
  {
    RawClient sleeps(server->port(), 4'096);
    sleeps.send(get_large);
    REQUIRE(eventually([&] { return gate.requests == 1; }));
    const Reply refused = client.exchange(get);
    CHECK(refused.status == 503);
    CHECK(refused.head.find("Retry-After: 1\r\n") != std::string::npos);
    CHECK(refused.body.find("api_error") != std::string::npos);
    CHECK(client.exchange(post("/x", 2) + "ok").status == 200);
    CHECK(gate.held == 1);  // the one that sleeps
  }
  CHECK(eventually([&] { return client.exchange(get).status == 200; }));
}

TEST_CASE("the peer's network is the address itself of IPv4", "[http][admission]") {
  Gate gate;
  const auto server = serve(gate);
  RawClient client(server->port());
  CHECK(client.exchange(get).status == 200);
  CHECK(gate.network == 0x7f000001);
}

TEST_CASE("an address has so many connections and no more, and room again when one ends", "[http][admission]") {
  Handler handler;
  HttpServerOptions options;
  options.connections_per_address_max = 2;
  options.io_threads = 2;
  const auto server = serve(handler, options);
  auto first = std::make_unique<RawClient>(server->port());
  RawClient second(server->port());
  CHECK(first->exchange(get).status == 200);
  CHECK(second.exchange(get).status == 200);
  RawClient third(server->port());
  CHECK(third.closed());
  CHECK(server->stats().connections_refused == 1);
  first.reset();
  REQUIRE(eventually([&] { return server->stats().connections_open == 1; }));
  RawClient fourth(server->port());
  CHECK(fourth.exchange(get).status == 200);
  CHECK(second.exchange(get).status == 200);
}

// What becomes of a call when the upstream answers, hangs, cuts, lies or is not there.
#include "transport/server.h"

namespace tollgate::test {
namespace {

using Kind = UpstreamResult::Kind;

// Answers every request with what it was.
void echo(Peer& peer) {
  for (std::string request = peer.request(); !request.empty(); request = peer.request())
    if (!peer.answer(request)) return;
}

// What comes of a call to a server that reads the request and then does that.
UpstreamResult after_the_request(const Server::Script& what, int64_t timeout_ms = patience_ms, UpstreamOptions options = {}) {
  const Server server([&](Peer& peer) {
    if (!peer.request().empty()) what(peer);
  });
  options.base_url = plain(server).base_url;
  const auto upstream = open(options);
  return one_call(*upstream, post("x", timeout_ms));
}

UpstreamResult answered_with(std::string_view bytes, UpstreamOptions options = {}) {
  return after_the_request(
      [&](Peer& peer) {
        peer.write(bytes);
        peer.wait_for_end();
      },
      patience_ms, std::move(options));
}

}  // namespace

TEST_CASE("a request arrives as it was made, and its answer comes back whole") {
  const Server server(echo);
  auto options = plain(server);
  options.base_url += "/base/";
  const auto upstream = open(options);
  const auto result = one_call(*upstream, post("a=1"));
  REQUIRE(result.kind == Kind::answered);
  CHECK(result.status == 200);
  CHECK(result.body == fmt::format("POST /base/v1/things HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
                                   "Authorization: Bearer secret\r\n\r\na=1",
                                   server.port));
  CHECK(result.header("content-LENGTH") == std::to_string(result.body.size()));
  CHECK(result.header("none").empty());
}

TEST_CASE("a GET has no body and does not speak of one, and any status is an answer") {
  const Server server([](Peer& peer) {
    peer.write(peer.request().find("Content-Length") == std::string::npos ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : "wrong");
    peer.wait_for_end();
  });
  const auto upstream = open(plain(server));
  auto get = post("");
  get.method = "GET";
  const auto result = one_call(*upstream, std::move(get));
  CHECK(result.kind == Kind::answered);
  CHECK(result.status == 503);
}

TEST_CASE("an answer in chunks and in small pieces is one answer") {
  const auto result = after_the_request([](Peer& peer) {
    for (const char c : std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) peer.write({&c, 1});
    peer.wait_for_end();
  });
  CHECK(result.kind == Kind::answered);
  CHECK(result.body == "abcde");
}

TEST_CASE("connections are kept and used again, and there are never more than the bound") {
  const Server server(echo);
  auto options = plain(server);
  options.connections_max = 4;
  options.waiting_max = 1'000;
  const auto upstream = open(options);
  for (int i = 0; i < 20; ++i) CHECK(one_call(*upstream, post("x")).kind == Kind::answered);
  CHECK(server.connections == 1);
  Results results;
  for (int i = 0; i < 500; ++i) upstream->call(post(std::to_string(i)), results.handler());
  const auto all = results.wait_for(500);
  REQUIRE(all.size() == 500);
  for (const auto& result : all) CHECK(result.kind == Kind::answered);
  CHECK(server.connections <= 4);
  CHECK(upstream->stats().outstanding == 0);
}

TEST_CASE("an upstream that says it closes is not used again, nor one that closes while it is idle") {
  const Server server([](Peer& peer) {
    const std::string request = peer.request();
    peer.answer(request, request.ends_with("last") ? "Connection: close\r\n" : "");
  });
  const auto upstream = open(plain(server));
  CHECK(one_call(*upstream, post("last")).kind == Kind::answered);
  for (int i = 1; i <= 3; ++i) {
    CHECK(one_call(*upstream, post("the server closes behind it")).kind == Kind::answered);
    CHECK(server.connections == i + 1);
    // Seen before the next call is put on it.
    for (int waited_ms = 0; upstream->stats().connections > 0 && waited_ms < patience_ms; ++waited_ms) ::usleep(1'000);
    CHECK(upstream->stats().connections == 0);
  }
}

TEST_CASE("what an upstream says without being asked is no answer to the next call") {
  const Server server([first = std::make_shared<std::atomic<bool>>(true)](Peer& peer) {
    const bool poisons = first->exchange(false);
    const std::string request = peer.request();
    peer.answer("right");
    if (poisons) peer.answer("poison");
    if (!peer.request().empty()) peer.answer("right");
  });
  const auto upstream = open(plain(server));
  for (int i = 0; i < 2; ++i) {
    const auto result = one_call(*upstream, post("x"));
    CHECK(result.kind == Kind::answered);
    CHECK(result.body == "right");
    // What arrives before the next call is put on the connection ends it; what arrives later nobody can tell from an answer.
    for (int waited_ms = 0; i == 0 && upstream->stats().connections > 0 && waited_ms < patience_ms; ++waited_ms) ::usleep(1'000);
    CHECK(upstream->stats().connections == static_cast<std::size_t>(i));
  }
}

TEST_CASE("no answer in time may have been done: the deadline is the call's, whatever is received meanwhile") {
  const auto silent = after_the_request([](Peer& peer) { peer.wait_for_end(); }, 100);
  CHECK(silent.kind == Kind::maybe_sent);
  CHECK(silent.late);
  const int64_t start_us = monotonic_us();
  const auto slow = after_the_request(
      [](Peer& peer) {
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (peer.write("x")) ::usleep(1'000);
      },
      200);
  CHECK(slow.kind == Kind::maybe_sent);
  CHECK(slow.late);
  CHECK(monotonic_us() - start_us < 10 * us_per_second);
}

TEST_CASE("a connection that ends without a whole answer may have brought the request") {
  const auto closed = after_the_request([](Peer&) {});
  CHECK(closed.kind == Kind::maybe_sent);
  CHECK_FALSE(closed.late);
  CHECK(closed.problem == "the connection ended without an answer");
  const auto cut = after_the_request([](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"); });
  CHECK(cut.kind == Kind::maybe_sent);
  CHECK(cut.problem == "the connection ended in the middle of the answer");
  const auto reset = after_the_request([](Peer& peer) { peer.reset(); });
  CHECK(reset.kind == Kind::maybe_sent);
  const auto half_closed = after_the_request([](Peer& peer) {
    peer.write("HTTP/1.1 200 OK\r\n");
    peer.shut_down_send();
    peer.wait_for_end();
  });
  CHECK(half_closed.kind == Kind::maybe_sent);
}

TEST_CASE("an answer that cannot be trusted is none") {
  UpstreamOptions options;
  options.header_bytes_max = 4'096;
  options.body_bytes_max = 10'000;
  const std::pair<std::string, std::string_view> cases[] = {
      {"\x16\x03\x01 this is no HTTP\r\n\r\n", "cannot be read"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n", "more than 10000 bytes"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n" + std::string(20'000, 'x'), "more than 10000 bytes"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(5'000, 'x') + "\r\n\r\n", "more than 4096 bytes"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "cannot be read"},
      {"HTTP/1.1 103 Early Hints\r\n\r\n", "interim"},
  };
  for (const auto& [bytes, words] : cases) {
    INFO(bytes.substr(0, 80));
    const auto result = answered_with(bytes, options);
    CHECK(result.kind == Kind::maybe_sent);
    CHECK(result.problem.find(words) != std::string::npos);
    CHECK_FALSE(result.late);
  }
  const auto without_length = after_the_request([](Peer& peer) { peer.write("HTTP/1.1 200 OK\r\n\r\nuntil the end"); });
  CHECK(without_length.kind == Kind::maybe_sent);
}

TEST_CASE("an upstream that is not there, or never shakes hands, was surely sent nothing") {
  uint16_t free_port = 0;
  { free_port = Server([](Peer&) {}).port; }
  UpstreamOptions options;
  options.base_url = fmt::format("http://127.0.0.1:{}", free_port);
  auto result = one_call(*open(options), post("x"));
  CHECK(result.kind == Kind::not_sent);
  CHECK(result.problem.find("cannot connect to 127.0.0.1") != std::string::npos);

  const Server silent([](Peer& peer) { peer.wait_for_end(); });
  options.base_url = fmt::format("https://127.0.0.1:{}", silent.port);
  options.connect_timeout_ms = 100;
  result = one_call(*open(options), post("x"));
  CHECK(result.kind == Kind::not_sent);
  CHECK(result.problem.find("no connection in time") != std::string::npos);
}

TEST_CASE("calls wait for a connection in turn, up to a bound and their own deadline") {
  std::atomic<bool> go{false};
  const Server server([&](Peer& peer) {
    while (!peer.request().empty()) {
      while (!go) ::usleep(1'000);
      peer.answer("done");
    }
  });
  auto options = plain(server);
  options.connections_max = 1;
  options.waiting_max = 2;
  const auto upstream = open(options);
  Results first, hurried, last, refused;
  upstream->call(post("1"), first.handler());
  upstream->call(post("2", 100), hurried.handler());
  upstream->call(post("3"), last.handler());
  upstream->call(post("4"), refused.handler());
  const auto too_many = refused.wait_for(1);
  REQUIRE(too_many.size() == 1);
  CHECK(too_many[0].kind == Kind::not_sent);
  const auto late = hurried.wait_for(1);
  REQUIRE(late.size() == 1);
  CHECK(late[0].kind == Kind::not_sent);
  CHECK(late[0].late);
  go = true;
  CHECK(first.wait_for(1).at(0).kind == Kind::answered);
  CHECK(last.wait_for(1).at(0).kind == Kind::answered);
  CHECK(server.connections == 1);
}

TEST_CASE("a call whose deadline has passed is not sent") {
  const Server server(echo);
  const auto upstream = open(plain(server));
  auto request = post("x");
  request.deadline_us = monotonic_us() - 1;
  const auto result = one_call(*upstream, std::move(request));
  CHECK(result.kind == Kind::not_sent);
  CHECK(result.late);
  CHECK(server.connections == 0);
}

TEST_CASE("stopping ends every call: those that wait were not sent, those that are out may have been") {
  std::atomic<int> arrived{0};
  const Server server([&](Peer& peer) {
    if (!peer.request().empty()) ++arrived;
    peer.wait_for_end();
  });
  auto options = plain(server);
  options.connections_max = 1;
  const auto upstream = open(options);
  Results out, waiting;
  upstream->call(post("1"), out.handler());
  upstream->call(post("2"), waiting.handler());
  while (arrived == 0) ::usleep(1'000);
  upstream->stop();
  CHECK(out.wait_for(1).at(0).kind == Kind::maybe_sent);
  CHECK(waiting.wait_for(1).at(0).kind == Kind::not_sent);
  CHECK(one_call(*upstream, post("3")).kind == Kind::not_sent);
}

TEST_CASE("a handler may call again, and calls of many threads are each answered once") {
  const Server server(echo);
  auto options = plain(server);
  options.waiting_max = 10'000;
  const auto upstream = open(options);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        upstream->call(post("x"), [&](const UpstreamResult&) {
          upstream->call(post("y"), [&](const UpstreamResult& result) { answered += result.kind == Kind::answered; });
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (int waited_ms = 0; answered < 400 && waited_ms < patience_ms; ++waited_ms) ::usleep(1'000);
  CHECK(answered == 400);
}

TEST_CASE("an idle connection is closed after its time") {
  const Server server(echo);
  auto options = plain(server);
  options.idle_timeout_ms = 50;
  const auto upstream = open(options);
  CHECK(one_call(*upstream, post("x")).kind == Kind::answered);
  for (int waited_ms = 0; upstream->stats().connections > 0 && waited_ms < patience_ms; ++waited_ms) ::usleep(1'000);
  CHECK(upstream->stats().connections == 0);
  CHECK(one_call(*upstream, post("x")).kind == Kind::answered);
}

}  // namespace tollgate::test

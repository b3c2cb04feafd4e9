#include "tollgate/observe/log.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "observe/json_text.h"
#include "support/catch.h"
#include "tollgate/observe/journal.h"

namespace tollgate::observe {
namespace {

using Json = nlohmann::json;

// Both ends of a pipe; what was written is read when it is asked for.
class Pipe {
 public:
  Pipe() {
    REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0);
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  [[nodiscard]] int in() const { return ends_[1]; }
  std::string text() {
    std::string all;
    char buffer[65536];
    for (ssize_t n; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
  std::vector<Json> lines() {
    std::vector<Json> parsed;
    std::istringstream all(text());
    for (std::string line; std::getline(all, line);) {
      parsed.push_back(Json::parse(line, nullptr, false));
      INFO(line);
      REQUIRE(!parsed.back().is_discarded());
    }
    return parsed;
  }

 private:
  int ends_[2];
};

RequestLine some_request(int status = 200) {
  RequestLine line;
  line.request = *RequestId::parse("req_00000000000000001");
  line.partner = 42;
  line.mode = Mode::test;
  line.operation = "POST /v1/payment_intents";
  line.status = status;
  line.total_us = 812;
  return line;
}

}  // namespace

TEST_CASE("A request is one JSON line with its id, partner, operation, status and stage times") {
  Pipe pipe;
  const auto log = Log::open({.descriptor = pipe.in()});
  StageTimes stages;
  stages.submitted_us = 1;
  stages[Stage::queue] = 3;
  stages[Stage::sync] = 700;
  RequestLine line = some_request(402);
  line.error_code = "card_declined";
  line.idempotency = "kept";
  line.stages = &stages;
  log->request(line);
  log->flush();
  const auto lines = pipe.lines();
  REQUIRE(lines.size() == 1);
  const Json& one = lines[0];
  CHECK(one["event"] == "request");
  CHECK(one["level"] == "info");
  CHECK(one["request"] == "req_00000000000000001");
  CHECK(one["partner"] == PartnerId{42}.text());
  CHECK(one["mode"] == "test");
  CHECK(one["operation"] == "POST /v1/payment_intents");
  CHECK(one["status"] == 402);
  CHECK(one["error"] == "card_declined");
  CHECK(one["us"] == 812);
  CHECK(one["stages_us"]["sync"] == 700);
  CHECK(one["time"].get<std::string>().size() == 27);
}

TEST_CASE("What the node says is a JSON line, whatever characters are in it") {
  Pipe pipe;
  const auto log = Log::open({.descriptor = pipe.in()});
  spdlog::warn("a \"quote\", a \\, a line\nbreak, \x01 and bytes \xff\xc3\x28 \xe2\x82\xac");
  log->flush();
  const auto lines = pipe.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["level"] == "warn");
  CHECK(lines[0]["message"] == "a \"quote\", a \\, a line\nbreak, \x01 and bytes \ufffd\ufffd( \u20ac");
}

TEST_CASE("A card number on its way into the log is masked, and the log says so") {
  Pipe pipe;
  const auto log = Log::open({.descriptor = pipe.in()});
  spdlog::info("someone wrote 4242 4242 4242 4242 here");
  RequestLine line = some_request(500);
  line.cause = "no row for 5555555555554444";
  log->request(line);
  log->flush();
  const std::string text = pipe.text();
  CHECK(text.find("4242 4242") == std::string::npos);
  CHECK(text.find("5555555555554444") == std::string::npos);
  CHECK(text.find("**** **** **** 4242") != std::string::npos);
  CHECK(text.find("2 card numbers were about to be logged") != std::string::npos);
  CHECK(log->stats().masked == 2);
}

TEST_CASE("For the journal each line begins with its level, whoever wrote it") {
  Pipe pipe;
  const auto log = Log::open({.level = "debug", .descriptor = pipe.in(), .for_journal = true});
  spdlog::error("of 4242 4242 4242 4242");
  spdlog::warn("b");
  spdlog::info("c");
  spdlog::debug("d");
  log->request(some_request());
  log->request(some_request(500));
  log->flush();
  std::istringstream all(pipe.text());
  std::string levels;
  for (std::string line; std::getline(all, line);) {
    INFO(line);
    REQUIRE(line.starts_with("<"));
    levels += line.substr(1, 1);
    CHECK_FALSE(Json::parse(line.substr(3), nullptr, false).is_discarded());
  }
  // The last is about the card number.
  CHECK(levels == "3467633");
}

TEST_CASE("A descriptor is the journal's only if the journal says so of itself") {
  Pipe pipe;
  struct stat status{};
  REQUIRE(::fstat(pipe.in(), &status) == 0);
  const std::string name = fmt::format("{}:{}", status.st_dev, status.st_ino);
  CHECK_FALSE(is_journal(pipe.in()));
  ::setenv("JOURNAL_STREAM", name.c_str(), 1);
  CHECK(is_journal(pipe.in()));
  ::setenv("JOURNAL_STREAM", (name + "1").c_str(), 1);
  CHECK_FALSE(is_journal(pipe.in()));
  ::unsetenv("JOURNAL_STREAM");
}

TEST_CASE("The level and the sampling can be changed while the log is in use") {
  Pipe pipe;
  const auto log = Log::open({.descriptor = pipe.in()});
  REQUIRE(log->set_level("warn").ok());
  spdlog::info("not this");
  log->request(some_request());
  log->request(some_request(500));
  REQUIRE(log->set_level("debug").ok());
  spdlog::debug("but this");
  CHECK_FALSE(log->set_level("loud").ok());
  CHECK(log->level() == "debug");
  log->set_requests_logged_one_in(10);
  for (int i = 0; i < 100; ++i) log->request(some_request());
  log->set_requests_logged_one_in(0);
  log->request(some_request());
  log->request(some_request(503));
  log->flush();
  int ok = 0, failed = 0, node = 0;
  for (const Json& line : pipe.lines()) {
    if (line["event"] == "node") ++node;
    else ++(line["status"] == 200 ? ok : failed);
  }
  CHECK(node == 1);
  CHECK(ok == 10);
  CHECK(failed == 2);
}

TEST_CASE("A reader that stands still makes nobody wait: lines are dropped and counted") {
  Pipe pipe;  // holds 64 KB
  auto log = Log::open({.queue_bytes_max = 64 * 1024, .descriptor = pipe.in()});
  for (int i = 0; i < 20'000; ++i) log->request(some_request());
  const LogStats stats = log->stats();
  CHECK(stats.dropped > 0);
  CHECK(stats.lines + stats.dropped == 20'000);
  // It says so when the reader comes back.
  std::string text;
  for (int waited_ms = 0; waited_ms < 20'000 && text.find("log lines were dropped") == std::string::npos; ++waited_ms) {
    text += pipe.text();
    ::usleep(1'000);
  }
  CHECK(text.find("log lines were dropped") != std::string::npos);
  // And it can be stopped with nobody reading.
  for (int i = 0; i < 20'000; ++i) log->request(some_request());
  log.reset();
}

TEST_CASE("Lines of many threads arrive whole") {
  Pipe pipe;
  auto log = Log::open({.descriptor = pipe.in()});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 40; ++n) log->request(some_request());
    });
  }
  for (std::thread& thread : threads) thread.join();
  log->flush();
  CHECK(pipe.lines().size() == 160);
}

TEST_CASE("Without the log, lines go where they went before") {
  Pipe pipe;
  const auto before = spdlog::default_logger();
  { const auto log = Log::open({.descriptor = pipe.in()}); }
  CHECK(spdlog::default_logger() == before);
}

TEST_CASE("Times are written in UTC to the microsecond") {
  std::string text;
  append_time(text, 1'767'225'599'000'042);
  CHECK(text == "2025-12-31T23:59:59.000042Z");
}

}  // namespace tollgate::observe

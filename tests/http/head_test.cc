// The head of a request by itself: however its bytes arrive and whatever they are.
#include "http/request_head.h"

#include <string>

#include "support/catch.h"
#include "tollgate/base/random.h"

using namespace tollgate;
using namespace tollgate::http;

namespace {

constexpr HeadLimits limits{.header_bytes_max = 600, .headers_max = 12, .uri_bytes_max = 200};

const std::string good =
    "POST /v1/payment_intents?expand[]=latest_charge HTTP/1.1\r\nHost: localhost:8420\r\nAuthorization: Bearer "
    "sk_test_x\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\nIdempotency-Key: 7f3c\r\nStripe-Version: 2023-08-16\r\n"
    "User-Agent: Stripe/v1\r\nConnection: keep-alive\r\nContent-Length: 42\r\nExpect: 100-continue\r\n\r\n";

struct Outcome {
  HeadScanner::Result result = HeadScanner::Result::more;
  uint32_t head_bytes = 0;
  int status = 0;
  bool operator==(const Outcome&) const = default;
};

// As it goes when `bytes` arrive in pieces that end at `cuts`.
Outcome scan(std::string_view bytes, std::initializer_list<std::size_t> cuts) {
  HeadScanner scanner;
  Outcome outcome;
  for (const std::size_t cut : cuts) {
    outcome.result = scanner.scan(bytes.substr(0, cut), limits);
    if (outcome.result != HeadScanner::Result::more) break;
  }
  outcome.head_bytes = outcome.result == HeadScanner::Result::complete ? scanner.head_bytes() : 0;
  outcome.status = scanner.error().status;
  return outcome;
}

bool within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

TEST_CASE("a head is found at the same place however its bytes arrive", "[http][head]") {
  const std::string bytes = good + "body";
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    INFO(cut);
    CHECK(scan(bytes, {cut, bytes.size()}) ==
          Outcome{HeadScanner::Result::complete, static_cast<uint32_t>(good.size()), 0});
  }
  RequestHead head;
  REQUIRE(parse_head(good, limits, head).status == 0);
  CHECK(head.request.method == Method::post);
  CHECK(head.request.query == "expand[]=latest_charge");
  CHECK(head.content_length == 42);
  CHECK(head.expects_continue);
  CHECK(head.keep_alive);
}

TEST_CASE("the tags of what a client has are handed on, the first list of them", "[http][head]") {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\", W/\"y\"\r\nif-none-match: \"z\"\r\n\r\n";
  RequestHead head;
  REQUIRE(parse_head(bytes, limits, head).status == 0);
  CHECK(head.request.if_none_match == "\"x\", W/\"y\"");
}

TEST_CASE("damaged heads are refused or understood, the same in one piece and in two, and point at nothing else",
          "[http][head]") {
  SeededRandom random(20'250'615);
  static constexpr std::string_view bytes_of_interest(
      "\r\n\0 \t:/#@*,\x7f\x80\xff"
      "0aZ",
      17);
  int refused = 0, complete = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (uint32_t changes = 1 + random.next_u32() % 3; changes > 0; --changes) {
      const std::size_t at = random.next_u32() % bytes.size();
      const char byte = bytes_of_interest[random.next_u32() % bytes_of_interest.size()];
      switch (random.next_u32() % 4) {
        case 0: bytes[at] = byte; break;
        case 1: bytes.insert(at, 1, byte); break;
        case 2: bytes.erase(at, 1 + random.next_u32() % 4); break;
        default: bytes.insert(at, bytes.substr(random.next_u32() % bytes.size(), random.next_u32() % 60)); break;
      }
    }
    const Outcome whole = scan(bytes, {bytes.size()});
    const Outcome split = scan(bytes, {1 + random.next_u32() % bytes.size(), bytes.size()});
    // A piece may be refused before a later byte would have ended the head, never the other way round.
    REQUIRE(whole == split);
    if (whole.result != HeadScanner::Result::complete) continue;
    const std::string_view block = std::string_view(bytes).substr(0, whole.head_bytes);
    RequestHead head;
    const HeadError error = parse_head(block, limits, head);
    if (error.status != 0) {
      REQUIRE((error.status == 400 || error.status == 411 || error.status == 414 || error.status == 417 ||
               error.status == 505));
      REQUIRE_FALSE(error.message.empty());
      ++refused;
      continue;
    }
    ++complete;
    for (const std::string_view part :
         {head.request.authorization, head.request.content_type, head.request.idempotency_key,
          head.request.stripe_version, head.request.stripe_account, head.request.last_event_id, head.request.if_none_match, head.request.query}) {
      REQUIRE(within(part, block));
      REQUIRE(part.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    }
    REQUIRE((head.request.path == "*" || head.request.path.starts_with('/')));
  }
  // The damage is neither always fatal nor never.
  CHECK(refused > 1'000);
  CHECK(complete > 1'000);
}

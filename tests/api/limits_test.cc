// Over a limit: what a partner is told, what it may do next, and what is decided from the head of a request alone.
#include "api/gateway.h"
#include "tollgate/limits/limits.h"

using namespace tollgate;
using namespace tollgate::testing;

namespace {

constexpr const char* paid_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa";
constexpr const char* declined_form = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined";

PartnerConfig with(PartnerLimits limits) {
  PartnerConfig config = Gateway::default_config();
  config.limits = limits;
  return config;
}

void check_limited(const Answer& refused, int retry_after_s) {
  CHECK(refused.status == 429);
  CHECK(refused.error()["type"] == "invalid_request_error");
  CHECK(refused.code() == "rate_limit");
  CHECK(refused.header("Retry-After") == std::to_string(retry_after_s));
  CHECK(refused.header("Stripe-Should-Retry") == "true");
}

// How many are let in of a partner that may have `n`, when more come.
class LetIn {
 public:
  explicit LetIn(int64_t n) : n_(n) {}

  int64_t requests_per_second() {
    open({.requests_per_second = static_cast<uint32_t>(n_), .burst = 1'000});
    (void)gets();
    gateway_->clock.advance(us_per_second);
    return gets();
  }
  int64_t burst() {
    open({.requests_per_second = 1, .burst = static_cast<uint32_t>(n_)});
    return gets();
  }
  int64_t concurrent_requests() {
    open({.concurrent_requests = static_cast<uint32_t>(n_)});
    const std::string bearer = "Bearer " + gateway_->test_key;
    HttpRequest head;
    head.method = Method::get;
    head.path = "/v1/balance";
    head.authorization = bearer;
    std::vector<std::unique_ptr<Admission>> held;
    while (held.size() < tries_max) {
      std::unique_ptr<Admission> one;
      if (gateway_->api().admit(head, one)) break;
      held.push_back(std::move(one));
    }
    return static_cast<int64_t>(held.size());
  }
  int64_t amount_max() {
    open({.amount_max = n_ * 1'000});
    int64_t largest = 0;
    for (const int64_t amount : {n_ * 1'000 - 1, n_ * 1'000, n_ * 1'000 + 1, n_ * 1'000 + 2})
      if (pay(amount).status == 200) largest = amount;
    return largest % 1'000 == 0 ? largest / 1'000 : -1;
  }
  int64_t amount_per_day() {
    open({.amount_per_day = n_ * 1'000});
    int64_t paid = 0;
    while (paid < tries_max && pay(1'000).status == 200) ++paid;
    CHECK(pay(50).status == 429);  // the smallest that there is
    return paid;
  }
  int64_t declines_per_card() {
    open({.declines_per_card = static_cast<uint32_t>(n_), .decline_window_s = 3'600});
    return declines();
  }
  int64_t declines_per_bin() {
    open({.declines_per_bin = static_cast<uint32_t>(n_), .decline_window_s = 3'600});
    return declines();
  }
  // In eighths: what was declined counts for seven of them and is forgotten with the last.
  int64_t decline_window_s() {
    open({.declines_per_card = 1, .decline_window_s = static_cast<uint32_t>(n_ * 8)});
    CHECK(declines() == 1);
    gateway_->clock.advance(n_ * 7 * us_per_second - 1);
    CHECK(declines() == 0);
    gateway_->clock.advance(n_ * us_per_second + 1);
    return declines() == 1 ? n_ : 0;
  }

 private:
  static constexpr int64_t tries_max = 100;

  void open(PartnerLimits own) { gateway_ = std::make_unique<Gateway>(with(own), &limits_); }
  Answer pay(int64_t amount) {
    return gateway_->post("/v1/payment_intents", "amount=" + std::to_string(amount) + "&currency=usd&confirm=true&payment_method=pm_card_visa");
  }
  int64_t gets() {
    int64_t in = 0;
    while (in < 10 * tries_max + 1 && gateway_->get("/v1/balance").status == 200) ++in;
    return in;
  }
  // That the acquirer was asked about.
  int64_t declines() {
    int64_t asked = 0;
    while (asked < tries_max && gateway_->post("/v1/payment_intents", declined_form).error()["decline_code"] == "generic_decline") ++asked;
    return asked;
  }

  const int64_t n_;
  Limits limits_{{.queue_delay_target_us = 0}};
  std::unique_ptr<Gateway> gateway_;
};

struct EachLimit {
  int64_t n;
  template <class F>
  void operator()(int, const char* name, const F&) const {
    static const std::map<std::string_view, int64_t (LetIn::*)()> tried = {
        {"requests_per_second", &LetIn::requests_per_second}, {"burst", &LetIn::burst},
        {"concurrent_requests", &LetIn::concurrent_requests}, {"amount_max", &LetIn::amount_max},
        {"amount_per_day", &LetIn::amount_per_day},           {"declines_per_card", &LetIn::declines_per_card},
        {"declines_per_bin", &LetIn::declines_per_bin},       {"decline_window_s", &LetIn::decline_window_s}};
    const std::string_view limit = name;
    if (limit == "queue_depth") return;  // needs an engine that stands still: tests/engine/threads_test.cc
    INFO(limit);
    REQUIRE(tried.contains(limit));
    CHECK((LetIn(n).*tried.at(limit))() == n);
  }
};

}  // namespace

TEST_CASE("of every limit of a partner exactly as many are let in as it says, and the next is refused") {
  for (const int64_t n : {1, 4}) {
    INFO("a limit of " << n);
    const EachLimit each{n};
    PartnerLimits::fields(static_cast<const PartnerLimits&>(PartnerLimits{}), each);
  }
}

TEST_CASE("a partner's requests are let in to a request, and one more for each that the time gives") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.requests_per_second = 2, .burst = 5}), &limits);
  for (int i = 0; i < 5; ++i) CHECK(gateway.get("/v1/balance").status == 200);
  for (int i = 0; i < 3; ++i) check_limited(gateway.get("/v1/balance"), 1);
  // What is limited is limited before it is looked at: nothing was made under this key, and nothing was kept.
  const Answer refused = gateway.post("/v1/payment_intents", paid_form, "order-1");
  check_limited(refused, 1);
  CHECK(refused.header("Idempotent-Replayed").empty());
  gateway.clock.advance(500 * us_per_ms);
  const Answer paid = gateway.post("/v1/payment_intents", paid_form, "order-1");
  CHECK(paid.status == 200);
  CHECK(paid.header("Idempotent-Replayed").empty());
  check_limited(gateway.get("/v1/balance"), 1);
  gateway.clock.advance(10 * us_per_second);
  for (int i = 0; i < 5; ++i) CHECK(gateway.get("/v1/balance").status == 200);
  check_limited(gateway.get("/v1/balance"), 1);
}

TEST_CASE("live and test requests are counted apart, and another partner's keys are not counted at all") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.requests_per_second = 1, .burst = 1}), &limits);
  CHECK(gateway.get("/v1/balance").status == 200);
  check_limited(gateway.get("/v1/balance"), 1);
  gateway.key = gateway.live_key;
  CHECK(gateway.get("/v1/balance").status == 200);
  check_limited(gateway.get("/v1/balance"), 1);
  gateway.key = gateway.read_key;  // another key of the test mode: the same bucket
  check_limited(gateway.get("/v1/balance"), 1);
}

TEST_CASE("a request is let in or refused from its head, and holds its place until it is answered") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.concurrent_requests = 1}), &limits);
  const std::string bearer = "Bearer " + gateway.test_key;
  HttpRequest head;
  head.method = Method::post;
  head.path = "/v1/payment_intents";
  head.authorization = bearer;
  std::unique_ptr<Admission> first, second;
  CHECK_FALSE(gateway.api().admit(head, first).has_value());
  REQUIRE(first != nullptr);
  const auto refused = gateway.api().admit(head, second);
  REQUIRE(refused.has_value());
  CHECK(second == nullptr);
  CHECK(refused->status == 429);
  CHECK(refused->body.find("\"rate_limit\"") != std::string::npos);
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : refused->headers) headers[std::string(name)] = value;
  CHECK(headers["Retry-After"] == "1");
  CHECK(headers["Stripe-Should-Retry"] == "true");
  CHECK(headers["Request-Id"].starts_with("req_"));
  first.reset();
  CHECK_FALSE(gateway.api().admit(head, second).has_value());
}

TEST_CASE("who guesses keys is slowed down, a right guess does not show, and known partners are served from there") {
  Limits limits({.unknown_keys = {1, 3}, .queue_delay_target_us = 0});
  Gateway gateway(Gateway::default_config(), &limits);
  CHECK(gateway.get("/v1/balance").status == 200);  // its key is known from here
  const Options wrong{{{"Authorization", "Bearer sk_test_wrong"}}};
  for (int i = 0; i < 3; ++i) CHECK(gateway.send(Method::get, "/v1/balance", {}, wrong).status == 401);
  const Answer slowed = gateway.send(Method::get, "/v1/balance", {}, wrong);
  CHECK(slowed.status == 429);
  CHECK(slowed.code() == "rate_limit");
  CHECK(slowed.header("Retry-After") == "1");
  CHECK(gateway.get("/v1/balance").status == 200);
  // A key that was never used from here: right or wrong, the same answer.
  gateway.key = gateway.live_key;
  const Answer guessed = gateway.get("/v1/balance");
  CHECK(guessed.status == 429);
  CHECK(guessed.text == slowed.text);
  gateway.peer_network = 2;
  CHECK(gateway.get("/v1/balance").status == 200);
}

TEST_CASE("the day's amount is told with what is left of it and when the day ends, and may be asked for again") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.amount_per_day = 5'000}), &limits);
  CHECK(gateway.post("/v1/payment_intents", paid_form).status == 200);
  CHECK(gateway.post("/v1/payment_intents", paid_form).status == 200);
  const Answer refused = gateway.post("/v1/payment_intents", paid_form, "order-3");
  CHECK(refused.status == 429);
  CHECK(refused.code() == "rate_limit");
  CHECK(refused.text.find("1000") != std::string::npos);
  CHECK(refused.header("Stripe-Should-Retry") == "false");
  const int64_t left_s = std::stoll(refused.header("Retry-After"));
  CHECK(left_s > 0);
  CHECK(left_s <= 86'400);
  CHECK(limits.stats().limited[static_cast<std::size_t>(LimitKind::day_amount)] == 1);
  // Another currency has a day of its own.
  CHECK(gateway.post("/v1/payment_intents", "amount=2000&currency=eur&confirm=true&payment_method=pm_card_visa").status == 200);
  gateway.clock.advance(left_s * us_per_second);
  CHECK(gateway.post("/v1/payment_intents", paid_form, "order-3").status == 200);
}

TEST_CASE("a card that is declined too often is declined without the acquirer, and others are not") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.declines_per_card = 2, .decline_window_s = 60}), &limits);
  for (int i = 0; i < 2; ++i) CHECK(gateway.post("/v1/payment_intents", declined_form).error()["decline_code"] == "generic_decline");
  const Answer refused = gateway.post("/v1/payment_intents", declined_form);
  CHECK(refused.status == 402);
  CHECK(refused.code() == "card_declined");
  CHECK(refused.error()["decline_code"] == "card_velocity_exceeded");
  CHECK(limits.stats().limited[static_cast<std::size_t>(LimitKind::declines)] == 1);
  CHECK(gateway.post("/v1/payment_intents", paid_form).status == 200);
  gateway.clock.advance(61 * us_per_second);
  CHECK(gateway.post("/v1/payment_intents", declined_form).error()["decline_code"] == "generic_decline");
}

TEST_CASE("cards are counted by their BIN as well, whatever their number") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(with({.declines_per_bin = 2, .decline_window_s = 60}), &limits);
  // 4000 0000 0000 0002 and 4000 0000 0000 9995 share 400000; pm_card_visa is 4242 4242 4242 4242.
  CHECK(gateway.post("/v1/payment_intents", declined_form).error()["decline_code"] == "generic_decline");
  const char* poor = "amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds";
  CHECK(gateway.post("/v1/payment_intents", poor).error()["decline_code"] == "insufficient_funds");
  CHECK(gateway.post("/v1/payment_intents", declined_form).error()["decline_code"] == "card_velocity_exceeded");
  CHECK(gateway.post("/v1/payment_intents", paid_form).status == 200);
}

TEST_CASE("a key does what its scope says, and no more") {
  Limits limits({.queue_delay_target_us = 0});
  Gateway gateway(Gateway::default_config(), &limits);
  SystemRandom random;
  const auto key_with = [&](KeyScope scope) {
    NewKey made = gateway.directory->new_key(Mode::test, scope, gateway.clock.now_us(), random);
    REQUIRE(gateway.command(CreateKey{made.key}).kind == CommandResult::Kind::done);
    return made.text;
  };
  const std::string paid = gateway.post("/v1/payment_intents", paid_form)["id"];
  const std::string refund = "payment_intent=" + paid + "&amount=100";
  gateway.key = key_with(KeyScope::payments);
  CHECK(gateway.post("/v1/payment_intents", paid_form).status == 200);
  CHECK(gateway.post("/v1/customers", "name=Jenny").status == 200);
  CHECK(gateway.get("/v1/refunds").status == 200);
  CHECK(gateway.post("/v1/refunds", refund).code() == "insufficient_permissions");
  gateway.key = key_with(KeyScope::refunds);
  CHECK(gateway.get("/v1/payment_intents/" + paid).status == 200);
  const Answer refunded = gateway.post("/v1/refunds", refund);
  CHECK(refunded.status == 200);
  CHECK(gateway.post("/v1/refunds/" + refunded["id"].get<std::string>(), "metadata[a]=b").status == 200);
  const Answer refused = gateway.post("/v1/payment_intents", paid_form);
  CHECK(refused.status == 403);
  CHECK(refused.code() == "insufficient_permissions");
  CHECK(gateway.post("/v1/payment_intents/" + paid + "/cancel").status == 403);
  CHECK(gateway.del("/v1/customers/cus_00000000000000001").status == 403);
}

TEST_CASE("a key with networks works from there alone") {
  Limits limits({.unknown_keys = {1, 2}, .queue_delay_target_us = 0});
  Gateway gateway(Gateway::default_config(), &limits);
  SystemRandom random;
  NewKey made = gateway.directory->new_key(Mode::test, KeyScope::all, gateway.clock.now_us(), random);
  made.key.networks = {"203.0.113.0/24", "2001:db8::/32"};
  REQUIRE(gateway.command(CreateKey{made.key}).kind == CommandResult::Kind::done);
  gateway.key = made.text;
  gateway.peer = "203.0.113.200";
  CHECK(gateway.get("/v1/balance").status == 200);
  gateway.peer = "2001:db8::7";
  CHECK(gateway.get("/v1/balance").status == 200);
  CHECK(limits.last_use_us(gateway.partner, Mode::test, made.key.id) == gateway.clock.now_us());
  gateway.peer = "198.51.100.1";
  const Answer refused = gateway.get("/v1/balance");
  CHECK(refused.status == 403);
  CHECK(refused.code() == "api_key_address_not_allowed");
  CHECK(refused.text.find("198.51.100.1") != std::string::npos);
  // Counted as a guess: a key that was stolen is not tried from everywhere for nothing.
  CHECK(gateway.get("/v1/balance").status == 403);
  CHECK(gateway.get("/v1/balance").status == 429);
  gateway.key = gateway.test_key;
  gateway.peer_network = 2;
  CHECK(gateway.get("/v1/balance").status == 200);
}

TEST_CASE("the keys of a partner that is bound to client certificates work with one of these alone") {
  Limits limits({.unknown_keys = {1, 3}, .queue_delay_target_us = 0});
  const std::string first(64, 'a'), second(64, 'b'), other(64, 'c');
  PartnerConfig config = Gateway::default_config();
  config.client_certificates = {first, second};
  Gateway gateway(config, &limits);
  for (const std::string& own : {first, second})
    for (const std::string& key : {gateway.test_key, gateway.read_key, gateway.live_key}) {
      gateway.client_certificate = own;
      gateway.key = key;
      CHECK(gateway.get("/v1/balance").status == 200);
    }
  gateway.key = gateway.test_key;
  gateway.client_certificate.clear();
  const Answer without = gateway.get("/v1/balance");
  CHECK(without.status == 403);
  CHECK(without.code() == "api_key_certificate_required");
  gateway.client_certificate = other;
  const Answer wrong = gateway.get("/v1/balance");
  CHECK(wrong.status == 403);
  CHECK(wrong.code() == "api_key_certificate_not_allowed");
  // The caller's own is told, those that would do are not.
  CHECK(wrong.text.find(other) != std::string::npos);
  CHECK(wrong.text.find(first) == std::string::npos);
  CHECK(gateway.post("/v1/payment_intents", "amount=100&currency=usd").status == 403);
  // Counted as a guess, as from a wrong network.
  CHECK(gateway.get("/v1/balance").status == 429);
  gateway.client_certificate = first;
  CHECK(gateway.get("/v1/balance").status == 200);
}

TEST_CASE("a certificate counts for nothing without the key, and a partner that is bound to none takes any") {
  Gateway gateway;
  gateway.client_certificate = std::string(64, 'a');
  CHECK(gateway.get("/v1/balance").status == 200);
  gateway.key = "sk_test_000000000000" + std::string(32, '0');
  CHECK(gateway.get("/v1/balance").status == 401);
}

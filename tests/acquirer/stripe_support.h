// Conversations with an upstream that a test plays: what is sent, as text, and answers as the Stripe API gives them.
#pragma once
#include "acquirer/fixture.h"
#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe_test {

using Action = AcquirerAction;
using stripe::Heard;

inline constexpr int64_t now_us = 1'800'000'000 * us_per_second;
inline constexpr const char* number = "4242424242424242";

// As the engine makes it for a live payment.
inline AcquirerRequest live(Action subject, Action action = Action::inquire) {
  AcquirerRequest request = test::request(subject, 1, 3, 1'099);
  request.action = action == Action::inquire || action == Action::reverse ? action : subject;
  request.subject = subject;
  request.mode = Mode::live;
  request.acquirer = "psp";
  request.card_token = "tok_1";
  request.card_exp_month = 7;
  request.card_exp_year = 2031;
  request.sent_us = now_us - us_per_second;
  const bool charges = subject == Action::sale || subject == Action::authorize;
  if (!charges && subject != Action::verify) request.acquirer_payment = "pi_1";
  return request;
}
inline AcquirerRequest direct(Action subject) { return live(subject, subject); }
inline AcquirerRequest inquiry(Action subject) { return live(subject, Action::inquire); }
inline AcquirerRequest reversal(Action subject) { return live(subject, Action::reverse); }

struct IntentText {
  std::string status = "requires_payment_method";
  int64_t amount = 1'099, capturable = 0, received = 0, refunded = 0;
  std::string id = "pi_1", currency = "usd", more;
};
inline std::string intent(const IntentText& i) {
  return fmt::format(R"({{"id":"{}","object":"payment_intent","amount":{},"amount_capturable":{},"amount_received":{},"currency":"{}","status":"{}",)"
                     R"("metadata":{{"tollgate_reference":"{}"}},"latest_charge":{{"amount_refunded":{},"payment_method_details":{{"card":{{)"
                     R"("authorization_code":"123456","network_transaction_id":"ntid","checks":{{"cvc_check":"pass"}}}}}}}}{}}})",
                     i.id, i.amount, i.capturable, i.received, i.currency, i.status, test::reference(1, 3), i.refunded, i.more);
}
inline std::string refund(std::string_view status, int64_t amount = 1'099, std::string_view reference = {}, std::string_view of = "pi_1") {
  return fmt::format(R"({{"id":"re_1","object":"refund","amount":{},"currency":"usd","status":"{}","payment_intent":"{}",)"
                     R"("metadata":{{"tollgate_reference":"{}"}}}})",
                     amount, status, of, reference.empty() ? test::reference(1, 3) : std::string(reference));
}
inline std::string list(const std::string& items, bool more = false) {
  return fmt::format(R"({{"object":"list","data":[{}],"has_more":{},"url":"/v1/x"}})", items, more);
}
inline std::string failure(std::string_view type, std::string_view code = "", std::string_view decline = "") {
  return fmt::format(R"({{"error":{{"type":"{}","code":"{}","decline_code":"{}","message":"no"}}}})", type, code, decline);
}

struct Said {
  Heard heard;
  std::string body;
};
inline Said ok(std::string body) { return {{.status = 200}, std::move(body)}; }
inline Said with_status(int status, std::string body = "") { return {{.status = status}, std::move(body)}; }
inline Said not_sent() { return {{.reach = Heard::Reach::not_sent}, ""}; }
inline Said cut() { return {{.reach = Heard::Reach::maybe_sent}, ""}; }
inline Said too_late() { return {{.reach = Heard::Reach::maybe_sent, .late = true}, ""}; }

struct Talked {
  std::vector<std::string> sent;  // "POST /v1/... key body"
  AcquirerAnswer answer;
  [[nodiscard]] std::string paths() const {
    std::string all;
    for (const std::string& line : sent) all += line.substr(0, line.find(' ', line.find(' ') + 1)) + "\n";
    return all;
  }
};

// Until the conversation has its answer, with the upstream saying `replies` in turn.
inline Talked talk(AcquirerRequest request, const std::vector<Said>& replies, int64_t key_life_us = 20 * 3'600 * us_per_second) {
  stripe::Context context;
  context.now_us = now_us;
  context.key_life_us = key_life_us;
  context.card_number = [] { return StatusOr<Secret>(Secret(number)); };
  const auto conversation = stripe::conversation_about(std::move(request), std::move(context));
  Talked talked;
  stripe::Step step = conversation->begin();
  std::size_t next = 0;
  while (step.send) {
    const stripe::WireRequest& wire = *step.send;
    talked.sent.push_back(fmt::format("{} {} {} {}", wire.post ? "POST" : "GET", wire.target, wire.idempotency_key, wire.body.reveal()));
    INFO("sent: " << talked.sent.back());
    REQUIRE(next < replies.size());
    Said said = replies[next++];
    said.heard.body = said.body;
    step = conversation->hear(said.heard);
  }
  CHECK(next == replies.size());
  talked.answer = step.answer;
  return talked;
}

}  // namespace tollgate::stripe_test

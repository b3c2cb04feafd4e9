// What is said to the upstream about one request, call by call, and what the replies come to. Pure: no network, no clock.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "acquirer/stripe/requests.h"
#include "acquirer/stripe/responses.h"

namespace tollgate::stripe {

// What came of a call.
struct Heard {
  enum class Reach : uint8_t { answered, not_sent, maybe_sent };
  Reach reach = Reach::answered;
  bool late = false;  // no time is left
  int status = 0;
  std::string_view body;
};

// The next call, or the end.
struct Step {
  std::optional<WireRequest> send;
  AcquirerAnswer answer;
};

struct Context {
  int64_t now_us = 0;       // UTC
  int64_t key_life_us = 0;  // for how long the upstream surely knows an idempotency key
  std::function<StatusOr<Secret>()> card_number;
};

class Conversation {
 public:
  Conversation(AcquirerRequest request, Context context) : request_(std::move(request)), context_(std::move(context)) {}
  virtual ~Conversation() = default;

  [[nodiscard]] virtual Step begin() = 0;
  [[nodiscard]] Step hear(const Heard& heard);
  [[nodiscard]] const AcquirerRequest& request() const { return request_; }

 protected:
  // A reply, and what may be concluded from it.
  struct Reply {
    Taken taken = Taken::broken;
    // This call was without effect, and no copy of it can have one: neither an earlier try nor, of an inquiry, the original.
    bool surely_not_done = false;
    int status = 0;  // 0: there was no answer
    std::string_view body;
  };
  [[nodiscard]] virtual Step heard(const Reply& reply) = 0;

  // A call that may have been sent is sent once more, the same with the same idempotency key: the upstream knows a repeat.
  [[nodiscard]] Step call(std::function<WireRequest()> make);
  [[nodiscard]] static Step end(AcquirerAnswer answer) { return {std::nullopt, std::move(answer)}; }
  [[nodiscard]] Step end_unknown(const Reply& reply, DoubtCause cause = DoubtCause::no_answer) const;
  [[nodiscard]] Step end_not_done(const Reply& reply, DeclineCode code = DeclineCode::not_reached) const;
  [[nodiscard]] Step end_declined(DeclineCode code) const;

  [[nodiscard]] bool inquires() const { return request_.action == AcquirerAction::inquire; }
  // The upstream still knows the key of the original call: the same call repeated has no effect of its own.
  [[nodiscard]] bool key_is_known() const { return context_.now_us - request_.sent_us < context_.key_life_us; }
  // An inquiry may repeat the call: if the original never arrived, it is done now.
  [[nodiscard]] bool may_repeat() const { return key_is_known() && !request_.look_only; }

  AcquirerRequest request_;
  Context context_;
  std::string intent_;  // the upstream's name of the payment, as soon as it is known

 private:
  std::function<WireRequest()> make_;
  bool repeated_ = false;
};

// ---- one file each ----
// An authorization or a sale.
[[nodiscard]] std::unique_ptr<Conversation> charge(AcquirerRequest request, Context context);
// What became of one, and its reversal.
[[nodiscard]] std::unique_ptr<Conversation> inquire_charge(AcquirerRequest request, Context context);
[[nodiscard]] std::unique_ptr<Conversation> reverse_charge(AcquirerRequest request, Context context);
// A capture, an increment or a cancel, and the inquiry about one. The reversal of an increment: it cannot be undone, only seen not to stand.
[[nodiscard]] std::unique_ptr<Conversation> change(AcquirerRequest request, Context context);
// A refund, and the inquiry about one.
[[nodiscard]] std::unique_ptr<Conversation> refund(AcquirerRequest request, Context context);
[[nodiscard]] std::unique_ptr<Conversation> verify(AcquirerRequest request, Context context);

// Chooses among them.
[[nodiscard]] std::unique_ptr<Conversation> conversation_about(AcquirerRequest request, Context context);

// What an intent says about the authorization or sale that it stands for. Nothing: the cardholder is to be challenged, which ends
// with the intent's cancellation.
[[nodiscard]] std::optional<AcquirerAnswer> judge_charge(const AcquirerRequest& request, const Intent& intent);

}  // namespace tollgate::stripe

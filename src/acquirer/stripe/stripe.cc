#include "tollgate/acquirer/stripe.h"

#include <mutex>

#include "acquirer/stripe/conversation.h"
#include "tollgate/base/clock.h"

namespace tollgate {
namespace stripe {
namespace {

class StripeAcquirer final : public Acquirer {
 public:
  StripeAcquirer(StripeOptions options, std::unique_ptr<Upstream> upstream, RevealCard reveal, Answered answered)
      : options_(std::move(options)), authorization_("Bearer " + std::string(options_.secret_key.reveal())), reveal_(std::move(reveal)),
        answered_(std::move(answered)), upstream_(std::move(upstream)) {}

  ~StripeAcquirer() override { upstream_->stop(); }

  void send(std::vector<AcquirerRequest> requests) override {
    const int64_t deadline_us = monotonic_us() + options_.timeout_us;
    const int64_t now_us = clock_.now_us();
    for (AcquirerRequest& request : requests) {
      Context context{.now_us = now_us, .key_life_us = options_.key_life_us, .card_number = {}};
      context.card_number = [this, partner = request.partner, mode = request.mode, token = request.card_token] {
        return reveal_(partner, mode, token);
      };
      auto talk = std::make_shared<Talk>();
      talk->deadline_us = deadline_us;
      talk->conversation = conversation_about(std::move(request), std::move(context));
      go_on(talk, talk->conversation->begin());
    }
  }

  std::string problem() const override {
    const std::lock_guard lock(mutex_);
    return problem_;
  }

 private:
  struct Talk {
    std::unique_ptr<Conversation> conversation;
    int64_t deadline_us = 0;
  };

  // On the caller's thread at first, then on the upstream's.
  void go_on(const std::shared_ptr<Talk>& talk, Step step) {
    if (!step.send) {
      AcquirerRequest request = talk->conversation->request();
      request.cvc.reset();
      return answered_(request, step.answer);
    }
    upstream_->call(to_wire(*std::move(step.send), talk->deadline_us), [this, talk](UpstreamResult result) {
      note_problem(result);
      using Kind = UpstreamResult::Kind;
      Heard heard;
      heard.reach = result.kind == Kind::answered ? Heard::Reach::answered
                    : result.kind == Kind::not_sent ? Heard::Reach::not_sent
                                                    : Heard::Reach::maybe_sent;
      heard.late = result.late || monotonic_us() >= talk->deadline_us;
      heard.status = result.status;
      heard.body = result.body;
      go_on(talk, talk->conversation->hear(heard));
    });
  }

  [[nodiscard]] UpstreamRequest to_wire(WireRequest request, int64_t deadline_us) const {
    UpstreamRequest wire;
    wire.method = request.post ? "POST" : "GET";
    wire.target = std::move(request.target);
    wire.headers = {{"Accept", "application/json"}, {"User-Agent", "tollgate"}, {"Stripe-Version", options_.api_version}};
    if (request.post) wire.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    if (!request.idempotency_key.empty()) wire.headers.emplace_back("Idempotency-Key", std::move(request.idempotency_key));
    wire.authorization = Secret(std::string(authorization_.reveal()));
    wire.body = std::move(request.body);
    wire.deadline_us = deadline_us;
    return wire;
  }

  // What an operator should know of. Never anything of a body.
  void note_problem(const UpstreamResult& result) {
    std::string problem = result.problem;
    if (result.kind == UpstreamResult::Kind::answered) {
      if (result.status == 401 || result.status == 403) problem = fmt::format("the upstream does not accept the key (status {})", result.status);
      if (result.status == 429) problem = "the upstream asks for fewer requests (status 429)";
      if (result.status >= 500) problem = fmt::format("the upstream fails (status {})", result.status);
    }
    const std::lock_guard lock(mutex_);
    if (problem_ != problem) problem_ = std::move(problem);
  }

  const StripeOptions options_;
  const Secret authorization_;
  const RevealCard reveal_;
  const Answered answered_;
  const SystemClock clock_;
  mutable std::mutex mutex_;
  std::string problem_;
  const std::unique_ptr<Upstream> upstream_;
};

}  // namespace
}  // namespace stripe

StatusOr<std::unique_ptr<Acquirer>> open_stripe(StripeOptions options, RevealCard reveal, Acquirer::Answered answered) {
  if (options.secret_key.empty()) return invalid_argument("the secret key is empty");
  TOLLGATE_ASSIGN_OR_RETURN(auto upstream, Upstream::open(options.upstream));
  return std::unique_ptr<Acquirer>(
      std::make_unique<stripe::StripeAcquirer>(std::move(options), std::move(upstream), std::move(reveal), std::move(answered)));
}

}  // namespace tollgate

// Whether a card is good, without an amount: a setup intent that is made and confirmed in one call. It moves no money, so that one
// whose answer is lost is simply not known to be good.
#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe {
namespace {

class Verify final : public Conversation {
 public:
  using Conversation::Conversation;

  Step begin() override {
    StatusOr<Secret> number = context_.card_number();
    if (!number.ok()) {
      return end_declined(absl::IsNotFound(number.status()) ? DeclineCode::incorrect_number : DeclineCode::processing_error);
    }
    number_ = *std::move(number);
    return call([this] {
      const std::string_view cvc = request_.cvc ? request_.cvc->reveal() : std::string_view();
      return verify_card(request_, {number_.reveal(), request_.card_exp_month, request_.card_exp_year, cvc});
    });
  }

 private:
  Step heard(const Reply& reply) override {
    number_.wipe();
    if (reply.taken == Taken::declined) return end_declined(read_error(reply.body).decline);
    if (reply.surely_not_done) {
      return end_not_done(reply, reply.taken == Taken::refused ? read_error(reply.body).decline : DeclineCode::not_reached);
    }
    const auto setup = reply.taken == Taken::done ? read_setup(reply.body) : std::nullopt;
    if (!setup) return end_unknown(reply, DoubtCause::malformed_answer);
    if (setup->status == "requires_action") return end_declined(DeclineCode::authentication_required);
    if (setup->decline != DeclineCode::none) return end_declined(setup->decline);
    if (setup->status != "succeeded") return end_unknown(reply, DoubtCause::malformed_answer);
    AcquirerAnswer answer;
    answer.outcome = Outcome::approved;
    return end(std::move(answer));
  }

  Secret number_;
};

}  // namespace

std::unique_ptr<Conversation> verify(AcquirerRequest request, Context context) {
  return std::make_unique<Verify>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

// An authorization or a sale: the intent without a card first, then its confirmation. Until the confirmation leaves, nothing can
// have been charged, whatever becomes of the calls before it.
#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe {
namespace {

class Charge final : public Conversation {
 public:
  using Conversation::Conversation;

  Step begin() override {
    return call([this] { return create_intent(request_); });
  }

 private:
  enum class At : uint8_t { creating, confirming, abandoning };

  Step heard(const Reply& reply) override {
    switch (at_) {
      case At::creating: return created(reply);
      case At::confirming: return confirmed(reply);
      case At::abandoning: return abandoned(reply);
    }
    return end_unknown(reply);
  }

  Step created(const Reply& reply) {
    if (reply.taken != Taken::done) {
      return end_not_done(reply, reply.taken == Taken::refused ? DeclineCode::processing_error : DeclineCode::not_reached);
    }
    const auto intent = read_intent(reply.body);
    if (!intent || intent->amount != request_.amount || intent->currency != request_.currency)
      return end_not_done({}, DeclineCode::processing_error);
    intent_ = intent->id;
    // Someone has done more with it already.
    if (intent->status != IntentStatus::requires_payment_method) return end_unknown(reply, DoubtCause::malformed_answer);
    StatusOr<Secret> number = context_.card_number();
    if (!number.ok()) {
      return end_declined(absl::IsNotFound(number.status()) ? DeclineCode::incorrect_number : DeclineCode::processing_error);
    }
    number_ = *std::move(number);
    at_ = At::confirming;
    return call([this] {
      const std::string_view cvc = request_.cvc ? request_.cvc->reveal() : std::string_view();
      return confirm_intent(request_, intent_, {number_.reveal(), request_.card_exp_month, request_.card_exp_year, cvc});
    });
  }

  Step confirmed(const Reply& reply) {
    number_.wipe();
    if (reply.taken == Taken::done) {
      const auto intent = read_intent(reply.body);
      if (!intent || intent->id != intent_) return end_unknown({}, DoubtCause::malformed_answer);
      if (intent->status == IntentStatus::requires_action) {
        at_ = At::abandoning;
        return call([this] { return abandon_intent(intent_); });
      }
      auto answer = judge_charge(request_, *intent);
      // To a confirmation, "not confirmed yet" is no answer.
      if (!answer || answer->not_found) return end_unknown(reply, DoubtCause::malformed_answer);
      return end(*std::move(answer));
    }
    const Refused error = read_error(reply.body);
    if (reply.taken == Taken::declined) {
      Step step = end_declined(error.decline);
      if (error.decline == DeclineCode::incorrect_cvc) step.answer.cvc_check = Check::fail;
      return step;
    }
    // Its state is not what this conversation has left it in.
    if (error.code == "payment_intent_unexpected_state" || !reply.surely_not_done) return end_unknown(reply);
    return end_not_done(reply, reply.taken == Taken::refused ? error.decline : DeclineCode::not_reached);
  }

  Step abandoned(const Reply& reply) {
    const auto intent = reply.taken == Taken::done ? read_intent(reply.body) : std::nullopt;
    if (!intent || intent->status != IntentStatus::canceled) return end_unknown(reply);
    return end_declined(DeclineCode::authentication_required);
  }

  At at_ = At::creating;
  Secret number_;
};

}  // namespace

std::optional<AcquirerAnswer> judge_charge(const AcquirerRequest& request, const Intent& intent) {
  const bool sale = request.subject == AcquirerAction::sale;
  AcquirerAnswer answer;
  answer.acquirer_payment = intent.id;
  answer.currency = intent.currency;
  answer.authorization_code = intent.authorization_code;
  answer.network_transaction_id = intent.network_transaction_id;
  answer.cvc_check = intent.cvc_check;
  switch (intent.status) {
    case IntentStatus::succeeded:
    case IntentStatus::requires_capture:
      // Neither is ever the other.
      if (sale != (intent.status == IntentStatus::succeeded)) {
        answer.doubt = DoubtCause::malformed_answer;
        return answer;
      }
      answer.outcome = Outcome::approved;
      answer.amount = sale ? intent.amount_received : intent.amount_capturable;
      return answer;
    case IntentStatus::requires_payment_method:
      if (intent.failed) {
        answer.outcome = Outcome::declined;
        answer.code = intent.decline;
        return answer;
      }
      answer.not_found = true;
      return answer;
    case IntentStatus::requires_confirmation: answer.not_found = true; return answer;
    case IntentStatus::canceled:
      answer.outcome = Outcome::declined;
      answer.code = DeclineCode::not_reached;
      return answer;
    case IntentStatus::requires_action: return std::nullopt;
    case IntentStatus::processing:
    case IntentStatus::unknown: break;
  }
  return answer;
}

std::unique_ptr<Conversation> charge(AcquirerRequest request, Context context) {
  return std::make_unique<Charge>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

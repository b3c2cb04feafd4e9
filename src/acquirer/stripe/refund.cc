// A refund. Whether it was made is looked up among the payment's refunds, by our reference, so that no age of it can lead to a second
// one. One that is pending there is in doubt here, and asked about until it has ended.
#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe {
namespace {

class MakeRefund final : public Conversation {
 public:
  using Conversation::Conversation;

  Step begin() override {
    intent_ = request_.acquirer_payment;
    if (intent_.empty()) return inquires() ? end({}) : end_declined(DeclineCode::processing_error);
    return inquires() ? list({}) : create();
  }

 private:
  Step create() {
    listing_ = false;
    return call([this] { return create_refund(request_, intent_); });
  }
  Step list(std::string after) {
    listing_ = true;
    return call([this, after = std::move(after)] { return list_refunds(intent_, after); });
  }

  Step heard(const Reply& reply) override { return listing_ ? listed(reply) : created(reply); }

  Step listed(const Reply& reply) {
    const auto page = reply.taken == Taken::done ? read_refunds(reply.body) : std::nullopt;
    if (!page) return end_unknown(reply);
    for (const RefundObject& refund : page->items)
      if (refund.reference == request_.reference) return judge(refund);
    if (page->has_more) return list(page->items.back().id);
    if (may_repeat()) return create();
    AcquirerAnswer answer;
    answer.not_found = true;
    return end(std::move(answer));
  }

  Step created(const Reply& reply) {
    if (reply.taken == Taken::done) {
      const auto refund = read_refund(reply.body);
      return refund ? judge(*refund) : end_unknown({}, DoubtCause::malformed_answer);
    }
    const Refused error = read_error(reply.body);
    if (reply.taken == Taken::declined) return end_declined(error.decline);
    // The key has this answer for good, and there is no such refund.
    if (reply.taken == Taken::refused && (reply.surely_not_done || reply.status == 400)) return end_declined(error.decline);
    return reply.surely_not_done ? end_not_done(reply) : end_unknown(reply);
  }

  Step judge(const RefundObject& refund) {
    AcquirerAnswer answer;
    answer.amount = refund.amount;
    answer.currency = refund.currency;
    if (refund.payment_intent != intent_ || refund.reference != request_.reference) {
      answer.doubt = DoubtCause::malformed_answer;
      return end(std::move(answer));
    }
    switch (refund.status) {
      case RefundStatus::succeeded: answer.outcome = Outcome::approved; break;
      case RefundStatus::failed:
      case RefundStatus::canceled: return end_declined(DeclineCode::generic_decline);
      case RefundStatus::pending:
      case RefundStatus::requires_action:
      case RefundStatus::unknown: break;
    }
    return end(std::move(answer));
  }

  bool listing_ = false;
};

}  // namespace

std::unique_ptr<Conversation> refund(AcquirerRequest request, Context context) {
  return std::make_unique<MakeRefund>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

// A capture, an increment or a cancel of an authorization. An inquiry is the same call with the same key: it has no effect of its own
// if the original had one, and if it did not, it now does what the partner waits for; once people have resolved the operation nobody waits, and
// it only looks. The intent has the last word.
#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe {
namespace {

class Change final : public Conversation {
 public:
  using Conversation::Conversation;

  Step begin() override {
    intent_ = request_.acquirer_payment;
    const bool calls = request_.action == request_.subject;
    // Without its name nothing can be asked. Never so for what this adapter has authorized.
    if (intent_.empty()) return calls ? end_declined(DeclineCode::processing_error) : end({});
    if (!calls && (!inquires() || !may_repeat())) return retrieve();
    called_ = true;
    return call([this] { return change_intent(request_, intent_); });
  }

 private:
  Step retrieve() {
    retrieving_ = true;
    return call([this] { return retrieve_intent(intent_); });
  }

  Step heard(const Reply& reply) override { return retrieving_ ? retrieved(reply) : changed(reply); }

  Step changed(const Reply& reply) {
    if (reply.taken == Taken::done) {
      const auto intent = read_intent(reply.body);
      if (!intent || intent->id != intent_) return end_unknown({}, DoubtCause::malformed_answer);
      if (auto answer = done_by(*intent)) return end(*std::move(answer));
      // An answer from the past, when it was not done yet, or one that is still being worked on there.
      accepted_ = true;
      return retrieve();
    }
    const Refused error = read_error(reply.body);
    if (reply.taken == Taken::declined) return end_declined(error.decline);
    if (reply.taken == Taken::refused && (reply.surely_not_done || reply.status == 400)) {
      // Of an inquiry: the key has this answer, and so had the original. But done it may be, by a call that the key has outlived.
      refused_ = error.decline;
      return retrieve();
    }
    if (reply.surely_not_done) return end_not_done(reply);
    return inquires() && reply.taken == Taken::conflict ? retrieve() : end_unknown(reply);
  }

  Step retrieved(const Reply& reply) {
    const auto intent = reply.taken == Taken::done ? read_intent(reply.body) : std::nullopt;
    if (!intent || intent->id != intent_) {
      const bool refused_for_sure = refused_ != DeclineCode::none && request_.action == request_.subject;
      return refused_for_sure ? end_declined(refused_) : end_unknown(reply);
    }
    if (request_.action == AcquirerAction::reverse) return reversed(reply, *intent);
    if (auto answer = done_by(*intent)) return end(*std::move(answer));
    if (intent->working) return end_unknown(reply);
    if (refused_ != DeclineCode::none) return end_declined(refused_);
    // Taken, worked on, and not there: the upstream did not know itself what had become of it, and found out that nothing had.
    if (called_ && !(accepted_ && inquires())) return end_unknown(reply);
    AcquirerAnswer answer;
    answer.not_found = true;
    answer.acquirer_payment = intent_;
    return end(std::move(answer));
  }

  // An authorization cannot be lowered here. If it was never raised, or is gone, there is nothing to undo.
  Step reversed(const Reply& reply, const Intent& intent) {
    const bool stands = intent.working || (intent.amount >= request_.amount && intent.status != IntentStatus::canceled);
    if (stands) return end_unknown(reply, DoubtCause::amount_mismatch);
    AcquirerAnswer answer;
    answer.outcome = Outcome::approved;
    return end(std::move(answer));
  }

  // The approval, if the intent is as it is after the change; also after another one than was asked for: its amount says so.
  [[nodiscard]] std::optional<AcquirerAnswer> done_by(const Intent& intent) const {
    AcquirerAnswer answer;
    answer.outcome = Outcome::approved;
    answer.acquirer_payment = intent.id;
    answer.currency = intent.currency;
    switch (request_.subject) {
      case AcquirerAction::increment:
        if (intent.amount < request_.amount || intent.status == IntentStatus::canceled) return std::nullopt;
        answer.amount = intent.amount;
        return answer;
      case AcquirerAction::capture: {
        answer.amount = intent.amount_received - request_.captured_before - request_.captured_since;
        const bool ended = intent.status == IntentStatus::succeeded;
        const bool open = intent.status == IntentStatus::requires_capture;
        if (answer.amount == 0 || !(ended || (open && !request_.final_capture))) return std::nullopt;
        return answer;
      }
      default: {
        // Of an authorization that was captured in part, what was captured stays.
        const bool rest_released = intent.status == IntentStatus::succeeded && request_.captured_before > 0 &&
                                   intent.amount_received == request_.captured_before;
        if (intent.status != IntentStatus::canceled && !rest_released) return std::nullopt;
        answer.amount = request_.amount;
        return answer;
      }
    }
  }

  bool called_ = false, accepted_ = false, retrieving_ = false;
  DeclineCode refused_ = DeclineCode::none;
};

}  // namespace

std::unique_ptr<Conversation> change(AcquirerRequest request, Context context) {
  return std::make_unique<Change>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

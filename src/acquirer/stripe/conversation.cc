#include "acquirer/stripe/conversation.h"

namespace tollgate::stripe {

Step Conversation::hear(const Heard& what) {
  using Reach = Heard::Reach;
  if (what.reach == Reach::maybe_sent && !what.late && !repeated_) {
    repeated_ = true;
    return {make_(), {}};
  }
  Reply reply;
  if (what.reach == Reach::answered) {
    reply.taken = taken_of(what.status, what.body);
    reply.status = what.status;
    reply.body = what.body;
  }
  const bool no_effect = what.reach == Reach::not_sent || reply.taken == Taken::refused || reply.taken == Taken::busy;
  reply.surely_not_done = no_effect && !repeated_ && request_.action == request_.subject;
  return heard(reply);
}

Step Conversation::call(std::function<WireRequest()> make) {
  make_ = std::move(make);
  repeated_ = false;
  return {make_(), {}};
}

Step Conversation::end_unknown(const Reply& reply, DoubtCause cause) const {
  AcquirerAnswer answer;
  answer.doubt = cause;
  answer.acquirer_payment = intent_;
  answer.reached = reply.taken != Taken::broken;
  return end(std::move(answer));
}

Step Conversation::end_not_done(const Reply& reply, DeclineCode code) const {
  AcquirerAnswer answer = not_done(code);
  answer.acquirer_payment = intent_;
  answer.reached = reply.taken != Taken::broken;
  return end(std::move(answer));
}

Step Conversation::end_declined(DeclineCode code) const {
  AcquirerAnswer answer = not_done(code);
  answer.acquirer_payment = intent_;
  return end(std::move(answer));
}

namespace {

// What no one of ours asks of this acquirer.
class Nothing final : public Conversation {
 public:
  using Conversation::Conversation;
  Step begin() override { return end({}); }

 private:
  Step heard(const Reply&) override { return end({}); }
};

}  // namespace

std::unique_ptr<Conversation> conversation_about(AcquirerRequest request, Context context) {
  const bool reverses = request.action == AcquirerAction::reverse;
  switch (request.subject) {
    case AcquirerAction::authorize:
    case AcquirerAction::sale:
      if (reverses) return reverse_charge(std::move(request), std::move(context));
      if (request.action == AcquirerAction::inquire) return inquire_charge(std::move(request), std::move(context));
      return charge(std::move(request), std::move(context));
    case AcquirerAction::increment: return change(std::move(request), std::move(context));
    case AcquirerAction::capture:
    case AcquirerAction::cancel:
      if (!reverses) return change(std::move(request), std::move(context));
      break;
    case AcquirerAction::refund:
      if (!reverses) return refund(std::move(request), std::move(context));
      break;
    case AcquirerAction::verify:
      if (request.action == AcquirerAction::verify) return verify(std::move(request), std::move(context));
      break;
    case AcquirerAction::inquire:
    case AcquirerAction::reverse: break;
  }
  return std::make_unique<Nothing>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

// What became of an authorization or a sale, and how it is undone. First the intent is found: by the name that we have on record, by
// the same create with the same key (which makes none that is not there already), or, when the upstream no longer knows the
// key, among those that it has. Where there is none, or one that was never confirmed, canceling it keeps a confirmation that comes
// later from standing.
#include "acquirer/stripe/conversation.h"
#include "tollgate/base/time.h"

namespace tollgate::stripe {
namespace {

constexpr int64_t clocks_differ_s = 3'600;  // at most, ours and the upstream's

class AboutCharge : public Conversation {
 public:
  using Conversation::Conversation;

  Step begin() final {
    if (!request_.acquirer_payment.empty()) {
      intent_ = request_.acquirer_payment;
      return retrieve();
    }
    if (key_is_known()) {
      at_ = At::creating;
      return call([this] { return create_intent(request_); });
    }
    return search({});
  }

 protected:
  [[nodiscard]] virtual Step none() = 0;
  [[nodiscard]] virtual Step found(const Intent& intent) = 0;
  // Behind found().
  [[nodiscard]] virtual Step acted(const Reply& reply) = 0;

  [[nodiscard]] Step act(std::function<WireRequest()> make) {
    at_ = At::acting;
    return call(std::move(make));
  }

 private:
  enum class At : uint8_t { creating, searching, retrieving, acting };

  Step retrieve() {
    at_ = At::retrieving;
    return call([this] { return retrieve_intent(intent_); });
  }

  Step search(std::string after) {
    at_ = At::searching;
    const int64_t sent_s = request_.sent_us / us_per_second;
    return call([sent_s, after = std::move(after)] { return list_intents(sent_s - clocks_differ_s, sent_s + clocks_differ_s, after); });
  }

  Step heard(const Reply& reply) final {
    switch (at_) {
      case At::creating: {
        // Refused as it is: then the original was as well, and never got to a confirmation.
        if (reply.taken == Taken::refused && reply.status == 400) return none();
        const auto intent = reply.taken == Taken::done ? read_intent(reply.body) : std::nullopt;
        if (!intent) return end_unknown(reply, DoubtCause::malformed_answer);
        intent_ = intent->id;
        return retrieve();
      }
      case At::searching: {
        const auto page = reply.taken == Taken::done ? read_intents(reply.body) : std::nullopt;
        if (!page) return end_unknown(reply);
        for (const Intent& intent : page->items) {
          if (intent.reference != request_.reference) continue;
          intent_ = intent.id;
          return retrieve();
        }
        return page->has_more ? search(page->items.back().id) : none();
      }
      case At::retrieving: {
        const auto intent = reply.taken == Taken::done ? read_intent(reply.body) : std::nullopt;
        if (!intent || intent->id != intent_) return end_unknown(reply, DoubtCause::malformed_answer);
        return found(*intent);
      }
      case At::acting: return acted(reply);
    }
    return end_unknown(reply);
  }

  At at_ = At::retrieving;
};

class Inquiry final : public AboutCharge {
  using AboutCharge::AboutCharge;

  Step none() override {
    AcquirerAnswer answer;
    answer.not_found = true;
    return end(std::move(answer));
  }

  Step found(const Intent& intent) override {
    if (auto answer = judge_charge(request_, intent)) return end(*std::move(answer));
    return act([this] { return abandon_intent(intent_); });
  }

  Step acted(const Reply& reply) override {
    const auto intent = reply.taken == Taken::done ? read_intent(reply.body) : std::nullopt;
    if (!intent || intent->status != IntentStatus::canceled) return end_unknown(reply);
    return end_declined(DeclineCode::authentication_required);
  }
};

class Reversal final : public AboutCharge {
  using AboutCharge::AboutCharge;

  Step undone() {
    AcquirerAnswer answer;
    answer.outcome = Outcome::approved;
    answer.amount = request_.amount;
    answer.currency = request_.currency;
    answer.acquirer_payment = intent_;
    return end(std::move(answer));
  }

  Step none() override { return undone(); }

  Step found(const Intent& intent) override {
    switch (intent.status) {
      case IntentStatus::canceled: return undone();
      case IntentStatus::processing:
      case IntentStatus::unknown: return end({});
      case IntentStatus::succeeded:
        if (intent.amount_refunded >= intent.amount_received) return undone();
        refunds_ = true;
        return act([this] { return refund_all(request_, intent_); });
      default: return act([this] { return abandon_intent(intent_); });
    }
  }

  Step acted(const Reply& reply) override {
    if (reply.taken != Taken::done) return end_unknown(reply);
    if (refunds_) {
      const auto refund = read_refund(reply.body);
      const bool taken = refund && (refund->status == RefundStatus::succeeded || refund->status == RefundStatus::pending);
      return taken ? undone() : end_unknown(reply);
    }
    const auto intent = read_intent(reply.body);
    return intent && intent->status == IntentStatus::canceled ? undone() : end_unknown(reply);
  }

  bool refunds_ = false;
};

}  // namespace

std::unique_ptr<Conversation> inquire_charge(AcquirerRequest request, Context context) {
  return std::make_unique<Inquiry>(std::move(request), std::move(context));
}
std::unique_ptr<Conversation> reverse_charge(AcquirerRequest request, Context context) {
  return std::make_unique<Reversal>(std::move(request), std::move(context));
}

}  // namespace tollgate::stripe

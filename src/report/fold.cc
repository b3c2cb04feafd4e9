#include "report/fold.h"

#include <algorithm>
#include <array>

#include "tollgate/base/time.h"
#include "tollgate/record/names.h"

namespace tollgate::report {
namespace {

using Slot = Changes::Slot;

int64_t sum_of(const Postings& postings, Account account) {
  int64_t sum = 0;
  for (const Posting& posting : postings)
    if (posting.account == account) sum += posting.amount;
  return sum;
}
// What postings owe the partner more than before: credits are negative.
int64_t net_of(const Postings& postings) {
  return -sum_of(postings, Account::partner_pending) - sum_of(postings, Account::partner_available);
}

// One function for each event that counts; the others have none.
struct OneRecord {
  const RecordHeader& header;
  const Folded& before;
  Changes& to;
  bool too_large = false;

  FigureKey day_of(Currency currency) const { return {header.partner, header.time_us / us_per_day, header.mode, currency}; }
  Figures& figures(Currency currency) { return to.figures[day_of(currency)]; }
  void grow(int64_t& sum, int64_t by) {
    const auto more = checked_add(sum, by);
    if (more) sum = *more;
    else too_large = true;
  }
  void move(Figures& of, const Postings& postings) { grow(of.net, net_of(postings)); }

  // What is known of the payment, perhaps nothing.
  StatusOr<Slot*> slot_of(PaymentId id) {
    const PaymentKey key{header.partner, header.mode, id.core};
    const auto [at, is_new] = to.payments.try_emplace(key);
    Slot& slot = at->second;
    if (!is_new) return &slot;
    TOLLGATE_ASSIGN_OR_RETURN(slot.payment, before.open_payment(key));
    slot.stood = slot.payment.has_value();
    return &slot;
  }
  // The same with a payment in it, until done_with().
  StatusOr<Slot*> known(PaymentId id) {
    TOLLGATE_ASSIGN_OR_RETURN(Slot * slot, slot_of(id));
    if (slot->payment) return slot;
    OpenPayment ended;
    ended.ended = true;
    TOLLGATE_ASSIGN_OR_RETURN(ended.currency, before.currency_of_ended({header.partner, header.mode, id.core}));
    slot->payment = std::move(ended);
    return slot;
  }
  static void done_with(Slot& slot) {
    if (slot.payment && slot.payment->ended && slot.payment->doubted.empty()) slot.payment.reset();
  }
  template <class Work>
  Status with(PaymentId id, const Work& work) {
    TOLLGATE_ASSIGN_OR_RETURN(Slot * slot, known(id));
    const auto of = to.figures.try_emplace(day_of(slot->payment->currency)).first;
    work(*slot->payment, of->second);
    if (of->second == Figures{}) to.figures.erase(of);  // nothing that counts
    done_with(*slot);
    return absl::OkStatus();
  }

  static void doubt(OpenPayment& payment, Figures& of, uint16_t operation) {
    if (std::find(payment.doubted.begin(), payment.doubted.end(), operation) != payment.doubted.end()) return;
    payment.doubted.push_back(operation);
    ++of.doubts_opened;
  }
  static void resolve(OpenPayment& payment, Figures& of, uint16_t operation) {
    of.doubts_resolved += std::erase(payment.doubted, operation);
  }

  Status on(const PaymentCreated& event) {
    Slot& slot = to.payments[{header.partner, header.mode, event.payment.core}];
    slot.payment.emplace().currency = event.currency;
    ++figures(event.currency).created;
    return absl::OkStatus();
  }
  Status on(const PaymentUpdated& event) {
    TOLLGATE_ASSIGN_OR_RETURN(Slot * slot, slot_of(event.payment));
    if (slot->payment) slot->payment->currency = event.currency;
    return absl::OkStatus();
  }
  Status on(const AuthorizationApproved& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      ++of.authorized;
      grow(of.authorized_amount, event.amount);
      payment.authorized = event.amount;
      payment.captured = 0;
    });
  }
  Status on(const AuthorizationDeclined& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      of.declined(event.code);
    });
  }
  Status on(const AuthenticationRequired& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) { resolve(payment, of, event.operation); });
  }
  Status on(const AuthenticationCompleted& event) {
    if (event.succeeded) return absl::OkStatus();
    return with(event.payment, [&](OpenPayment&, Figures& of) { of.declined(DeclineCode::authentication_failed); });
  }
  Status on(const OperationInDoubt& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) { doubt(payment, of, event.operation); });
  }
  // Also of an operation that the acquirer has never seen and that could still arrive.
  Status on(const ReversalRequested& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) { doubt(payment, of, event.operation); });
  }
  Status on(const OperationReversed& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      if (event.operation != payment.increment) of.declined(event.code);
    });
  }
  Status on(const OperationDeclined& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) { resolve(payment, of, event.operation); });
  }
  Status on(const IncrementRequested& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures&) { payment.increment = event.operation; });
  }
  Status on(const AuthorizationIncremented& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      grow(of.authorized_amount, event.amount - payment.authorized);
      payment.authorized = event.amount;
    });
  }
  Status on(const PaymentCaptured& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      ++of.captures;
      grow(of.captured_amount, event.amount);
      grow(of.fees, event.fee);
      move(of, event.postings);
      payment.captured += event.amount;
      payment.ended = event.final_capture || payment.captured >= payment.authorized;
    });
  }
  Status on(const PaymentCanceled& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      if (payment.captured == 0) ++of.canceled;
      payment.ended = true;
    });
  }
  Status on(const AuthorizationExpired& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      if (payment.captured == 0) ++of.expired;
      payment.ended = true;
    });
  }
  Status on(const RefundAccepted& event) {
    TOLLGATE_ASSIGN_OR_RETURN(Slot * slot, slot_of(event.payment));
    if (event.postings.empty()) return data_loss("partition {}: record {} is a refund without postings", header.partition, header.sequence);
    Figures& of = figures(event.postings.front().currency);
    ++of.refunds;
    grow(of.refunded_amount, -sum_of(event.postings, Account::acquirer_receivable));
    move(of, event.postings);
    if (slot->payment) resolve(*slot->payment, of, event.operation);
    done_with(*slot);
    return absl::OkStatus();
  }
  Status on(const RefundFailed& event) {
    return with(event.payment, [&](OpenPayment& payment, Figures& of) {
      resolve(payment, of, event.operation);
      ++of.refunds_failed;
      grow(of.returned_amount, sum_of(event.postings, Account::acquirer_receivable));
      move(of, event.postings);
    });
  }
};

template <class E>
constexpr bool counts = requires(OneRecord& one, const E& event) { one.on(event); };

// By event type, so that what does not count is not even decoded.
template <class Variant>
struct Counting;
template <class... E>
struct Counting<std::variant<E...>> {
  static constexpr std::array<bool, event_types_max> by_type() {
    std::array<bool, event_types_max> counted{};
    ((counted[E::event_type] = counts<E>), ...);
    return counted;
  }
};
constexpr auto counted_types = Counting<PaymentEvent>::by_type();

}  // namespace

void Figures::declined(DeclineCode code, uint64_t count) {
  if (name_of(code).empty()) code = DeclineCode::none;
  const auto at = std::lower_bound(declines.begin(), declines.end(), code, [](const DeclineCount& one, DeclineCode other) { return one.code < other; });
  if (at != declines.end() && at->code == code) at->count += count;
  else declines.insert(at, {code, count});
}

uint64_t Figures::declined() const {
  uint64_t sum = 0;
  for (const DeclineCount& one : declines) sum += one.count;
  return sum;
}

bool add(Figures& to, const Figures& more) {
  Figures sum = to;
  bool fits = true;
  const auto grow = [&](int64_t& amount, int64_t by) {
    const auto grown = checked_add(amount, by);
    fits = fits && grown.has_value();
    amount = grown.value_or(0);
  };
  grow(sum.authorized_amount, more.authorized_amount);
  grow(sum.captured_amount, more.captured_amount);
  grow(sum.fees, more.fees);
  grow(sum.refunded_amount, more.refunded_amount);
  grow(sum.returned_amount, more.returned_amount);
  grow(sum.net, more.net);
  if (!fits) return false;
  sum.created += more.created;
  sum.authorized += more.authorized;
  sum.captures += more.captures;
  sum.refunds += more.refunds;
  sum.refunds_failed += more.refunds_failed;
  sum.canceled += more.canceled;
  sum.expired += more.expired;
  sum.doubts_opened += more.doubts_opened;
  sum.doubts_resolved += more.doubts_resolved;
  for (const DeclineCount& one : more.declines) sum.declined(one.code, one.count);
  to = std::move(sum);
  return true;
}

Status Fold::add(const RecordHeader& header, std::string_view record) {
  if (header.event_type >= event_types_max || !counted_types[header.event_type]) return absl::OkStatus();
  Record& decoded = decoded_[header.event_type];
  TOLLGATE_RETURN_IF_ERROR(decode_record_into(record, decoded));
  return add(header, decoded.event);
}

Status Fold::add(const RecordHeader& header, const Event& event) {
  OneRecord one{header, before_, to_};
  const Status folded = std::visit(
      [&one](const auto& fact) -> Status {
        if constexpr (counts<std::decay_t<decltype(fact)>>) return one.on(fact);
        else return absl::OkStatus();
      },
      event);
  TOLLGATE_RETURN_IF_ERROR(folded);
  if (one.too_large)
    return internal_error("partition {}: with record {} an amount of a day is over the largest number", header.partition, header.sequence);
  return absl::OkStatus();
}

}  // namespace tollgate::report

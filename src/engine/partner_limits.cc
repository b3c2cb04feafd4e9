// A partner's limits on what goes to an acquirer: how much in a day, and how often a card or its BIN was declined lately. Decided where
// the partner's state is, so they are exact.
#include "engine/processor.h"
#include "tollgate/limits/limits.h"

namespace tollgate::engine {
namespace {

// What a card tester gets to hear from issuers. A challenge that was not answered, or an acquirer's own trouble, says nothing about the card.
bool counts(DeclineCode code) {
  switch (code) {
    case DeclineCode::generic_decline:
    case DeclineCode::insufficient_funds:
    case DeclineCode::lost_card:
    case DeclineCode::stolen_card:
    case DeclineCode::expired_card:
    case DeclineCode::incorrect_cvc:
    case DeclineCode::card_velocity_exceeded:
    case DeclineCode::fraudulent:
    case DeclineCode::incorrect_number:
    case DeclineCode::do_not_honor: return true;
    default: return false;
  }
}

int64_t window_us(const PartnerLimits& limits) { return std::max<int64_t>(limits.decline_window_s, 1) * us_per_second; }

// By how much an operation raises what is authorized; 0 if it does not.
int64_t raise_of(const Operation& operation, const Payment& payment) {
  if (operation.kind == OperationKind::authorize || operation.kind == OperationKind::sale) return operation.amount;
  if (operation.kind != OperationKind::increment || operation.attempt == 0) return 0;
  return operation.amount - payment.attempts[operation.attempt - 1U].amount_authorized;
}

// The card that these events are about to charge.
const Card* card_of(const std::vector<PaymentEvent>& events, const Payment* payment) {
  const Card* card = payment != nullptr && payment->method ? &payment->method->card : nullptr;
  for (const PaymentEvent& event : events) {
    if (const auto* created = std::get_if<PaymentCreated>(&event); created != nullptr && created->method) card = &created->method->card;
    if (const auto* asked = std::get_if<AuthorizationRequested>(&event); asked != nullptr && asked->method) card = &asked->method->card;
  }
  return card;
}

}  // namespace

PartnerLimits Processor::limits_for(const Command& command) const {
  const auto partner = command.config ? command.config : directory_.find(command.partner);
  if (!partner) return {};
  return limits_of(partner->config.limits, options_.limits != nullptr ? options_.limits->options().defaults : PartnerLimits{}, command.mode);
}

bool Processor::declined_too_often(Work& work, const PartnerLimits& limits, const Card& card) {
  const Command& command = work.command;
  const auto over = [&](const DeclineCounts::Key& key, uint32_t most) {
    return most != 0 && declines_.count(key, window_us(limits), work.now_us) >= most;
  };
  const bool too_often =
      (!card.fingerprint.empty() && over(DeclineCounts::card(command.partner, command.mode, card.fingerprint), limits.declines_per_card)) ||
      (!card.bin.empty() && over(DeclineCounts::bin(command.partner, command.mode, card.bin), limits.declines_per_bin));
  if (!too_often) return false;
  if (options_.limits != nullptr) options_.limits->count(LimitKind::declines);
  work.result.kind = CommandResult::Kind::refused;
  work.result.refusal = {.refusal = Refusal::declines_exceeded, .param = "payment_method"};
  return true;
}

bool Processor::declined_too_often(Work& work, const std::vector<CustomerEvent>& events, const SetupIntent* setup) {
  const Card* card = setup != nullptr && setup->method ? &setup->method->card : nullptr;
  bool charges = false;
  for (const CustomerEvent& event : events) {
    if (const auto* created = std::get_if<SetupIntentCreated>(&event); created != nullptr && created->setup.method) card = &created->setup.method->card;
    if (const auto* asked = std::get_if<SetupVerificationRequested>(&event)) {
      charges |= !asked->authenticated;
      if (asked->method) card = &asked->method->card;
    }
  }
  return charges && card != nullptr && declined_too_often(work, limits_for(work.command), *card);
}

StatusOr<bool> Processor::within_limits(Work& work, const std::vector<PaymentEvent>& events, const Payment* payment, Currency currency) {
  int64_t raise = 0;
  bool charges = false;
  for (const PaymentEvent& event : events) {
    // A cardholder who comes back from a challenge was counted when the attempt began.
    if (const auto* asked = std::get_if<AuthorizationRequested>(&event); asked != nullptr && !asked->authenticated) {
      charges = true;
      raise = asked->amount;
    }
    if (const auto* asked = std::get_if<IncrementRequested>(&event)) raise = asked->amount - payment->attempts.back().amount_authorized;
  }
  if (raise == 0) return true;
  const PartnerLimits limits = limits_for(work.command);
  if (charges && (limits.declines_per_card != 0 || limits.declines_per_bin != 0)) {
    const Card* card = card_of(events, payment);
    if (card != nullptr && declined_too_often(work, limits, *card)) return false;
  }
  if (limits.amount_per_day == 0) return true;
  TOLLGATE_ASSIGN_OR_RETURN(const auto totals, store_.day_totals.load(StateStore::day_key(work.command.partner, work.command.mode, work.partition.id())));
  const int64_t left = limits.amount_per_day - (totals ? totals->of(currency, work.now_us / us_per_day) : 0);
  if (raise <= left) return true;
  if (options_.limits != nullptr) options_.limits->count(LimitKind::day_amount);
  work.result.kind = CommandResult::Kind::refused;
  work.result.refusal = {.refusal = Refusal::amount_per_day_exceeded, .param = "amount", .amount_allowed = std::max<int64_t>(left, 0)};
  return false;
}

void Processor::count_decline(const Work& work, DeclineCode code, const Card& card) {
  if (!counts(code)) return;
  const Command& command = work.command;
  const PartnerLimits limits = limits_for(command);
  if (limits.declines_per_card != 0 && !card.fingerprint.empty())
    declines_.add(DeclineCounts::card(command.partner, command.mode, card.fingerprint), window_us(limits), work.now_us);
  if (limits.declines_per_bin != 0 && !card.bin.empty())
    declines_.add(DeclineCounts::bin(command.partner, command.mode, card.bin), window_us(limits), work.now_us);
}

Status Processor::add_to_day(const Work& work, Currency currency, int64_t amount, int64_t requested_us) {
  // Which limits the restored node will have, nobody knows yet: so a replay counts for everyone. The row holds one day only.
  if (!replaying_ && limits_for(work.command).amount_per_day == 0) return absl::OkStatus();
  const EntityKey key = StateStore::day_key(work.command.partner, work.command.mode, work.partition.id());
  TOLLGATE_ASSIGN_OR_RETURN(auto totals, store_.day_totals.load(key));
  const int64_t day = work.now_us / us_per_day;
  // What is given back was taken from another day.
  if (amount < 0 && (!totals || totals->day != requested_us / us_per_day)) return absl::OkStatus();
  totals = store_.day_totals.writable(key, std::move(totals));
  if (totals->day < day) *totals = {.day = day, .amounts = {}};
  for (DayAmount& one : totals->amounts) {
    if (one.currency != currency) continue;
    one.amount = std::max<int64_t>(checked_add(one.amount, amount).value_or(INT64_MAX), 0);
    return absl::OkStatus();
  }
  if (amount > 0) totals->amounts.push_back({currency, amount});
  return absl::OkStatus();
}

Status Processor::track_limits(const Work& work, const PaymentEvent& event, const Payment& payment) {
  const auto raise = [&](uint16_t ordinal, int64_t sign) {
    const Operation& operation = *payment.operation(ordinal);
    return add_to_day(work, payment.currency, sign * raise_of(operation, payment), operation.requested_us);
  };
  if (const auto* asked = std::get_if<AuthorizationRequested>(&event)) return asked->authenticated ? absl::OkStatus() : raise(asked->operation, 1);
  if (const auto* asked = std::get_if<IncrementRequested>(&event)) return raise(asked->operation, 1);
  if (const auto* declined = std::get_if<AuthorizationDeclined>(&event)) {
    count_decline(work, declined->code, payment.attempts[payment.operation(declined->operation)->attempt - 1U].method.card);
    return raise(declined->operation, -1);
  }
  if (const auto* declined = std::get_if<OperationDeclined>(&event)) return raise(declined->operation, -1);
  if (const auto* reversed = std::get_if<OperationReversed>(&event)) return raise(reversed->operation, -1);
  return absl::OkStatus();
}

}  // namespace tollgate::engine

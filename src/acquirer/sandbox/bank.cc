#include "acquirer/sandbox/bank.h"

namespace tollgate::sandbox {
namespace {

// The bank's own numbers for an operation follow from its reference alone, so that a repeat tells the same ones.
uint64_t number_of(std::string_view reference) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : reference) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93ULL;
  return hash ^ (hash >> 32);
}

std::string digits(uint64_t number, std::size_t width) {
  std::string text(width, '0');
  for (std::size_t i = width; i-- > 0; number /= 10) text[i] = static_cast<char>('0' + number % 10);
  return text;
}

// What was decided, told again. Also of an operation that has been reversed since: the answer is as old as the decision.
AcquirerAnswer recorded(std::string_view reference, const Entry& entry) {
  AcquirerAnswer answer;
  answer.outcome = entry.outcome;
  answer.amount = entry.amount + ((entry.traits & wrong_amount_echoed) != 0 ? 1 : 0);
  answer.currency = entry.currency;
  answer.code = entry.code;
  answer.cvc_check = entry.cvc_check;
  if (entry.outcome == Outcome::approved && entry.original.empty()) {
    const uint64_t number = number_of(reference);
    answer.authorization_code = digits(number, 6);
    answer.network_transaction_id = digits(number >> 4, 15);
  }
  return answer;
}

AcquirerAnswer nothing_stands(const AcquirerRequest& request) {
  AcquirerAnswer answer;
  answer.outcome = Outcome::declined;
  answer.code = DeclineCode::not_reached;
  answer.amount = request.amount;
  answer.currency = request.currency;
  return answer;
}

[[nodiscard]] bool is_charge(AcquirerAction action) {
  return action == AcquirerAction::authorize || action == AcquirerAction::sale;
}

[[nodiscard]] bool stands(const Entry& entry) { return entry.outcome == Outcome::approved && !entry.reversed && !entry.tombstone; }

void repeat(Entry& entry, const AcquirerRequest& request) {
  ++entry.times_seen;
  if (entry.tombstone) return;
  if (entry.action != request.action || entry.amount != request.amount || entry.currency != request.currency) ++entry.violations;
}

// An authorization, a sale or a verification.
void open_charge(Entry& entry, const AcquirerRequest& request, const CardAtBank& card) {
  if (card.behaviour == nullptr) {
    entry.outcome = Outcome::declined;
    entry.code = card.refusal;
    return;
  }
  const Judgement judgement = judge(*card.behaviour, request);
  entry.outcome = judgement.outcome;
  entry.code = judgement.code;
  entry.cvc_check = judgement.cvc_check;
  if (!is_charge(request.action)) return;
  entry.traits = card.behaviour->traits;
  if (entry.outcome != Outcome::approved) return;
  entry.times_moved = 1;
  entry.effect = entry.authorized = request.amount;
  if (request.action == AcquirerAction::sale) entry.captured = request.amount;
}

// By how much the operation changes the authorization; nothing if no right gateway asks for that.
std::optional<int64_t> effect_on(const Entry& charge, const AcquirerRequest& request) {
  if (!stands(charge) || !is_charge(charge.action) || charge.currency != request.currency) return std::nullopt;
  switch (request.action) {
    case AcquirerAction::increment:
      if (charge.action != AcquirerAction::authorize || charge.canceled || request.amount <= charge.authorized) return std::nullopt;
      return request.amount - charge.authorized;
    case AcquirerAction::capture:
      if (charge.canceled || request.amount <= 0 || request.amount > charge.authorized - charge.captured) return std::nullopt;
      return request.amount;
    case AcquirerAction::cancel:
      if (charge.action != AcquirerAction::authorize || charge.canceled) return std::nullopt;
      return charge.authorized - charge.captured;
    case AcquirerAction::refund:
      if (request.amount <= 0 || request.amount > charge.captured - charge.refunded) return std::nullopt;
      return request.amount;
    default: return std::nullopt;
  }
}

// sign -1 undoes it.
void change(Entry& charge, AcquirerAction action, int64_t effect, int sign) {
  switch (action) {
    case AcquirerAction::increment: charge.authorized += sign * effect; break;
    case AcquirerAction::capture: charge.captured += sign * effect; break;
    case AcquirerAction::refund: charge.refunded += sign * effect; break;
    case AcquirerAction::cancel:
      charge.authorized -= sign * effect;
      charge.canceled = sign > 0;
      break;
    default: break;
  }
}

// An operation on a charge.
void follow_up(Round& round, Entry& entry, const AcquirerRequest& request) {
  entry.original = request.original_reference;
  entry.outcome = Outcome::declined;
  entry.code = DeclineCode::generic_decline;
  Entry* const charge = round.find(request.original_reference);
  const auto effect = charge != nullptr ? effect_on(*charge, request) : std::nullopt;
  if (!effect) {
    Entry& blamed = charge != nullptr ? *charge : entry;
    ++blamed.violations;
    round.touch(blamed);
    return;
  }
  if (request.action == AcquirerAction::increment && (charge->traits & increment_declined) != 0) return;
  entry.code = DeclineCode::none;
  const bool pending = request.action == AcquirerAction::refund && (charge->traits & refund_pending) != 0;
  entry.outcome = pending ? Outcome::pending : Outcome::approved;
  entry.times_moved = 1;
  entry.effect = *effect;
  change(*charge, request.action, *effect, +1);
  round.touch(*charge);
}

// How the answer to an operation on a charge leaves.
void deliver_follow_up(Round& round, const AcquirerRequest& request, Reply& reply) {
  const Entry* const charge = round.find(request.original_reference);
  const uint8_t traits = charge == nullptr ? 0 : charge->traits;
  if (request.action == AcquirerAction::capture && (traits & capture_answer_lost) != 0) reply.copies = 0;
  if (request.action != AcquirerAction::refund) return;
  if ((traits & refund_answer_lost) != 0) reply.copies = 0;
  if (reply.answer.outcome == Outcome::pending) reply.course = RefundCourse::pending;
  if (reply.answer.outcome == Outcome::approved && (traits & refund_fails_later) != 0) reply.course = RefundCourse::fails_later;
}

}  // namespace

Reply arrive(Round& round, const AcquirerRequest& request, const CardAtBank& card, bool held_before) {
  const Delivery delivery = is_charge(request.action) && card.behaviour != nullptr ? card.behaviour->delivery : Delivery::answered;
  if (!held_before && delivery == Delivery::never_arrives) return {.answer = {}, .copies = 0};
  if (!held_before && delivery == Delivery::arrives_after_reversal) return {.answer = {}, .copies = 0, .held = true};

  if (Entry* const known = round.find(request.reference)) {
    round.touch(*known);
    // An answer that comes late is no arrival of its own.
    if (!(held_before && delivery == Delivery::answered_after_reversal)) repeat(*known, request);
    return {.answer = known->tombstone ? nothing_stands(request) : recorded(request.reference, *known)};
  }
  Entry& entry = round.add(request.reference);
  entry.action = request.action;
  entry.amount = request.amount;
  entry.currency = request.currency;
  entry.times_seen = 1;
  if (!is_charge(request.action) && request.action != AcquirerAction::verify) {
    follow_up(round, entry, request);
    Reply reply{.answer = recorded(request.reference, entry)};
    deliver_follow_up(round, request, reply);
    return reply;
  }
  open_charge(entry, request, card);
  Reply reply{.answer = recorded(request.reference, entry)};
  switch (delivery) {
    case Delivery::answer_lost: reply.copies = 0; break;
    case Delivery::answered_twice: reply.copies = 2; break;
    case Delivery::answered_after_reversal:
      reply.copies = 0;
      reply.held = true;
      break;
    default: break;
  }
  return reply;
}

AcquirerAnswer inquire(Round& round, const AcquirerRequest& request) {
  const Entry* const entry = round.find(request.reference);
  if (entry != nullptr && (entry->tombstone || entry->reversed)) return nothing_stands(request);
  if (entry != nullptr && (entry->traits & hidden_from_inquiry) == 0) return recorded(request.reference, *entry);
  AcquirerAnswer answer;
  answer.not_found = true;
  return answer;
}

AcquirerAnswer reverse(Round& round, const AcquirerRequest& request) {
  AcquirerAnswer answer;
  answer.outcome = Outcome::approved;
  answer.amount = request.amount;
  answer.currency = request.currency;
  Entry* const entry = round.find(request.reference);
  if (entry == nullptr) {
    Entry& tombstone = round.add(request.reference);
    tombstone.action = AcquirerAction::reverse;
    tombstone.outcome = Outcome::declined;
    tombstone.code = DeclineCode::not_reached;
    tombstone.tombstone = true;
    tombstone.amount = request.amount;
    tombstone.currency = request.currency;
    return answer;
  }
  if (entry->tombstone || entry->reversed) return answer;
  round.touch(*entry);
  const bool took_effect = entry->outcome == Outcome::approved || entry->outcome == Outcome::pending;
  entry->reversed = true;
  if (!took_effect) return answer;
  if (entry->original.empty()) {
    // What was captured or refunded by operations of its own cannot be undone by undoing the authorization.
    if (entry->refunded > 0 || (entry->action == AcquirerAction::authorize && entry->captured > 0)) ++entry->violations;
    entry->authorized = entry->captured = entry->refunded = 0;
  } else if (Entry* const charge = round.find(entry->original); charge != nullptr && !charge->reversed) {
    change(*charge, entry->action, entry->effect, -1);
    if (charge->captured > charge->authorized || charge->refunded > charge->captured) ++charge->violations;
    round.touch(*charge);
  }
  return answer;
}

bool settle_refund(Round& round, const PendingRefund& pending) {
  Entry* const entry = round.find(pending.refund.reference);
  if (entry == nullptr || entry->reversed) return false;
  if (pending.succeeds) {
    if (entry->outcome != Outcome::pending) return true;
    entry->outcome = Outcome::approved;
  } else {
    if (entry->outcome != Outcome::approved) return true;
    entry->outcome = Outcome::declined;
    entry->code = DeclineCode::generic_decline;
    if (Entry* const charge = round.find(pending.refund.original_reference); charge != nullptr && !charge->reversed) {
      change(*charge, AcquirerAction::refund, entry->effect, -1);
      round.touch(*charge);
    }
  }
  round.touch(*entry);
  return true;
}

}  // namespace tollgate::sandbox

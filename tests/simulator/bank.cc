#include "simulator/bank.h"

namespace tollgate::sim {
namespace {

bool opens_charge(AcquirerAction action) { return action == AcquirerAction::authorize || action == AcquirerAction::sale; }
bool is_reversible(AcquirerAction action) { return opens_charge(action) || action == AcquirerAction::increment; }
bool took_effect(const BankEntry& entry) { return entry.answer.outcome == Outcome::approved || entry.answer.outcome == Outcome::pending; }

AcquirerAnswer nothing_stands(const AcquirerRequest& request) {
  AcquirerAnswer answer;
  answer.outcome = Outcome::declined;
  answer.code = DeclineCode::not_reached;
  answer.amount = request.amount;
  answer.currency = request.currency;
  return answer;
}

}  // namespace

AcquirerAnswer Bank::arrive(const AcquirerRequest& request) {
  if (request.action == AcquirerAction::inquire) return inquire(request);
  if (request.action == AcquirerAction::reverse) return reverse(request);
  const auto [at, is_new] = entries_.try_emplace(request.reference);
  BankEntry& entry = at->second;
  if (!is_new) {
    if (entry.tombstone) return nothing_stands(request);
    // A repeat does nothing again. One that says something else is a reference used for two things.
    if (entry.request.action != request.action || entry.request.amount != request.amount || entry.request.currency != request.currency ||
        entry.request.original_reference != request.original_reference)
      world_.fail("the acquirer got {} twice, with different contents", request.reference);
    return told(entry, false);
  }
  entry.request = request;
  entry.request.cvc.reset();
  return operate(entry);
}

AcquirerAnswer Bank::operate(BankEntry& entry) {
  const AcquirerRequest& request = entry.request;
  const Faults& faults = world_.profile.faults;
  entry.answer.amount = request.amount;
  entry.answer.currency = request.currency;
  judge(entry);
  if (took_effect(entry) && request.action != AcquirerAction::verify) {
    if (!change_charge(entry)) {
      entry.answer.outcome = Outcome::declined;
      entry.answer.code = DeclineCode::generic_decline;
      return told(entry, true);
    }
    // What is told wrong for good and cannot be undone stays with the resolver: it must have room for that and for the rest.
    const bool may_be_for_good = is_reversible(request.action) || world_.profile.dispatcher.in_doubt_max > 1'000;
    if (world_.strikes(choice_, faults.wrong_amount)) (may_be_for_good && choice_.one_in(3) ? entry.wrong_always : entry.wrong_once) = true;
    else if (world_.strikes(choice_, faults.wrong_currency)) entry.wrong_once = entry.wrong_currency = true;
    // What cannot be undone is found by the first inquiry: the node may act on "never seen".
    if (is_reversible(request.action) && world_.strikes(choice_, faults.hidden))
      entry.visible_us = world_.schedule.now_us() + choice_.between(1, 60) * us_per_second;
  }
  return told(entry, true);
}

void Bank::judge(BankEntry& entry) {
  const Faults& faults = world_.profile.faults;
  AcquirerAnswer& answer = entry.answer;
  const AcquirerAction action = entry.request.action;
  const bool asks_card = opens_charge(action) || action == AcquirerAction::verify;
  if (world_.strikes(choice_, asks_card ? faults.decline : faults.decline / 4)) {
    answer.outcome = Outcome::declined;
    answer.code = choice_.one_in(4) ? DeclineCode::none : DeclineCode::insufficient_funds;
  } else if (asks_card && world_.strikes(choice_, entry.request.authenticated ? faults.challenge / 10 : faults.challenge)) {
    answer.outcome = Outcome::authentication_required;
  } else if (action == AcquirerAction::refund && world_.strikes(choice_, faults.refund_pending)) {
    answer.outcome = Outcome::pending;
  } else {
    answer.outcome = Outcome::approved;
    if (opens_charge(action)) answer.authorization_code = fmt::format("{:06}", choice_.below(1'000'000));
  }
}

// False for what no right gateway asks for.
bool Bank::change_charge(BankEntry& entry) {
  const AcquirerRequest& request = entry.request;
  if (opens_charge(request.action)) {
    entry.effect = entry.authorized = request.amount;
    if (request.action == AcquirerAction::sale) entry.captured = request.amount;
    return true;
  }
  const auto at = entries_.find(request.original_reference);
  if (at == entries_.end() || !opens_charge(at->second.request.action)) {
    world_.fail("the acquirer got {} about {}, which it never approved", request.reference, request.original_reference);
    return false;
  }
  BankEntry& charge = at->second;
  const bool stands = took_effect(charge) && !charge.reversed && charge.request.currency == request.currency;
  bool right = stands;
  switch (request.action) {
    case AcquirerAction::increment:
      right = right && !charge.canceled && request.amount > charge.authorized;
      entry.effect = request.amount - charge.authorized;
      if (right) charge.authorized += entry.effect;
      break;
    case AcquirerAction::capture:
      right = right && !charge.canceled && request.amount >= 1 && request.amount <= charge.authorized - charge.captured;
      entry.effect = request.amount;
      if (right) charge.captured += entry.effect;
      break;
    case AcquirerAction::cancel:
      right = right && !charge.canceled && charge.request.action == AcquirerAction::authorize;
      entry.effect = charge.authorized - charge.captured;
      if (right) charge.authorized -= entry.effect;
      if (right) charge.canceled = true;
      break;
    case AcquirerAction::refund:
      right = right && request.amount >= 1 && request.amount <= charge.captured - charge.refunded;
      entry.effect = request.amount;
      if (right) charge.refunded += entry.effect;
      break;
    default: right = false;
  }
  if (!right)
    world_.fail("the acquirer got {} (action {}) over {} on a charge of {} with {} captured and {} refunded{}{}", request.reference,
                static_cast<int>(request.action), request.amount, charge.authorized, charge.captured, charge.refunded,
                charge.reversed ? ", reversed" : "", charge.canceled ? ", canceled" : "");
  return right;
}

AcquirerAnswer Bank::told(const BankEntry& entry, bool first) const {
  if (entry.tombstone) return nothing_stands(entry.request);
  AcquirerAnswer answer = entry.answer;
  if (!took_effect(entry)) return answer;
  if (entry.wrong_always || (first && entry.wrong_once && !entry.wrong_currency)) answer.amount += 1;
  if (first && entry.wrong_currency) answer.currency = *Currency::parse(answer.currency.lower() == "eur" ? "usd" : "eur");
  return answer;
}

AcquirerAnswer Bank::inquire(const AcquirerRequest& request) {
  const auto at = entries_.find(request.reference);
  if (at != entries_.end() && (at->second.tombstone || at->second.reversed)) return nothing_stands(request);
  if (at != entries_.end() && (at->second.visible_us <= world_.schedule.now_us() || !world_.faults_on)) return told(at->second, false);
  AcquirerAnswer answer;
  answer.not_found = true;
  return answer;
}

AcquirerAnswer Bank::reverse(const AcquirerRequest& request) {
  AcquirerAnswer answer;
  answer.outcome = Outcome::approved;
  answer.amount = request.amount;
  answer.currency = request.currency;
  const auto [at, is_new] = entries_.try_emplace(request.reference);
  BankEntry& entry = at->second;
  if (is_new) {
    entry.request = request;
    entry.tombstone = true;
    return answer;
  }
  if (entry.tombstone || entry.reversed) return answer;
  entry.reversed = true;
  if (took_effect(entry)) undo(entry);
  return answer;
}

void Bank::undo(BankEntry& entry) {
  if (opens_charge(entry.request.action)) {
    const int64_t captured_later = entry.request.action == AcquirerAction::sale ? entry.captured - entry.request.amount : entry.captured;
    if (captured_later > 0 || entry.refunded > 0)
      world_.fail("the acquirer was told to reverse {}, of which {} was captured and {} refunded", entry.request.reference, entry.captured, entry.refunded);
    entry.authorized = entry.captured = entry.refunded = 0;
    return;
  }
  if (entry.request.action != AcquirerAction::increment) {
    world_.fail("the acquirer was told to reverse {}, which is no authorization", entry.request.reference);
    return;
  }
  BankEntry& charge = entries_[entry.request.original_reference];
  charge.authorized -= entry.effect;
  if (charge.captured > charge.authorized) world_.fail("the acquirer was told to reverse {} after it was captured", entry.request.reference);
}

bool Bank::settles(const std::string& reference) const {
  const auto at = entries_.find(reference);
  return at != entries_.end() && at->second.request.action == AcquirerAction::refund && took_effect(at->second) &&
         (at->second.answer.outcome == Outcome::pending || !at->second.came_back);
}

Bank::Report Bank::settle(const std::string& reference) {
  BankEntry& entry = entries_.at(reference);
  const bool fails = entry.answer.outcome == Outcome::approved || world_.strikes(choice_, world_.profile.faults.refund_fails_later);
  entry.reported = true;
  if (fails) {
    entry.came_back = true;
    entry.answer.outcome = Outcome::declined;
    entry.answer.code = DeclineCode::generic_decline;
    entries_.at(entry.request.original_reference).refunded -= entry.effect;
  } else {
    entry.answer.outcome = Outcome::approved;
  }
  return {entry.request, !fails};
}

std::vector<Bank::Report> Bank::reports() const {
  std::vector<Report> all;
  for (const auto& [reference, entry] : entries_)
    if (entry.reported) all.push_back({entry.request, !entry.came_back});
  return all;
}

BankTotals Bank::totals_of(const std::string& prefix) const {
  BankTotals totals;
  for (auto at = entries_.lower_bound(prefix); at != entries_.end() && at->first.starts_with(prefix); ++at) {
    const BankEntry& entry = at->second;
    if (!opens_charge(entry.request.action)) {
      totals.told_wrong |= entry.wrong_always && !is_reversible(entry.request.action) && took_effect(entry);
      if (entry.came_back) totals.came_back += entry.effect;
      continue;
    }
    if (entry.tombstone || !took_effect(entry) || entry.reversed) continue;
    if (!entry.canceled || entry.captured > 0) ++totals.charges;
    totals.authorized += entry.authorized;
    totals.captured += entry.captured;
    totals.refunded += entry.refunded;
  }
  return totals;
}

}  // namespace tollgate::sim

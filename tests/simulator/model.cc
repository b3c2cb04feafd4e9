#include "simulator/model.h"

namespace tollgate::sim {
namespace {

bool is_final(PaymentStatus status) { return status == PaymentStatus::canceled || status == PaymentStatus::succeeded; }

}  // namespace

void Model::saw(const Partner& partner) {
  const auto at = partners_.find(partner.id);
  if (at != partners_.end() && at->second.status == PartnerStatus::closed && partner.status != PartnerStatus::closed)
    world_.fail("{} was closed and is open again", partner.id.text());
  partners_[partner.id] = partner;
}

void Model::saw(const Payment& payment) {
  const auto [at, is_new] = payments_.try_emplace(payment.id);
  Seen& seen = at->second;
  if (is_new) {
    seen.partner = payment.partner;
    seen.mode = payment.mode;
  }
  const std::string id = payment.id.text();
  if (seen.partner != payment.partner || seen.mode != payment.mode) return world_.fail("{} changed its partner or mode", id);
  if (seen.transactions.empty()) seen.currency = payment.currency;
  if (seen.currency != payment.currency) return world_.fail("{} changed its currency after money moved", id);
  if (is_final(seen.status) && payment.status != seen.status)
    return world_.fail("{} was final with status {} and has {}", id, static_cast<int>(seen.status), static_cast<int>(payment.status));
  if (seen.status == PaymentStatus::requires_capture && payment.status != seen.status && !is_final(payment.status))
    return world_.fail("{} was authorized and went back to status {}", id, static_cast<int>(payment.status));
  seen.status = payment.status;
  if (payment.history.empty() || payment.history.back() < seen.last_record) return world_.fail("{} lost some of its history", id);
  seen.last_record = payment.history.back();

  if (payment.transactions.size() < seen.transactions.size()) return world_.fail("{} lost a balance transaction", id);
  for (std::size_t i = 0; i < payment.transactions.size(); ++i) {
    if (i >= seen.transactions.size()) saw_transaction(seen, payment, payment.transactions[i]);
    else if (payment.transactions[i] != seen.transactions[i]) return world_.fail("{} changed balance transaction {}", id, i + 1);
  }
  int64_t captured = 0, authorized = 0;
  for (const Attempt& attempt : payment.attempts) {
    captured += attempt.amount_captured;
    authorized += attempt.amount_authorized;
  }
  if (captured != seen.captured) return world_.fail("{} says that {} is captured, its transactions add up to {}", id, captured, seen.captured);
  if (captured > authorized) return world_.fail("{} captured {} of {}", id, captured, authorized);
  if (seen.given_back < 0 || seen.given_back > seen.captured) return world_.fail("{} gave back {} of {}", id, seen.given_back, seen.captured);
}

void Model::saw_transaction(Seen& seen, const Payment& payment, const Transaction& transaction) {
  Balance& balance = balances_[{payment.partner, payment.mode}][payment.currency];
  if (transaction.type == TransactionType::charge) {
    const Partner& partner = partners_[payment.partner];
    const int64_t owed = fee(partner, transaction.amount, payment.currency);
    if (transaction.fee != owed) world_.fail("{} took a fee of {} for {}, not {}", payment.id.text(), transaction.fee, transaction.amount, owed);
    // The first day that begins when the delay is over. A record's time is a little behind the moment of its decision.
    bool fits = false;
    for (const int64_t decided_us : {transaction.created_us, transaction.created_us - 1}) {
      const int64_t over_us = decided_us + static_cast<int64_t>(partner.config.availability_delay_days) * us_per_day;
      const int64_t day = over_us / us_per_day + (over_us % us_per_day != 0 ? 1 : 0);
      fits |= transaction.available_on_us == day * us_per_day;
    }
    if (!fits) world_.fail("{} has funds that become available at {}", payment.id.text(), transaction.available_on_us);
    const int64_t net = transaction.amount - transaction.fee;
    balance.receivable += transaction.amount;
    balance.fees += transaction.fee;
    if (net != 0) balance.pending[transaction.available_on_us] += net;
    seen.captured += transaction.amount;
  } else {
    // A refund has a negative amount, its failure a positive one.
    balance.receivable += transaction.amount;
    balance.available += transaction.amount;
    seen.given_back -= transaction.amount;
  }
  seen.transactions.push_back(transaction);
}

int64_t Model::fee(const Partner& partner, int64_t amount, Currency currency) const {
  const FeeRule* rule = nullptr;
  for (const FeeRule& one : partner.config.fees)
    if (one.currency == currency || (one.currency.empty() && rule == nullptr)) rule = &one;
  if (rule == nullptr) return 0;
  const auto exact = static_cast<__int128>(amount) * rule->basis_points;
  int64_t rounded = static_cast<int64_t>(exact / 10'000);
  if (exact % 10'000 >= 5'000) ++rounded;
  return std::min(rounded + rule->fixed, amount);
}

void Model::saw(PartnerId partner, Mode mode, const Books& books) {
  latest_us_ = std::max(latest_us_, world_.clock.now_us());
  Balances& balances = balances_[{partner, mode}];
  for (auto& [currency, balance] : balances) {
    std::map<int64_t, int64_t> pending;
    for (const PendingFunds& bucket : books.pending)
      if (bucket.currency == currency) pending[bucket.due_us] += bucket.amount;
    // What is no longer pending must have been due, and is available now.
    for (auto day = balance.pending.begin(); day != balance.pending.end();) {
      if (pending.contains(day->first)) {
        ++day;
        continue;
      }
      if (day->first > latest_us_ + us_per_second) world_.fail("{}: funds due at {} are no longer pending", partner.text(), day->first);
      balance.available += day->second;
      day = balance.pending.erase(day);
    }
    if (pending != balance.pending) world_.fail("{}: what is pending in {} is not what its payments make it", partner.text(), currency.upper());
    const auto differs = [&](Account account, int64_t expected, const char* name) {
      const int64_t total = books.total(account, currency);
      if (total != expected) world_.fail("{}: {} in {} is {}, its payments make it {}", partner.text(), name, currency.upper(), total, expected);
    };
    differs(Account::acquirer_receivable, balance.receivable, "the acquirer's debt");
    differs(Account::fee_income, -balance.fees, "fee income");
    differs(Account::partner_available, -balance.available, "the available balance");
  }
  for (const Currency currency : books.currencies())
    if (!balances.contains(currency)) world_.fail("{}: there are books in {} and no payment", partner.text(), currency.upper());
}

void Model::compare(const Payment& payment, const BankTotals& bank, bool at_rest) {
  const Seen& seen = payments_[payment.id];
  const std::string id = payment.id.text();
  if (seen.captured > bank.captured) return world_.fail("{}: {} is captured, at the acquirer {}", id, seen.captured, bank.captured);
  if (seen.given_back > bank.refunded + bank.came_back) return world_.fail("{}: {} is refunded, at the acquirer {}", id, seen.given_back, bank.refunded);
  if (!at_rest) return;
  if (bank.charges > 1) return world_.fail("{}: the card was charged {} times", id, bank.charges);
  // Someone must look at what the acquirer keeps telling wrong amounts about.
  if (bank.told_wrong) return;
  if (seen.captured != bank.captured) return world_.fail("{}: {} is captured, but at the acquirer {}", id, seen.captured, bank.captured);
  if (seen.given_back != bank.refunded) return world_.fail("{}: {} is refunded, but at the acquirer {}", id, seen.given_back, bank.refunded);
  const Attempt* attempt = payment.attempts.empty() ? nullptr : &payment.attempts.back();
  // The issuer lets an authorization go by itself when its time is over.
  const bool expired = attempt != nullptr && attempt->state == AttemptState::expired;
  const bool stands = payment.status == PaymentStatus::requires_capture || payment.status == PaymentStatus::succeeded;
  if (stands && bank.charges != 1) return world_.fail("{} stands, but not at the acquirer", id);
  if (!stands && !expired && bank.charges != 0) return world_.fail("{} has status {}, and at the acquirer {} is held", id, static_cast<int>(payment.status), bank.authorized);
  if (payment.status == PaymentStatus::requires_capture && attempt->amount_authorized != bank.authorized)
    return world_.fail("{}: {} is authorized, at the acquirer {}", id, attempt->amount_authorized, bank.authorized);
}

void Model::check_all_available() {
  for (const auto& [stream, balances] : balances_)
    for (const auto& [currency, balance] : balances)
      if (!balance.pending.empty()) world_.fail("{}: funds in {} never became available", stream.first.text(), currency.upper());
}

}  // namespace tollgate::sim

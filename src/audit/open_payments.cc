#include "audit/open_payments.h"

#include <algorithm>

#include "tollgate/audit/folds.h"

namespace tollgate::audit {

namespace {
constexpr std::size_t spare_max = 64;
}

Fault OpenPayments::find(const PaymentKey& key, uint64_t sequence, PaymentRows* rows, OpenPayment*& found) {
  if (const auto at = young_.find(key); at != young_.end()) {
    found = at->second.get();
    return {};
  }
  std::unique_ptr<OpenPayment> payment;
  if (const auto at = old_.find(key); at != old_.end()) {
    payment = std::move(at->second);
    old_.erase(at);
  } else {
    if (spare_.empty()) {
      payment = std::make_unique<OpenPayment>();
    } else {
      payment = std::move(spare_.back());
      spare_.pop_back();
    }
    if (rows != nullptr) {
      if (Fault fault = load(key, sequence, *rows, *payment)) return fault;
    }
  }
  if (rows != nullptr && young_.size() >= held_max_) {
    old_ = std::move(young_);
    young_.clear();
  }
  found = young_.emplace(key, std::move(payment)).first->second.get();
  return {};
}

Fault OpenPayments::load(const PaymentKey& key, uint64_t sequence, PaymentRows& rows, OpenPayment& payment) {
  const auto id = [&] { return PaymentId{key.core}.text(); };
  const Status taken = rows.take(key.core, payment.row);
  if (absl::IsNotFound(taken)) return {fmt::format("{}, which it is about, has no row", id()), advice_rows};
  if (!taken.ok()) return {std::string(message_of(taken)), advice_bytes};
  if (const Status status = history_in_row(payment.row, payment.history); !status.ok())
    return {fmt::format("the row of {}, which it is about, does not decode: {}", id(), message_of(status)), advice_rows};
  if (sequence > payment.history.back())
    return {fmt::format("the row of {} says that record {} is its last", id(), payment.history.back()), advice_rows};
  const auto at = std::lower_bound(payment.history.begin(), payment.history.end(), sequence);
  payment.seen = static_cast<std::size_t>(at - payment.history.begin());
  return payment.seen == 0 ? Fault() : fold_again(key, payment);
}

Fault OpenPayments::fold_again(const PaymentKey& key, OpenPayment& payment) const {
  const std::vector<uint64_t> before(payment.history.begin(), payment.history.begin() + static_cast<std::ptrdiff_t>(payment.seen));
  const auto wrong = [&](const Status& status) {
    return Fault{fmt::format("the row of {} names records that are not all its own: {}", PaymentId{key.core}.text(), message_of(status)), advice_rows};
  };
  const auto records = read_records(source_, partition_, before);
  if (!records.ok()) return wrong(records.status());
  for (const Record& record : *records) {
    if (const Status folded = fold(payment.state, record); !folded.ok()) return wrong(folded);
  }
  return {};
}

void OpenPayments::erase(const PaymentKey& key) {
  const auto at = young_.find(key);
  if (at == young_.end()) return;
  if (spare_.size() < spare_max) {
    OpenPayment& payment = *at->second;
    payment.state.reset();
    payment.history.clear();
    payment.seen = 0;
    spare_.push_back(std::move(at->second));
  }
  young_.erase(at);
}

const OpenPayment* OpenPayments::any() const {
  if (!young_.empty()) return young_.begin()->second.get();
  return old_.empty() ? nullptr : old_.begin()->second.get();
}

}  // namespace tollgate::audit

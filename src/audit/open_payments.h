// The payments that still have records to come, as the records so far made them. At most some are held; one that was dropped is folded again from its own
// records when its next one comes. Which those are is said by its row: each record of a payment is looked up there when it passes, so that a row
// cannot leave one out.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <memory>
#include <optional>

#include "audit/payment_rows.h"
#include "audit/walk.h"
#include "tollgate/audit/source.h"

namespace tollgate::audit {

struct PaymentKey {
  PartnerId partner;
  IdCore core;
  Mode mode = Mode::none;
  bool operator==(const PaymentKey&) const = default;
  template <class H>
  friend H AbslHashValue(H h, const PaymentKey& key) {
    return H::combine(std::move(h), key.partner.value, load_le64(key.core.bytes.data()), load_le32(key.core.bytes.data() + 8), key.mode);
  }
};

struct OpenPayment {
  std::optional<Payment> state;   // nothing before its first record
  std::string row;                // as it is stored
  std::vector<uint64_t> history;  // as the row says
  std::size_t seen = 0;           // of the history: the records so far

  [[nodiscard]] bool names_next(uint64_t sequence) const { return seen < history.size() && history[seen] == sequence; }
  [[nodiscard]] bool complete() const { return seen == history.size(); }
};

class OpenPayments {
 public:
  // Without rows (records alone) nothing can be dropped.
  OpenPayments(const RecordSource& source, uint32_t partition, std::size_t held_max) : source_(source), partition_(partition), held_max_(held_max) {}

  // The payment that the record `sequence` is about, as it was before it. `rows`: of its partner and mode; nullptr without rows.
  [[nodiscard]] Fault find(const PaymentKey& key, uint64_t sequence, PaymentRows* rows, OpenPayment*& found);
  void erase(const PaymentKey& key);
  void clear() {
    young_ = {};
    old_ = {};
    spare_.clear();
  }
  // One that its row says to have more records than there are.
  [[nodiscard]] const OpenPayment* any() const;
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto* held : {&young_, &old_})
      for (const auto& [key, payment] : *held) visit(*payment);
  }

 private:
  using Held = absl::flat_hash_map<PaymentKey, std::unique_ptr<OpenPayment>>;
  [[nodiscard]] Fault load(const PaymentKey& key, uint64_t sequence, PaymentRows& rows, OpenPayment& payment);
  [[nodiscard]] Fault fold_again(const PaymentKey& key, OpenPayment& payment) const;

  const RecordSource& source_;
  uint32_t partition_;
  std::size_t held_max_;
  std::vector<std::unique_ptr<OpenPayment>> spare_;  // completed ones, kept for their memory
  // Two generations: when the young are too many they become the old, and the old that nobody asked for are dropped.
  Held young_, old_;
};

}  // namespace tollgate::audit

#include "tollgate/payment/types.h"

#include <algorithm>

namespace tollgate {

void merge_metadata(Metadata& into, const Metadata& changes, bool clear_first) {
  if (clear_first) into.clear();
  for (const auto& change : changes) {
    const auto entry =
        std::find_if(into.begin(), into.end(), [&change](const auto& old) { return old.first == change.first; });
    if (change.second.empty()) {
      if (entry != into.end()) into.erase(entry);
    } else if (entry != into.end()) {
      entry->second = change.second;
    } else {
      into.push_back(change);
    }
  }
}

int64_t Payment::amount_capturable() const {
  if (status != PaymentStatus::requires_capture) return 0;
  return attempts.back().amount_authorized - attempts.back().amount_captured;
}

int64_t Payment::amount_received() const { return attempts.empty() ? 0 : attempts.back().amount_captured; }

const Operation* Payment::operation(uint16_t ordinal) const {
  return ordinal >= 1 && ordinal <= operations.size() ? &operations[ordinal - 1u] : nullptr;
}

const Operation* Payment::open_operation() const {
  // At most one, and nearly always the newest; only refunds can have come after it.
  for (auto it = operations.rbegin(); it != operations.rend(); ++it) {
    if (it->kind == OperationKind::refund) continue;
    const bool unresolved = it->state == OperationState::open || it->state == OperationState::in_doubt ||
                            it->state == OperationState::reversing;
    return unresolved ? &*it : nullptr;
  }
  return nullptr;
}

std::string reference_of(PartnerId partner, PaymentId payment, uint16_t operation) {
  std::string text;
  text.reserve(48);
  partner.append_text(text);
  text.push_back('/');
  payment.append_text(text);
  text.push_back('/');
  text.append(std::to_string(operation));
  return text;
}

}  // namespace tollgate

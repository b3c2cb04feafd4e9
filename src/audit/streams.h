// What a check knows of one partner and mode: its books, the sums of the rows that its records led to, and its payments' rows.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <array>
#include <memory>
#include <optional>

#include "audit/payment_rows.h"
#include "audit/row_sums.h"
#include "tollgate/audit/folds.h"

namespace tollgate::audit {

struct StreamState {
  PartnerId partner;
  Mode mode = Mode::none;
  const Partner* state = nullptr;  // nullptr: there is no such partner
  std::string last_key;            // that asked, and was found to be the partner's
  std::array<RowSum, table_count + 1> expected{};  // by table
  std::optional<PaymentRows> rows;                 // nothing without a log
  Books books;                                     // version 0: nothing was posted
  bool books_have_row = false;
  std::optional<bool> other_mode_has_payments;     // once it was looked up

  [[nodiscard]] RowSum& sum(Table table) { return expected[static_cast<std::size_t>(table)]; }
};

class Streams {
 public:
  Streams(const EventLog* log, const Partners& partners, std::size_t window_rows) : log_(log), partners_(&partners), window_rows_(window_rows) {}

  StreamState& of(PartnerId partner, Mode mode) {
    if (last_ != nullptr && last_->partner == partner && last_->mode == mode) return *last_;
    auto& state = all_[{partner.value, mode}];
    if (!state) {
      state = std::make_unique<StreamState>();
      state->partner = partner;
      state->mode = mode;
      if (const auto at = partners_->find(partner); at != partners_->end()) state->state = &at->second;
      if (log_ != nullptr) state->rows.emplace(*log_, partner, mode, window_rows_);
    }
    return *(last_ = state.get());
  }
  [[nodiscard]] StreamState* find(PartnerId partner, Mode mode) {
    const auto at = all_.find({partner.value, mode});
    return at == all_.end() ? nullptr : at->second.get();
  }
  template <class Visit>
  void for_each(Visit&& visit) {
    for (auto& [key, state] : all_) visit(*state);
  }
  void clear() {
    all_ = {};
    last_ = nullptr;
  }

 private:
  const EventLog* log_;
  const Partners* partners_;
  std::size_t window_rows_;
  absl::flat_hash_map<std::pair<uint64_t, Mode>, std::unique_ptr<StreamState>> all_;
  StreamState* last_ = nullptr;  // records of one command stand together
};

}  // namespace tollgate::audit

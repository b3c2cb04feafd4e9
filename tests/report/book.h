// Folds events as the projection does, with what was folded before in memory.
#pragma once
#include <map>

#include "report/fold.h"
#include "support/catch.h"
#include "tollgate/base/time.h"
#include "tollgate/eventlog/keys.h"

namespace tollgate::report {

class Book final : public Folded {
 public:
  std::map<FigureKey, Figures> figures;
  std::map<std::string, OpenPayment> open;
  int64_t time_us = 0;
  PartnerId partner{1};
  Mode mode = Mode::test;

  void happens(const Event& event) {
    RecordHeader header;
    header.event_type = type_of(event);
    header.partner = partner;
    header.mode = mode;
    header.time_us = time_us++;
    header.sequence = ++sequence_;
    const Status folded = Fold(*this, changes_).add(header, event);
    INFO(folded.ToString());
    REQUIRE(folded.ok());
  }
  // The end of a batch: what follows knows of it only what was kept.
  void merge() {
    for (const auto& [key, slot] : changes_.payments) {
      const std::string row = row_of(key);
      CHECK(slot.stood == open.contains(row));
      if (slot.payment) open[row] = *slot.payment;
      else open.erase(row);
    }
    for (const auto& [of, more] : changes_.figures) REQUIRE(add(figures[of], more));
    changes_.clear();
  }
  [[nodiscard]] Figures on(int64_t day, const char* currency) {
    merge();
    const auto at = figures.find({partner, day, mode, *Currency::parse(currency)});
    return at == figures.end() ? Figures{} : at->second;
  }

  // The payment's row in the log's tables.
  void has_row(PaymentId id, Currency currency) { rows_[row_of({partner, mode, id.core})] = currency; }
  // What is kept in mind of it.
  [[nodiscard]] const OpenPayment* known(PaymentId id) const {
    const auto at = open.find(row_of({partner, mode, id.core}));
    return at == open.end() ? nullptr : &at->second;
  }

  StatusOr<std::optional<OpenPayment>> open_payment(const PaymentKey& key) const override {
    const auto at = open.find(row_of(key));
    if (at == open.end()) return std::optional<OpenPayment>();
    return std::optional<OpenPayment>(at->second);
  }
  StatusOr<Currency> currency_of_ended(const PaymentKey& key) const override {
    const auto at = rows_.find(row_of(key));
    if (at == rows_.end()) return not_found("this payment has no row");
    return at->second;
  }

 private:
  static std::string row_of(const PaymentKey& key) { return keys::object(key.partner, key.mode, key.core); }

  std::map<std::string, Currency> rows_;
  Changes changes_;
  uint64_t sequence_ = 0;
};

}  // namespace tollgate::report

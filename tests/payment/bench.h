// One payment with its books, decided and folded as the engine does it, with every invariant checked after every
// record.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tollgate/ledger/ledger.h"
#include "tollgate/payment/commands.h"

namespace tollgate::testing {

[[nodiscard]] MethodSnapshot card(uint16_t ordinal, CustomerId customer = {});
[[nodiscard]] PaymentId payment_id(uint16_t number, int64_t now_us);

class Bench {
 public:
  Bench() { context.partner = PartnerId{42}; }

  // Decides and, unless refused, folds. What breaks is in `broken`, for the caller to require empty.
  PaymentDecision submit(const PaymentCommand& command);
  // The answer that the acquirer would give to `operation` (0: the newest without an outcome) if it did what was asked.
  [[nodiscard]] ApplyOutcome answer(Outcome outcome, uint16_t operation = 0) const;
  void release_funds();
  // The state as the log alone gives it.
  [[nodiscard]] Payment replay() const;

  PaymentContext context{.now_us = 1'750'000'000'000'000,
                         .fee = {.basis_points = 290, .fixed = 30},
                         .availability_delay_us = 2 * int64_t{86'400'000'000},
                         .authorization_validity_us = 7 * int64_t{86'400'000'000}};
  std::optional<Payment> payment;
  Books books;
  std::string broken;  // the first thing that was wrong

 private:
  struct Entry {
    PaymentEvent event;
    uint64_t sequence;
    int64_t time_us;
  };
  void fold(const PaymentEvent& event);
  void post(const Postings& postings, int64_t available_on_us);
  void check(bool holds, const std::string& what);

  std::vector<Entry> log_;
  uint64_t sequence_ = 0;
};

}  // namespace tollgate::testing

// A second, tiny model of the books, kept from what a partner can read and from the acquirer's record. It shares no code with the ledger
// or the payment operations: sums of what was captured, refunded and paid out, and nothing else.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "simulator/bank.h"
#include "tollgate/ledger/ledger.h"
#include "tollgate/partner/partner.h"
#include "tollgate/payment/types.h"

namespace tollgate::sim {

class Model {
 public:
  explicit Model(World& world) : world_(world) {}

  // A partner, a payment, a balance, as they read now.
  void saw(const Partner& partner);
  void saw(const Payment& payment);
  void saw(PartnerId partner, Mode mode, const Books& books);
  // Compares a payment with what the acquirer knows. `at_rest`: nothing is open, so that both must say the same.
  void compare(const Payment& payment, const BankTotals& bank, bool at_rest);
  // Every balance is what the payments make it, and everything that was pending has become available.
  void check_all_available();

 private:
  struct Seen {
    PartnerId partner;
    Mode mode = Mode::none;
    Currency currency;
    PaymentStatus status = PaymentStatus::requires_payment_method;
    std::vector<Transaction> transactions;
    int64_t captured = 0, given_back = 0;
    uint64_t last_record = 0;
  };
  struct Balance {
    int64_t receivable = 0, fees = 0, available = 0;
    std::map<int64_t, int64_t> pending;  // by day
  };
  using Balances = std::map<Currency, Balance>;

  void saw_transaction(Seen& seen, const Payment& payment, const Transaction& transaction);
  [[nodiscard]] int64_t fee(const Partner& partner, int64_t amount, Currency currency) const;

  World& world_;
  std::map<PartnerId, Partner> partners_;
  std::map<PaymentId, Seen> payments_;
  std::map<std::pair<PartnerId, Mode>, Balances> balances_;
  int64_t latest_us_ = 0;  // the latest time that any clock has shown
};

}  // namespace tollgate::sim

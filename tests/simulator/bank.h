// The acquirer: what really happens to the money. Its books are the oracle that the node's are compared with, and it knows nothing of
// them. It recognises a repeat by its reference, answers inquiries, and undoes what it is told to, also what has not arrived yet.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulator/world.h"
#include "tollgate/acquirer/acquirer.h"

namespace tollgate::sim {

// One thing that it was asked to do.
struct BankEntry {
  AcquirerRequest request;
  AcquirerAnswer answer;       // as decided
  bool reversed = false;
  bool tombstone = false;      // reversed before it arrived: it will never be done
  int64_t effect = 0;          // what it added to its charge
  int64_t visible_us = 0;      // from then on inquiries find it
  // Of an authorization or a sale: where it stands.
  int64_t authorized = 0, captured = 0, refunded = 0;
  bool canceled = false;
  // Tells a wrong amount: in the first answer only, or in every one.
  bool wrong_once = false, wrong_always = false, wrong_currency = false;
  // Of a refund: what is reported about it, again and again until the end of time.
  bool reported = false, came_back = false;
};

// What the references of one payment come to.
struct BankTotals {
  int charges = 0;  // that stand: authorized or captured, not reversed, not canceled without a capture
  int64_t authorized = 0, captured = 0, refunded = 0;
  int64_t came_back = 0;  // of refunds that had succeeded or were pending
  bool told_wrong = false;  // it keeps telling wrong amounts about an operation that cannot be reversed: people must look at it
};

class Bank {
 public:
  explicit Bank(World& world) : world_(world), choice_(world.seed, 3) {}

  // What it does with a request, and its answer.
  AcquirerAnswer arrive(const AcquirerRequest& request);
  // Ends a pending refund, or lets one come back that had succeeded. The report about it follows.
  struct Report {
    AcquirerRequest refund;
    bool succeeded = true;
  };
  // Whether there will be something to report about the refund.
  [[nodiscard]] bool settles(const std::string& reference) const;
  [[nodiscard]] Report settle(const std::string& reference);
  // Of every refund that was settled: told again after each restart of the node.
  [[nodiscard]] std::vector<Report> reports() const;

  // Of the references that begin with `prefix`: one payment's.
  [[nodiscard]] BankTotals totals_of(const std::string& prefix) const;
  [[nodiscard]] const std::map<std::string, BankEntry>& entries() const { return entries_; }

 private:
  AcquirerAnswer operate(BankEntry& entry);
  void judge(BankEntry& entry);
  bool change_charge(BankEntry& entry);
  AcquirerAnswer inquire(const AcquirerRequest& request);
  AcquirerAnswer reverse(const AcquirerRequest& request);
  void undo(BankEntry& entry);
  [[nodiscard]] AcquirerAnswer told(const BankEntry& entry, bool first) const;

  World& world_;
  Choice choice_;
  std::map<std::string, BankEntry> entries_;
};

}  // namespace tollgate::sim

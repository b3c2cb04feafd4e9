// The sandbox acquirer: test cards with known outcomes, and its own record of what it really did, kept across restarts, which
// tests use as the oracle for "charged once".
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/acquirer/acquirer.h"
#include "tollgate/base/status.h"

namespace tollgate {

struct SandboxOptions {
  int64_t latency_us = 0;                // of every answer
  int64_t lost_answer_delay_us = 0;      // reserved for "answered late" cards: how late
  int64_t refund_pending_us = 2'000'000; // how long a pending refund stays pending
  std::size_t block_cache_bytes = std::size_t{32} << 20;  // for rows of its books that are read
};

// One thing that the sandbox did, by reference: what a bank statement would show.
struct SandboxEntry {
  std::string reference;
  AcquirerAction action = AcquirerAction::sale;
  Outcome outcome = Outcome::approved;  // what it decided, whether or not the answer ever left
  bool reversed = false;
  bool tombstone = false;    // reversed before it arrived
  uint32_t times_seen = 0;   // arrivals of this reference: a repeat does nothing again
  uint32_t times_moved = 0;  // times that it took effect on money or on a hold: never more than 1
  int64_t amount = 0;
  Currency currency;
  DeclineCode code = DeclineCode::none;
  // Of an authorization or a sale: where it stands now, after its increments, captures, cancel and refunds.
  int64_t authorized = 0;
  int64_t captured = 0;
  int64_t refunded = 0;
  // Requests about it that a right gateway never sends: more than was authorized or captured, a repeat that says something
  // else, an operation on what does not stand. They are declined.
  uint32_t violations = 0;
};

// How a test card's number (from the vault) or its alias ("pm_card_visa") names a behaviour. A card as the API shows it; nothing if it is no test card.
struct TestCard {
  std::string alias;   // "pm_card_visa"
  std::string number;  // public test number
  Card card;           // without a fingerprint
  std::string description;  // for help and README: what it does
  bool ours = false;   // a card of our own, that no other sandbox has
};
[[nodiscard]] const std::vector<TestCard>& test_cards();
// By alias ("pm_card_visa", also the "tok_visa" twin). nullptr if there is none.
[[nodiscard]] const TestCard* find_test_card(std::string_view alias);
// By number. A number that is not in the table is no test number: the sandbox declines it (test_mode_live_card).
[[nodiscard]] const TestCard* find_test_card_by_number(std::string_view number);

class Sandbox : public Acquirer {
 public:
  // not_found if the reference never arrived.
  [[nodiscard]] virtual StatusOr<SandboxEntry> entry(const std::string& reference) const = 0;
  // Every entry, ordered by reference, from the one behind `after`.
  [[nodiscard]] virtual Status entries(const std::string& after, const std::function<bool(const SandboxEntry&)>& visit) const = 0;
};

// What the references that begin with `prefix` ("acct_.../pi_.../": one payment) come to.
struct SandboxTotals {
  uint64_t entries = 0;
  uint64_t approved_charges = 0;  // authorizations and sales that stand
  int64_t authorized = 0;
  int64_t captured = 0;
  int64_t refunded = 0;
  int64_t net = 0;  // what the cardholder paid in the end: captured less refunded
  uint32_t times_moved_max = 0;
  uint64_t violations = 0;
};
[[nodiscard]] StatusOr<SandboxTotals> totals_of(const Sandbox& sandbox, const std::string& prefix);

// A pending refund's end, and the failure of one that had succeeded, are reported by this, later; again after a restart, since
// the receiver may have been stopped before it wrote it down.
using RefundReport = std::function<void(const AcquirerRequest& refund, bool succeeded, DeclineCode code)>;
// `failed` is called, from any thread, when its books can no longer be written: nothing more is answered then.
[[nodiscard]] StatusOr<std::unique_ptr<Sandbox>> open_sandbox(const std::string& directory, const SandboxOptions& options,
                                                             RevealCard reveal, Acquirer::Answered answered, RefundReport settled,
                                                             std::function<void(Status)> failed = {});

}  // namespace tollgate

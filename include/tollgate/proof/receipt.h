// A receipt: everything that is needed to check, without the node and without its data, that a payment's records are in the log that a
// signed checkpoint stands for. FORMAT.md describes the document.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tollgate/proof/checkpoint.h"
#include "tollgate/record/record.h"

namespace tollgate::proof {

inline constexpr std::size_t receipt_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t receipt_records_max = 20'000;

struct ReceiptRecord {
  uint64_t index = 0;  // in the tree: its sequence less one
  std::string bytes;   // the record as it is stored
  Path path;
};

struct Receipt {
  PaymentId payment;
  uint32_t partition = 0;
  std::vector<ReceiptRecord> records;  // ascending
  SignedCheckpoint checkpoint;

  // A JSON object; nothing in it is believed.
  [[nodiscard]] static StatusOr<Receipt> parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

// Builds the proofs of the records with these indices; they must be covered by the checkpoint.
[[nodiscard]] Status add_proofs(Receipt& receipt, const NodeReader& nodes);

struct VerifiedReceipt {
  std::vector<Record> records;
  std::vector<std::string> witnesses;  // of those asked for: names of the ones that have cosigned the checkpoint
};

// What does not hold is named. Every record must be about the receipt's payment, the first one its beginning. That there are no
// later ones a receipt cannot tell.
[[nodiscard]] StatusOr<VerifiedReceipt> verify_receipt(const Receipt& receipt, const VerifierKey& log, std::span<const VerifierKey> witnesses = {});

// The payment that an event is about; empty if it is about none.
[[nodiscard]] PaymentId payment_of(const Event& event);

}  // namespace tollgate::proof

// Where the API gets receipts from: the log's checkpoints are signed behind the engine, so a record may have to wait for the next one.
#pragma once
#include <cstdint>
#include <span>

#include "tollgate/engine/command.h"
#include "tollgate/proof/receipt.h"

namespace tollgate {

// Of the records and proofs in one receipt; as text they are a third larger.
inline constexpr std::size_t receipt_content_bytes_max = std::size_t{12} << 20;

class ReceiptPort {
 public:
  virtual ~ReceiptPort() = default;
  // Records by sequence, ascending, with their proofs. failed_precondition if no signed checkpoint covers the last of them yet,
  // resource_exhausted if they are too large for one receipt. Reads from disk. Any thread.
  [[nodiscard]] virtual StatusOr<proof::Receipt> receipt(PaymentId payment, uint32_t partition, std::span<const uint64_t> sequences) const = 0;
  // Has the next checkpoint signed soon. Calls `handler` through `sink`, once: with `done` when one covers the record, with `in_progress` if
  // none did within two seconds, with `overloaded` if too many wait or the node is stopping. Never blocks.
  virtual void when_covered(uint32_t partition, uint64_t sequence, ResultSink& sink, ResultHandler handler) = 0;
};

}  // namespace tollgate

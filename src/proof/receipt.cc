#include "tollgate/proof/receipt.h"

namespace tollgate::proof {
namespace {

// Position and identity of one record; its proof was checked before.
Status check_record(const Receipt& receipt, const ReceiptRecord& of, const Record& record, const Record* before) {
  const RecordHeader& header = record.header;
  const auto wrong = [&](std::string_view what) { return failed_precondition("record {}: {}", of.index, what); };
  if (header.sequence != of.index + 1) return wrong(fmt::format("it has the sequence {} where {} belongs", header.sequence, of.index + 1));
  if (header.partition != receipt.partition) return wrong(fmt::format("it belongs to partition {}", header.partition));
  if (payment_of(record.event) != receipt.payment) return wrong(fmt::format("it is not about {}", receipt.payment.text()));
  if (before == nullptr) {
    if (!std::holds_alternative<PaymentCreated>(record.event)) return wrong("a payment does not begin with it: the receipt leaves out records");
    return absl::OkStatus();
  }
  if (header.partner != before->header.partner || header.mode != before->header.mode) return wrong("it is of another partner or mode");
  if (header.sequence <= before->header.sequence) return wrong("it stands out of order");
  return absl::OkStatus();
}

}  // namespace

PaymentId payment_of(const Event& event) {
  return std::visit(
      []<class E>(const E& e) -> PaymentId {
        if constexpr (requires { PaymentId{e.payment}; }) return e.payment;
        else return {};
      },
      event);
}

Status add_proofs(Receipt& receipt, const NodeReader& nodes) {
  for (ReceiptRecord& record : receipt.records) {
    TOLLGATE_ASSIGN_OR_RETURN(record.path, inclusion_proof(nodes, record.index, receipt.checkpoint.checkpoint.size));
  }
  return absl::OkStatus();
}

StatusOr<VerifiedReceipt> verify_receipt(const Receipt& receipt, const VerifierKey& log, std::span<const VerifierKey> witnesses) {
  const Checkpoint& checkpoint = receipt.checkpoint.checkpoint;
  if (checkpoint.origin != log.name)
    return failed_precondition("the checkpoint is of the log {}, the key is of {}: get the key of that log from whoever runs it", checkpoint.origin, log.name);
  TOLLGATE_RETURN_IF_ERROR(verify_note(receipt.checkpoint.note, log));
  if (receipt.records.empty()) return failed_precondition("the receipt has no records");
  VerifiedReceipt verified;
  for (const ReceiptRecord& of : receipt.records) {
    if (const Status held = verify_inclusion(hash_leaf(of.bytes), of.index, checkpoint.size, of.path, checkpoint.root); !held.ok())
      return failed_precondition("record {}: {}", of.index, message_of(held));
    auto record = decode_record(of.bytes);
    if (!record.ok()) return failed_precondition("record {}: {}", of.index, message_of(record.status()));
    const Record* const before = verified.records.empty() ? nullptr : &verified.records.back();
    TOLLGATE_RETURN_IF_ERROR(check_record(receipt, of, *record, before));
    verified.records.push_back(*std::move(record));
  }
  for (const VerifierKey& witness : witnesses) {
    // Named twice, or with two keys: one voice.
    if (std::find(verified.witnesses.begin(), verified.witnesses.end(), witness.name) != verified.witnesses.end()) continue;
    const Status cosigned = verify_note(receipt.checkpoint.note, witness);
    if (cosigned.ok()) verified.witnesses.push_back(witness.name);
    else if (!absl::IsNotFound(cosigned)) return cosigned;
  }
  return verified;
}

}  // namespace tollgate::proof

#include "tollgate/eventlog/anchored.h"
#include "tollgate/record/record.h"

namespace tollgate {
namespace {

// Of the record at `sequence`, which the log has.
StatusOr<Digest> hash_at(const EventLog& log, uint32_t partition, uint64_t sequence) {
  Digest hash{};
  TOLLGATE_RETURN_IF_ERROR(log.read(partition, sequence, [&](uint64_t, std::string_view bytes) {
    hash = hash_of_record(bytes);
    return false;
  }));
  return hash;
}

std::string fault_of(const AnchorSlot& slot, const Head& head, const EventLog& log) {
  if (head.sequence < slot.sequence) {
    return fmt::format("partition {} ends at record {}, but records up to {} were acknowledged: {} are missing at its end", slot.id,
        head.sequence,
                       slot.sequence, slot.sequence - head.sequence);
  }
  if (slot.sequence == 0) return {};
  const auto hash = hash_at(log, slot.id, slot.sequence);
  if (!hash.ok()) return fmt::format("partition {}: record {}, which was acknowledged, cannot be read: {}", slot.id, slot.sequence,
      message_of(hash.status()));
  if (*hash != slot.hash) {
    return fmt::format("partition {}: record {} is not the one that was acknowledged: its hash is {}, the anchor has {}", slot.id,
        slot.sequence,
                       to_hex(view(*hash)), to_hex(view(slot.hash)));
  }
  return {};
}

}  // namespace

std::vector<AnchorFault> compare_with_anchor(const Anchor& anchor, const EventLog& log) {
  std::vector<AnchorFault> faults;
  for (const AnchorSlot& slot : anchor.slots) {
    const auto head = log.head(slot.id);
    std::string what = head.ok() ? fault_of(slot, *head, log) : std::string(message_of(head.status()));
    if (!what.empty()) faults.push_back({slot, head.ok() ? *head : Head{}, std::move(what)});
  }
  return faults;
}

}  // namespace tollgate

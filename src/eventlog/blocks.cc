#include "eventlog/blocks.h"

#include "tollgate/record/record.h"

namespace tollgate {

Status cut_into_blocks(const Append& append, const BlockVisitor& block) {
  const auto bad = [&](std::string_view what) {
    return invalid_argument("append to partition {} from {}: {}", append.partition, append.expected_sequence, what);
  };
  std::string_view rest = append.records;
  std::string_view piece = rest.substr(0, 0);
  uint64_t sequence = append.expected_sequence, piece_first = sequence;
  while (!rest.empty()) {
    const auto record = first_record(rest);
    if (!record.ok()) return bad(message_of(record.status()));
    const auto header = decode_header(rest);
    if (header->partition != append.partition) return bad("a record of another partition");
    if (header->sequence != sequence) return bad(fmt::format("a record with sequence {} where {} belongs", header->sequence, sequence));
    if (header->epoch != append.epoch) return bad("a record of another epoch");
    if (!piece.empty() && piece.size() + record->size() > block_bytes_target) {
      block(piece_first, piece);
      piece = rest.substr(0, 0);
      piece_first = sequence;
    }
    piece = {piece.data(), piece.size() + record->size()};
    rest.remove_prefix(record->size());
    ++sequence;
  }
  if (append.record_count == 0) return bad("no records");
  if (sequence - append.expected_sequence != append.record_count) {
    return bad(fmt::format("{} records, {} were announced", sequence - append.expected_sequence, append.record_count));
  }
  block(piece_first, piece);
  return absl::OkStatus();
}

Status visit_block(uint32_t partition, std::string_view block, uint64_t from_sequence, const EventLog::RecordVisitor& visit,
                   uint64_t& next, bool& more) {
  if (block.empty()) return data_loss("partition {}: the block at {} is empty", partition, next);
  while (!block.empty()) {
    const auto record = first_record(block);
    if (!record.ok()) return data_loss("partition {}: the block with record {}: {}", partition, next, message_of(record.status()));
    if (const uint64_t sequence = load_le64(record->data() + 24); sequence != next) {
      return data_loss("partition {}: record {} where {} belongs", partition, sequence, next);
    }
    ++next;
    if (next > from_sequence && !visit(next - 1, *record)) {
      more = false;
      return absl::OkStatus();
    }
    block.remove_prefix(record->size());
  }
  return absl::OkStatus();
}

StatusOr<Head> head_of_block(uint32_t partition, uint64_t first_sequence, std::string_view block) {
  Head head;
  uint64_t next = first_sequence;
  bool more = true;
  Status chain;
  Status status = visit_block(
      partition, block, first_sequence,
      [&](uint64_t sequence, std::string_view bytes) {
        const auto header = decode_header(bytes);
        if (sequence != first_sequence && header->prev_hash != head.hash) {
          chain = data_loss("partition {}: record {} does not follow from record {}: its prev_hash is not that record's hash", partition,
                            sequence, sequence - 1);
          return false;
        }
        head = {sequence, header->epoch, hash_of_record(bytes)};
        return true;
      },
      next, more);
  if (!status.ok()) return status;
  if (!chain.ok()) return chain;
  return head;
}

}  // namespace tollgate

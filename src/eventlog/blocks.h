// Records as they are stored: blocks of whole records, one behind the other.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tollgate/eventlog/event_log.h"

namespace tollgate {

// An append is cut into blocks of about this size, so that reading one record does not mean reading a whole batch.
inline constexpr std::size_t block_bytes_target = 32 * 1024;

// Cuts the records of an append at record boundaries and calls `block(first_sequence, bytes)` for each piece. Checks on the way that they
// are `record_count` whole records of that partition and epoch with the expected sequences: invalid_argument otherwise.
using BlockVisitor = std::function<void(uint64_t first_sequence, std::string_view bytes)>;
[[nodiscard]] Status cut_into_blocks(const Append& append, const BlockVisitor& block);

// Calls `visit` for each record of a block from `from_sequence` on. `next` is the sequence that the block must begin with, and afterwards the one
// behind it. False in `more` once `visit` has had enough.
[[nodiscard]] Status visit_block(uint32_t partition, std::string_view block, uint64_t from_sequence, const EventLog::RecordVisitor& visit,
                                 uint64_t& next, bool& more);

// Where a partition ends, from its last block. The chain within the block is checked.
[[nodiscard]] StatusOr<Head> head_of_block(uint32_t partition, uint64_t first_sequence, std::string_view block);

}  // namespace tollgate

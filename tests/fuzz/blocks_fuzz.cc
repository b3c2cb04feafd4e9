// Whatever bytes a disk or a writer gives as records: blocks are whole records, none is lost or made, and what was cut is read again the
// same.
// The first bytes choose the sequence, the rest is an append.
#include "eventlog/blocks.h"
#include "tollgate/base/assert.h"
#include "tollgate/base/bytes.h"
#include "tollgate/eventlog/memory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace tollgate;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const uint64_t first = 1 + data[0];

  // As a block that was read.
  uint64_t next = first;
  bool more = true;
  std::string visited;
  const Status read = visit_block(1, bytes, first, [&](uint64_t, std::string_view record) { visited.append(record); return true; }, next,
      more);
  TOLLGATE_ASSERT(bytes.starts_with(visited));
  TOLLGATE_ASSERT(!read.ok() || visited == bytes);
  static_cast<void>(head_of_block(1, first, bytes));

  // As an append. A log takes it whole or not at all.
  Append append;
  append.partition = 1;
  append.epoch = data[1];
  append.expected_sequence = 1;
  append.record_count = std::max<uint64_t>(1, next - first);
  append.records = bytes;
  std::string pieces;
  const Status cut = cut_into_blocks(append, [&](uint64_t, std::string_view block) { pieces.append(block); });
  TOLLGATE_ASSERT(!cut.ok() || pieces == bytes);
  const auto log = open_memory_log();
  const Status appended = log->append({&append, 1}, {});
  TOLLGATE_ASSERT(appended.ok() == cut.ok());
  if (!appended.ok()) return 0;
  std::string again;
  TOLLGATE_ASSERT(log->read(1, 1, [&](uint64_t, std::string_view record) { again.append(record); return true; }).ok());
  TOLLGATE_ASSERT(again == bytes);
  return 0;
}

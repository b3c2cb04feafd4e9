// How a log's backend is doing, for who watches the node.
#pragma once
#include <cstdint>

namespace tollgate {

struct EventLogStats {
  bool known = false;  // a backend that has nothing to say leaves all at 0
  uint64_t wal_bytes = 0;                  // what a restart would replay
  uint64_t memtable_bytes = 0;             // written and not yet in tables
  uint64_t immutable_memtables = 0;        // that wait to be flushed
  uint64_t table_bytes = 0;                // on disk, without the write-ahead log
  uint64_t compaction_pending_bytes = 0;   // that compactions still have to rewrite
  uint64_t compactions_running = 0, flushes_running = 0;
  uint64_t delayed_write_bytes_per_s = 0;  // 0: writes are not slowed down
  bool writes_stopped = false;
  uint64_t background_errors = 0;
  uint64_t cache_bytes = 0, cache_bytes_max = 0;
  uint64_t cache_hits = 0, cache_misses = 0;
  uint64_t memtable_hits = 0, memtable_misses = 0;
  uint64_t bytes_written = 0, bytes_flushed = 0, bytes_compacted = 0;
  uint64_t stall_us = 0;                   // that writes were made to wait
  uint64_t appends = 0, sync_us = 0;
};

}  // namespace tollgate

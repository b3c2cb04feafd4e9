// The embedded event log: one RocksDB, one synced write per append. FORMAT.md describes what stands in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tollgate/base/cache_stats.h"
#include "tollgate/eventlog/event_log.h"

namespace tollgate {

class Snapshotter;

struct RocksdbLogOptions {
  std::size_t block_cache_bytes = std::size_t{128} << 20;
  std::size_t memtables_bytes_max = std::size_t{256} << 20;  // all tables together
  std::size_t wal_bytes_max = std::size_t{512} << 20;        // also bounds what a restart replays
  int background_jobs = 2;
  int64_t sync_delay_us = 0;  // added to each append, for tests of slow disks
  bool measure = false;       // counts what its caches do and times its syncs, for stats()
  // For auditors: takes no lock and writes nothing, so that it works beside a running node and on a read-only file system. It shows
  // what was durable when it was opened.
  bool read_only = false;
  // For an operator who has decided so: where the write-ahead log cannot be read, it ends. Otherwise that refuses to open.
  bool cut_at_bad_bytes = false;
  // Sees the log as it is about to be opened, before anything in its files changes. Its error is that of the opening.
  std::function<Status(const EventLog&)> inspect;
};

// What only the embedded log has: pictures of its files, and a beginning that can move.
class LogStore {
 public:
  virtual ~LogStore() = default;
  // Lives as long as the log.
  [[nodiscard]] virtual Snapshotter& snapshotter() = 0;
  // The first record that is still here: 1, unless older ones were forgotten.
  [[nodiscard]] virtual uint64_t first_sequence(uint32_t partition) const = 0;
  // Forgets whole blocks of records before `sequence`, never the last block; whoever calls has them elsewhere. Reading them is
  // failed_precondition from then on. Gives the new first one. State rows are not touched.
  [[nodiscard]] virtual StatusOr<uint64_t> forget_before(uint32_t partition, uint64_t sequence) = 0;
  // What reads find in memory: "memtables", where what was written last is, and "log_blocks", the block cache behind them.
  [[nodiscard]] virtual std::vector<CacheStats> caches() const = 0;
};
// nullptr if `log` is neither one that open_rocksdb_log() gave nor a wrapper that passes this on.
[[nodiscard]] LogStore* log_store_of(EventLog& log);

// `directory` is made unless read_only. Reads where each partition ends and checks the hash chain there, and, unless read_only, in
// everything that comes from the write-ahead log: what is missing or does not fit refuses to open, and the files stay as they are.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_rocksdb_log(const std::string& directory, const RocksdbLogOptions& options = {});

}  // namespace tollgate

// The embedded event log: one RocksDB, one synced write per append. FORMAT.md describes what stands in it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "tollgate/eventlog/event_log.h"

namespace tollgate {

struct RocksdbLogOptions {
  std::size_t block_cache_bytes = std::size_t{128} << 20;
  std::size_t memtables_bytes_max = std::size_t{256} << 20;  // all tables together
  std::size_t wal_bytes_max = std::size_t{512} << 20;        // also bounds what a restart replays
  int background_jobs = 2;
  int64_t sync_delay_us = 0;  // added to each append, for tests of slow disks
  // For auditors: takes no lock and writes nothing, so that it works beside a running node and on a read-only file system. It shows
  // what was durable when it was opened.
  bool read_only = false;
};

// `directory` is made unless read_only. Reads where each partition ends and checks the hash chain there.
[[nodiscard]] StatusOr<std::unique_ptr<EventLog>> open_rocksdb_log(const std::string& directory, const RocksdbLogOptions& options = {});

}  // namespace tollgate
